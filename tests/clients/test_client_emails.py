"""Email history of a client (F-090)."""

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from clients.models import ClientMessage
from practice.models import MessageState
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def url(connection) -> str:
    return f"/harbour/clients/{connection.pk}/emails/"


@pytest.fixture
def entry(connection, branch_owner) -> ClientMessage:
    return an_entry(connection, branch_owner, "Cara", subject="The oven", state=MessageState.SENT)


def an_entry(connection, by, name: str, **facts) -> ClientMessage:
    contact = factories.ContactFactory(firm=connection.firm, name=name)
    message = factories.MessageFactory(firm=connection.firm, recipient=contact.email, **facts)
    return factories.ClientMessageFactory(
        connection=connection, contact=contact, message=message, written_by=by
    )


def test_it_lists_recipient_subject_and_state_and_opens_the_text(
    client, assigned_member, entry, url
):
    client.force_login(assigned_member)

    html = client.get(url).content.decode()
    text = client.get(f"{url}{entry.pk}/").content.decode()

    for words in ("The oven", "Cara", entry.message.recipient, "Sent", "Olga London Owner"):
        assert words in html
    assert "A body." in text


def test_a_link_for_the_recipient_alone_is_kept_back(client, assigned_member, connection, url):
    entry = an_entry(connection, None, "Tom", body="Here: https://x.test/join/secret/ yours.")
    client.force_login(assigned_member)

    html = client.get(f"{url}{entry.pk}/").content.decode()

    assert "secret" not in html
    assert "(a link for the recipient alone)" in html


def test_one_contact_alone(client, assigned_member, connection, entry, url):
    an_entry(connection, None, "Tom", subject="Another thing")
    client.force_login(assigned_member)
    query = f"?recipient={entry.contact_id}"

    html = client.get(url + query).content.decode()
    file = b"".join(client.get(f"{url}export/{query}").streaming_content).decode()

    assert ("The oven" in html, "Another thing" in html) == (True, False)
    assert ("The oven" in file, "Another thing" in file) == (True, False)


@pytest.mark.parametrize("query", ["?recipient=abc", "?recipient=99999999999999999999", "?page=x"])
def test_an_odd_address_narrows_nothing(client, assigned_member, entry, url, query):
    client.force_login(assigned_member)

    assert b"The oven" in client.get(url + query).content


def test_an_entry_of_another_client_is_not_there(client, branch_owner, branch, entry):
    other = factories.ConnectionFactory(branch=branch)
    client.force_login(branch_owner)

    assert client.get(f"/harbour/clients/{other.pk}/emails/{entry.pk}/").status_code == 404


def test_it_says_what_would_fill_it(client, assigned_member, url):
    client.force_login(assigned_member)

    assert b"Nothing was written yet" in client.get(url).content


def test_three_entries_ask_as_much_as_one(
    client, assigned_member, connection, branch_owner, entry, url, django_assert_num_queries
):
    client.force_login(assigned_member)
    client.get(url)
    with CaptureQueriesContext(database) as counted:
        client.get(url)
    for name in ("Tom", "Tim"):
        an_entry(connection, branch_owner, name)

    with django_assert_num_queries(len(counted)):
        client.get(url)


@pytest.mark.parametrize(("is_restricted", "is_shown"), [(False, True), (True, False)])
def test_the_outbox_shows_mail_about_clients_that_one_sees(
    client, branch_owner, connection, entry, is_restricted, is_shown
):
    factories.MessageFactory(firm=connection.firm, subject="About no client")
    with factories.arranging():
        connection.is_restricted = is_restricted
        connection.save()
    client.force_login(branch_owner)
    outbox = "/harbour/activity/outbox/"

    html = client.get(outbox).content.decode()
    file = b"".join(client.get(f"{outbox}export/").streaming_content).decode()
    status = client.get(f"{outbox}{entry.message_id}/").status_code

    assert ("The oven" in html, "The oven" in file, status == 200) == (is_shown,) * 3
    assert "About no client" in html
