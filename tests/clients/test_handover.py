"""Handover packs: what is in the file, who gets it, and what the check finds (F-244)."""

import csv
import io
import json
from datetime import timedelta
from zipfile import ZIP_LZMA, ZipFile

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from clients.actions.handover import JOB, start_pack
from clients.actions.relationships import (
    disconnect_connection,
    pause_connection,
    resume_connection,
)
from clients.models import ActivityEvent, Connection, HandoverPack
from clients.models.handover import PARTS
from clients.roles import DisconnectReason
from practice.models import BranchMembership, Job
from tests import factories
from tests.clients.handing_over import made, work

MISCHIEF = {"name": "Mallory", "email": "mallory@evil.test", "parts": ["notes"]}


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path)},
        },
    }


def url(row, *places: object) -> str:
    return f"/harbour/clients/{row.pk}/handover/" + "".join(f"{place}/" for place in places)


def packed(response) -> ZipFile:
    return ZipFile(io.BytesIO(b"".join(response.streaming_content)))


def table(pack: ZipFile, name: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(pack.read(name).decode("utf-8-sig"))))


@pytest.fixture
def rich(connection, super_admin):
    """A client with something in every part."""
    factories.ConnectionPeriodFactory(connection=connection)
    factories.NoteFactory(connection=connection, text="Drinks too much coffee.")
    factories.TaskFactory(connection=connection, title="File the return")
    factories.TaskFactory(connection=connection, title="Finished", done_at=connection.created_at)
    factories.KeyDateFactory(connection=connection, title="Year end")
    factories.UsageSnapshotFactory(connection=connection, transactions=42)
    contact = factories.ContactFactory(firm=connection.firm, name="Cara", email="cara@acme.test")
    factories.ContactAccessFactory(connection=connection, contact=contact, is_primary=True)
    body = "Answer here: https://x.test/handover/1-secret.sum/ Regards"
    message = factories.MessageFactory(firm=connection.firm, subject="Year end", body=body)
    factories.ClientMessageFactory(connection=connection, message=message)
    return connection


def test_from_the_menu_to_the_file(client, super_admin, rich, django_capture_on_commit_callbacks):
    client.force_login(super_admin)

    menu = client.get(f"/harbour/clients/{rich.pk}/menu/").content.decode()
    page = client.get(url(rich)).content.decode()
    ticked = [key for key in PARTS if f'value="{key}"' in page and key != "notes"]
    started = client.post(url(rich), {"parts": ticked})
    waiting = client.get(started.url).content.decode()
    work(HandoverPack.objects.get())
    shown = client.get(started.url).content.decode()
    file = client.post(f"{started.url}download/")

    assert url(rich) in menu
    assert "Parts written" in waiting
    assert "manifest" not in waiting
    assert "timeline.csv" in shown
    assert file["Content-Disposition"].startswith("attachment")
    pack = packed(file)
    assert set(pack.namelist()) == {*(f"{key}.csv" for key in ticked), "about.txt", "manifest.json"}
    assert [(row[0], bool(row[6])) for row in table(pack, "tasks.csv")[1:]] == [
        ("File the return", False),
        ("Finished", True),
    ]
    assert [row[0] for row in table(pack, "dates.csv")[1:]] == ["Year end"]
    assert table(pack, "contacts.csv")[1][:2] == ["Cara", "cara@acme.test"]
    assert "1-secret" not in pack.read("emails.csv").decode()
    assert "42" in pack.read("reports.csv").decode()
    assert "coffee" not in "".join(pack.read(name).decode() for name in pack.namelist())
    told = ActivityEvent.objects.filter(connection=rich).values_list("text", flat=True)
    assert f"{super_admin} downloaded the handover pack" in told


