"""The moves a branch invoice may make (F-127a)."""

from billing.roles import ChargeStatus as C
from billing.roles import InvoiceStatus as S
from billing.roles import VerificationStatus as V
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

VERIFICATION_TRANSITIONS = Transitions(
    "request",
    {V.PENDING: frozenset({V.APPROVED, V.REFUSED})},
)

# An older answer that comes late moves nothing back.
CHARGE_TRANSITIONS = Transitions(
    "payment",
    {
        C.DUE: frozenset({C.PENDING, C.SUCCEEDED, C.FAILED, C.DISPUTED, C.REFUNDED}),
        C.PENDING: frozenset({C.SUCCEEDED, C.FAILED, C.DISPUTED, C.REFUNDED}),
        C.SUCCEEDED: frozenset({C.DISPUTED, C.REFUNDED}),
        C.DISPUTED: frozenset({C.SUCCEEDED, C.REFUNDED}),
    },
)
