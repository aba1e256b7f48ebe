"""A company's invitation to a branch, as actions: rows, consents, history, mails (F-111…F-115)."""

from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction

from bench import soak_races
from clients.actions.integrity import check_connections
from clients.models import ActivityEvent, ClientAccount, Connection, ConnectionPeriod
from clients.roles import BillingModel, ConnectionStatus
from invitations.actions import client as sending
from invitations.actions.client import (
    cancel_client_invitation,
    expire_due,
    send_client_invitation,
)
from invitations.actions.client_answers import (
    accept_client_invitation,
    reject_client_invitation,
)
from invitations.models import ClientInvitation, ReconnectInvitation
from invitations.roles import InvitationSource, InvitationStatus
from practice import clock
from practice.errors import Refused
from practice.models import Branch, Message, User
from tests import factories


@pytest.fixture
def dina(db) -> User:
    return factories.UserFactory(full_name="Dina Delta", email="dina@delta.test")


@pytest.fixture
def delta(dina) -> ClientAccount:
    return factories.ClientAccountFactory(name="Delta Design", owner=dina)


@pytest.fixture
def dublin(firm) -> Branch:
    return factories.BranchFactory(firm=firm, name="Dublin")


@pytest.fixture
def waiting(delta, dina, branch) -> ClientInvitation:
    return sent(delta, branch, dina)


def sent(account: ClientAccount, branch: Branch, by: User, **facts) -> ClientInvitation:
    facts = {"source": InvitationSource.LINK, "link_number": 1, "consent_name": "Dina D."} | facts
    return send_client_invitation(account, branch, by=by, **facts)


def fresh(row: ClientInvitation) -> ClientInvitation:
    return ClientInvitation.objects.get(pk=row.pk)


def mails_to(address: str) -> list[str]:
    return list(Message.objects.filter(recipient=address).values_list("subject", flat=True))


def test_the_clients_consent_is_stored_and_the_branch_is_told(delta, dina, branch):
    row = sent(delta, branch, dina, message=" We met in May. ")

    history = ClientInvitation.history.get(id=row.pk)
    body = Message.objects.get(recipient=branch.email).body
    assert (row.consented_name, row.consented_at <= clock.now()) == ("Dina D.", True)
    assert (row.company, row.contact_name, row.contact_email) == (
        "Delta Design",
        "Dina Delta",
        "dina@delta.test",
    )
    assert (history.history_user, history.history_change_reason) == (
        dina,
        "Dina D. agreed to connect Delta Design with London.",
    )
    assert "We met in May." in body
    assert "/harbour/invitations/" in body
    assert not Connection.objects.exists()


def test_acceptance_connects_at_once_as_client_pays(waiting, branch_owner, branch, delta, dina):
    accepted = accept_client_invitation(waiting, by=branch_owner)

    row = Connection.objects.get()
    assert (accepted.status, accepted.connection) == (InvitationStatus.ACCEPTED, row)
    assert (accepted.answered_by, accepted.answered_at is not None) == (branch_owner, True)
    assert (row.account, row.branch, row.status, row.billing_model) == (
        delta,
        branch,
        ConnectionStatus.ACTIVE,
        BillingModel.CLIENT_PAYS,
    )
    assert (row.client_number, row.contact_name, row.contact_email) == (
        "1001",
        "Dina Delta",
        "dina@delta.test",
    )
    assert ConnectionPeriod.objects.get(connection=row).opened_on == clock.today()
    assert "accepted the invitation of Dina D." in ActivityEvent.objects.get(connection=row).text
    assert mails_to(dina.email) == ["Harbour Accounting accepted your invitation"]
    assert list(check_connections()) == []


def test_a_client_that_left_begins_anew_and_names_the_old_one(waiting, branch_owner, branch, delta):
    old = factories.ConnectionFactory(branch=branch, account=delta, disconnected=True)
    link = factories.ReconnectInvitationFactory(connection=old, new_link=True)

    row = accept_client_invitation(waiting, by=branch_owner).connection

    assert row.supersedes == old
    assert ReconnectInvitation.objects.get(pk=link.pk).status == InvitationStatus.CANCELLED


def test_rejection_connects_nothing_and_tells_the_client_why(waiting, branch_owner, dina):
    reject_client_invitation(waiting, by=branch_owner, reason="We are full until May.")

    row = fresh(waiting)
    assert (row.status, row.answered_by, row.answer_reason) == (
        InvitationStatus.REJECTED,
        branch_owner,
        "We are full until May.",
    )
    assert not Connection.objects.exists()
    assert "We are full until May." in Message.objects.get(recipient=dina.email).body


def test_an_answer_is_given_once(waiting, branch_owner, dina):
    accept_client_invitation(waiting, by=branch_owner)

    for again in (accept_client_invitation, reject_client_invitation):
        with pytest.raises(Refused, match="accepted already"):
            again(waiting, by=branch_owner)
    with pytest.raises(Refused, match="accepted already"):
        cancel_client_invitation(waiting, by=dina)

    assert Connection.objects.count() == 1


