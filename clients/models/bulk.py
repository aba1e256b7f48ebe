"""One action over many clients: dry run, confirmation, results, undo (F-085…F-087a, N8)."""

from datetime import timedelta
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Count

from clients.models.connections import Connection
from practice import clock
from practice.history import History
from practice.models import User
from practice.permissions import Standing
from practice.tenancy import FirmOwned, FirmOwnedQuerySet

UNDO_WITHIN = timedelta(hours=24)  # F-246


class BulkAction(models.TextChoices):
    """The six of F-086."""

    TRANSFER = "transfer", "Transfer to different branch"
    TEAM = "team", "Update team assignments"
    ACCESS = "access", "Change access levels"
    EXPORT = "export", "Export client list"
    TAGS = "tags", "Add tags"
    REPORTS = "reports", "Generate reports"


class BulkState(models.TextChoices):
    CHECKING = "checking", "Being checked"
    CHECKED = "checked", "Ready to confirm"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    UNDOING = "undoing", "Being undone"
    UNDONE = "undone", "Undone"
    FAILED = "failed", "Failed"


class BulkOutcome(models.TextChoices):
    WILL_CHANGE = "will_change", "Will change"
    CHANGED = "changed", "Changed"
    UNCHANGED = "unchanged", "No change"
    SKIPPED = "skipped", "Skipped"
    UNDONE = "undone", "Undone"


class BulkRunQuerySet(FirmOwnedQuerySet["BulkRun"]):
    def visible_to(self, standing: Standing) -> Self:
        """One's own; a Super Admin sees everybody's."""
        rows = self.filter(firm_id=standing.firm_id)
        return rows if standing.is_super_admin else rows.filter(started_by_id=standing.user_id)


class BulkRun(FirmOwned):
    """One bulk action. `selection` is either ids, or the list's query ("everything that matches").

    `parameters` are the answers of the action's form, by name; `done` of `total` is the progress of
    the present state.
    """

    action = models.CharField(max_length=12, choices=BulkAction)
    state = models.CharField(max_length=12, choices=BulkState, default=BulkState.CHECKING)
    query = models.TextField(blank=True)
    selected_ids = ArrayField(models.BigIntegerField(), default=list, blank=True)
    parameters = models.JSONField(default=dict)
    started_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300, blank=True)
    attempt = models.PositiveIntegerField(default=0, editable=False)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    notice = models.TextField(blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    committed_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    history = History(excluded_fields=["done", "total", "selected_ids", "notice"])
    objects = BulkRunQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return str(self.get_action_display())

    @property
    def job_key(self) -> str:
        return f"{self.pk}-{self.attempt}"

    @property
    def may_be_undone(self) -> bool:
        return (
            self.state == BulkState.DONE
            and self.action in UNDOABLE
            and self.finished_at is not None
            and clock.now() < self.finished_at + UNDO_WITHIN
        )


UNDOABLE = frozenset({BulkAction.TRANSFER, BulkAction.TEAM, BulkAction.ACCESS, BulkAction.TAGS})


class BulkItemQuerySet(FirmOwnedQuerySet["BulkItem"]):
    def counts(self) -> dict[str, int]:
        """Outcome → number of clients."""
        return dict(self.order_by().values_list("outcome").annotate(Count("pk")))


class BulkItem(FirmOwned):
    """What happens, or happened, to one client. `before` and `after` are what undo compares."""

    run = models.ForeignKey(BulkRun, on_delete=models.PROTECT, related_name="items")
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=12, choices=BulkOutcome)
    reason = models.CharField(max_length=300, blank=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    objects = BulkItemQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["run", "connection"], name="bulk_item_once_per_client")
        ]
        indexes = [models.Index(fields=["run", "outcome", "id"], name="bulk_item_outcome")]

    def __str__(self) -> str:
        return f"{self.connection} {self.get_outcome_display()}"
