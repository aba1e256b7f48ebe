"""Promotions: codes, the line on the branch's invoice, and the owner's answer (F-137, F-137a)."""

from datetime import date
from decimal import Decimal

import pytest

from billing.actions.promotions import apply_offer, decline_offer, give_promotion
from billing.actions.retrying import renew_subscriptions
from billing.models import AccountSubscription, Charge, PromotionOffer
from billing.proration import discount, months_after
from billing.reckoning import estimate
from billing.roles import LineKind, PromotionState
from clients.actions.relationships import pause_connection
from clients.models import ClientMessage
from clients.roles import ClientRole
from practice import clock
from practice.errors import Refused
from practice.models import Message
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def spring(db):
    return make.PromotionFactory(code="SPRING20", percent=Decimal(20), months=2)


def url(row) -> str:
    return f"/harbour/billing/clients/{row.pk}/promotion/"


def promoted(invoice) -> list[tuple[str, Decimal]]:
    rows = invoice.lines.filter(kind=LineKind.PROMOTION).order_by("client_name")
    return list(rows.values_list("client_name", "amount"))


@pytest.mark.parametrize(
    ("base", "percent", "off"),
    [
        ("20.00", "20", "4.00"),
        ("0.05", "50", "0.03"),
        ("-3", "20", "0"),
        ("33.33", "33.33", "11.11"),
    ],
)
def test_the_discount_is_rounded_once(base, percent, off):
    assert discount(Decimal(base), Decimal(percent), "GBP") == Decimal(off)


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        ("2027-05-16", 2, "2027-07-16"),
        ("2027-01-31", 1, "2027-02-28"),
        ("2027-12-01", 1, "2028-01-01"),
    ],
)
def test_months_are_those_of_the_calendar(day, months, then):
    assert months_after(date.fromisoformat(day), months) == date.fromisoformat(then)


def test_the_next_invoices_have_a_discount_line(billed, run, branch, super_admin, on, spring):
    row = billed("2027-05-01", name="Acme")
    billed("2027-05-01", name="Bolt")
    run("2027-06")
    on("2027-06-10")

    give_promotion(row, "spring20", by=super_admin)

    found = estimate(branch)
    invoices = [run(month) for month in ("2027-07", "2027-08", "2027-09")]
    assert found.total == Decimal(36)
    assert [promoted(one) for one in invoices] == [
        [("Acme", Decimal(-4))],
        [("Acme", Decimal(-4))],
        [],
    ]
    assert [one.total for one in invoices] == [Decimal(36), Decimal(36), Decimal(40)]


def test_what_is_given_back_is_not_discounted(billed, run, branch, super_admin, on, spring):
    """Ten of June's thirty days are used: 20% of 6.67."""
    row = billed("2027-05-01", name="Acme")
    billed("2027-05-01", name="Bolt")
    run("2027-06")
    on("2027-06-11")
    give_promotion(row, "SPRING20", by=super_admin)
    pause_connection(row, by=super_admin, reason="They rest")

    found = estimate(branch)
    invoice = run("2027-07")

    assert promoted(invoice) == [("Acme", Decimal("-1.33"))]
    assert invoice.total == found.total == Decimal(20) - Decimal("13.33") - Decimal("1.33")


def test_a_new_client_is_discounted_from_its_first_days(billed, run, branch, super_admin, spring):
    billed("2027-05-01", name="Bolt")
    run("2027-06")
    row = billed("2027-06-16", name="Acme")

    give_promotion(row, "SPRING20", by=super_admin)

    assert promoted(run("2027-07")) == [("Acme", Decimal(-2))]


def test_the_invoice_is_made_for_the_discount_alone(billed, run, branch, super_admin, on, spring):
    """The only client leaves on the last day: nothing is uneven, and the discount is still due."""
    row = billed("2027-05-01", name="Acme")
    run("2027-06")
    on("2027-06-10")
    give_promotion(row, "SPRING20", by=super_admin)
    on("2027-07-01")
    pause_connection(row, by=super_admin, reason="They rest")

    invoice = run("2027-07")

    assert (promoted(invoice), invoice.total, invoice.carried_out) == (
        [("Acme", Decimal(-4))],
        Decimal(0),
        Decimal(4),
    )


def test_another_firms_client_is_not_touched(
    billed, run, branch, super_admin, on, outsider, spring
):
    row = billed("2027-05-01", name="Acme")
    theirs = make.ConnectionFactory(branch__firm=outsider.team_members.get().firm)
    on("2027-05-02")
    give_promotion(theirs, "SPRING20", by=outsider)

    assert promoted(run("2027-06")) == []
    assert PromotionOffer.objects.filter(connection=row).count() == 0


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"code": "OTHER"}, "no promotion with this code"),
        ({"is_offered": False}, "no promotion with this code"),
        ({"ends_on": date(2027, 5, 31)}, "could be used until 31 May 2027"),
        ({"most_uses": 0}, "used up"),
    ],
)
def test_bad_codes_are_refused_in_words(client, billed, on, super_admin, facts, says):
    row = billed("2027-05-01")
    make.PromotionFactory(**{"code": "SPRING20", **facts})
    on("2027-06-01")
    client.force_login(super_admin)

    response = client.post(url(row), {"code": "SPRING20"})

    assert (response.status_code, says in response.content.decode()) == (422, True)
    assert PromotionOffer.objects.count() == 0


