"""Beginning and ending what a branch is billed for (F-123…F-126a). In sets."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Greatest

from billing.actions.invoices import issue_first
from billing.models import Plan, PlanPrice, Span
from billing.proration import first_day
from billing.reckoning import day_there
from clients.models import ClientAccount, Connection
from clients.roles import BillingModel, SubscriptionStatus
from practice import clock
from practice.actions.limits import standing_now
from practice.errors import Refused
from practice.history import because
from practice.models import Branch, Firm, User
from practice.permissions import MANAGE_BILLING, Verdict

NOT_BILL_US = "{} pays for itself: only Bill Us clients are on the branch's bill."
BILLED = "{} is billed already."
NOT_BILLED = "{} is not billed at present, so its plan cannot be changed."
NOT_OFFERED = "The plan {} is not offered any more."
NO_PRICE = "The plan {} has no price in {}, the currency of {}."
SAME_PLAN = "{} is on the plan {} already."


@transaction.atomic
def start_billing(
    connections: Sequence[Connection],
    plan: Plan,
    *,
    on: date | None = None,
    by: User | None = None,
) -> list[Span]:
    """Bill a branch for these Bill Us clients of it from today, or that day, on (F-117).

    The first client that a branch ever has is charged at once for the rest of the month (F-123),
    all others wait for the cycle (F-124). Raises `Refused`.
    """
    branches = lock_branches({row.branch_id for row in connections}, by)
    rows = lock_clients(connections)
    refuse_plan(plan, branches.values())
    refuse_unbillable(rows)
    at = clock.now()
    with because("Started billing of the client.", by=by):
        spans = [
            Span(
                firm_id=row.firm_id,
                connection=row,
                branch=branches[row.branch_id],
                plan=plan,
                starts_on=on or day_there(at, branches[row.branch_id].firm.time_zone),
            )
            for row in rows
        ]
        Span.objects.bulk_create(spans, batch_size=1000)
        name_plan(rows, plan)
        issue_first(spans, by=by)
    for given, row in zip(sorted(connections, key=lambda one: one.pk), rows, strict=True):
        given.plan, given.subscription_status = row.plan, row.subscription_status
    return spans


@transaction.atomic
def change_plan(connection: Connection, plan: Plan, *, by: User | None) -> Span:
    """From today on the client is billed for the other plan, up or down (F-125)."""
    branches = lock_branches([connection.branch_id], by)
    [row] = lock_clients([connection])
    refuse_plan(plan, branches.values())
    span = Span.objects.open().select_related("plan").filter(connection=row).first()
    if span is None:
        raise Refused(NOT_BILLED.format(row.name))
    if span.plan_id == plan.pk:
        raise Refused(SAME_PLAN.format(row.name, plan))
    on = max(day_there(clock.now(), branches[row.branch_id].firm.time_zone), span.starts_on)
    with because(f"Changed the plan from {span.plan} to {plan}.", by=by):
        Span.objects.filter(pk=span.pk).update(ends_on=on)
        changed = Span.objects.create(
            firm_id=row.firm_id, connection=row, branch_id=row.branch_id, plan=plan, starts_on=on
        )
        name_plan([row], plan)
    connection.plan = row.plan
    return changed


def lock_branches(branch_ids: Iterable[int], by: User | None) -> dict[int, Branch]:
    """Firm → branch → connection: locked, then judged for "Manage Billing"."""
    rows = Branch.objects.filter(pk__in=branch_ids).order_by("pk").select_related("firm")
    branches = {row.pk: row for row in rows.select_for_update(of=("self",), no_key=True)}
    for branch in branches.values() if by else ():
        assert by is not None
        standing = standing_now(by, branch.firm_id)
        verdict = Verdict.of(branch.rules(standing, MANAGE_BILLING))
        if not verdict.allowed:
            raise Refused(verdict.reason)
    return branches


def lock_clients(connections: Iterable[Connection]) -> list[Connection]:
    rows = Connection.objects.filter(pk__in=[row.pk for row in connections]).order_by("pk")
    return list(rows.select_for_update(of=("self",), no_key=True))


def refuse_plan(plan: Plan, branches: Iterable[Branch]) -> None:
    if not plan.is_offered:
        raise Refused(NOT_OFFERED.format(plan))
    for branch in branches:
        refuse_unpriced([plan.pk], branch)


def refuse_unpriced(plan_ids: Iterable[int], branch: Branch) -> None:
    """Raises `Refused` unless each plan has a price in the branch's currency this month."""
    if plan := unpriced(plan_ids, branch).first():
        raise Refused(NO_PRICE.format(plan, branch.currency, branch.name))


