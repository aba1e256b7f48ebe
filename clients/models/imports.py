"""Files of clients on their way in (F-120): kept with every row's outcome."""

from django.db import models

from clients.models.connections import Connection
from practice import clock
from practice.models import Branch, User
from practice.tenancy import FirmOwned, FirmOwnedQuerySet


class ImportState(models.TextChoices):
    MAPPING = "mapping", "Columns to check"
    CHECKING = "checking", "Being checked"
    CHECKED = "checked", "Ready to import"
    IMPORTING = "importing", "Importing"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"


class RowOutcome(models.TextChoices):
    NEW = "new", "New"
    UPDATE = "update", "Update"
    UNCHANGED = "unchanged", "Unchanged"
    ERROR = "error", "Error"


class ImportRun(FirmOwned):
    """One uploaded file. `columns` are its headings, `mapping` says what each of them means."""

    branch = models.ForeignKey(Branch, on_delete=models.PROTECT, related_name="+")
    started_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    file_name = models.CharField(max_length=255)
    billing_model = models.CharField(max_length=20)
    state = models.CharField(max_length=20, choices=ImportState, default=ImportState.MAPPING)
    columns = models.JSONField(default=list)
    mapping = models.JSONField(default=dict)
    notice = models.TextField(blank=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = FirmOwnedQuerySet["ImportRun"].as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.file_name


class ImportRow(FirmOwned):
    """One line of the file, as it came, with what will happen or has happened to it."""

    run = models.ForeignKey(ImportRun, on_delete=models.PROTECT, related_name="rows")
    number = models.PositiveIntegerField()
    cells = models.JSONField(default=list)
    outcome = models.CharField(max_length=12, choices=RowOutcome, blank=True)
    reason = models.TextField(blank=True)
    is_written = models.BooleanField(default=False)
    connection = models.ForeignKey(
        Connection, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = FirmOwnedQuerySet["ImportRow"].as_manager()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["run", "number"], name="import_row_once_per_number")
        ]
        indexes = [models.Index(fields=["run", "outcome", "number"], name="import_row_outcome")]

    def __str__(self) -> str:
        return f"row {self.number}"
