"""Quarterly access reviews: each assignment of a branch is confirmed or removed (F-225, S0.76).

A signed review is final: PostgreSQL refuses every later change of it and of its items, and a
signature while something is still to be decided.
"""

from collections.abc import Iterator
from datetime import date
from typing import Self

from django.db import models
from django.db.models import Q

from clients.models.connections import ConnectionOwned
from clients.roles import ClientRole
from practice import clock
from practice.history import History
from practice.models import Branch, User
from practice.permissions import Rule, Standing, branch_rules
from practice.tenancy import FirmOwned, FirmOwnedQuerySet

DATABASE_CODE = (
    """
    CREATE OR REPLACE FUNCTION app.keep_signed_review() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
    BEGIN
      IF OLD.signed_off_at IS NOT NULL THEN
        RAISE EXCEPTION 'a signed access review is final'
          USING ERRCODE = 'integrity_constraint_violation';
      ELSIF TG_OP = 'DELETE' THEN
        RETURN OLD;
      ELSIF NEW.signed_off_at IS NOT NULL AND EXISTS (
        SELECT FROM clients_accessreviewitem i WHERE i.review_id = NEW.id AND i.decision = ''
      ) THEN
        RAISE EXCEPTION 'an access review is signed when all of it is decided'
          USING ERRCODE = 'integrity_constraint_violation';
      END IF;
      RETURN NEW;
    END $$
    """,
    """
    CREATE OR REPLACE FUNCTION app.keep_signed_items() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
    DECLARE
      item clients_accessreviewitem := CASE TG_OP WHEN 'INSERT' THEN NEW ELSE OLD END;
      signed_at timestamptz;
    BEGIN
      SELECT signed_off_at INTO signed_at FROM clients_accessreview
      WHERE id = item.review_id FOR SHARE;
      IF signed_at IS NOT NULL THEN
        RAISE EXCEPTION 'a signed access review is final'
          USING ERRCODE = 'integrity_constraint_violation';
      END IF;
      RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END $$
    """,
    """
    CREATE OR REPLACE TRIGGER keep_signed BEFORE UPDATE OR DELETE ON clients_accessreview
    FOR EACH ROW EXECUTE FUNCTION app.keep_signed_review()
    """,
    """
    CREATE OR REPLACE TRIGGER keep_signed BEFORE INSERT OR UPDATE OR DELETE
    ON clients_accessreviewitem FOR EACH ROW EXECUTE FUNCTION app.keep_signed_items()
    """,
)


class Decision(models.TextChoices):
    KEEP = "keep", "Keep"
    REMOVE = "remove", "Remove"


def quarter_of(day: date) -> str:
    return f"Q{(day.month - 1) // 3 + 1} {day.year}"


class AccessReviewQuerySet(FirmOwnedQuerySet["AccessReview"]):
    def open(self) -> Self:
        return self.filter(signed_off_at=None)


class AccessReview(FirmOwned):
    """One look at who works for which clients of a branch."""

    branch = models.ForeignKey(Branch, on_delete=models.PROTECT, related_name="+")
    quarter = models.CharField(max_length=10)
    started_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField(default=clock.now, editable=False)
    due_on = models.DateField()
    signed_off_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    signed_off_at = models.DateTimeField(null=True, blank=True)

    history = History()
    objects = AccessReviewQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["branch"],
                condition=Q(signed_off_at=None),
                name="one_open_access_review_per_branch",
            ),
            models.CheckConstraint(
                condition=Q(signed_off_at=None, signed_off_by=None)
                | Q(signed_off_at__isnull=False, signed_off_by__isnull=False),
                name="signed_access_review_says_who_and_when",
            ),
        ]
        indexes = [models.Index(fields=["firm", "-started_at", "-id"], name="review_by_firm")]

    def __str__(self) -> str:
        return f"Access review {self.quarter}"

    @property
    def is_open(self) -> bool:
        return self.signed_off_at is None

    @property
    def is_overdue(self) -> bool:
        return self.is_open and self.due_on < clock.today()

    def rules(self, standing: Standing | None, permission: str) -> Iterator[Rule]:
        return branch_rules(standing, self.firm_id, self.branch_id, permission)


class AccessReviewItem(ConnectionOwned):
    """One assignment as it stood when the review began, and what was decided about it.

    `place` orders the review: what was unused first, then by person and client.
    """

    review = models.ForeignKey(AccessReview, on_delete=models.PROTECT, related_name="items")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    place = models.PositiveIntegerField()
    role = models.CharField(max_length=20, choices=ClientRole)
    granted_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    is_unused = models.BooleanField(default=False)
    decision = models.CharField(max_length=10, choices=Decision, blank=True, default="")
    decided_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=300, blank=True, default="")

    history = History()
    objects = FirmOwnedQuerySet["AccessReviewItem"].as_manager()

    class Meta:
        ordering = ["place"]
        constraints = [
            models.UniqueConstraint(
                fields=["review", "user", "connection"], name="review_item_once_per_assignment"
            ),
            models.UniqueConstraint(fields=["review", "place"], name="review_item_has_its_place"),
            models.CheckConstraint(
                condition=Q(decision="", decided_at=None, decided_by=None)
                | Q(
                    decision__in=Decision.values,
                    decided_at__isnull=False,
                    decided_by__isnull=False,
                ),
                name="decided_review_item_says_who_and_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.connection}"
