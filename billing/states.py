"""The moves a branch invoice may make (F-127a)."""

from billing.roles import InvoiceStatus as S
from practice.states import Transitions

INVOICE_TRANSITIONS = Transitions(
    "invoice",
    {
        S.DRAFT: frozenset({S.ISSUED}),
        S.ISSUED: frozenset({S.PAID, S.UNPAID}),
        S.UNPAID: frozenset({S.PAID}),
        S.PAID: frozenset({S.UNPAID}),  # a dispute took the money back
    },
)
