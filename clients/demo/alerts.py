"""Alerts as the nightly check raises them, and what the team did about the first of them."""

from collections.abc import Sequence
from datetime import timedelta

from clients.actions.alerts import acknowledge_alerts, assign_alert, snooze_alerts
from clients.actions.watching import watch_now
from clients.demo.connections import Plan
from clients.demo.people import Practice
from clients.models import Alert, AlertKind, Connection, UsageEvent
from clients.roles import UsageKind
from practice import clock

BANK = "Barclays ••4417"


def load_bank_feeds(plans: Sequence[Plan], rows: Sequence[Connection]) -> None:
    """The expired banking connection has a name."""
    for plan, row in zip(plans, rows, strict=True):
        if plan.limit and plan.limit.fact == "bank_accounts_expired":
            UsageEvent.objects.create(
                firm_id=row.firm_id,
                connection=row,
                event_id="demo-bank-expired",
                kind=UsageKind.BANK_EXPIRED,
                at=clock.now() - timedelta(days=2),
                name=BANK,
            )


def load_alerts(practice: Practice) -> None:
    """One is acknowledged, one snoozed, one assigned; the rest wait."""
    watch_now()
    adam, mia, firm = practice.people["adam"], practice.people["mia"], practice.firm
    silent = Alert.objects.for_firm(firm).filter(kind=AlertKind.NO_LOGIN, branch__name="London")
    first, second = silent.order_by("pk")[:2]
    acknowledge_alerts(firm.pk, [first.pk], by=adam)
    snooze_alerts(firm.pk, [second.pk], days=14, by=adam)
    hers = Alert.objects.for_firm(firm).filter(connection__assignments__user=mia)
    if about_mia := hers.exclude(pk__in=[first.pk, second.pk]).first():
        assign_alert(about_mia, to=mia, by=adam)
