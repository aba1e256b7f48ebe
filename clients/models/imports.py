"""Files of clients on their way in (F-120): kept with every row's outcome."""

from collections.abc import Sequence
from typing import Self

from django.db import connection as database
from django.db import models
from django.db.models import Count

from clients.models.connections import Connection
from practice import clock
from practice.models import Branch, User
from practice.permissions import Standing
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


RUNNING = frozenset({ImportState.CHECKING, ImportState.IMPORTING})
WRITING = frozenset({RowOutcome.NEW, RowOutcome.UPDATE})


class ImportRunQuerySet(FirmOwnedQuerySet["ImportRun"]):
    def visible_to(self, standing: Standing) -> Self:
        """One's own. A file may speak of clients that others do not see, so only Super Admins see
        everybody's (F-040)."""
        rows = self.filter(firm_id=standing.firm_id)
        return rows if standing.is_super_admin else rows.filter(started_by_id=standing.user_id)

    def locked(self, import_id: int) -> "ImportRun":
        return self.select_for_update(of=("self",)).select_related("branch").get(pk=import_id)


class ImportRun(FirmOwned):
    """One uploaded file. `columns` are its headings; `mapping` says what column number n means."""

    branch = models.ForeignKey(Branch, on_delete=models.PROTECT, related_name="+")
    started_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    file_name = models.CharField(max_length=255)
    billing_model = models.CharField(max_length=20)
    state = models.CharField(max_length=20, choices=ImportState, default=ImportState.MAPPING)
    columns = models.JSONField(default=list)
    mapping = models.JSONField(default=dict)
    notice = models.TextField(blank=True)
    attempt = models.PositiveIntegerField(default=0, editable=False)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = ImportRunQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.file_name

    @property
    def fields(self) -> list[str]:
        """The meaning of each column in order, empty for what is not imported."""
        return [self.mapping.get(str(index), "") for index in range(len(self.columns))]

    @property
    def job_key(self) -> str:
        """Names the piece of work in the job register: each check and each import is a new one."""
        return f"{self.pk}-{self.attempt}"

    @property
    def is_running(self) -> bool:
        return self.state in RUNNING


class ImportRowQuerySet(FirmOwnedQuerySet["ImportRow"]):
    def to_write(self) -> Self:
        return self.filter(outcome__in=WRITING, is_written=False)

    def counts(self) -> dict[str, int]:
        """Outcome → number of rows."""
        found = self.order_by().values_list("outcome").annotate(Count("pk"))
        return dict(found)

    def save_outcomes(self, rows: "Sequence[ImportRow]") -> None:
        """Write outcome, reason and client of many rows with one statement."""
        with database.cursor() as cursor:
            cursor.execute(
                SAVE_OUTCOMES,
                [
                    [row.pk for row in rows],
                    [row.outcome for row in rows],
                    [row.reason for row in rows],
                    [row.connection_id for row in rows],
                    [row.is_written for row in rows],
                ],
            )


SAVE_OUTCOMES = """
UPDATE clients_importrow SET outcome = said.outcome, reason = said.reason,
  connection_id = said.connection_id, is_written = said.is_written
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::bigint[], %s::boolean[])
  AS said (id, outcome, reason, connection_id, is_written)
WHERE clients_importrow.id = said.id
"""


class ImportRow(FirmOwned):
    """One line of the file, as it came, with what will happen or has happened to it.

    `problem` says why the line itself could not be read.
    """

    run = models.ForeignKey(ImportRun, on_delete=models.PROTECT, related_name="rows")
    number = models.PositiveIntegerField()
    cells = models.JSONField(default=list)
    problem = models.TextField(blank=True)
    outcome = models.CharField(max_length=12, choices=RowOutcome, blank=True)
    reason = models.TextField(blank=True)
    is_written = models.BooleanField(default=False)
    connection = models.ForeignKey(
        Connection, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = ImportRowQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["run", "number"], name="import_row_once_per_number")
        ]
        indexes = [models.Index(fields=["run", "outcome", "number"], name="import_row_outcome")]

    def __str__(self) -> str:
        return f"row {self.number}"
