"""The words of billing."""

from django.db import models


class InvoiceKind(models.TextChoices):
    """What made it: the first client of a branch, or the first day of a month (F-122, F-123)."""

    FIRST = "first", "First charge"
    CYCLE = "cycle", "Monthly"


class InvoiceStatus(models.TextChoices):
    """A draft lives no longer than the transaction that issues it."""

    DRAFT = "draft", "Draft"
    ISSUED = "issued", "Issued"
    PAID = "paid", "Paid"
    UNPAID = "unpaid", "Unpaid"


class LineKind(models.TextChoices):
    ADVANCE = "advance", "In advance"
    ADJUSTMENT = "adjustment", "Adjustment"
    PROMOTION = "promotion", "Promotion"


class PromotionState(models.TextChoices):
    """Of a promotion that was given to a client (F-137, F-137a)."""

    OFFERED = "offered", "Offered"
    APPLIED = "applied", "Applied"
    DECLINED = "declined", "Declined"


class VerificationStatus(models.TextChoices):
    """Whether a branch may open Bill Us clients (F-117a)."""

    PENDING = "pending", "Pending (3–5 days)"
    APPROVED = "approved", "Approved"
    REFUSED = "refused", "Refused"


class GatewayName(models.TextChoices):
    TEST = "test", "Test gateway"
    STRIPE = "stripe", "Stripe"


class ChargeStatus(models.TextChoices):
    """How an attempt to be paid stands."""

    DUE = "due", "To be sent"
    PENDING = "pending", "Pending"
    SUCCEEDED = "succeeded", "Succeeded"
    FAILED = "failed", "Failed"
    DISPUTED = "disputed", "Disputed"
    REFUNDED = "refunded", "Refunded"
