"""Bill Us clients without a plan, and the plan of one client (F-117, F-122, F-125)."""

import pytest

from billing.models import Span
from clients.actions.ownership import start_transfer
from tests import factories as make

pytestmark = pytest.mark.django_db
URL = "/harbour/billing/clients/unbilled/"
EXPORT = f"{URL}export/"


@pytest.fixture
def verified(branch) -> None:
    make.BillingVerificationFactory(branch=branch, approved=True)


@pytest.fixture
def waiting(branch, solo, pro, on) -> list:
    """At half month, two imported clients wait; others do not."""
    on("2027-06-16")
    make.ConnectionFactory(branch=branch, name="Delta", client_pays=True)
    make.ConnectionFactory(branch=branch, name="Paused", paused=True)
    make.ConnectionFactory(branch=make.BranchFactory(firm=branch.firm), name="Elsewhere")
    return [
        make.ConnectionFactory(branch=branch, name=name, client_number=number)
        for name, number in (("Acme", "1010"), ("Bolt", "1011"))
    ]


def names(response) -> list[str]:
    return [one.name for one in response.context["clients"]]


def plan_of(connection) -> str:
    return f"/harbour/billing/clients/{connection.pk}/plan/"


def test_who_waits_is_listed_and_said(client, branch_owner, waiting):
    client.force_login(branch_owner)

    notice = client.get("/harbour/billing/").content.decode()
    listed = client.get("/harbour/billing/clients/").content.decode()

    assert names(client.get(URL)) == ["Acme", "Bolt"]
    assert "2 Bill Us clients are not billed: they have no plan yet." in notice
    assert URL in notice
    assert URL in listed


def test_the_cost_is_said_before(client, branch_owner, verified, waiting):
    client.force_login(branch_owner)

    html = client.get(URL, {"plan": "pro"}).content.decode()

    assert "15 of 30 days: £20.00 each, £40.00 together" in html
    assert "The first client of the branch is charged today" in html
    assert "£40.00 each, £80.00 together, every month" in html


def test_all_are_billed_from_today_on(client, branch_owner, branch, verified, waiting):
    client.force_login(branch_owner)

    done = client.post(URL, {"plan": "pro", "clients": "2"}, follow=True)

    spans = Span.objects.filter(branch=branch).values_list("connection__name", "plan__name")
    assert sorted(spans) == [("Acme", "Pro"), ("Bolt", "Pro")]
    assert "2 clients are billed from today on, on the plan Pro." in done.content.decode()
    assert "Every Bill Us client has a plan" in client.get(URL).content.decode()
    assert URL not in client.get("/harbour/billing/").content.decode()


def test_a_second_click_bills_nobody_twice(client, branch_owner, verified, waiting):
    client.force_login(branch_owner)
    client.post(URL, {"plan": "pro", "clients": "2"})

    again = client.post(URL, {"plan": "pro", "clients": "2"})

    assert again.status_code == 422
    assert Span.objects.count() == 2


def test_others_than_were_seen_are_not_billed(client, branch_owner, branch, verified, waiting):
    client.force_login(branch_owner)
    make.ConnectionFactory(branch=branch, name="Newcomer")

    answer = client.post(URL, {"plan": "pro", "clients": "2"})

    assert "3 clients wait for a plan by now, not 2" in answer.content.decode()
    assert not Span.objects.exists()


def test_an_unverified_branch_bills_nobody(client, branch_owner, waiting):
    """F-117."""
    client.force_login(branch_owner)

    answer = client.post(URL, {"plan": "pro", "clients": "2"})

    assert answer.status_code == 422
    assert "Billing verification" in answer.content.decode()
    assert not Span.objects.exists()


@pytest.mark.parametrize("plan", ["", "gold"])
def test_without_a_plan_nothing_begins(client, branch_owner, verified, waiting, plan):
    client.force_login(branch_owner)

    answers = [client.get(URL, {"plan": plan}), client.post(URL, {"plan": plan, "clients": "2"})]

    assert [answer.status_code for answer in answers] == [422, 422]
    assert not Span.objects.exists()


def test_who_sees_billing_alone_may_not_begin_it(client, branch_admin, verified, waiting):
    client.force_login(branch_admin)

    assert "aria-disabled" in client.get(URL, {"plan": "solo"}).content.decode()
    assert client.post(URL, {"plan": "solo", "clients": "2"}).status_code == 403