def test_the_last_day_still_counts(billed, on, super_admin):
    row = billed("2027-05-01")
    make.PromotionFactory(code="SPRING20", ends_on=date(2027, 6, 1))
    on("2027-06-01")

    assert give_promotion(row, "SPRING20", by=super_admin).state == PromotionState.APPLIED


def test_uses_are_counted_over_all_firms(billed, super_admin, outsider):
    row = billed("2027-05-01")
    make.PromotionFactory(code="ONCE", most_uses=1)
    theirs = make.ConnectionFactory(branch__firm=outsider.team_members.get().firm)
    give_promotion(theirs, "ONCE", by=outsider)

    with pytest.raises(Refused, match="used up"):
        give_promotion(row, "ONCE", by=super_admin)


def test_a_second_click_gives_it_once(client, billed, super_admin, spring):
    row = billed("2027-05-01")
    client.force_login(super_admin)

    for _ in range(2):
        response = client.post(url(row), {"code": "SPRING20"}, follow=True)

    html = response.content.decode()
    assert PromotionOffer.objects.count() == 1
    assert '<span class="status good">Applied</span>' in html
    assert "20% off for 2 months" in html


def test_it_is_not_given_again_when_it_is_over(billed, on, super_admin, spring):
    row = billed("2027-05-01")
    give_promotion(row, "SPRING20", by=super_admin)
    on("2027-07-01")

    with pytest.raises(Refused, match="had this promotion already"):
        give_promotion(row, "SPRING20", by=super_admin)


@pytest.mark.parametrize("day", ["2027-06-11", "2027-07-11", "2027-08-11"])
def test_the_simulator_says_what_the_invoices_say_later(
    client, billed, run, branch, branch_owner, on, spring, day
):
    """F-250: of a client with a promotion, and of one beside it."""
    row = billed("2027-05-01", name="Acme", client_number="2010")
    bolt = billed("2027-05-01", name="Bolt", client_number="2011")
    run("2027-06")
    on("2027-06-10")
    give_promotion(row, "SPRING20", by=branch_owner)
    client.force_login(branch_owner)
    asked = {"move": "pause", "on": day}

    said = [
        client.get("/harbour/billing/simulator/", {**asked, "client": number}).context["months"]
        for number in ("2010", "2011")
    ]
    on(day)
    pause_connection(bolt, by=branch_owner, reason="They rest")
    invoices = [run(f"{one.month:%Y-%m}") for one in said[1]]

    assert [one.before for one in said[0]] == [one.before for one in said[1]]
    assert [one.after for one in said[1]] == [one.total for one in invoices]
    assert said[0][0].before == Decimal(36)


def test_pausing_it_is_simulated_without_the_discount_on_what_is_given_back(
    client, billed, run, branch, branch_owner, on, spring
):
    row = billed("2027-05-01", name="Acme", client_number="2010")
    billed("2027-05-01", name="Bolt")
    run("2027-06")
    on("2027-06-10")
    give_promotion(row, "SPRING20", by=branch_owner)
    client.force_login(branch_owner)

    asked = {"move": "pause", "client": "2010", "on": "2027-07-11"}
    said = client.get("/harbour/billing/simulator/", asked).context["months"]
    on("2027-07-11")
    pause_connection(row, by=branch_owner, reason="They rest")

    assert [one.after for one in said] == [run(month).total for month in ("2027-07", "2027-08")]
    assert said[1].after == Decimal(20) - Decimal("13.55") - Decimal("1.29")


def test_one_at_a_time(billed, super_admin, spring):
    row = billed("2027-05-01")
    make.PromotionFactory(code="SUMMER")
    give_promotion(row, "SPRING20", by=super_admin)

    with pytest.raises(Refused, match="until 1 Jul 2027"):
        give_promotion(row, "SUMMER", by=super_admin)


@pytest.fixture
def delta(branch, account_owner):
    """A client of Arthur's that pays for itself, from the 10th of each month."""
    return make.ConnectionFactory(
        branch=branch, client_pays=True, name="Delta Design", account__owner=account_owner
    )


@pytest.fixture
def subscribed(delta, solo, on) -> AccountSubscription:
    on("2027-06-01")
    return make.AccountSubscriptionFactory(
        account=delta.account,
        plan=solo,
        status="active",
        started_on=date(2027, 5, 10),
        renews_on=date(2027, 6, 10),
    )


def answer_url(offer: PromotionOffer, answer: str) -> str:
    return f"/companies/{offer.account_id}/promotions/{offer.pk}/{answer}/"


def test_client_pays_is_offered_and_the_owner_told(
    client, branch_admin, account_owner, delta, spring
):
    client.force_login(branch_admin)

    html = client.post(url(delta), {"code": "SPRING20"}, follow=True).content.decode()

    offer = PromotionOffer.objects.get()
    mail = Message.objects.get(key=f"promotion:{offer.pk}:offered")
    assert '<span class="status info">Offered</span>' in html
    assert (mail.recipient, offer.starts_on) == ("arthur@acme.test", None)
    assert ClientMessage.objects.filter(message=mail, connection=delta).exists()


