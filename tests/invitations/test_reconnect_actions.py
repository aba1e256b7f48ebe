"""Asking a client back, as actions: rows, history, news, expiry (F-080…F-081)."""

from datetime import timedelta

import pytest
import time_machine

from clients import signals
from clients.actions.companies import update_company
from clients.actions.integrity import check_connections
from clients.models import ActivityEvent, ClientAccount, Connection, ConnectionPeriod
from clients.roles import BillingModel, ConnectionStatus
from invitations.actions.reconnect import (
    NOT_ENDED,
    WAITS,
    ask_back,
    cancel_reconnection,
    expire_due,
    offer_anew,
)
from invitations.actions.reconnect_answers import (
    ENDED,
    NOT_OWNER,
    accept_anew,
    accept_reconnection,
)
from invitations.models import ReconnectInvitation
from invitations.roles import InvitationStatus
from practice import clock
from practice.errors import Refused
from practice.models import Message
from tests import factories

FIRST = timedelta(days=400)


@pytest.fixture
def left(branch) -> Connection:
    """A Client Pays client that left, with one closed period."""
    row = factories.ConnectionFactory(
        branch=branch,
        name="Delta Design",
        client_number="1013",
        contact_email="rita@delta.test",
        client_pays=True,
        disconnected=True,
    )
    today = clock.today()
    factories.ConnectionPeriodFactory(
        connection=row,
        opened_on=today - FIRST,
        closed_on=today - timedelta(days=9),
        close_reason="Client request",
    )
    return row


def fresh(row: Connection) -> Connection:
    return Connection.objects.get(pk=row.pk)


def own(row: Connection, **facts) -> None:
    with factories.arranging():
        ClientAccount.objects.filter(pk=row.account_id).update(**facts)


def test_asking_back_mails_the_contact_and_waits(branch_owner, left):
    invitation = ask_back(left, by=branch_owner)

    message = Message.objects.get()
    history = Connection.history.filter(id=left.pk).latest()
    assert fresh(left).status == ConnectionStatus.RECONNECTING
    assert (message.recipient, message.firm_id) == ("rita@delta.test", left.firm_id)
    assert "/reconnect/" in message.body
    assert (history.history_change_reason, history.history_user) == (
        "Asked the client to reconnect.",
        branch_owner,
    )
    assert invitation.ends_at - clock.now() > timedelta(days=6, hours=23)


def test_the_owner_of_the_account_is_asked_before_the_contact(branch_owner, left, account_owner):
    own(left, owner=account_owner)

    ask_back(left, by=branch_owner)

    assert Message.objects.get().recipient == account_owner.email


def test_a_second_one_is_refused_while_one_waits(branch_owner, left):
    ask_back(left, by=branch_owner)

    with pytest.raises(Refused, match=WAITS):
        ask_back(left, by=branch_owner)
    with pytest.raises(Refused, match=WAITS):
        offer_anew(left, BillingModel.BILL_US, by=branch_owner)

    assert Message.objects.count() == ReconnectInvitation.objects.count() == 1


def test_who_may_not_end_may_not_bring_back(viewer, assigned_member, left):
    for user in (viewer, assigned_member):
        with pytest.raises(Refused):
            ask_back(left, by=user)

    assert not ReconnectInvitation.objects.exists()


def test_an_active_client_is_not_asked_back(branch_owner, connection):
    with pytest.raises(Refused, match=NOT_ENDED):
        ask_back(connection, by=branch_owner)


