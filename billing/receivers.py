"""What the bill of a branch makes of news about its clients (F-126, S0.22, S0.45), and of its own
invoices."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.dispatch import receiver

from billing.actions.charging import charge_invoices
from billing.actions.spans import end_spans, move_spans, resume_spans
from billing.actions.subscriptions import renew_after_trial
from billing.models import BranchInvoice
from billing.signals import branch_invoice_issued
from clients.models import ClientAccount, Connection
from clients.signals import (
    connection_disconnected,
    connection_paused,
    connection_reconnected,
    connection_resumed,
    connection_transferred,
    ownership_transfer_started,
    ownership_transferred,
    trial_extended,
)
from practice import clock
from practice.actions.deliveries import announce
from practice.models import Branch
from practice.roles import WebhookKind


@receiver(connection_paused, sender=Connection)
@receiver(connection_disconnected, sender=Connection)
@receiver(ownership_transfer_started, sender=Connection)
def stop(*, connections: Sequence[Connection], at: datetime, **_: Any) -> None:
    end_spans(connections, at)


@receiver(ownership_transferred, sender=Connection)
def stop_one(*, connection: Connection, at: datetime, **_: Any) -> None:
    end_spans([connection], at)


@receiver(connection_resumed, sender=Connection)
@receiver(connection_reconnected, sender=Connection)
def go_on(*, connections: Sequence[Connection], at: datetime, **_: Any) -> None:
    resume_spans(connections, at)


@receiver(connection_transferred, sender=Connection)
def go_along(*, connections: Sequence[Connection], branch: Branch, **_: Any) -> None:
    move_spans(connections, branch, clock.now())


@receiver(trial_extended, sender=ClientAccount)
def renew_later(*, account: ClientAccount, **_: Any) -> None:
    renew_after_trial(account)


@receiver(branch_invoice_issued)
def charge_issued(invoices: Iterable[BranchInvoice], **_: Any) -> None:
    charge_invoices(invoices)


@receiver(branch_invoice_issued)
def tell_issued(invoices: Iterable[BranchInvoice], **_: Any) -> None:
    """A firm's own programs: ids and states, no amounts (F-227)."""
    announce(
        WebhookKind.BRANCH_INVOICE_ISSUED,
        [
            (
                row.firm_id,
                {
                    "invoice": row.pk,
                    "number": row.number,
                    "branch": row.branch_id,
                    "month": row.month,
                    "status": row.status,
                },
            )
            for row in invoices
        ],
    )