def unpriced(plan_ids: Iterable[int], branch: Branch) -> QuerySet[Plan]:
    month = first_day(day_there(clock.now(), branch.firm.time_zone))
    prices = PlanPrice.objects.filter(currency=branch.currency, starts_on__lte=month)
    return Plan.objects.filter(pk__in=plan_ids).exclude(pk__in=prices.values("plan_id"))


def without_price(rows: Sequence[Connection], branch: Branch) -> dict[int, str]:
    """Who cannot move to the branch: its plan has no price in the currency there."""
    ids = [row.pk for row in rows if row.branch.currency != branch.currency]
    billed = Span.objects.open().filter(connection_id__in=ids)
    plans = dict(billed.values_list("connection_id", "plan_id")) if ids else {}
    missing = {plan.pk: plan for plan in unpriced(set(plans.values()), branch)} if plans else {}
    return {
        pk: NO_PRICE.format(missing[plan_id], branch.currency, branch.name)
        for pk, plan_id in plans.items()
        if plan_id in missing
    }


def refuse_unbillable(rows: Sequence[Connection]) -> None:
    for row in rows:
        if row.billing_model != BillingModel.BILL_US:
            raise Refused(NOT_BILL_US.format(row.name))
    ids = [row.pk for row in rows]
    billed = Span.objects.open().filter(connection_id__in=ids).select_related("connection")
    if span := billed.first():
        raise Refused(BILLED.format(span.connection.name))


def name_plan(rows: Sequence[Connection], plan: Plan) -> None:
    """Where the lists and the client's own pages say it (S4.24)."""
    facts = {"plan": plan.name, "subscription_status": SubscriptionStatus.ACTIVE}
    Connection.objects.filter(pk__in=[row.pk for row in rows]).update(**facts)
    ClientAccount.objects.filter(pk__in=[row.account_id for row in rows]).update(**facts)
    for row in rows:
        row.plan, row.subscription_status = plan.name, SubscriptionStatus.ACTIVE


def end_spans(connections: Iterable[Connection], at: datetime) -> None:
    """The day itself is not billed any more (F-126, F-126a). In the caller's `because()`."""
    for day, ids in by_day(connections, at).items():
        running = Span.objects.open().filter(connection_id__in=ids)
        running.update(ends_on=Greatest(F("starts_on"), day))


def resume_spans(connections: Iterable[Connection], at: datetime) -> None:
    """From the day itself on, each on its last plan; whose billing was never begun has none.

    A client in archive mode is being handed over: the firm pays for it no more (F-084).
    """
    for day, ids in by_day(connections, at).items():
        rows = Connection.objects.filter(
            pk__in=ids, billing_model=BillingModel.BILL_US, account__archived_at=None
        )
        branch_ids = dict(rows.order_by().values_list("pk", "branch_id"))
        Span.objects.bulk_create(
            [
                Span(
                    firm_id=span.firm_id,
                    connection_id=span.connection_id,
                    branch_id=branch_ids[span.connection_id],
                    plan_id=span.plan_id,
                    starts_on=max(day, span.ends_on),
                )
                for span in Span.objects.last_of(branch_ids)
                if span.ends_on is not None
            ],
            batch_size=1000,
        )


def move_spans(connections: Sequence[Connection], branch: Branch, at: datetime) -> None:
    """The old branch is billed until the day before, the new one from the day on (S0.22).

    Raises `Refused` where a plan has no price in the new branch's currency: nobody would pay.
    """
    ids = [row.pk for row in connections]
    running = Span.objects.open().filter(connection_id__in=ids)
    plans = dict(running.values_list("connection_id", "plan_id"))
    if not plans:
        return
    refuse_unpriced(set(plans.values()), branch)
    moving = [row for row in connections if row.pk in plans]
    end_spans(moving, at)
    resume_spans(moving, at)


def by_day(connections: Iterable[Connection], at: datetime) -> dict[date, list[int]]:
    """The calendar day of the instant in each client's firm; on earth there are three at most."""
    firms: dict[int, list[int]] = defaultdict(list)
    for row in connections:
        firms[row.firm_id].append(row.pk)
    days: dict[date, list[int]] = defaultdict(list)
    for firm_id, zone in Firm.objects.filter(pk__in=firms).values_list("pk", "time_zone"):
        days[day_there(at, zone)] += firms[firm_id]
    return days
