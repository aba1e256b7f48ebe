"""Tax returns of a client, from the first draft to the filing (F-180, F-181)."""

from datetime import date
from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from clients.models import Contact
from clients.models.connections import ConnectionOwned
from portal.models.files import ClientFile
from portal.roles import TaxStep
from practice import clock
from practice.history import History
from practice.tenancy import OF_PORTAL_CLIENT, FirmOwnedQuerySet

# A contact without “Tax” has no row of any return, whatever a page forgets to ask (S2.9).
OF_TAX_CONTACT = f"""
{OF_PORTAL_CLIENT} AND (
  EXISTS (SELECT FROM clients_contactaccess a
    WHERE a.connection_id = portal_taxreturn.connection_id
      AND a.contact_id = (SELECT app.contact_id()) AND (a.has_tax OR a.is_client_admin))
  OR EXISTS (SELECT FROM clients_connection c JOIN clients_clientaccount k ON k.id = c.account_id
    WHERE c.id = portal_taxreturn.connection_id AND k.owner_id = (SELECT app.user_id()))
)
"""  # noqa: S608  # nosec B608
# The column that says since when a return has stood at a step.
SINCE = {
    TaxStep.PREPARING: "preparing_on",
    TaxStep.REVIEW: "review_on",
    TaxStep.READY: "ready_on",
    TaxStep.FILED: "filed_on",
}


class TaxReturnQuerySet(FirmOwnedQuerySet["TaxReturn"]):
    def of(self, connection_id: int) -> Self:
        return self.filter(connection_id=connection_id).select_related(
            "file__folder", "approved_by"
        )

    def to_approve(self) -> Self:
        """Those that wait for the client."""
        return self.filter(step=TaxStep.READY, approved_at=None)


class TaxReturn(ConnectionOwned):
    """One return of one year. `file` is what the client approves, and `approved_sha256` what was
    in it then; an approval outside the portal has neither. `key` makes two clicks one.
    """

    title = models.CharField(max_length=120)
    year = models.PositiveSmallIntegerField()
    step = models.CharField(max_length=10, choices=TaxStep, default=TaxStep.PREPARING)
    due_on = models.DateField("to be filed by", null=True, blank=True)
    file = models.ForeignKey(
        ClientFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    preparing_on = models.DateField(default=clock.today)
    review_on = models.DateField(null=True, blank=True)
    ready_on = models.DateField(null=True, blank=True)
    filed_on = models.DateField(null=True, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(
        Contact, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    approved_sha256 = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    key = models.UUIDField(editable=False)

    is_client_content = True
    portal_policy = OF_TAX_CONTACT

    history = History(excluded_fields=["key"])
    objects = TaxReturnQuerySet.as_manager()

    class Meta:
        ordering = ["-year", "title", "pk"]
        constraints = [
            models.UniqueConstraint(
                "connection", "year", Lower("title"), name="tax_return_once_per_year"
            ),
            models.UniqueConstraint(fields=["firm", "key"], name="tax_return_once_per_form"),
            models.CheckConstraint(name="tax_step_known", condition=Q(step__in=TaxStep.values)),
            models.CheckConstraint(
                name="filed_tax_return_says_when_and_was_approved",
                condition=~Q(step=TaxStep.FILED)
                | Q(filed_on__isnull=False, approved_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["connection"],
                name="tax_return_to_approve",
                condition=Q(step="ready", approved_at=None),
            )
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.year}"

    @property
    def steps(self) -> list[tuple[str, date | None, bool]]:
        """Each step in words, since when, and whether the return stands there (F-180)."""
        return [(str(step.label), self.reached_on(step), step == self.step) for step in TaxStep]

    def reached_on(self, step: TaxStep) -> date | None:
        found: date | None = getattr(self, SINCE[step])
        return found

    @property
    def is_ready(self) -> bool:
        return self.step == TaxStep.READY

    @property
    def is_filed(self) -> bool:
        return self.step == TaxStep.FILED

    @property
    def waits_for_client(self) -> bool:
        return self.is_ready and self.approved_at is None

    @property
    def is_overdue(self) -> bool:
        return not self.is_filed and self.due_on is not None and self.due_on < clock.today()

    @property
    def approver(self) -> str:
        """ "" while nobody has approved it."""
        if self.approved_at is None:
            return ""
        if self.approved_by_id is None:
            return "outside the portal"
        return str(self.approved_by or "") or "Unknown"
