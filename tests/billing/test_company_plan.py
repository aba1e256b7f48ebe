"""Plan and payment of a client that pays for itself: its owner's, and no firm's (F-219, C15)."""

from datetime import timedelta
from urllib.parse import quote

import pytest

from billing.actions.charging import send_due_charges
from billing.actions.retrying import renew_subscriptions, retry_failed
from billing.models import AccountSubscription, Charge, PaymentMethod
from billing.models.own_data import of_payments
from clients.models import ActivityEvent, ClientAccount, Connection
from clients.roles import SubscriptionStatus
from practice import clock
from tests import factories


@pytest.fixture
def delta(branch, account_owner):
    """A Client Pays connection of Arthur's second company."""
    return factories.ConnectionFactory(
        branch=branch, client_pays=True, name="Delta Design", account__owner=account_owner
    )


@pytest.fixture
def plans():
    """Solo at 20, Pro at 35 pounds; Solo at 24 euros."""
    solo = factories.PlanFactory(code="solo", name="Solo", level=1)
    pro = factories.PlanFactory(code="pro", name="Pro", level=2)
    factories.PlanPriceFactory(plan=solo)
    factories.PlanPriceFactory(plan=pro, amount="35.00")
    factories.PlanPriceFactory(plan=solo, currency="EUR", amount="24.00")
    return solo, pro


def url(row, tail: str = "") -> str:
    return f"/companies/{row.account_id}/plan/{tail}"


def says(response) -> str:
    return response.content.decode()


def enter(client, row, currency: str = "GBP", query: str = "", kind: str = "approve"):
    page = client.post(url(row, f"add/{query}"))["Location"]
    back = client.post(page, {"kind": kind, "currency": currency})["Location"]
    return client.get(back)


def test_plan_and_method_begin_the_subscription(client, account_owner, delta, plans):
    client.force_login(account_owner)
    page = says(client.get(url(delta)))

    client.post(url(delta), {"plan": "pro"})
    before = AccountSubscription.objects.get().status
    enter(client, delta)

    row, account = AccountSubscription.objects.get(), ClientAccount.objects.get(pk=delta.account_id)
    copied = Connection.objects.get(pk=delta.pk)
    assert "£20.00 a month" in page
    assert before == SubscriptionStatus.NONE
    assert (row.plan.code, row.status, row.currency) == ("pro", "active", "GBP")
    assert (account.plan, account.subscription_status, account.has_method) == (
        "Pro",
        "active",
        True,
    )
    assert account.renews_on == row.renews_on == clock.today()
    assert (copied.plan, copied.subscription_status) == ("Pro", "active")


def test_firms_are_told_the_plan_and_no_more(client, account_owner, delta, plans):
    client.force_login(account_owner)
    client.post(url(delta), {"plan": "solo"})
    enter(client, delta)

    client.post(url(delta), {"plan": "pro"})

    lines = list(ActivityEvent.objects.filter(connection=delta).values_list("text", flat=True))
    assert lines == [
        "Arthur Acme, the owner of the account, changed the plan to Pro",
        "Delta Design subscribed to Solo",
    ]


def test_the_firm_sees_the_plan_alone(client, account_owner, super_admin, delta, plans):
    client.force_login(account_owner)
    client.post(url(delta), {"plan": "pro"})
    enter(client, delta)
    client.get(url(delta))  # where the owner reads what was said to them
    client.logout()
    client.force_login(super_admin)

    page = says(client.get(f"/harbour/clients/{delta.pk}/"))
    trail = says(client.get("/harbour/activity/audit/"))

    assert "Pro" in page
    for kept in ("Visa", "4242", "£35", "35.00", "payment method"):
        assert kept not in page + trail


def test_a_trial_runs_on(client, account_owner, delta, plans):
    until = clock.today() + timedelta(days=9)
    with factories.arranging():
        ClientAccount.objects.filter(pk=delta.account_id).update(
            subscription_status=SubscriptionStatus.TRIAL, trial_ends_on=until
        )
    client.force_login(account_owner)
    client.post(url(delta), {"plan": "solo"})

    enter(client, delta)

    row = AccountSubscription.objects.get()
    assert (row.status, row.renews_on) == ("trial", until)


def test_subscribing_ends_the_archive(client, account_owner, delta, plans):
    with factories.arranging():
        ClientAccount.objects.filter(pk=delta.account_id).update(archived_at=clock.now())
    client.force_login(account_owner)
    client.post(url(delta), {"plan": "solo"})

    enter(client, delta)

    assert not ClientAccount.objects.get(pk=delta.account_id).is_archived


