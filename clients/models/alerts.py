"""What the team should look at: an alert of a client, from the night that raises it to its end.

A job raises alerts and closes those that are cured (`clients.actions.watching`); people
acknowledge, snooze and assign them. Snoozing ends by itself: the time decides at each look, no job
does (F-100).
"""

from typing import Self

from django.db import models
from django.db.models import Q

from clients import permissions as p
from clients.models.connections import Connection, ConnectionOwned
from practice import clock
from practice.history import History
from practice.models import Branch, Firm, User
from practice.permissions import Standing
from practice.tenancy import FirmOwnedQuerySet

# Branches whose last payment failed (F-098): an app above puts its own function in this one's
# place.
DATABASE_CODE = (
    """
    CREATE OR REPLACE FUNCTION app.branches_in_arrears() RETURNS TABLE (branch_id bigint)
    LANGUAGE sql STABLE AS $$ SELECT NULL::bigint WHERE false $$
    """,
)


class AlertKind(models.TextChoices):
    NO_LOGIN = "no_login", "Client hasn’t logged in"
    NO_TRANSACTIONS = "no_transactions", "No new transactions"
    BANK_EXPIRED = "bank_expired", "Banking connection expired"
    SUBSCRIPTION = "subscription", "Subscription issue"
    LOW_ENGAGEMENT = "low_engagement", "Low engagement warning"


class AlertState(models.TextChoices):
    """`OPEN` is what waits for somebody: what is acknowledged or snoozed does not."""

    OPEN = "open", "Open"
    ACKNOWLEDGED = "acknowledged", "Acknowledged"
    SNOOZED = "snoozed", "Snoozed"
    RESOLVED = "resolved", "Resolved"


class AlertOutcome(models.TextChoices):
    CURED = "cured", "Resolved by itself"
    ENDED = "ended", "The relationship ended"


class AlertQuerySet(FirmOwnedQuerySet["Alert"]):
    def visible_to(self, standing: Standing) -> Self:
        """Of the clients that the person may see; those of paused ones are muted (F-067)."""
        clients = Connection.objects.filter(firm_id=standing.firm_id).order_by().audible()
        seen = clients.for_standing(standing, p.VIEW_CLIENT)
        return self.filter(firm_id=standing.firm_id, connection__in=seen.values("pk"))

    def unresolved(self) -> Self:
        return self.filter(resolved_at=None)

    def in_state(self, state: str) -> Self:
        """As `Alert.state` says it of one row."""
        if state == AlertState.RESOLVED:
            return self.filter(resolved_at__isnull=False)
        rows, now = self.unresolved(), clock.now()
        if state == AlertState.SNOOZED:
            return rows.filter(snoozed_until__gt=now)
        awake = rows.filter(Q(snoozed_until=None) | Q(snoozed_until__lte=now))
        return awake.filter(acknowledged_at__isnull=state == AlertState.OPEN)


class Alert(ConnectionOwned):
    """One thing about one client; while it lasts there is one of its kind (F-099a).

    `since` is the event that it counts from, none where there was no such event ever; `threshold`
    the firm’s when it was raised, in days or points; `detail` names the bank, the
    invoice or the score. `branch` follows the client, so that a branch finds its own.
    """

    # Indexes below lead them, and keys to client and firm, branch and firm hold them together.
    firm = models.ForeignKey(Firm, models.PROTECT, "+", db_index=False, db_constraint=False)
    connection = models.ForeignKey(
        Connection, models.PROTECT, "+", db_index=False, db_constraint=False
    )
    branch = models.ForeignKey(Branch, models.PROTECT, "+", db_index=False, db_constraint=False)
    kind = models.CharField(max_length=20, choices=AlertKind)
    detail = models.CharField(max_length=200, blank=True)
    since = models.DateTimeField(null=True, blank=True)
    threshold = models.PositiveSmallIntegerField(null=True, blank=True)
    raised_at = models.DateTimeField(default=clock.now)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    snoozed_until = models.DateTimeField(null=True, blank=True)
    assignee = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    resolved_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=10, choices=AlertOutcome, blank=True)

    history = History()
    objects = AlertQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "kind"],
                condition=Q(resolved_at=None),
                name="alert_open_once_per_client",
            ),
            models.CheckConstraint(condition=Q(kind__in=AlertKind.values), name="alert_kind_known"),
            models.CheckConstraint(
                condition=Q(resolved_at=None, outcome="")
                | Q(resolved_at__isnull=False, outcome__in=AlertOutcome.values),
                name="resolved_alert_says_how",
            ),
            models.CheckConstraint(
                condition=Q(acknowledged_at=None, acknowledged_by=None)
                | Q(acknowledged_at__isnull=False, acknowledged_by__isnull=False),
                name="alert_acknowledged_by_somebody",
            ),
        ]
        indexes = [
            models.Index(
                fields=["firm", "-id"], name="alert_by_firm", condition=Q(resolved_at=None)
            ),
            models.Index(
                fields=["firm", "-id"],
                name="alert_by_firm_resolved",
                condition=Q(resolved_at__isnull=False),
            ),
            models.Index(
                fields=["branch", "-id"], name="alert_by_branch", condition=Q(resolved_at=None)
            ),
            models.Index(
                fields=["assignee", "-id"],
                name="alert_by_assignee",
                condition=Q(assignee__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.says}"

    @property
    def state(self) -> AlertState:
        if self.resolved_at:
            return AlertState.RESOLVED
        if self.snoozed_until and self.snoozed_until > clock.now():
            return AlertState.SNOOZED
        return AlertState.ACKNOWLEDGED if self.acknowledged_at else AlertState.OPEN

    @property
    def is_unresolved(self) -> bool:
        return self.resolved_at is None

    @property
    def says(self) -> str:
        """What is the matter, without a date: `since` stands beside it."""
        return SENTENCES[AlertKind(self.kind)].format(
            what=self.detail or "a banking connection", limit=self.threshold
        )

    @property
    def event(self) -> str:
        """What `since` dates."""
        return EVENTS.get(AlertKind(self.kind), "")


SENTENCES = {
    AlertKind.NO_LOGIN: "For {limit} days or more",
    AlertKind.NO_TRANSACTIONS: "For {limit} days or more",
    AlertKind.BANK_EXPIRED: "Expired: {what}",
    AlertKind.SUBSCRIPTION: "{what}",
    AlertKind.LOW_ENGAGEMENT: "Engagement score {what} of 100, below {limit}",
}
EVENTS = {AlertKind.NO_LOGIN: "Last login", AlertKind.NO_TRANSACTIONS: "Last transaction"}