def test_notes_are_unticked_and_go_in_when_ticked(client, super_admin, rich):
    client.force_login(super_admin)

    page = client.get(url(rich)).content.decode()
    pack = made(rich, super_admin, ["notes"])
    file = packed(client.post(url(rich, pack.pk, "download")))

    [tick] = [tag for tag in page.split("<input")[1:] if 'value="notes"' in tag.split(">")[0]]
    [other] = [tag for tag in page.split("<input")[1:] if 'value="details"' in tag.split(">")[0]]
    assert "checked" not in tick.split(">")[0]
    assert "checked" in other.split(">")[0]
    assert "coffee" in file.read("notes.csv").decode()


@pytest.mark.parametrize(("parts", "told"), [(["timeline"], 0), (["timeline", "notes"], 1)])
def test_without_notes_the_timeline_does_not_say_that_there_were_any(
    client, super_admin, rich, parts, told
):
    factories.ActivityEventFactory(connection=rich, kind="note", text="Mia added a note")
    client.force_login(super_admin)

    pack = made(rich, super_admin, parts)
    file = packed(client.post(url(rich, pack.pk, "download")))

    assert file.read("timeline.csv").decode().count("Mia added a note") == told


def test_without_notes_the_audit_trail_tells_none(client, super_admin, rich):
    pause_connection(rich, by=super_admin, reason="They owe us money")
    resume_connection(rich, by=super_admin)
    client.force_login(super_admin)

    without = made(rich, super_admin, ["audit"])
    with_them = made(rich, super_admin, ["audit", "notes"])
    texts = [
        packed(client.post(url(rich, pack.pk, "download"))).read("audit.csv").decode()
        for pack in (without, with_them)
    ]

    assert ["coffee" in text for text in texts] == [False, True]
    assert ["owe us money" in text for text in texts] == [False, True]
    assert "Active → Paused" in texts[0]


def test_the_pack_ends_at_the_closing_instant(client, super_admin, rich):
    disconnect_connection(rich, by=super_admin, reason=DisconnectReason.NON_PAYMENT)
    row = Connection.objects.get(pk=rich.pk)
    late = row.disconnected_at + timedelta(days=1)
    factories.ActivityEventFactory(connection=row, text="After the end", at=late)
    factories.TaskFactory(connection=row, title="Too late", created_at=late)
    factories.ClientMessageFactory(connection=row, created_at=late)

    pack = made(row, super_admin, PARTS)
    client.force_login(super_admin)
    file = packed(client.post(url(row, pack.pk, "download")))

    assert pack.until == row.disconnected_at
    told = "".join(file.read(name).decode() for name in file.namelist())
    assert "After the end" not in told
    assert "Too late" not in told
    assert "Non-payment" in told
    assert len(table(file, "emails.csv")) == 2
    manifest = json.loads(file.read("manifest.json"))["manifest"]
    assert manifest["content_ends_at"] == row.disconnected_at.isoformat()


@pytest.mark.parametrize(
    ("persona", "status"),
    [
        ("viewer", 403),
        ("billing_admin", 403),
        ("assigned_member", 403),
        ("unassigned_member", 404),
        ("outsider", 404),
    ],
)
def test_others_cannot(client, request, connection, super_admin, persona, status):
    pack = made(connection, super_admin)
    client.force_login(request.getfixturevalue(persona))

    answers = {
        client.post(url(connection), MISCHIEF).status_code,
        client.get(url(connection, pack.pk)).status_code,
        client.post(url(connection, pack.pk, "download")).status_code,
        client.post(url(connection, pack.pk, "link"), MISCHIEF).status_code,
        client.post(url(connection, pack.pk, "revoke")).status_code,
    }

    assert answers == {status}
    assert HandoverPack.objects.get().asked_at is None


def withdrawn(user, permission: str) -> None:
    with factories.arranging():
        BranchMembership.objects.filter(member__user=user).update(withdrawn=[permission])


