"""What Acme's accountants opened lately, so that its owner has something to verify (F-245)."""

from collections.abc import Sequence
from datetime import timedelta

from clients.actions.ledger import close_ledgers
from clients.demo.people import Practice
from clients.demo.usage import ACME
from clients.models import Connection, LedgerEntry, LedgerPage
from clients.models.ledger import window_of
from practice import clock

ASSIGNED, EVERYWHERE = "{You are} assigned to this client.", "{You} may view all clients of London."
OPENED = (
    (60, "mia", LedgerPage.DETAILS, ASSIGNED),
    (60, "mia", LedgerPage.ACTIVITY, ASSIGNED),
    (35, "adam", LedgerPage.DETAILS, EVERYWHERE),
    (12, "mia", LedgerPage.DASHBOARD, ASSIGNED),
    (12, "sana", LedgerPage.LIST_EXPORT, "{You} exported the firm’s list of clients."),
    (3, "mia", LedgerPage.ACCOUNT, ASSIGNED),
)


def load_ledger(practice: Practice, rows: Sequence[Connection]) -> None:
    [acme] = [row for row in rows if row.client_number == ACME]
    LedgerEntry.objects.bulk_create(
        LedgerEntry(
            firm_id=acme.firm_id,
            connection=acme,
            account_id=acme.account_id,
            user=practice.people[person],
            page=page,
            reason=reason,
            at=clock.now() - timedelta(days=days),
            window=window_of(clock.now() - timedelta(days=days)),
        )
        for days, person, page, reason in OPENED
    )
    close_ledgers()
