"""What if: the page says what the invoice says later (F-250)."""

from decimal import Decimal

import pytest

from billing.actions.spans import change_plan, start_billing
from billing.models import BranchInvoice, Span
from clients.actions.relationships import (
    disconnect_connection,
    pause_connection,
    resume_connection,
)
from tests import factories as make

pytestmark = pytest.mark.django_db
URL = "/harbour/billing/simulator/"


@pytest.fixture
def acme(billed, run, on):
    """Billed since May, with Bolt beside it; it is the fifth of June, and June is charged."""
    row = billed("2027-05-01", name="Acme", client_number="2010")
    billed("2027-05-01", name="Bolt", client_number="2011")
    run("2027-06")
    on("2027-06-05")
    return row


def ask(client, /, **facts):
    return client.get(URL, facts)


def totals(response) -> list[tuple[str, Decimal, Decimal]]:
    return [(f"{one.month:%B}", one.before, one.after) for one in response.context["months"]]


def test_disconnecting_on_the_tenth_is_what_the_invoice_says_later(
    client, branch_owner, acme, run, on
):
    """F-250."""
    client.force_login(branch_owner)
    response = ask(client, move="disconnect", client="2010", on="2027-06-11")
    [(month, before, after)] = totals(response)

    on("2027-06-11")
    disconnect_connection(acme, by=branch_owner, reason="Client request")
    invoice = run("2027-07")

    assert (month, before, after) == ("July", Decimal(40), Decimal("6.67"))
    assert invoice.total == after
    html = response.content.decode()
    assert "Acme is disconnected on 11 June 2027" in html
    assert "£20.00 × 10 of 30 days = 6.66667, rounded to £6.67" in html
    assert "£6.67 − £20.00 charged in advance for June 2027 = −£13.33" in html


def test_a_pause_that_is_resumed(client, branch_owner, acme, run, on):
    client.force_login(branch_owner)
    paused = totals(ask(client, move="pause", client="Acme", on="2027-06-11"))
    on("2027-06-11")
    pause_connection(acme, by=branch_owner, reason="Holiday")
    client.force_login(branch_owner)  # the session of last week is over
    resumed = totals(ask(client, move="resume", client="acme", on="2027-06-21"))
    on("2027-06-21")
    resume_connection(acme, by=branch_owner)

    assert paused == [("July", Decimal(40), Decimal("6.67"))]
    assert resumed == [("July", Decimal("6.67"), Decimal("33.33"))]
    assert run("2027-07").total == Decimal("33.33")


def test_another_plan(client, branch_owner, acme, run, on, pro):
    client.force_login(branch_owner)
    response = ask(client, move="change_plan", client="2010", plan=pro.pk, on="2027-06-16")
    [(_, before, after)] = totals(response)
    on("2027-06-16")
    change_plan(acme, pro, by=branch_owner)

    assert (before, after) == (Decimal(40), Decimal(70))
    assert run("2027-07").total == after


def test_another_client(client, branch_owner, branch, acme, run, on, solo):
    """F-013b, F-124."""
    client.force_login(branch_owner)
    [(_, before, after)] = totals(ask(client, move="add", plan=solo.pk, on="2027-06-16"))
    on("2027-06-16")
    start_billing([make.ConnectionFactory(branch=branch, name="Cobalt")], solo)

    assert (before, after) == (Decimal(40), Decimal(70))
    assert run("2027-07").total == after


def test_the_first_client_is_charged_at_once(client, branch_owner, branch, on, solo):
    """F-123."""
    on("2027-06-16")
    client.force_login(branch_owner)
    response = ask(client, move="add", plan=solo.pk, on="2027-06-16")
    start_billing([make.ConnectionFactory(branch=branch)], solo)

    assert response.context["now"].amount == BranchInvoice.objects.get().total == Decimal(10)
    assert totals(response) == [("July", Decimal(0), Decimal(20))]


