"""What a client account paid for itself, in its "Download my data" (F-221).

What a firm pays for it is the firm's own (C15).
"""

from collections.abc import Iterator, Sequence

from billing.models.charges import Charge
from clients.models import ClientAccount
from clients.models.own_data import OwnData, register

HEADER = (
    "Month from",
    "Plan",
    "Amount",
    "Currency",
    "Status",
    "What the provider says",
    "Paid (UTC)",
)


def of_payments(account: ClientAccount) -> Iterator[Sequence[object]]:
    """Every attempt, the newest first, under the plan as it is now."""
    rows = Charge.objects.filter(account=account).select_related("subscription__plan")
    for row in rows.order_by("-month", "-attempt").iterator(chunk_size=1000):
        plan = row.subscription.plan if row.subscription else ""
        yield (
            *(row.month, plan, row.amount, row.currency, row.get_status_display()),
            *(row.failure, row.settled_at),
        )


register(OwnData("payments", "Payments of the subscription", HEADER, of_payments))
