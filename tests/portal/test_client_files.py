"""The firm's side of a client's files: the tab, adding, showing, deleting (F-176, F-178)."""

import csv
import io
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext

from clients.models import ActivityEvent, ClientMessage, ContactAccess
from clients.roles import AccessLevel
from portal.actions.files import RESTORED_FOR
from portal.actions.sweeping import remove_deleted, scan_pending, sweep_leftovers
from portal.models import ClientFile, FileState, Folder
from portal.uploads import storing
from practice import clock
from practice.models import Message
from tests import factories
from tests.portal import samples

pytestmark = pytest.mark.django_db


@pytest.fixture
def url(connection) -> str:
    return f"/harbour/clients/{connection.pk}/files/"


@pytest.fixture
def file(connection) -> ClientFile:
    return factories.ClientFileFactory(connection=connection, name="Accounts.pdf")


@pytest.fixture
def staff(client, assigned_member):
    client.force_login(assigned_member)
    return client


def upload(*files: tuple[str, bytes], **words: object) -> dict[str, object]:
    return {
        "chosen": [SimpleUploadedFile(name, content) for name, content in files],
        "key": uuid4(),
        **words,
    }


def names(response) -> list[str]:
    return [file.name for file in response.context["page"].rows]


def contents(url: str, client) -> bytes:
    return b"".join(client.get(url).streaming_content)


def test_a_file_is_added_hidden_and_comes_back_byte_for_byte(staff, url, assigned_member):
    response = staff.post(f"{url}add/", upload(("Accounts 2025.pdf", samples.PDF)), follow=True)

    file = ClientFile.objects.get()
    assert response.redirect_chain == [(url, 302)]
    assert "“Accounts 2025.pdf” is added." in response.text
    assert (file.name, file.size, file.is_visible) == ("Accounts 2025.pdf", len(samples.PDF), False)
    assert (file.state, file.uploaded_by) == (FileState.CLEAN, assigned_member)
    assert file.storage_key.split("/")[1] == str(file.firm_id)
    assert "Accounts" not in file.storage_key
    assert contents(f"{url}{file.pk}/", staff) == samples.PDF
    assert file.history.get().history_change_reason == "Added a file."


def test_the_good_ones_are_kept_and_the_others_named(staff, url):
    files = [(f"{n}.pdf", samples.PDF) for n in range(8)]
    files += [("page.html", samples.HTML), ("eicar.txt", samples.EICAR)]

    response = staff.post(f"{url}add/", upload(*files))

    assert response.status_code == 422
    assert ClientFile.objects.count() == 8
    assert "8 files are added." in response.text
    assert [one.name for one in response.context["refused"]] == ["page.html", "eicar.txt"]
    assert "A virus was found in it." in response.text


def test_the_same_form_twice_adds_once(staff, url):
    words = upload(("a.pdf", samples.PDF), ("b.pdf", samples.PDF))
    again = upload(("a.pdf", samples.PDF), ("b.pdf", samples.PDF), key=words["key"])

    staff.post(f"{url}add/", words)
    staff.post(f"{url}add/", again)

    assert ClientFile.objects.count() == 2


def test_a_form_without_a_file_says_so(staff, url):
    response = staff.post(f"{url}add/", {"key": uuid4()})

    assert response.status_code == 422
    assert "Choose at least one file." in response.text


def test_the_token_of_the_form_is_asked_for(assigned_member, url):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(assigned_member)

    response = browser.post(f"{url}add/", upload(("a.pdf", samples.PDF)))

    assert response.status_code == 403
    assert not ClientFile.objects.exists()


def test_a_whole_folder_keeps_its_name(staff, url):
    body = (
        b"--x\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\n" + str(uuid4()).encode()
        + b"\r\n--x\r\nContent-Disposition: form-data; name=\"whole_folder\";"
        b" filename=\"Receipts/May/1.pdf\"\r\n\r\n" + samples.PDF
        + b"\r\n--x\r\nContent-Disposition: form-data; name=\"whole_folder\";"
        b" filename=\"receipts/may/2.pdf\"\r\n\r\n" + samples.PDF + b"\r\n--x--\r\n"
    )  # fmt: skip

    staff.generic("POST", f"{url}add/", body, "multipart/form-data; boundary=x")

    assert [folder.name for folder in Folder.objects.order_by("pk")] == ["Receipts/May"]
    assert set(ClientFile.objects.values_list("folder__name", "name")) == {
        ("Receipts/May", "1.pdf"),
        ("Receipts/May", "2.pdf"),
    }


