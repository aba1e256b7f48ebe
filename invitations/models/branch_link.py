"""The Client Pays link of a branch: one for all, never a credential (F-104, F-108, C9)."""

from django.db import models

from practice import clock
from practice.history import History
from practice.models import Branch, User
from practice.tenancy import FirmOwned, FirmOwnedQuerySet

FIRST = 1


class BranchLinkQuerySet(FirmOwnedQuerySet["BranchLink"]):
    def of(self, branch: Branch) -> "BranchLink":
        """The branch's link as it stands; before its first change there is no row of it."""
        return self.filter(branch=branch).first() or BranchLink(firm=branch.firm, branch=branch)

    def locked(self, branch: Branch) -> "BranchLink":
        """The same with its row, locked behind the branch; the caller explains."""
        Branch.objects.select_for_update(no_key=True).get(pk=branch.pk)
        made, _ = self.get_or_create(branch=branch, defaults={"firm_id": branch.firm_id})
        return made


class BranchLink(FirmOwned):
    """Which link of a branch is good: the one of this number, while it is on.

    The link itself is signed and not stored. Rotating counts on, so the earlier ones are void.
    """

    branch = models.OneToOneField(Branch, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField(default=FIRST)
    is_on = models.BooleanField(default=True)
    changed_at = models.DateTimeField(default=clock.now, editable=False)
    changed_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    history = History()
    objects = BranchLinkQuerySet.as_manager()

    class Meta:
        ordering = ["branch__name", "pk"]
        constraints = [
            models.CheckConstraint(
                name="branch_link_counts_from_one", condition=models.Q(number__gte=FIRST)
            )
        ]

    def __str__(self) -> str:
        return f"Client Pays link of {self.branch.name}"

    def opens(self, number: str) -> bool:
        """Whether a link of this number may be used."""
        return self.is_on and number == str(self.number)
