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