def test_folders_that_make_themselves_do_and_stay(staff, url, connection):
    """F-177b: each of the three appears with its first file, once, and cannot be taken away."""
    for place in ("questions", "tax_return", "organizer", "tax_return"):
        staff.post(f"{url}add/", upload(("a.pdf", samples.PDF), place=place))

    folders = Folder.objects.of(connection.pk)
    assert [folder.name for folder in folders] == ["Organizer", "Questions", "Tax return"]
    for folder in folders:
        assert staff.post(f"{url}folders/{folder.pk}/delete/").status_code == 404
    assert "a folder of this name" in staff.post(f"{url}folders/add/", {"name": "tax RETURN"}).text


def test_a_folder_is_added_renamed_and_deleted_once_it_is_empty(staff, url, file):
    staff.post(f"{url}folders/add/", {"name": "Year end"})
    folder = Folder.objects.get()
    staff.post(f"{url}{file.pk}/edit/", {"name": "B.pdf", "place": folder.pk, "year": "2025"})
    refused = staff.post(f"{url}folders/{folder.pk}/delete/", follow=True)
    staff.post(f"{url}folders/{folder.pk}/", {"name": "Year end 2025"})

    file.refresh_from_db()
    assert (file.name, str(file.folder), file.year) == ("B.pdf", "Year end 2025", 2025)
    assert "There are files in this folder." in refused.text
    staff.post(f"{url}{file.pk}/delete/")
    staff.post(f"{url}folders/{folder.pk}/delete/")
    assert not Folder.objects.exists()


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("Accounts.exe", "must go on ending in “.pdf”"),
        ("Accounts", "must go on ending in “.pdf”"),
        ("../Accounts.pdf", "has no slash"),
        ("", "This field is required"),
    ],
)
def test_a_name_that_would_mislead_is_refused(staff, url, file, name, why):
    response = staff.post(f"{url}{file.pk}/edit/", {"name": name})

    file.refresh_from_db()
    assert response.status_code == 422
    assert why in response.text
    assert file.name == "Accounts.pdf"


@pytest.fixture
def fil(connection) -> ContactAccess:
    person = factories.ContactFactory(firm=connection.firm, name="Fil", email="fil@acme.test")
    return factories.ContactAccessFactory(connection=connection, contact=person, has_files=True)


@pytest.fixture
def tom(connection) -> ContactAccess:
    person = factories.ContactFactory(firm=connection.firm, name="Tom", email="tom@acme.test")
    return factories.ContactAccessFactory(connection=connection, contact=person, has_tax=True)


def test_the_eye_asks_whom_to_notify(staff, url, file, fil, tom, assigned_member):
    """Who may see the file is offered; a second click writes to nobody again (F-176)."""
    asked = staff.get(f"{url}{file.pk}/show/").text
    for _ in range(2):
        staff.post(f"{url}{file.pk}/show/", {"tell": [fil.pk]})

    file.refresh_from_db()
    mail = Message.objects.get()
    assert "Fil (fil@acme.test)" in asked
    assert "Tom" not in asked
    assert file.is_visible
    assert (mail.recipient, mail.subject) == (
        "fil@acme.test",
        "Harbour Accounting shared a file with you: Accounts.pdf",
    )
    assert f"/portal/harbour/{file.connection_id}/files/" in mail.body
    assert ClientMessage.objects.get().contact == fil.contact
    last = file.history.latest()
    assert last.history_change_reason == "Made a file visible to the client."
    assert last.history_user_id == assigned_member.pk
    assert "visible to the client" in ActivityEvent.objects.latest("pk").text


def test_nobody_is_written_to_where_nobody_is_ticked(staff, url, file, fil):
    staff.post(f"{url}{file.pk}/show/", {})

    file.refresh_from_db()
    assert file.is_visible
    assert not Message.objects.exists()