def test_a_part_beyond_ones_rights_is_closed_and_says_why(client, branch_owner, connection):
    withdrawn(branch_owner, "clients.view_client_notes")
    client.force_login(branch_owner)

    page = client.get(url(connection)).content.decode()
    forged = client.post(url(connection), {"parts": ["notes"]})

    assert 'value="notes"' not in page
    assert "View Client Notes" in page
    assert forged.status_code == 422
    assert not HandoverPack.objects.exists()


def test_a_pack_with_notes_is_closed_to_who_may_not_read_them(
    client, branch_owner, super_admin, connection
):
    pack = made(connection, super_admin, ["notes"])
    withdrawn(branch_owner, "clients.view_client_notes")
    client.force_login(branch_owner)

    shown = client.get(url(connection, pack.pk))
    answers = [
        client.post(url(connection, pack.pk, "download")).status_code,
        client.post(url(connection, pack.pk, "link"), MISCHIEF).status_code,
    ]

    assert shown.status_code == 200
    assert answers == [403, 403]


def test_the_job_stops_when_the_person_may_not_any_more(client, branch_owner, connection):
    pack = start_pack(connection, by=branch_owner, parts=["notes"])
    withdrawn(branch_owner, "clients.view_client_notes")

    work(pack)
    client.force_login(branch_owner)
    page = client.get(url(connection, pack.pk)).content.decode()

    assert pack.finished_at is None
    assert "View Client Notes" in page
    assert "Make it again" in page


def test_nothing_chosen_is_refused(client, super_admin, connection):
    client.force_login(super_admin)

    response = client.post(url(connection), {})

    assert response.status_code == 422
    assert "Choose at least one part." in response.content.decode()


def test_a_pack_of_another_client_is_unknown(client, super_admin, connection, branch):
    other = factories.ConnectionFactory(branch=branch)
    pack = made(other, super_admin)
    client.force_login(super_admin)

    assert client.get(url(connection, pack.pk)).status_code == 404
    assert client.post(url(connection, pack.pk, "download")).status_code == 404


def test_the_history_is_exported(client, super_admin, connection):
    pack = made(connection, super_admin)
    client.force_login(super_admin)

    response = client.get(url(connection) + "?format=csv")

    text = b"".join(response.streaming_content).decode()
    assert pack.sha256 in text
    assert "Details, Timeline" in text


def test_the_list_asks_as_often_for_three_packs_as_for_one(client, super_admin, connection):
    client.force_login(super_admin)
    made(connection, super_admin)
    counts = []

    for _ in range(2):
        client.get(url(connection))
        with CaptureQueriesContext(database) as queries:
            client.get(url(connection))
        counts.append(len(queries))
        factories.HandoverPackFactory.create_batch(2, connection=connection)

    assert counts[0] == counts[1]


def test_the_disconnect_page_leads_to_it(client, super_admin, connection):
    client.force_login(super_admin)

    html = client.get(f"/harbour/clients/{connection.pk}/disconnect/").content.decode()

    assert url(connection) in html


# The check


def uploaded(client, name: str, content: bytes):
    return client.post("/handover/verify/", {"file": io.BytesIO(content)} | {"name": name})


@pytest.fixture
def zipped(client, super_admin, rich) -> bytes:
    pack = made(rich, super_admin, PARTS)
    client.force_login(super_admin)
    content = b"".join(client.post(url(rich, pack.pk, "download")).streaming_content)
    client.logout()
    return content


def changed(content: bytes, **files: bytes | None) -> bytes:
    """The zip with files of other content; None leaves one out."""
    out = io.BytesIO()
    with ZipFile(io.BytesIO(content)) as old, ZipFile(out, "w") as new:
        kept = {name: old.read(name) for name in old.namelist()}
        for name, data in {**kept, **files}.items():
            if data is not None:
                new.writestr(name, data)
    return out.getvalue()


def test_the_pack_as_it_was_made_verifies_for_anybody(client, zipped):
    page = uploaded(client, "pack.zip", zipped).content.decode()

    assert "Everything is as it was made." in page
    assert "Harbour" in page