def test_nothing_is_written(client, branch_owner, acme, solo):
    client.force_login(branch_owner)
    before = list(Span.objects.values_list())

    ask(client, move="disconnect", client="2010", on="2027-06-11")
    ask(client, move="add", plan=solo.pk, on="2027-06-11")

    assert list(Span.objects.values_list()) == before
    assert BranchInvoice.objects.filter(month="2027-07-01").count() == 0


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"move": "fly"}, "Select a valid choice"),
        ({"client": ""}, "Say which client."),
        ({"client": "zzzz"}, "No Bill Us client of London is found by this."),
        ({"client": "20"}, "Several clients fit. Write the Client ID of one: 2010, 2011."),
        ({"on": "2027-06-04"}, "Choose a day from today on, within a year."),
        ({"on": "2029-06-04"}, "Choose a day from today on, within a year."),
        ({"on": "soon"}, "Enter a valid date."),
        ({"on": ""}, "This field is required."),
        ({"move": "resume"}, "Acme is billed on that day already."),
        ({"move": "add"}, "Choose the plan."),
        ({"move": "add", "plan": "999999"}, "Select a valid choice"),
        ({"move": "change_plan"}, "Choose the plan."),
    ],
)
def test_what_cannot_be_is_said(client, branch_owner, acme, facts, says):
    client.force_login(branch_owner)

    asked = {"move": "pause", "client": "Acme", "on": "2027-06-11"} | facts
    response = ask(client, **asked)

    assert response.status_code == 422
    assert says in response.content.decode()


def test_a_client_that_is_not_billed(client, branch_owner, branch, acme, solo):
    make.ConnectionFactory(branch=branch, name="New Ltd")
    client.force_login(branch_owner)

    never = ask(client, move="pause", client="New Ltd", on="2027-06-11")
    same = ask(client, move="change_plan", client="Acme", plan=solo.pk, on="2027-06-11")

    assert "New Ltd was never billed" in never.content.decode()
    assert "Acme is on the plan Solo already." in same.content.decode()


def test_other_clients_cannot_be_found(client, branch_owner, branch, firm, acme):
    """Those that pay for themselves, of other branches, and restricted ones."""
    make.ConnectionFactory(branch=branch, name="Delta", client_pays=True)
    make.ConnectionFactory(branch=make.BranchFactory(firm=firm), name="Elsewhere")
    make.ConnectionFactory(branch=branch, name="Secret", restricted=True)
    client.force_login(branch_owner)

    for name in ("Delta", "Elsewhere", "Secret"):
        response = ask(client, move="pause", client=name, on="2027-06-11")
        assert "No Bill Us client of London is found by this." in response.content.decode()


def test_several_that_fit_are_named(client, branch_owner, branch, acme):
    for number in ("3001", "3002"):
        make.ConnectionFactory(branch=branch, name="Smith", client_number=number)
    client.force_login(branch_owner)

    response = ask(client, move="pause", client="Smith", on="2027-06-11")

    assert "Several clients fit. Write the Client ID of one: 3001, 3002." in (
        response.content.decode()
    )


def test_a_link_brings_the_client_along(client, branch_owner, acme):
    client.force_login(branch_owner)

    panel = client.get(f"/harbour/billing/clients/{acme.pk}/").content.decode()
    page = client.get(URL, {"client": "2010"}).content.decode()

    assert f'href="{URL}?client=2010"' in panel
    assert 'value="2010"' in page


def test_all_branches_have_no_common_bill(client, super_admin, branch):
    client.force_login(super_admin)

    assert "Choose a branch" in client.get(URL).content.decode()


def test_query_count_is_constant(
    client, branch_owner, acme, billed, solo, django_assert_max_num_queries
):
    for _ in range(10):
        billed("2027-06-16")
    client.force_login(branch_owner)
    ask(client, move="pause", client="Acme", on="2027-06-20")

    with django_assert_max_num_queries(32):
        ask(client, move="pause", client="Acme", on="2027-06-20")
