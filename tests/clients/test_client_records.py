"""Historical records: read-only sections and an export that ends at the closing instant (F-076)."""

import csv
import io
from datetime import timedelta
from zipfile import ZipFile

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from clients.actions.relationships import disconnect_connection
from clients.models import Connection
from clients.roles import DisconnectReason
from practice.models import BranchMembership
from tests import factories

PARTS = (
    "details", "reports", "timeline", "audit", "access", "notes", "tasks", "dates", "emails",
)  # fmt: skip


@pytest.fixture
def ended(connection, super_admin, assigned_member):
    factories.ConnectionPeriodFactory(connection=connection)
    factories.NoteFactory(connection=connection, text="Prefers mornings.")
    factories.UsageSnapshotFactory(connection=connection, transactions=42, monthly=[1, 2, 3])
    factories.TaskFactory(connection=connection, title="File the return", assignee=assigned_member)
    factories.KeyDateFactory(connection=connection, title="Year end")
    factories.ClientMessageFactory(
        connection=connection,
        message=written(connection, "Answer: https://x.test/handover/1-secret/"),
    )
    disconnect_connection(connection, by=super_admin, reason=DisconnectReason.NON_PAYMENT)
    row = Connection.objects.get(pk=connection.pk)
    late = row.disconnected_at + timedelta(days=1)
    factories.ActivityEventFactory(connection=row, text="After the end", at=late)
    factories.NoteFactory(connection=row, text="Written afterwards", created_at=late)
    factories.TaskFactory(connection=row, title="Written afterwards", created_at=late)
    factories.KeyDateFactory(connection=row, title="Written afterwards", created_at=late)
    message = written(row, "Written afterwards")
    factories.ClientMessageFactory(connection=row, message=message, created_at=late)
    return row


def written(row, body: str):
    return factories.MessageFactory(firm=row.firm, subject="The year", body=body)


def url(row, part: str = "") -> str:
    return f"/harbour/clients/{row.pk}/records/" + (f"?part={part}" if part else "")


def test_every_part_is_there_and_no_form(client, super_admin, ended):
    client.force_login(super_admin)

    pages = {part: client.get(url(ended, part)).content.decode() for part in PARTS}

    for part, words in {
        "details": "Non-payment",
        "reports": "42",
        "timeline": "disconnected the client: Non-payment",
        "audit": "Disconnected: Non-payment.",
        "access": "Mia London Member",
        "notes": "Prefers mornings.",
        "tasks": "File the return",
        "dates": "Year end",
        "emails": "The year",
    }.items():
        assert words in pages[part], part
    assert "Export historical data" in pages["details"]
    forms = [page.split("<main")[1].split("</main>")[0].count("<form") for page in pages.values()]
    assert forms == [0] * len(PARTS)


def test_an_owner_reads_what_the_role_opens(client, branch_owner, ended):
    client.force_login(branch_owner)

    html = client.get(url(ended)).content.decode()

    assert "Historical records" in html
    assert "Timeline" in html


def unpacked(response) -> dict[str, str]:
    with ZipFile(io.BytesIO(b"".join(response.streaming_content))) as pack:
        return {name: pack.read(name).decode("utf-8-sig") for name in pack.namelist()}


def test_the_export_ends_at_the_closing_instant(client, super_admin, ended):
    client.force_login(super_admin)

    response = client.get(f"/harbour/clients/{ended.pk}/records/export/")

    files = unpacked(response)
    assert response["Content-Type"] == "application/zip"
    assert set(files) == {"about.txt", *(f"{part}.csv" for part in PARTS)}
    assert f"{ended.disconnected_at:%Y-%m-%d %H:%M:%S}" in files["about.txt"]
    assert "Non-payment" in files["about.txt"]
    told = "".join(files.values())
    assert "After the end" not in told
    assert "Written afterwards" not in told
    assert "1-secret" not in told
    assert "File the return" in files["tasks.csv"]
    assert "Mia London Member" in files["tasks.csv"]
    assert "Year end" in files["dates.csv"]
    assert "The year" in files["emails.csv"]
    [header, *rows] = csv.reader(io.StringIO(files["timeline.csv"]))
    assert header == ["When", "What", "By"]
    assert rows[0][1].startswith("Sana Super Admin disconnected the client")


def test_without_the_right_to_notes_there_are_none(client, branch_owner, ended):
    with factories.arranging():
        BranchMembership.objects.update(withdrawn=["clients.view_client_notes"])
    client.force_login(branch_owner)

    page = client.get(url(ended, "notes"))
    files = unpacked(client.get(f"/harbour/clients/{ended.pk}/records/export/"))

    assert page.status_code == 403
    assert "notes.csv" not in files
    assert "?part=notes" not in client.get(url(ended)).content.decode()


def test_an_unknown_part_is_not_found(client, super_admin, ended):
    client.force_login(super_admin)

    assert client.get(url(ended, "secrets")).status_code == 404


def test_a_connected_client_has_its_own_pages(client, super_admin, connection):
    client.force_login(super_admin)

    response = client.get(url(connection))

    assert response.headers["Location"] == f"/harbour/clients/{connection.pk}/"


@pytest.mark.parametrize(
    "part", ["timeline", "notes", "access", "audit", "tasks", "dates", "emails"]
)
def test_as_many_queries_for_three_as_for_one(client, super_admin, ended, part):
    client.force_login(super_admin)
    client.get(url(ended, part))
    with CaptureQueriesContext(database) as one:
        client.get(url(ended, part))
    earlier = ended.disconnected_at - timedelta(hours=1)
    for _ in range(2):
        factories.ActivityEventFactory(connection=ended, at=earlier, actor=super_admin)
        factories.NoteFactory(connection=ended, created_at=earlier, author=super_admin)
        factories.TaskFactory(connection=ended, created_at=earlier, created_by=super_admin)
        factories.KeyDateFactory(connection=ended, created_at=earlier, created_by=super_admin)
        message = written(ended, "More")
        factories.ClientMessageFactory(connection=ended, created_at=earlier, message=message)

    with CaptureQueriesContext(database) as three:
        client.get(url(ended, part))

    assert len(three) == len(one)


@pytest.mark.parametrize(
    ("persona", "status"),
    [("billing_admin", 404), ("assigned_member", 403), ("unassigned_member", 404)],
)
def test_others_cannot(client, request, ended, persona, status):
    client.force_login(request.getfixturevalue(persona))

    assert client.get(url(ended)).status_code == status
    assert client.get(f"/harbour/clients/{ended.pk}/records/export/").status_code == status