def test_acceptance_opens_the_next_period_and_keeps_model_and_branch(
    branch_owner, left, assigned_member
):
    heard = []
    signals.connection_reconnected.connect(lambda **facts: heard.append(facts), weak=False)
    invitation = ask_back(left, by=branch_owner)

    accept_reconnection(invitation, name="Rita Rey", by=None)

    row = fresh(left)
    periods = list(ConnectionPeriod.objects.filter(connection=left))
    assert (row.status, row.billing_model, row.branch_id, row.disconnected_at) == (
        ConnectionStatus.ACTIVE,
        left.billing_model,
        left.branch_id,
        None,
    )
    assert [period.closed_on is None for period in periods] == [False, True]
    assert periods[1].opened_on == clock.today()
    assert heard[-1]["connections"] == [row]
    assert row.access_status == "active"
    assert not row.tie_role_of(None)
    assert "Rita Rey accepted" in ActivityEvent.objects.filter(connection=left)[0].text
    assert Message.objects.filter(recipient=branch_owner.email).exists()


def test_while_it_waits_the_firm_reads_nothing_of_the_account(
    client, branch_owner, left, account_owner, as_firm
):
    own(left, owner=account_owner, tax_id="GB 55 SECRET")
    ask_back(left, by=branch_owner)
    update_company(
        fresh(left).account,
        by=account_owner,
        name="Delta Deep",
        tax_id="GB 9",
        address="",
        phone="",
        website="",
    )
    client.force_login(branch_owner)

    page = client.get(f"/harbour/clients/{left.pk}/").content.decode()
    edit = client.get(f"/harbour/clients/{left.pk}/edit/")
    ways = client.get(f"/harbour/clients/{left.pk}/switch-billing-model/")

    with as_firm(left.firm):
        assert not ClientAccount.objects.filter(pk=left.account_id).exists()
        assert not ClientAccount.history.filter(id=left.account_id).exists()
    assert "Delta Design" in page
    assert not any(word in page for word in ("Delta Deep", "GB 9", "SECRET"))
    assert (edit.status_code, ways.status_code) == (403, 200)
    assert not list(check_connections())


def test_once_it_is_accepted_the_firm_sees_what_the_company_became(
    branch_owner, left, account_owner, as_firm
):
    own(left, owner=account_owner, name="Delta Deep", plan="Pro", subscription_status="active")

    accept_reconnection(ask_back(left, by=branch_owner), name="Arthur", by=account_owner)

    row = fresh(left)
    assert (row.name, row.plan, row.subscription_status) == ("Delta Deep", "Pro", "active")
    assert "delta deep" in row.search_text
    with as_firm(left.firm):
        assert ClientAccount.objects.get(pk=left.account_id).name == "Delta Deep"
    assert not list(check_connections())


def test_bill_us_comes_out_of_the_archive_that_its_end_brought(branch_owner, branch):
    row = factories.ConnectionFactory(
        branch=branch, disconnected=True, contact_email="x@y.test", account__archived_at=clock.now()
    )

    accept_reconnection(ask_back(row, by=branch_owner), name="Rita Rey", by=None)

    assert not fresh(row).account.is_archived


def test_a_closed_account_is_explained(branch_owner, left):
    own(left, archived_at=clock.now())

    with pytest.raises(Refused, match="archived.*Generate a new invitation link"):
        ask_back(left, by=branch_owner)

    assert fresh(left).status == ConnectionStatus.DISCONNECTED


def test_it_works_once(branch_owner, left):
    invitation = ask_back(left, by=branch_owner)
    accept_reconnection(invitation, name="Rita Rey", by=None)

    with pytest.raises(Refused, match=ENDED[InvitationStatus.ACCEPTED]):
        accept_reconnection(invitation, name="Rita Rey", by=None)

    assert ConnectionPeriod.objects.filter(connection=left).count() == 2


def test_only_the_owner_accepts_for_an_account_that_has_one(branch_owner, left, account_owner):
    own(left, owner=account_owner)
    invitation = ask_back(left, by=branch_owner)

    for user in (None, branch_owner):
        with pytest.raises(Refused, match=NOT_OWNER):
            accept_reconnection(invitation, name="Somebody", by=user)
    accept_reconnection(invitation, name="Arthur", by=account_owner)

    assert fresh(left).status == ConnectionStatus.ACTIVE