def test_all_branches_have_no_common_list(client, super_admin, waiting):
    client.force_login(super_admin)

    assert "Choose a branch" in client.get(URL).content.decode()


def test_a_restricted_client_has_no_name_here(client, branch_owner, branch, waiting):
    make.ConnectionFactory(branch=branch, name="Secret Ltd", restricted=True)
    client.force_login(branch_owner)

    html = client.get(URL).content.decode()
    file = b"".join(client.get(EXPORT).streaming_content).decode()

    assert "Secret Ltd" not in html + file
    assert "Restricted client" in html


def test_the_file_says_the_same(client, branch_owner, waiting):
    client.force_login(branch_owner)

    rows = b"".join(client.get(EXPORT).streaming_content).decode().splitlines()

    assert rows[0].lstrip("\ufeff") == "Client,Client ID,Connected on"
    assert [row.split(",")[:2] for row in rows[1:]] == [["Acme", "1010"], ["Bolt", "1011"]]


def test_who_takes_an_account_over_does_not_wait(client, super_admin, branch_owner, branch, billed):
    """C35: the firm pays for it no more."""
    acme = billed("2027-06-01", name="Acme", account__owner=make.UserFactory())
    start_transfer(acme, by=super_admin)
    assert not Span.objects.open().exists()
    client.force_login(branch_owner)

    assert names(client.get(URL)) == []


def test_query_count_is_constant(
    client, branch_owner, branch, waiting, django_assert_max_num_queries
):
    make.ConnectionFactory.create_batch(20, branch=branch)
    client.force_login(branch_owner)
    client.get(URL)

    with django_assert_max_num_queries(20):
        client.get(URL)


def test_a_plan_is_changed_from_today_on(client, branch_owner, pro, billed, run, on):
    """F-125: the next invoice shows both parts with their days."""
    acme = billed("2027-05-01", name="Acme")
    run("2027-06")
    on("2027-06-16")
    client.force_login(branch_owner)

    preview = client.get(plan_of(acme), {"plan": "pro"}).content.decode()
    done = client.post(plan_of(acme), {"plan": "pro"})

    assert "From Solo to Pro, from today on" in preview
    assert "+£30.00" in preview
    assert done.status_code == 302
    lines = run("2027-07").lines.order_by("starts_on", "plan_name")
    said = list(lines.values_list("plan_name", "days", "of_days", "amount"))
    assert [(plan, days, f"{amount:.2f}") for plan, days, _, amount in said] == [
        ("Solo", 15, "-10.00"),
        ("Pro", 15, "20.00"),
        ("Pro", 31, "40.00"),
    ]


def test_the_same_plan_is_no_change(client, branch_owner, pro, billed):
    acme = billed("2027-06-01", name="Acme")
    client.force_login(branch_owner)

    answer = client.post(plan_of(acme), {"plan": "solo"})

    assert answer.status_code == 422
    assert "Acme is on the plan Solo already. Choose another." in answer.content.decode()


def test_the_first_plan_is_chosen_for_one(client, branch_owner, verified, waiting):
    acme, _ = waiting
    client.force_login(branch_owner)

    preview = client.get(plan_of(acme), {"plan": "solo"}).content.decode()
    client.post(plan_of(acme), {"plan": "solo"})

    assert "The first client of a branch is charged at once: " in preview
    assert "£10.00" in preview
    assert Span.objects.get().connection == acme
    assert names(client.get(URL)) == ["Bolt"]


def test_one_of_an_unverified_branch_is_not_billed(client, branch_owner, waiting):
    acme, _ = waiting
    client.force_login(branch_owner)

    answer = client.post(plan_of(acme), {"plan": "solo"})

    assert answer.status_code == 422
    assert not Span.objects.exists()


def test_a_paused_client_is_given_no_plan(client, branch_owner, branch, solo):
    paused = make.ConnectionFactory(branch=branch, paused=True)
    client.force_login(branch_owner)

    assert "is paused, so it is not billed" in client.get(plan_of(paused)).content.decode()


def test_the_panel_of_the_client_leads_here(client, branch_owner, verified, waiting):
    acme, _ = waiting
    client.force_login(branch_owner)
    panel = f"/harbour/billing/clients/{acme.pk}/"

    before = client.get(panel).content.decode()
    client.post(plan_of(acme), {"plan": "solo"})

    assert "Choose the plan" in before
    assert plan_of(acme) in before
    assert "Change the plan" in client.get(panel).content.decode()