def test_the_manifest_alone_verifies(client, zipped):
    with ZipFile(io.BytesIO(zipped)) as pack:
        manifest = pack.read("manifest.json")

    page = uploaded(client, "manifest.json", manifest).content.decode()

    assert "The manifest is as it was made." in page


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"details.csv": None}, "details.csv is missing."),
        ({"extra.csv": b"more"}, "extra.csv is in the file, and the manifest does not name it."),
        ({"details.csv": b"short"}, "details.csv has another size"),
        ({"details.csv": b"x" * 10**6}, "details.csv has another size"),
    ],
)
def test_the_check_says_what_differs(client, zipped, files, says):
    page = uploaded(client, "pack.zip", changed(zipped, **files)).content.decode()

    assert "This is not as it was made." in page
    assert says in page


def test_one_changed_letter_is_found(client, zipped):
    with ZipFile(io.BytesIO(zipped)) as pack:
        text = pack.read("tasks.csv")
    forged = changed(zipped, **{"tasks.csv": text.replace(b"File the return", b"Pile the return")})

    page = uploaded(client, "pack.zip", forged).content.decode()

    assert "tasks.csv was changed: its sum differs." in page


def test_a_damaged_file_is_named(client, zipped):
    with ZipFile(io.BytesIO(zipped)) as pack:
        info = pack.getinfo("audit.csv")
    start = info.header_offset + 30 + len(info.filename) + 40
    damaged = zipped[:start] + b"\xff" * 40 + zipped[start + 40 :]

    page = uploaded(client, "pack.zip", damaged).content.decode()

    assert "audit.csv" in page.split("What this proves")[0].split("</ul>")[0]
    assert "This is not as it was made." in page


def test_other_ways_to_compress_are_refused(client, zipped):
    out = io.BytesIO()
    with ZipFile(io.BytesIO(zipped)) as old, ZipFile(out, "w", ZIP_LZMA) as new:
        new.writestr("manifest.json", old.read("manifest.json"))

    response = uploaded(client, "pack.zip", out.getvalue())

    assert response.status_code == 422


def test_a_manifest_that_was_changed_is_not_believed(client, zipped):
    with ZipFile(io.BytesIO(zipped)) as pack:
        manifest = pack.read("manifest.json").replace(b"Harbour", b"Marbour")

    alone = uploaded(client, "manifest.json", manifest).content.decode()
    inside = uploaded(
        client, "pack.zip", changed(zipped, **{"manifest.json": manifest})
    ).content.decode()

    assert "the signature does not fit" in alone
    assert "the signature does not fit" in inside
    assert "Marbour" not in alone + inside


@pytest.mark.parametrize(
    "content",
    [
        b"{}",
        b"[1]",
        b"nothing",
        b"PK\x03\x04broken",
        b"PK\x05\x06" + b"\xff" * 18,
        b'{"manifest":1}',
    ],
)
def test_anything_else_is_refused(client, db, content):
    response = uploaded(client, "x", content)

    assert response.status_code == 422
    assert "neither a handover pack nor the manifest" in response.content.decode()


def test_the_check_counts_tries(client, db):
    statuses = [uploaded(client, "x", b"nothing").status_code for _ in range(21)]

    assert (statuses[0], statuses[19], statuses[20]) == (422, 422, 429)
    assert client.get("/handover/verify/").status_code == 200


def test_an_interrupted_job_starts_again(super_admin, connection):
    pack = made(connection, super_admin)
    name, finished = pack.file, pack.finished_at
    Job.objects.filter(kind=JOB).update(state="waiting")

    work(pack)

    assert (pack.file, pack.finished_at) == (name, finished)


def test_asking_before_the_pack_is_made_is_refused(client, super_admin, connection):
    pack = start_pack(connection, by=super_admin, parts=["details"])
    client.force_login(super_admin)

    response = client.post(url(connection, pack.pk, "link"), MISCHIEF)

    assert response.status_code == 422
    assert "The pack is not made yet." in response.content.decode()