def test_applied_it_is_off_the_payments_of_its_months(
    client, account_owner, delta, subscribed, spring, on
):
    offer = make.PromotionOfferFactory(connection=delta, promotion=spring)
    client.force_login(account_owner)
    page = client.get(f"/companies/{delta.account_id}/plan/").content.decode()

    client.post(answer_url(offer, "apply"))
    for day in ("2027-06-10", "2027-07-10", "2027-08-10"):
        on(day)
        renew_subscriptions()

    offer.refresh_from_db()
    assert "offered by" in page
    assert (offer.state, offer.starts_on, offer.ends_on) == (
        "applied",
        date(2027, 6, 10),
        date(2027, 8, 10),
    )
    charged = Charge.objects.order_by("month").values_list("amount", flat=True)
    assert list(charged) == [Decimal(16), Decimal(16), Decimal(20)]
    turn = PromotionOffer.history.filter(id=offer.pk).latest("history_id")
    assert turn.history_user == account_owner


def test_declined_it_changes_nothing(client, account_owner, delta, subscribed, spring, on):
    offer = make.PromotionOfferFactory(connection=delta, promotion=spring)
    client.force_login(account_owner)

    client.post(answer_url(offer, "decline"))
    on("2027-06-10")
    renew_subscriptions()

    offer.refresh_from_db()
    assert (offer.state, Charge.objects.get().amount) == ("declined", Decimal(20))
    with pytest.raises(Refused, match="declined"):
        apply_offer(delta.account, offer.pk, by=account_owner)


def test_applied_twice_is_once_and_is_not_declined_any_more(
    account_owner, delta, subscribed, spring
):
    offer = make.PromotionOfferFactory(connection=delta, promotion=spring)
    first = apply_offer(delta.account, offer.pk, by=account_owner)

    again = apply_offer(delta.account, offer.pk, by=account_owner)
    kept = decline_offer(delta.account, offer.pk, by=account_owner)

    assert again.answered_at == first.answered_at
    assert kept.state == PromotionState.APPLIED


def test_without_a_plan_there_is_nothing_to_take_it_off(account_owner, delta, spring):
    offer = make.PromotionOfferFactory(connection=delta, promotion=spring)

    with pytest.raises(Refused, match="Choose a plan"):
        apply_offer(delta.account, offer.pk, by=account_owner)


def test_of_a_firm_that_is_gone_nothing_is_offered(
    client, account_owner, delta, subscribed, spring
):
    offer = make.PromotionOfferFactory(connection=delta, promotion=spring)
    with make.arranging():
        delta.status, delta.disconnected_at = "disconnected", clock.now()
        delta.save()
    client.force_login(account_owner)

    page = client.get(f"/companies/{delta.account_id}/plan/").content.decode()
    client.post(answer_url(offer, "apply"))

    offer.refresh_from_db()
    assert ("SPRING20" in page, offer.state) == (False, "offered")


@pytest.mark.parametrize("persona", ["super_admin", "assigned_member", "outsider", "contact"])
def test_nobody_else_answers(persona_client, delta, subscribed, spring, persona):
    offer = make.PromotionOfferFactory(connection=delta, promotion=spring)

    response = persona_client(persona).post(answer_url(offer, "apply"))

    offer.refresh_from_db()
    assert (response.status_code, offer.state) == (404, "offered")


@pytest.mark.parametrize(
    ("persona", "status"),
    [
        ("branch_admin", 403),
        ("viewer", 403),
        ("billing_admin", 403),
        ("unassigned_member", 404),
        ("outsider", 404),
    ],
)
def test_the_bill_of_a_branch_is_for_who_manages_billing(
    persona_client, connection, spring, persona, status
):
    response = persona_client(persona).post(url(connection), {"code": "SPRING20"})

    assert (response.status_code, PromotionOffer.objects.count()) == (status, 0)


def test_rights_are_judged_after_the_lock(connection, branch_admin, spring):
    with pytest.raises(Refused, match="Manage Billing"):
        give_promotion(connection, "SPRING20", by=branch_admin)


def test_full_access_offers_to_who_pays_itself(client, delta, assigned_member, spring):
    make.TeamAssignmentFactory(content_object=delta, user=assigned_member, role=ClientRole.FULL)
    client.force_login(assigned_member)

    response = client.post(url(delta), {"code": "SPRING20"})

    assert (response.status_code, PromotionOffer.objects.get().state) == (302, "offered")


def test_a_branch_that_was_left_for_long_is_caught_up(billed, run, super_admin, on, spring):
    """Each month is discounted by its own invoice, however late it is made."""
    row = billed("2027-05-01", name="Acme")
    run("2027-06")
    on("2027-06-10")
    give_promotion(row, "SPRING20", by=super_admin)
    on("2027-09-02")

    invoices = [run(month) for month in ("2027-07", "2027-08", "2027-09")]

    assert [len(promoted(one)) for one in invoices] == [1, 1, 0]
