"""Delete contact: everywhere, with all that it ends (F-154…F-154e, C18, C19)."""

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from clients.models import ActivityEvent, Connection, Contact, ContactAccess
from portal.actions.contact_deletion import delete_contact, forget
from portal.actions.sign_in_links import send_magic_link
from portal.models import SignInLink
from practice import tenancy
from practice.errors import Refused
from practice.models import Message
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def access(contact, connection) -> ContactAccess:
    """Cara's at Acme, whose primary contact she is."""
    row = ContactAccess.objects.select_related("contact__user", "connection").get()
    with factories.arranging():
        row.is_primary = True
        row.save(update_fields=["is_primary"])
        told = {"contact_name": row.contact.name, "contact_email": row.contact.email}
        Connection.objects.filter(pk=connection.pk).update(**told)
    return row


@pytest.fixture
def delta(access, branch) -> Connection:
    """A second client of Cara's."""
    row = factories.ConnectionFactory(branch=branch, name="Delta Design")
    factories.ContactAccessFactory(connection=row, contact=access.contact)
    return row


def page(access: ContactAccess, deed: str = "delete/") -> str:
    return f"/harbour/clients/{access.connection_id}/portal/contacts/{access.pk}/{deed}"


def test_the_row_is_gone_and_nobody_is_told(client, branch_admin, access, connection):
    client.force_login(branch_admin)

    first = client.post(page(access))
    second = client.post(page(access))
    again = {"name": "Cara Client", "email": "cara@acme.test"}
    added = client.post(f"/harbour/clients/{connection.pk}/portal/contacts/add/", again)

    row = Contact.objects.get(pk=access.contact_id)
    connection.refresh_from_db()
    assert [each.status_code for each in (first, second, added)] == [302, 302, 302]
    assert (str(row), row.email, row.phone, row.user) == ("Unknown", "", "", None)
    assert (connection.contact_name, connection.contact_email) == ("", "")
    assert not ContactAccess.objects.filter(contact=row).exists()
    assert ActivityEvent.objects.filter(text="Adam London Admin deleted a contact").count() == 1
    assert not Message.objects.exists()


def test_sessions_links_and_the_password_end(client, branch_admin, access, contact, connection):
    theirs, portal = Client(), f"/portal/harbour/{connection.pk}/"
    theirs.force_login(contact)
    before = theirs.get(portal).status_code
    with tenancy.in_firm(connection.firm_id, branch_admin.pk):
        send_magic_link(access.contact, by=branch_admin)
    client.force_login(branch_admin)

    client.post(page(access))

    contact.refresh_from_db()
    after = theirs.get(portal)
    assert (before, after.status_code) == (200, 302)
    assert "login" in after["Location"] or "sign-in" in after["Location"]
    assert not contact.has_usable_password()
    assert not SignInLink.objects.unspent().exists()


def test_a_login_that_opens_something_else_loses_this_footing_alone(
    client, branch_admin, access, contact, connection
):
    """Cara owns the account too: her company stays hers, the portal does not."""
    with factories.arranging():
        connection.account.owner = contact
        connection.account.save(update_fields=["owner"])
    theirs = Client()
    theirs.force_login(contact)
    client.force_login(branch_admin)

    client.post(page(access))

    contact.refresh_from_db()
    assert contact.has_usable_password()
    assert theirs.get("/companies/").status_code == 200
    assert theirs.get(f"/portal/harbour/{connection.pk}/").status_code == 404


def test_the_page_names_every_client_that_is_lost(client, branch_admin, access, delta):
    client.force_login(branch_admin)

    body = client.get(page(access)).text
    client.post(page(access))

    assert "Acme Bakery" in body
    assert "Delta Design" in body
    assert "Remove from this client" in body
    assert not ContactAccess.objects.exists()


def test_a_client_that_is_not_ones_own_keeps_the_person(client, assigned_member, access, delta):
    """Mia works for Acme alone: she learns that there is one more, and not which."""
    client.force_login(assigned_member)

    body = client.get(page(access)).text
    client.post(page(access))

    assert "Delta Design" not in body
    assert "1 that you do not see" in body
    assert ContactAccess.objects.count() == 2
    with tenancy.in_firm(access.firm_id, assigned_member.pk), pytest.raises(Refused):
        delete_contact(access, by=assigned_member)


def test_a_paused_or_ended_client_does_not_keep_a_person(client, branch_admin, access, branch):
    for facts in ({"paused": True}, {"disconnected": True}):
        row = factories.ConnectionFactory(branch=branch, **facts)
        factories.ContactAccessFactory(connection=row, contact=access.contact)
    client.force_login(branch_admin)

    client.post(page(access))

    assert not ContactAccess.objects.exists()


def test_the_history_keeps_a_number_for_the_name(client, branch_admin, access, connection):
    with factories.arranging():
        other = factories.ConnectionFactory(branch=connection.branch, contact_name="Cara Client")
    client.force_login(branch_admin)

    client.post(page(access))

    number = f"Contact {access.contact_id}"
    past = Contact.history.filter(id=access.contact_id)
    told = Connection.history.filter(id=connection.pk).exclude(contact_name="")
    assert set(past.values_list("name", "email", "email_key")) == {(number, "", "")}
    assert past.latest("history_id").history_change_reason == "Deleted a contact of the client."
    assert set(told.values_list("contact_name", "contact_email")) == {(number, "")}
    assert Connection.history.filter(id=other.pk, contact_name="Cara Client").exists()


def test_nobody_elses_name_is_taken_out_of_the_history(access, connection):
    with (
        tenancy.in_firm(connection.firm_id),
        pytest.raises(DatabaseError, match="names of deleted contacts alone"),
        transaction.atomic(),
    ):
        forget(access.contact, [connection])
