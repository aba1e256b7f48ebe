"""Who is billed, on which plan, from when until when."""

from collections.abc import Iterable
from datetime import date
from typing import Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import Exists, F, Func, OuterRef, Q

from billing.models.plans import Plan
from billing.proration import Stretch
from clients.models.connections import Connection, ConnectionOwned, ConnectionQuerySet
from clients.roles import BillingModel, ConnectionStatus
from practice.history import History
from practice.models import Branch
from practice.tenancy import FirmOwnedQuerySet


class SpanQuerySet(FirmOwnedQuerySet["Span"]):
    def running_on(self, day: date) -> Self:
        return self.filter(Q(ends_on=None) | Q(ends_on__gt=day), starts_on__lte=day)

    def open(self) -> Self:
        return self.filter(ends_on=None)

    def last_of(self, connection_ids: Iterable[int]) -> Self:
        """One per client: the plan that it has, or had last."""
        rows = self.filter(connection_id__in=connection_ids).distinct("connection_id")
        return rows.order_by("connection_id", "-starts_on", "-pk")


class Span(ConnectionOwned):
    """Days for which a branch is billed for a Bill Us client: all that billing knows of it.

    Paused days are in none. `ends_on` is the first day that is not billed any more; one that ends
    on the day it started is empty, and keeps the plan for a client that resumes.
    """

    branch = models.ForeignKey(Branch, on_delete=models.PROTECT, related_name="+", db_index=False)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="+", db_index=False)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)

    history = History()
    objects = SpanQuerySet.as_manager()

    class Meta:
        verbose_name = "billed span"
        ordering = ["starts_on", "pk"]
        constraints = [
            ExclusionConstraint(
                name="spans_of_a_client_do_not_overlap",
                expressions=[
                    (F("connection"), RangeOperators.EQUAL),
                    (
                        Func(
                            F("starts_on"),
                            F("ends_on"),
                            function="daterange",
                            output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                name="span_ends_not_before_it_starts",
            ),
        ]
        indexes = [
            models.Index(fields=["branch", "ends_on"], name="span_branch_end"),
            models.Index(fields=["branch", "starts_on"], name="span_branch_start"),
        ]

    def __str__(self) -> str:
        return f"{self.plan} from {self.starts_on} to {self.ends_on or 'today'}"

    @property
    def stretch(self) -> Stretch:
        return Stretch(self.plan_id, self.starts_on, self.ends_on)


def unbilled(branch: Branch) -> ConnectionQuerySet:
    """Clients that the branch should pay for, and nobody pays for: no plan was chosen yet.

    So is an imported client, and one that comes back under Bill Us. Who takes an account over
    (C35) is none of them.
    """
    is_billed = Exists(Span.objects.open().filter(connection_id=OuterRef("pk")))
    rows: ConnectionQuerySet = Connection.objects.filter(
        ~is_billed,
        branch=branch,
        billing_model=BillingModel.BILL_US,
        status=ConnectionStatus.ACTIVE,
        account__archived_at=None,
    )
    return rows