@pytest.mark.parametrize("persona", ["viewer", "billing_admin", "unassigned_member", "outsider"])
def test_who_may_not_create_clients_does_not_answer(waiting, persona, request):
    by = request.getfixturevalue(persona)

    for answer in (accept_client_invitation, reject_client_invitation):
        with pytest.raises(Refused):
            answer(waiting, by=by)

    assert fresh(waiting).is_pending


def test_a_second_one_to_the_branch_is_pending_already(waiting, delta, branch, dina):
    with pytest.raises(Refused, match="already pending"):
        sent(delta, branch, dina)

    assert ClientInvitation.objects.count() == 1


def test_to_another_branch_it_may_be_sent_and_ends_with_the_acceptance_of_the_first(
    waiting, delta, dublin, dina, branch_owner
):
    other = sent(delta, dublin, dina)

    accept_client_invitation(waiting, by=branch_owner)

    assert fresh(other).status == InvitationStatus.CANCELLED


def test_two_firms_connect_the_same_company_apart(waiting, delta, dina, branch_owner, outsider):
    southgate = Branch.objects.get(name="Southgate")
    accept_client_invitation(waiting, by=branch_owner)

    accept_client_invitation(sent(delta, southgate, dina), by=outsider)

    assert Connection.objects.filter(account=delta).values("firm").distinct().count() == 2


def test_only_the_owner_of_the_account_sends_and_takes_back(waiting, delta, dublin, branch_owner):
    with pytest.raises(Refused, match=sending.NOT_OWNER):
        sent(delta, dublin, branch_owner)
    with pytest.raises(Refused, match=sending.NOT_YOURS):
        cancel_client_invitation(waiting, by=branch_owner)

    assert fresh(waiting).is_pending


def test_who_works_at_the_firm_is_not_its_client_with_the_same_login(branch, branch_owner):
    account = factories.ClientAccountFactory(owner=branch_owner)

    with pytest.raises(Refused, match="You work at Harbour Accounting"):
        sent(account, branch, branch_owner)


@pytest.mark.parametrize(
    ("status", "says"),
    [("active", "connected already"), ("reconnecting", "has asked you to reconnect")],
)
def test_who_is_connected_need_not_ask(delta, dina, branch, status, says):
    traits = {"reconnecting": True} if status == "reconnecting" else {}
    factories.ConnectionFactory(branch=branch, account=delta, **traits)

    with pytest.raises(Refused, match=says):
        sent(delta, branch, dina)


def test_archived_accounts_and_branches_are_not_connected(waiting, delta, dina, branch_owner):
    closed = factories.BranchFactory(firm=waiting.firm, archived=True)
    with pytest.raises(Refused, match=sending.BRANCH_CLOSED):
        sent(delta, closed, dina)
    with factories.arranging():
        ClientAccount.objects.filter(pk=delta.pk).update(archived_at=clock.now())

    with pytest.raises(Refused, match="archived"):
        accept_client_invitation(waiting, by=branch_owner)


def test_without_a_name_there_is_no_consent(delta, dina, branch):
    with pytest.raises(Refused, match=sending.NO_NAME):
        sent(delta, branch, dina, consent_name="  ")


def test_the_client_takes_it_back(waiting, dina, branch_owner):
    cancel_client_invitation(waiting, by=dina)

    with pytest.raises(Refused, match="taken back"):
        accept_client_invitation(waiting, by=branch_owner)
    assert not Connection.objects.exists()


def test_nobody_answers_for_thirty_days(waiting, delta, branch, dina, branch_owner):
    with time_machine.travel(clock.now() + timedelta(days=30, minutes=1)):
        with pytest.raises(Refused, match="expired"):
            accept_client_invitation(waiting, by=branch_owner)
        counts = [expire_due(), expire_due()]
        anew = sent(delta, branch, dina)

    assert counts == [1, 0]
    assert mails_to(dina.email) == ["Harbour Accounting has not answered your invitation"]
    assert (fresh(waiting).status, anew.status) == (
        InvitationStatus.EXPIRED,
        InvitationStatus.PENDING,
    )


@pytest.mark.parametrize(
    "facts",
    [
        {"status": InvitationStatus.ACCEPTED},
        {"consented_name": ""},
        {"source": InvitationSource.EXTERNAL},
        {"link_number": None},
    ],
)
def test_the_database_wants_both_consents_and_the_way_it_came(branch, facts):
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.ClientInvitationFactory(branch=branch, **facts)


def test_the_database_keeps_one_pending(waiting, branch):
    with pytest.raises(IntegrityError, match="pending_once"), transaction.atomic():
        factories.ClientInvitationFactory(branch=branch, account=waiting.account)


@pytest.mark.django_db(transaction=True)
def test_fifty_at_once_open_one_connection():
    result = soak_races.soak("client-invitation", threads=50, rounds=2)

    assert (result["violations"], result["shown"]) == (0, [])
