"""Tax returns in the practice (F-180, F-181)."""

import csv
from io import StringIO
from uuid import uuid4

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from clients.models import ActivityEvent, ContactAccess
from portal.models import FolderKind, TaxReturn
from portal.roles import TaxStep
from practice.models import Message
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def url(connection) -> str:
    return f"/harbour/clients/{connection.pk}/tax/"


@pytest.fixture
def mia(client, assigned_member):
    client.force_login(assigned_member)
    return client


@pytest.fixture
def file(connection):
    folder = factories.FolderFactory(
        connection=connection, name="Tax return", kind=FolderKind.TAX_RETURN
    )
    return factories.ClientFileFactory(connection=connection, folder=folder, name="CT600.pdf")


@pytest.fixture
def row(connection, file):
    return factories.TaxReturnFactory(connection=connection, file=file)


def filled(**words) -> dict[str, object]:
    return {"title": "Corporation tax", "year": 2025, "key": str(uuid4()), **words}


def test_a_tax_return_is_added_once(mia, url, connection, file):
    form = filled(due_on="2026-12-31", file=file.pk)

    for _ in range(2):
        response = mia.post(f"{url}add/", form, follow=True)

    row = TaxReturn.objects.get()
    assert (row.title, row.year, row.step, row.file) == ("Corporation tax", 2025, "preparing", file)
    assert row.history.get().history_change_reason == "Added a tax return."
    assert "Corporation tax 2025" in response.text


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"title": " "}, "This field is required."),
        ({"year": "1066"}, "greater than or equal to 1990"),
        ({"file": "999999"}, "Select a valid choice"),
        ({"due_on": "soon"}, "Enter a valid date"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_lost(mia, url, wrong, says):
    response = mia.post(f"{url}add/", filled(**wrong))

    assert response.status_code == 422
    assert says in response.text
    assert not TaxReturn.objects.exists()


def test_the_same_return_is_not_kept_twice(mia, url, row):
    response = mia.post(f"{url}add/", filled(title=row.title.upper(), year=row.year))

    assert response.status_code == 422
    assert "has a tax return of that name and year already" in response.text


def test_a_file_from_another_folder_is_not_offered(mia, url, connection):
    other = factories.ClientFileFactory(connection=connection, name="Rent.pdf")

    assert mia.post(f"{url}add/", filled(file=other.pk)).status_code == 422


def test_ready_to_sign_shows_the_file_and_tells_whom_one_ticked(mia, url, row, connection, contact):
    access = ContactAccess.objects.get(contact__user=contact)
    factories.ContactAccessFactory(connection=connection, has_tax=True)

    mia.post(f"{url}{row.pk}/move/", {"step": "review"})
    mia.post(f"{url}{row.pk}/move/", {"step": "ready", "tell": [access.pk]})

    row.refresh_from_db()
    assert (row.step, row.review_on is not None, row.ready_on is not None) == ("ready", True, True)
    assert row.file.is_visible
    assert [message.recipient for message in Message.objects.all()] == [contact.email]
    assert f"/portal/harbour/{connection.pk}/tax/{row.pk}/" in Message.objects.get().body
    assert any("“Ready to sign”" in event.text for event in ActivityEvent.objects.all())


def test_without_a_file_it_is_not_ready(mia, url, row):
    with factories.arranging():
        TaxReturn.objects.update(file=None)

    response = mia.post(f"{url}{row.pk}/move/", {"step": "ready"})

    assert response.status_code == 422
    assert "Choose the file that the client is to approve first." in response.text


@pytest.mark.parametrize(("ticked", "status"), [({}, 422), ({"was_approved": "on"}, 302)])
def test_what_is_filed_was_approved(mia, url, row, ticked, status):
    with factories.arranging():
        TaxReturn.objects.update(step=TaxStep.READY)

    response = mia.post(f"{url}{row.pk}/move/", {"step": "filed", **ticked})

    row.refresh_from_db()
    assert response.status_code == status
    assert row.is_filed is (status == 302)
    assert row.approver == ("outside the portal" if row.is_filed else "")


def test_moved_back_it_is_to_be_approved_anew(mia, url, connection):
    row = factories.TaxReturnFactory(connection=connection, approved=True)

    mia.post(f"{url}{row.pk}/move/", {"step": "preparing"})

    row.refresh_from_db()
    assert (row.step, row.approved_at, row.approved_by, row.ready_on) == (
        "preparing",
        None,
        None,
        None,
    )


def test_what_was_approved_keeps_its_file_and_is_not_removed(mia, url, connection, file):
    row = factories.TaxReturnFactory(connection=connection, approved=True)

    changed = mia.post(
        f"{url}{row.pk}/edit/", {"title": row.title, "year": row.year, "file": file.pk}
    )
    removed = mia.post(f"{url}{row.pk}/remove/", follow=True)

    assert changed.status_code == 422
    assert "The client approved this file." in changed.text
    assert "The client approved this file." in removed.text
    assert TaxReturn.objects.get().file != file


def test_a_draft_is_removed(mia, url, row):
    mia.post(f"{url}{row.pk}/remove/")

    assert not TaxReturn.objects.exists()
    assert TaxReturn.history.latest().history_change_reason == "Removed a tax return."


def test_the_list_asks_as_much_for_three_as_for_one(mia, url, connection, row):
    mia.get(url)
    with CaptureQueriesContext(database) as one:
        mia.get(url)
    for year in (2020, 2021):
        factories.TaxReturnFactory(connection=connection, year=year, approved=True)
    with CaptureQueriesContext(database) as three:
        mia.get(url)

    assert len(three) == len(one)


def test_the_export_holds_every_step(mia, url, row):
    text = b"".join(mia.get(f"{url}export/").streaming_content).decode("utf-8-sig")

    [line] = csv.DictReader(StringIO(text))
    assert (line["Tax return"], line["Step"], line["File"]) == (row.title, "Preparing", "CT600.pdf")