@pytest.mark.parametrize("level", [AccessLevel.NONE, AccessLevel.CUSTOM])
def test_who_cannot_see_it_is_not_offered(staff, url, file, fil, connection, level):
    with factories.arranging():
        connection.access_level = level
        connection.save(update_fields=["access_level"])

    response = staff.post(f"{url}{file.pk}/show/", {"tell": [fil.pk]})

    assert response.status_code == 302
    assert not Message.objects.exists()


def test_hiding_deleting_and_undoing(staff, url, connection):
    file = factories.ClientFileFactory(connection=connection, name="A.pdf", visible=True)

    staff.post(f"{url}{file.pk}/hide/")
    deleted = staff.post(f"{url}{file.pk}/delete/", follow=True)

    assert names(deleted) == []
    assert "“<bdi>A.pdf</bdi>” is deleted." in deleted.text
    assert staff.get(f"{url}{file.pk}/").status_code == 404
    assert names(staff.get(f"{url}?folder=deleted")) == ["A.pdf"]
    staff.post(f"{url}{file.pk}/restore/")
    assert names(staff.get(url)) == ["A.pdf"]
    file.refresh_from_db()
    assert not file.is_visible
    reasons = [row.history_change_reason for row in file.history.order_by("history_id")][1:]
    assert reasons == [
        "Hid a file from the client.",
        "Deleted a file.",
        "Brought a deleted file back.",
    ]


def test_the_list_asks_as_much_for_three_files_as_for_one(staff, url, file, connection):
    staff.get(url)

    with CaptureQueriesContext(database) as few:
        staff.get(url)
    for _ in range(2):
        factories.ClientFileFactory(
            connection=connection, folder=factories.FolderFactory(connection=connection)
        )
    with CaptureQueriesContext(database) as many:
        staff.get(url)

    assert len(many) == len(few)


def test_the_export_holds_the_list_and_no_formula(staff, url, file):
    with factories.arranging():
        ClientFile.objects.update(name="=1+1.pdf")

    response = staff.get(f"{url}export/")

    text = b"".join(response.streaming_content).decode("utf-8-sig")
    [row] = csv.DictReader(io.StringIO(text))
    assert row["Name"] == "'=1+1.pdf"
    assert row["Visible to the client"] == "No"


def test_a_file_that_waits_is_handed_to_nobody_until_it_is_scanned(staff, url, settings):
    """The scanner is down: pending, never clean; then it is up again."""
    settings.CLAMD_ADDRESS = "127.0.0.1:9"
    staff.post(f"{url}add/", upload(("a.pdf", samples.PDF), is_visible="on"))
    file = ClientFile.objects.get()

    assert file.state == FileState.PENDING
    assert staff.get(f"{url}{file.pk}/").status_code == 404
    assert "Waits for the virus scan" in staff.get(url).text
    assert scan_pending() == 0
    settings.CLAMD_ADDRESS = ""
    assert scan_pending() == 1
    assert contents(f"{url}{file.pk}/", staff) == samples.PDF


def test_what_is_gone_for_thirty_days_is_gone_for_good(staff, url, file):
    staff.post(f"{url}{file.pk}/delete/")
    file.refresh_from_db()
    with factories.arranging():
        ClientFile.objects.update(deleted_at=clock.now() - RESTORED_FOR)

    assert remove_deleted() == 1
    assert not storing.files().exists(file.storage_key)
    assert "its content is gone" in staff.post(f"{url}{file.pk}/restore/", follow=True).text


def test_content_without_a_row_is_swept_and_other_content_stays(file):
    old = clock.today() - timedelta(days=3)
    kept = storing.put(io.BytesIO(b"kept"), file.firm_id, old)
    left = storing.put(io.BytesIO(b"left"), file.firm_id, old)
    young = storing.put(io.BytesIO(b"young"), file.firm_id, clock.today())
    with factories.arranging():
        ClientFile.objects.update(storage_key=kept)

    assert sweep_leftovers() == 1
    there = {key: storing.files().exists(key) for key in (kept, left, young)}
    assert there == {kept: True, left: False, young: True}
