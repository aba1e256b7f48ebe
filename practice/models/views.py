"""Saved views of a list: a name for a query string (F-038)."""

from typing import Self

from django.db import models
from django.db.models import Q

from practice.models.firms import TeamMember
from practice.tenancy import FirmOwned, FirmOwnedQuerySet


class SavedViewQuerySet(FirmOwnedQuerySet["SavedView"]):
    def visible_to_member(self, member_id: int) -> Self:
        return self.filter(Q(is_shared=True) | Q(member_id=member_id))


class SavedView(FirmOwned):
    """Filters, sort and columns of a list under a name, private or shared with the firm.

    "Default" is no row: it is the list without a query string, so nobody can edit or delete it.
    """

    member = models.ForeignKey(TeamMember, on_delete=models.PROTECT, related_name="saved_views")
    page = models.CharField(max_length=40, default="client-list")
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=2000, blank=True)
    is_shared = models.BooleanField("share with the firm", default=False)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["member", "page", "name"], name="saved_view_name_once_per_member"
            )
        ]

    def __str__(self) -> str:
        return self.name