def test_another_currency_is_refused_with_text(client, account_owner, delta, plans):
    client.force_login(account_owner)
    client.post(url(delta), {"plan": "solo"})

    enter(client, delta, "EUR")

    page = says(client.get(url(delta)))
    assert "Delta Design is billed in GBP, and this payment method pays in EUR." in page
    assert not PaymentMethod.objects.exists()


def test_the_currency_is_chosen_before_there_is_a_method(client, account_owner, delta, plans):
    client.force_login(account_owner)

    page = says(client.get(url(delta), {"currency": "EUR"}))
    client.post(url(delta, "?currency=EUR"), {"plan": "solo"})
    enter(client, delta, "EUR")

    assert "€24.00 a month" in page
    assert "Pro" not in page
    assert AccountSubscription.objects.get().currency == "EUR"


def test_an_account_that_the_firm_pays_for_has_nothing_to_choose(
    client, account_owner, connection, plans
):
    client.force_login(account_owner)

    page = says(client.get(url(connection)))
    response = client.post(url(connection), {"plan": "solo"})

    assert "Your accountant pays for this account (Bill Us)" in page
    assert response.status_code == 422
    assert not AccountSubscription.objects.exists()


def test_during_a_transfer_it_is_taken_over_first(client, account_owner, connection, plans):
    with factories.arranging():
        ClientAccount.objects.filter(pk=connection.account_id).update(archived_at=clock.now())
    client.force_login(account_owner)

    page = says(client.get(url(connection)))

    assert "Press “I will subscribe myself” under External Access first." in page


def test_a_card_before_a_plan_is_told(client, account_owner, delta, plans):
    client.force_login(account_owner)

    response = client.post(url(delta, "add/"), follow=True)

    assert "Choose a plan first" in says(response)


@pytest.mark.parametrize("plan", ["", "prime", "unknown"])
def test_a_plan_that_is_not_offered_is_refused(client, account_owner, delta, plans, plan):
    factories.PlanFactory(code="prime", name="Prime", is_offered=False)
    client.force_login(account_owner)

    assert client.post(url(delta), {"plan": plan}).status_code == 422
    assert not AccountSubscription.objects.exists()


def test_it_leads_back_to_where_the_owner_came_from(client, account_owner, delta, plans):
    client.force_login(account_owner)
    query = f"?next={quote('/connect/abc/?step=accept')}"

    chosen = client.post(url(delta, query), {"plan": "solo"})
    entered = enter(client, delta, query=query)

    assert chosen["Location"].startswith(url(delta))
    assert entered["Location"] == "/connect/abc/?step=accept"


@pytest.mark.parametrize(
    "away", ["https://evil.test/", "//evil.test/", "/\\evil.test", "javascript:alert(1)", "evil"]
)
def test_it_leads_nowhere_else(client, account_owner, delta, plans, away):
    client.force_login(account_owner)
    query = f"?next={quote(away)}"
    client.post(url(delta, query), {"plan": "solo"})

    entered = enter(client, delta, query=query)

    assert entered["Location"] == url(delta)


@pytest.mark.parametrize("persona", ["super_admin", "contact", "outsider"])
def test_others_find_nothing(persona_client, persona, delta, plans):
    client = persona_client(persona)

    assert client.get(url(delta)).status_code == 404
    assert client.post(url(delta), {"plan": "solo"}).status_code == 404


def test_a_new_card_pays_what_the_old_one_could_not(client, account_owner, delta, plans):
    client.force_login(account_owner)
    client.post(url(delta), {"plan": "solo"})
    enter(client, delta, kind="decline")
    renew_subscriptions()
    send_due_charges()
    failed = says(client.get(url(delta)))

    enter(client, delta)
    retry_failed()
    send_due_charges()

    rows = [(row[1].name, *row[2:6]) for row in of_payments(delta.account)]
    assert [row[3] for row in rows] == ["Succeeded", "Failed"]
    assert rows[1][-1] == "The card was declined."
    statuses = list(Charge.objects.order_by("attempt").values_list("status", flat=True))
    assert "The card was declined." in failed
    assert statuses == ["failed", "succeeded"]
    assert AccountSubscription.objects.get().status == SubscriptionStatus.ACTIVE
