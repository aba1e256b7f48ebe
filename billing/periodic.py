"""What the clock starts about money: monthly invoices (F-122), payments, retries, renewals."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.db.models import Exists, OuterRef, Q

from billing.actions.charging import ring_for_due_charges
from billing.actions.events import deliver_builtin_news
from billing.actions.invoices import catch_up, run_month
from billing.actions.retrying import renew_subscriptions, retry_failed
from billing.models import BranchInvoice, Span
from billing.proration import first_day, month_before
from billing.reckoning import day_there
from billing.roles import InvoiceKind
from practice import clock
from practice.actions.jobs import Progress, enqueue, handles
from practice.actions.schedules import every
from practice.models import Branch, Firm, Job
from practice.tenancy import as_system

JOB = "billing.branch_invoice"
# What was paused or resumed at the last minute of a month has been written by then.
AFTER_MIDNIGHT = timedelta(minutes=10)


@every(hours=1, past=timedelta(minutes=15))
def start_branch_invoices() -> int:
    """Enter the invoices that are due; one that failed is tried again on the next day."""
    with as_system():
        due = list(branches_due(clock.now() - AFTER_MIDNIGHT))
        for branch, month, day in due:
            enqueue(JOB, f"{branch.pk}:{month:%Y-%m}:{day:%d}", firm=branch.firm)
    return len(due)


def branches_due(at: datetime) -> Iterator[tuple[Branch, date, date]]:
    """Branches without an invoice for the month that it is there, with a client to be billed."""
    zones = Firm.objects.order_by().values_list("time_zone", flat=True).distinct()
    days = defaultdict(list)
    for zone in zones:
        days[day_there(at, zone)].append(zone)
    for day, there in days.items():
        month = first_day(day)
        spans = Span.objects.filter(branch=OuterRef("pk"), starts_on__lt=month)
        spans = spans.filter(Q(ends_on=None) | Q(ends_on__gt=month_before(month)))
        billed = BranchInvoice.objects.filter(branch=OuterRef("pk"), kind=InvoiceKind.CYCLE)
        rows = Branch.objects.filter(Exists(spans), firm__time_zone__in=there)
        rows = rows.exclude(Exists(billed.filter(month__gte=month)))
        for branch in rows.select_related("firm").order_by("firm_id", "pk"):
            yield branch, month, day


@handles(JOB)
def branch_invoice(job: Job) -> Iterator[Progress]:
    """One branch; months that were missed come first, each in a transaction of its own."""
    branch_id, month, _ = job.key.split(":")
    branch = Branch.objects.get(pk=int(branch_id))
    months = catch_up(branch, date.fromisoformat(f"{month}-01"))
    for done, missing in enumerate(months, start=1):
        run_month([branch.pk], missing)
        yield Progress(done, len(months))


@every(seconds=10)
def wake_charges() -> int:
    """Ring for payments that are due, and for those whose worker was killed."""
    return ring_for_due_charges()


@every(minutes=1)
def retry_payments() -> int:
    """The next attempt of what failed, by its schedule (F-127a)."""
    return retry_failed()


@every(minutes=10)
def renew_own_subscriptions() -> int:
    """The next month of clients that pay for themselves (F-219)."""
    return renew_subscriptions()


@every(seconds=30)
def deliver_test_gateway() -> int:
    """The test gateway sends its webhooks."""
    return deliver_builtin_news()
