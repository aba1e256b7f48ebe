"""What happened at a client, and how its account is used."""

from datetime import timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models

from clients.models.connections import Connection, ConnectionOwned
from practice import clock
from practice.models import Firm, User
from practice.tenancy import FirmOwned, FirmOwnedQuerySet

JOB_RECENT = timedelta(days=7)  # usage status (S4, C26)


class EventKind(models.TextChoices):
    CONNECTED = "connected", "Connected"
    IMPORTED = "imported", "Imported"
    EDITED = "edited", "Details edited"
    COMPANY = "company", "Company details changed"
    ACCESS = "access", "Access changed"
    OPENED = "opened", "Account opened"
    STATUS = "status", "Status changed"
    TRANSFER = "transfer", "Branch changed"
    TAGS = "tags", "Tags changed"
    NOTE = "note", "Notes"
    MESSAGE = "message", "Message written"
    FILE = "file", "Files"
    USAGE = "usage", "Usage"


class ActivityEvent(ConnectionOwned):
    """One line of a client's timeline, in words a person reads."""

    # An index below leads both, and one key to client and firm together holds them (composite_key).
    firm = models.ForeignKey(Firm, models.PROTECT, "+", db_index=False, db_constraint=False)
    connection = models.ForeignKey(
        Connection, models.PROTECT, "+", db_index=False, db_constraint=False
    )
    kind = models.CharField(max_length=20, choices=EventKind)
    at = models.DateTimeField(default=clock.now)
    actor = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    text = models.CharField(max_length=400)

    objects = FirmOwnedQuerySet["ActivityEvent"].as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["connection", "-at", "-id"], name="event_by_connection"),
            models.Index(fields=["firm", "-at", "-id"], name="event_by_firm"),
        ]

    def __str__(self) -> str:
        return self.text


class AccessVisit(ConnectionOwned):
    """Somebody at the firm opened the client's account."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)

    objects = FirmOwnedQuerySet["AccessVisit"].as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["connection", "-at"], name="visit_by_connection")]

    def __str__(self) -> str:
        return f"{self.user} {self.at:%Y-%m-%d %H:%M}"


class UsageSnapshot(FirmOwned):
    """The account's usage as last reported (C30): narrow, so that nightly writes stay cheap.

    One row per connection, written by the snapshot feed; counts cover the 30 days before
    `taken_at`, `monthly` the twelve months before it, oldest first.
    """

    connection = models.OneToOneField(
        Connection, on_delete=models.PROTECT, primary_key=True, related_name="usage"
    )
    taken_at = models.DateTimeField(default=clock.now)
    monthly = ArrayField(models.PositiveIntegerField(), default=list)
    transactions = models.PositiveIntegerField(default=0)
    transactions_allowed = models.PositiveIntegerField(default=0)
    last_transaction_at = models.DateTimeField(null=True, blank=True)
    last_login_at = models.DateTimeField(null=True, blank=True)
    last_job_at = models.DateTimeField(null=True, blank=True)
    latest_invoice_on = models.DateField(null=True, blank=True)
    last_reconciled_on = models.DateField(null=True, blank=True)
    reports_generated = models.PositiveIntegerField(default=0)
    features = ArrayField(models.CharField(max_length=60), default=list)
    bank_accounts = models.PositiveSmallIntegerField(default=0)
    bank_accounts_expired = models.PositiveSmallIntegerField(default=0)
    payment_gateways = ArrayField(models.CharField(max_length=60), default=list)
    integrations = ArrayField(models.CharField(max_length=60), default=list)
    accounting_package = models.CharField(max_length=60, blank=True)
    # Jobs that stand without a date, and those done that the accounting package has not got.
    unscheduled_jobs = models.PositiveIntegerField(default=0, db_default=0)
    unsent_jobs = models.PositiveIntegerField(default=0, db_default=0)
    add_ons = ArrayField(models.CharField(max_length=60), default=list, db_default=[])

    objects = FirmOwnedQuerySet["UsageSnapshot"].as_manager()

    def __str__(self) -> str:
        return f"{self.connection_id} at {self.taken_at:%Y-%m-%d}"

    @property
    def health(self) -> str:
        """Connection health in words (F-045): the worst finding names it."""
        if self.bank_accounts_expired:
            return "Needs attention"
        if not (self.bank_accounts or self.payment_gateways or self.accounting_package):
            return "Nothing connected"
        return "Healthy"

    @property
    def health_tone(self) -> str:
        return {"Healthy": "good", "Needs attention": "warn"}.get(self.health, "mute")
