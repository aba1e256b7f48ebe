"""What there is, and what there should be: nothing lost, nothing twice."""

import time
from typing import Any

from django.db import connection as database

from bench.faults.workers import Crew
from bench.faults.worlds import World
from billing.models import BranchInvoice, BuiltinPayment, Charge
from billing.roles import ChargeStatus, InvoiceStatus
from practice import tenancy
from practice.models import ClockOffset, Job, JobState, Message, MessageState

LOOK_EVERY = 2  # seconds
LEASES = 6  # minutes: none lasts longer

TWICE = """
SELECT count(*) FROM (
  SELECT 1 FROM billing_charge WHERE firm_id = %(firm)s AND status = 'succeeded'
  GROUP BY invoice_id HAVING count(*) > 1
) t
"""
GAPS = """
SELECT coalesce(max(number), 0) - count(*) FROM billing_branchinvoice WHERE firm_id = %(firm)s
"""


def open_work(world: World) -> int:
    """Invoices that are not there or not paid yet."""
    with tenancy.as_system():
        paid = BranchInvoice.objects.for_firm(world.firm).filter(status=InvoiceStatus.PAID)
        return world.expected - paid.count()


def is_done(world: World) -> bool:
    with tenancy.as_system():
        waiting = Message.objects.for_firm(world.firm).exclude(state=MessageState.SENT).exists()
        jobs = Job.objects.for_firm(world.firm).exclude(state=JobState.DONE).exists()
    return not waiting and not jobs and open_work(world) == 0


def wait_until_done(world: World, crew: Crew, most: int, *, hurry: bool) -> float | None:
    """Seconds until everything is done by itself; None when it is not. In a hurry the clock is
    moved, so that nobody waits for the leases of the killed."""
    started = time.monotonic()
    if hurry:
        ClockOffset.objects.update_or_create(pk=1, defaults={"seconds": LEASES * 60})
    while time.monotonic() - started < most:
        if is_done(world):
            return time.monotonic() - started
        crew.tend()
        time.sleep(LOOK_EVERY)
    return None


def count(world: World) -> dict[str, Any]:
    """`missed` is empty where all is as it should be."""
    with tenancy.as_system():
        firm = {"firm": world.firm.pk}
        invoices = BranchInvoice.objects.for_firm(world.firm)
        charges = Charge.objects.for_firm(world.firm)
        keys = charges.order_by().values("key")
        payments = BuiltinPayment.objects.filter(key__in=keys)
        mails = Message.objects.for_firm(world.firm)
        found: dict[str, Any] = {
            "expected": world.expected,
            "invoices": invoices.count(),
            "paid": invoices.filter(status=InvoiceStatus.PAID).count(),
            "charges": charges.count(),
            "succeeded": charges.filter(status=ChargeStatus.SUCCEEDED).count(),
            "payments": payments.filter(status=ChargeStatus.SUCCEEDED).count(),
            "mails": mails.count(),
            "mails_sent": mails.filter(state=MessageState.SENT).count(),
            "charged_twice": number(TWICE, firm),
            "gaps_in_numbers": number(GAPS, firm),
            "jobs_failed": Job.objects.for_firm(world.firm).filter(state=JobState.FAILED).count(),
        }
    nothing = {"charged_twice", "gaps_in_numbers", "jobs_failed"}
    wanted = {name: 0 if name in nothing else world.expected for name in found}
    found["missed"] = [
        f"{name}: {value} instead of {wanted[name]}"
        for name, value in found.items()
        if value != wanted[name]
    ]
    return found


def number(statement: str, facts: dict[str, int]) -> int:
    with database.cursor() as cursor:
        cursor.execute(statement, facts)
        return int(cursor.fetchone()[0])
