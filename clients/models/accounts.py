"""The client's own tenant: company, tax ID, subscription. It belongs to its account owner (C37)."""

from django.db import models

from clients.roles import SubscriptionStatus
from practice import clock
from practice.history import History
from practice.models import User

# A reconnection that the client has not accepted yet opens nothing.
CONNECTED_TO_FIRM = (
    "EXISTS (SELECT 1 FROM clients_connection c WHERE c.account_id = clients_clientaccount.id"
    " AND c.firm_id = (SELECT app.firm_id()) AND c.status NOT IN ('disconnected', 'reconnecting'))"
)


MOST_EXTENSIONS = 2  # of a trial, by all firms together (C16)
MOST_DAYS = 14  # each time


class ClientAccount(models.Model):
    """A company. Firms reach it through an open connection; its owner edits name and tax ID."""

    name = models.CharField("company name", max_length=300)
    tax_id = models.CharField("tax ID", max_length=60, blank=True)
    industry = models.CharField(max_length=120, blank=True)
    website = models.CharField(max_length=300, blank=True)
    phone = models.CharField(max_length=60, blank=True)
    address = models.TextField(blank=True)
    country = models.CharField(max_length=2, blank=True)
    owner = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="owned_accounts"
    )
    plan = models.CharField(max_length=40, blank=True)
    subscription_status = models.CharField(
        max_length=20, choices=SubscriptionStatus, default=SubscriptionStatus.NONE
    )
    # A payment method of its own is kept: written by billing, which alone knows more of it (C15).
    has_method = models.BooleanField("has a payment method", default=False)
    renews_on = models.DateField(null=True, blank=True)
    trial_ends_on = models.DateField(null=True, blank=True)
    trial_extensions = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    # In archive mode the owner reads, and writes again once they subscribe (C35).
    archived_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    # Opening an account is the system's work (`open_accounts`): it belongs to no firm.
    row_policy = (
        f"{CONNECTED_TO_FIRM} OR owner_id = (SELECT app.user_id())"
        " OR (SELECT app.realm()) IN ('system', 'operator')"
    )

    history = History()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(
                name="trial_extended_twice_at_most",
                condition=models.Q(trial_extensions__lte=MOST_EXTENSIONS),
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_archived(self) -> bool:
        """Readable by its owner; writing waits until they subscribe (C35)."""
        return self.archived_at is not None

    @property
    def is_on_trial(self) -> bool:
        """Until the day on which it ends: from that day on the subscription is paid."""
        is_trial = self.subscription_status == SubscriptionStatus.TRIAL
        return is_trial and self.trial_ends_on is not None and self.trial_ends_on > clock.today()

    @property
    def why_not_extended(self) -> str:
        """ "" while the trial may be extended once more (F-135)."""
        if not self.is_on_trial:
            return "No trial is running, so there is nothing to extend."
        if self.trial_extensions >= MOST_EXTENSIONS:
            return "The trial was extended twice already, which is the most."
        return ""

    @property
    def extensions_said(self) -> str:
        """How often the trial was extended, and how often it still may be."""
        left = MOST_EXTENSIONS - self.trial_extensions
        return f"extended {self.trial_extensions} of {MOST_EXTENSIONS} times, {left} left"


def owns_a_company(user: User) -> bool:
    return ClientAccount.objects.filter(owner=user).exists()
