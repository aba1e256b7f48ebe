"""A firm-created account is handed over: a mailed link, a password, the owner (F-121)."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from clients.actions.owners import invite_owner
from clients.models import ActivityEvent, ClientAccount, OwnerInvitation
from practice.errors import Refused
from practice.models import Message, User
from tests import factories

PASSWORD = "harbour lights 230"
ASKED = {"full_name": "Olive Owner", "email": "olive@acme.test"}


def url(row, page: str = "") -> str:
    return f"/harbour/clients/{row.pk}/owner/" + (f"{page}/" if page else "")


def mailed() -> str:
    message = Message.objects.filter(recipient="olive@acme.test").order_by("-pk")[0]
    found = re.search(r"https?://[^/]+(/own/\S+)", message.body)
    assert found
    return found[1]


def owner_of(row) -> User | None:
    return ClientAccount.objects.get(pk=row.account_id).owner


def test_from_the_firm_s_form_to_the_owner_s_own_page(client, branch_admin, connection):
    client.force_login(branch_admin)
    client.post(url(connection), ASKED)
    waiting = client.get(url(connection)).content.decode()
    client.logout()

    offered = client.get(mailed()).content.decode()
    taken = client.post(mailed(), {"full_name": "Olive Owner", "password": PASSWORD}, follow=True)

    olive = User.objects.get(email="olive@acme.test")
    assert "A link waits with" in waiting
    assert "hands it over to you" in offered
    assert "The account of Acme Bakery is yours." in taken.content.decode()
    assert "Company settings" in taken.content.decode()
    assert owner_of(connection) == olive
    assert olive.check_password(PASSWORD)
    assert olive.emailaddress_set.get().verified
    account = ClientAccount.objects.get(pk=connection.account_id)
    assert account.history.first().history_change_reason == (
        "Olive Owner took the account over, by the link of Harbour Accounting."
    )
    assert Message.objects.filter(recipient="adam@harbour.test").get().subject == (
        "Olive Owner owns the account of Acme Bakery"
    )
    assert ActivityEvent.objects.filter(text__contains="owns the account from now on").exists()


def test_looking_changes_nothing_and_the_link_works_once(client, branch_admin, connection):
    invite_owner(connection, by=branch_admin, **ASKED)
    link = mailed()
    for _ in range(3):
        client.head(link)
        client.get(link)
    assert owner_of(connection) is None

    client.post(link, {"full_name": "Olive", "password": PASSWORD})
    client.logout()
    again = client.post(link, {"full_name": "Mallory", "password": PASSWORD})

    assert again.status_code == 410
    assert "It works once." in again.content.decode()
    assert owner_of(connection).full_name == "Olive"


def test_a_newer_link_voids_the_earlier_and_cancelling_voids_both(client, branch_admin, connection):
    invite_owner(connection, by=branch_admin, **ASKED)
    first = mailed()
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        invite_owner(connection, by=branch_admin, **ASKED)
    second = mailed()

    old = client.get(first)
    client.force_login(branch_admin)
    client.post(url(connection, "cancel"))
    client.logout()

    assert (old.status_code, client.get(second).status_code) == (410, 410)
    assert "taken back" in client.get(second).content.decode()


def test_a_double_click_mails_once(branch_admin, connection):
    first = invite_owner(connection, by=branch_admin, **ASKED)

    second = invite_owner(connection, by=branch_admin, **ASKED)

    assert first == second
    assert Message.objects.count() == 1


def test_after_seven_days_it_is_over(client, branch_admin, connection):
    invite_owner(connection, by=branch_admin, **ASKED)

    with time_machine.travel(timezone.now() + timedelta(days=7, minutes=1)):
        response = client.get(mailed())

    assert response.status_code == 410
    assert "This link has expired" in response.content.decode()


def test_who_has_a_login_signs_in_and_presses(client, branch_admin, connection):
    olive = factories.UserFactory(full_name="Olive Owner", email="olive@acme.test")
    invite_owner(connection, by=branch_admin, **ASKED)

    sent_away = client.post(mailed(), {"full_name": "Mallory", "password": PASSWORD})
    client.force_login(olive)
    client.post(mailed())

    assert sent_away.url.startswith("/login/?next=")
    assert owner_of(connection) == olive
    assert not olive.check_password(PASSWORD)


def test_the_link_is_its_address_s_alone(client, branch_admin, connection, contact):
    invite_owner(connection, by=branch_admin, **ASKED)
    client.force_login(contact)

    page = client.get(mailed()).content.decode()
    response = client.post(mailed())

    assert "This link is for olive@acme.test." in page
    assert response.status_code == 403
    assert owner_of(connection) is None


def test_a_weak_password_is_refused_and_nothing_is_made(client, branch_admin, connection):
    invite_owner(connection, by=branch_admin, **ASKED)

    response = client.post(mailed(), {"full_name": "Olive", "password": "12345678"})

    assert response.status_code == 422
    assert not User.objects.filter(email="olive@acme.test").exists()


def test_a_tampered_link_opens_nothing(client, branch_admin, connection):
    invite_owner(connection, by=branch_admin, **ASKED)

    assert client.get(mailed()[:-3] + "x/").status_code == 404


@pytest.mark.parametrize("trait", ["disconnected", "paused"])
def test_only_of_a_client_that_may_be_changed(branch, branch_admin, trait):
    row = factories.ConnectionFactory(branch=branch, **{trait: True})

    with pytest.raises(Refused):
        invite_owner(row, by=branch_admin, **ASKED)


def test_an_account_with_an_owner_keeps_them(client, branch_admin, account_owner, connection):
    client.force_login(branch_admin)

    page = client.get(url(connection)).content.decode()
    response = client.post(url(connection), ASKED)

    assert "owns this account" in page
    assert "Send the link" not in page
    assert response.status_code == 422
    assert not OwnerInvitation.objects.exists()


def test_no_colleague_owns_a_client(client, branch_admin, assigned_member, connection):
    client.force_login(branch_admin)

    response = client.post(url(connection), {**ASKED, "email": "MIA@harbour.test"})

    assert "belongs to a colleague" in response.content.decode()
    assert not OwnerInvitation.objects.exists()


def test_who_reads_the_outbox_does_not_get_the_link(client, super_admin, branch_admin, connection):
    invite_owner(connection, by=branch_admin, **ASKED)
    message = Message.objects.get()
    client.force_login(super_admin)

    page = client.get(f"/harbour/activity/outbox/{message.pk}/").content.decode()

    assert "/own/" not in page
    assert "a link for the recipient alone" in page


@pytest.mark.parametrize(
    ("persona", "status"),
    [("viewer", 403), ("billing_admin", 403), ("unassigned_member", 404), ("outsider", 404)],
)
def test_others_cannot(persona_client, persona, status, connection):
    client = persona_client(persona)

    answers = [client.post(url(connection), ASKED), client.post(url(connection, "cancel"))]

    assert [answer.status_code for answer in answers] == [status, status]
    assert not OwnerInvitation.objects.exists()
