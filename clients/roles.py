"""The words of a client relationship."""

from collections.abc import Iterable

from django.db import models


class ClientRole(models.TextChoices):
    """A team member's role for one client (F-057)."""

    FULL = "full", "Full Access"
    LIMITED = "limited", "Limited Access"
    VIEW_ONLY = "view_only", "View Only"


class ConnectionStatus(models.TextChoices):
    PENDING = "pending", "Pending"
    ACTIVE = "active", "Active"
    PAUSED = "paused", "Paused"
    DISCONNECTED = "disconnected", "Disconnected"
    RECONNECTING = "reconnecting", "Reconnection pending"


class DisconnectReason(models.TextChoices):
    """Why a relationship ended (S0.40); kept in these words."""

    CLIENT_REQUEST = "Client request", "Client request"
    BUSINESS_CLOSED = "Business closed", "Business closed"
    SWITCHED = "Switched accountants", "Switched accountants"
    NON_PAYMENT = "Non-payment", "Non-payment"
    TERMINATION = "Service termination", "Service termination"
    OTHER = "Other", "Other (add note)"


class BillingModel(models.TextChoices):
    BILL_US = "bill_us", "Bill Us"
    CLIENT_PAYS = "client_pays", "Client Pays"


class AccessLevel(models.TextChoices):
    """What the client's own people may do in the portal (F-052)."""

    FULL = "full", "Full Access"
    VIEW_ONLY = "view_only", "View Only"
    NONE = "none", "No Access"
    CUSTOM = "custom", "Custom Access"


class PortalFeature(models.TextChoices):
    """What Custom Access picks from (C10)."""

    QUESTIONS = "questions", "Questions"
    FILES = "files", "Files"
    FINANCIALS = "financials", "Financials"
    TAX = "tax", "Tax"
    ORGANIZERS = "organizers", "Organizers"
    E_SIGNATURE = "e_signature", "E-signature"
    INVOICES = "invoices", "Invoices & payments"
    REPORTS = "reports", "Reports"
    COMPANY_SETTINGS = "company_settings", "Company settings"

    @classmethod
    def in_words(cls, chosen: Iterable[str]) -> list[str]:
        """In words, in the order of the page."""
        known = set(chosen)
        return [str(feature.label) for feature in cls if feature in known]


class AccessStatus(models.TextChoices):
    """Whether the firm may enter the client's account; Expired is computed, never stored (C14)."""

    ACTIVE = "active", "Active"
    EXPIRED = "expired", "Expired"
    DISABLED = "disabled", "Disabled by client"
    REQUESTED = "requested", "Requested"


class SubscriptionStatus(models.TextChoices):
    NONE = "none", "No subscription"
    TRIAL = "trial", "Trial"
    ACTIVE = "active", "Active"
    PAST_DUE = "past_due", "Past due"
    CANCELLED = "cancelled", "Cancelled"


class UsageKind(models.TextChoices):
    """What a client does in its own account, as its package reports it (C30)."""

    LOGIN = "login", "Login"
    TRANSACTION = "transaction", "Transaction"
    INVOICE = "invoice", "Invoice"
    RECONCILIATION = "reconciliation", "Reconciliation"
    REPORT = "report", "Report"
    BANK_CONNECTED = "bank_connected", "Bank feed connected"
    BANK_EXPIRED = "bank_expired", "Bank feed expired"
    BANK_REMOVED = "bank_removed", "Bank feed removed"
    GATEWAY_CONNECTED = "gateway_connected", "Payment gateway connected"
    GATEWAY_REMOVED = "gateway_removed", "Payment gateway removed"
    JOB_BOOKED = "job_booked", "Job booked"
    JOB_SCHEDULED = "job_scheduled", "Job scheduled"
    JOB_SENT = "job_sent", "Job sent to the accounting package"
    ADD_ON_ACTIVATED = "add_on_activated", "Add-on activated"
    ADD_ON_REMOVED = "add_on_removed", "Add-on removed"
    PACKAGE_CONNECTED = "package_connected", "Accounting package connected"
    PACKAGE_REMOVED = "package_removed", "Accounting package removed"


# Kinds of which days keep the number, with the column that does.
USAGE_COUNTS = {
    UsageKind.LOGIN: "logins",
    UsageKind.TRANSACTION: "transactions",
    UsageKind.INVOICE: "invoices",
    UsageKind.RECONCILIATION: "reconciliations",
    UsageKind.REPORT: "reports",
    UsageKind.JOB_BOOKED: "jobs_booked",
    UsageKind.JOB_SCHEDULED: "jobs_scheduled",
    UsageKind.JOB_SENT: "jobs_sent",
}
# The others are about something with a name: its last event says how it stands.
USAGE_STATES = tuple(kind for kind in UsageKind if kind not in USAGE_COUNTS)
