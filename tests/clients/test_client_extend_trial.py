"""Extend Trial: twice at most, during a trial, by who may open and change the client (F-135)."""

from datetime import timedelta

import pytest

from billing.models import AccountSubscription
from clients.actions.trials import extend_trial
from clients.models import ActivityEvent, ClientAccount, Connection
from clients.roles import ConnectionStatus, SubscriptionStatus
from practice import clock
from practice.errors import Refused
from tests import factories

FORTNIGHT = timedelta(days=14)


@pytest.fixture
def golf(connection) -> Connection:
    """Acme, on a trial that ends in two days."""
    begin_trial(connection, 2)
    return connection


def begin_trial(connection: Connection, days: int, **facts) -> None:
    trial = SubscriptionStatus.TRIAL
    with factories.arranging():
        ends = clock.today() + timedelta(days=days)
        accounts = ClientAccount.objects.filter(pk=connection.account_id)
        accounts.update(**{"subscription_status": trial, "trial_ends_on": ends, **facts})
        Connection.objects.filter(pk=connection.pk).update(subscription_status=trial)


def account_of(connection: Connection) -> ClientAccount:
    with factories.arranging():
        return ClientAccount.objects.get(pk=connection.account_id)


def url(connection: Connection, page: str = "extend-trial") -> str:
    return f"/harbour/clients/{connection.pk}/{page}/"


def test_the_trial_ends_fourteen_days_later(client, assigned_member, golf):
    before = account_of(golf).trial_ends_on
    client.force_login(assigned_member)

    page = client.get(url(golf)).content.decode()
    response = client.post(url(golf), {"days": 14, "number": 1}, follow=True)

    after = account_of(golf)
    ends = before + FORTNIGHT
    said = f"{ends.day} {ends:%b %Y}"
    assert 'value="14"' in page
    assert (after.trial_ends_on, after.trial_extensions) == (ends, 1)
    assert f"The trial now ends on {said}." in response.content.decode()
    assert "extended 1 of 2 times, 1 left" in response.content.decode()
    assert ActivityEvent.objects.filter(connection=golf).latest("pk").text == (
        f"Mia London Member extended the trial by 14 days, to {said}"
    )


def test_history_says_who_and_why(assigned_member, golf, as_firm):
    with as_firm(golf.firm, assigned_member):
        extend_trial(golf, by=assigned_member, days=14, number=1)

        turn = ClientAccount.history.filter(id=golf.account_id).latest("history_id")

    assert (turn.history_user, turn.history_change_reason) == (
        assigned_member,
        "Extended the trial of the account by 14 days.",
    )


def test_a_third_time_is_refused(client, assigned_member, golf):
    client.force_login(assigned_member)
    for number in (1, 2):
        client.post(url(golf), {"days": 14, "number": number})
    before = account_of(golf).trial_ends_on

    response = client.post(url(golf), {"days": 14, "number": 3}, follow=True)
    again = client.get(url(golf), follow=True).content.decode()

    assert "extended twice already" in response.content.decode()
    assert "extended twice already" in again
    assert account_of(golf).trial_ends_on == before
    assert before == clock.today() + timedelta(days=2) + 2 * FORTNIGHT


def test_two_clicks_are_one_extension(client, assigned_member, golf):
    client.force_login(assigned_member)

    for _ in range(2):
        client.post(url(golf), {"days": 14, "number": 1})

    assert account_of(golf).trial_extensions == 1
    assert account_of(golf).trial_ends_on == clock.today() + timedelta(days=2) + FORTNIGHT


@pytest.mark.parametrize(
    ("days", "facts"),
    [
        (2, {"subscription_status": SubscriptionStatus.ACTIVE}),
        (0, {}),
        (2, {"trial_ends_on": None}),
    ],
)
def test_outside_a_trial_it_is_not_offered(client, assigned_member, connection, days, facts):
    begin_trial(connection, days, **facts)
    client.force_login(assigned_member)

    dashboard = client.get(url(connection, "dashboard")).content.decode()
    response = client.post(url(connection), {"days": 14, "number": 1}, follow=True)

    assert "Extend Trial" not in dashboard
    assert "No trial is running" in response.content.decode()
    assert account_of(connection).trial_extensions == 0


@pytest.mark.parametrize("days", ["0", "15", "-1", "soon", ""])
def test_a_wrong_number_of_days_is_said(client, assigned_member, golf, days):
    client.force_login(assigned_member)

    response = client.post(url(golf), {"days": days, "number": 1})

    assert response.status_code == 422
    assert account_of(golf).trial_extensions == 0


def test_the_dashboard_offers_it_until_it_was_used_twice(client, assigned_member, golf):
    client.force_login(assigned_member)
    offered = client.get(url(golf, "dashboard")).content.decode()
    with factories.arranging():
        ClientAccount.objects.filter(pk=golf.account_id).update(trial_extensions=2)

    used = client.get(url(golf, "dashboard")).content.decode()

    assert f'href="{url(golf)}"' in offered
    assert f'href="{url(golf)}"' not in used
    assert "extended twice already" in used


def test_the_first_payment_moves_along(client, assigned_member, account_owner, golf):
    with factories.arranging():
        ends = account_of(golf).trial_ends_on
        factories.AccountSubscriptionFactory(
            account=golf.account,
            status=SubscriptionStatus.TRIAL,
            started_on=clock.today(),
            renews_on=ends,
        )
    client.force_login(assigned_member)

    client.post(url(golf), {"days": 14, "number": 1})

    with factories.arranging():
        renews_on = AccountSubscription.objects.get(account_id=golf.account_id).renews_on
    assert (renews_on, account_of(golf).renews_on) == (ends + FORTNIGHT, ends + FORTNIGHT)


@pytest.mark.parametrize(
    ("persona", "status"),
    [
        ("branch_owner", 403),
        ("viewer", 403),
        ("unassigned_member", 404),
        ("outsider", 404),
        ("account_owner", 404),
    ],
)
def test_others_cannot(persona_client, golf, persona, status):
    response = persona_client(persona).post(url(golf), {"days": 14, "number": 1})

    assert (response.status_code, account_of(golf).trial_extensions) == (status, 0)


def test_rights_that_went_meanwhile_are_missed(assigned_member, golf, as_firm):
    with factories.arranging():
        Connection.objects.filter(pk=golf.pk).update(
            status=ConnectionStatus.PAUSED, paused_at=clock.now()
        )

    with as_firm(golf.firm, assigned_member), pytest.raises(Refused, match="paused"):
        extend_trial(golf, by=assigned_member, days=14, number=1)


def test_disabled_access_stops_it(assigned_member, golf, as_firm):
    with factories.arranging():
        Connection.objects.filter(pk=golf.pk).update(access_disabled_at=clock.now())

    with as_firm(golf.firm, assigned_member), pytest.raises(Refused, match="disabled"):
        extend_trial(golf, by=assigned_member, days=14, number=1)