def test_cancelling_returns_to_disconnected(branch_owner, left):
    invitation = ask_back(left, by=branch_owner)

    cancel_reconnection(left, by=branch_owner)

    row = fresh(left)
    assert (row.status, row.disconnect_reason) == (ConnectionStatus.DISCONNECTED, "Client request")
    assert row.disconnected_at == left.disconnected_at
    with pytest.raises(Refused, match="took it back"):
        accept_reconnection(invitation, name="Rita Rey", by=None)


def test_what_nobody_answers_expires(branch_owner, left, branch):
    invitation = ask_back(left, by=branch_owner)
    other = factories.ReconnectInvitationFactory(connection__branch=branch)

    with time_machine.travel(clock.now() + timedelta(days=7, minutes=1)):
        with pytest.raises(Refused, match="expired"):
            accept_reconnection(invitation, name="Rita Rey", by=None)
        closed = expire_due()
        again = expire_due()

    assert (closed, again) == (2, 0)
    assert fresh(left).status == fresh(other.connection).status == ConnectionStatus.DISCONNECTED
    statuses = ReconnectInvitation.objects.values_list("status", flat=True)
    assert set(statuses) == {InvitationStatus.EXPIRED}


def test_after_expiry_the_client_can_be_asked_again_before_the_job_came(branch_owner, left):
    ask_back(left, by=branch_owner)

    with time_machine.travel(clock.now() + timedelta(days=8)):
        ask_back(fresh(left), by=branch_owner)

    assert fresh(left).status == ConnectionStatus.RECONNECTING
    assert ReconnectInvitation.objects.count() == 2


def test_a_new_link_begins_a_fresh_connection_that_names_the_old(branch_owner, left):
    own(left, plan="Pro", subscription_status="active")
    invitation = offer_anew(left, BillingModel.BILL_US, by=branch_owner)
    assert not Message.objects.exists()

    opened = accept_anew(invitation, name="Rita Rey", by=None)

    row = fresh(opened)
    assert (row.supersedes_id, row.billing_model, row.account_id, row.client_number) == (
        left.pk,
        BillingModel.BILL_US,
        left.account_id,
        "1014",
    )
    assert (fresh(left).status, fresh(left).client_number) == (
        ConnectionStatus.DISCONNECTED,
        "1013",
    )
    assert "1014" in row.search_text
    assert not list(check_connections())
    assert ConnectionPeriod.objects.filter(connection=row, closed_on=None).count() == 1
    assert ReconnectInvitation.objects.get().opened_id == row.pk


def test_a_new_account_is_the_persons_unless_they_work_at_the_firm(
    branch_owner, left, contact, branch
):
    other = factories.ConnectionFactory(branch=branch, disconnected=True)
    first = offer_anew(left, BillingModel.CLIENT_PAYS, by=branch_owner)
    second = offer_anew(other, BillingModel.CLIENT_PAYS, by=branch_owner)

    theirs = accept_anew(first, name="Cara", by=contact, company="Delta Two")
    ours = accept_anew(second, name="Olga", by=branch_owner, company="Delta Three")

    assert (theirs.name, theirs.account.owner) == ("Delta Two", contact)
    assert theirs.account_id != left.account_id
    assert ours.account.owner is None


def test_one_open_connection_per_firm_and_account_holds(branch_owner, left):
    invitation = offer_anew(left, BillingModel.CLIENT_PAYS, by=branch_owner)
    factories.ConnectionFactory(branch=left.branch, account=left.account)

    with pytest.raises(Refused, match="open connection"):
        accept_anew(invitation, name="Rita Rey", by=None)


def test_neither_way_leads_back_while_a_newer_connection_is_open(branch_owner, left):
    invitation = offer_anew(left, BillingModel.CLIENT_PAYS, by=branch_owner)
    accept_anew(invitation, name="Rita Rey", by=None, company="Delta Two")

    with pytest.raises(Refused, match="open connection"):
        ask_back(left, by=branch_owner)
    with pytest.raises(Refused, match="open connection"):
        offer_anew(left, BillingModel.BILL_US, by=branch_owner)
