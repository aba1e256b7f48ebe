"""The tenant: a firm, its branches and the people who work there."""

import json
from collections.abc import Iterator
from hashlib import sha256
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from practice import clock
from practice.history import History
from practice.models.users import User
from practice.permissions import BranchStanding, Rule, Standing, branch_rules, firm_rules
from practice.roles import BranchRole, ParentRole
from practice.tenancy import FirmOwned, FirmOwnedQuerySet

MEMBER_OF_FIRM = (
    "id IN (SELECT firm_id FROM practice_teammember WHERE user_id = (SELECT app.user_id()))"
)
SYSTEM_OR_OPERATOR = "(SELECT app.realm()) IN ('system', 'operator')"

# What was invoiced in one currency cannot be said in another later: nobody changes it (F-010a).
DATABASE_CODE = (
    """
    CREATE OR REPLACE FUNCTION app.refuse_other_currency() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION 'the billing currency of a branch is frozen at its creation'
        USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    "DROP TRIGGER IF EXISTS currency_frozen ON practice_branch",
    """
    CREATE TRIGGER currency_frozen BEFORE UPDATE ON practice_branch FOR EACH ROW
    WHEN (OLD.currency IS DISTINCT FROM NEW.currency)
    EXECUTE FUNCTION app.refuse_other_currency()
    """,
)


MOST_ACCESS_DAYS = 60  # protects the client; a firm may be stricter


class Firm(models.Model):
    """An accounting practice: the tenant. Its parent organisation holds no clients itself."""

    name = models.CharField("firm name", max_length=200)
    slug = models.SlugField("address", max_length=60, unique=True)
    country = models.CharField(max_length=2, default="GB")
    address = models.TextField(blank=True)
    phone = models.CharField(max_length=40, blank=True)
    website = models.URLField(blank=True)
    time_zone = models.CharField(max_length=60, default="Europe/London")
    requires_second_factor = models.BooleanField("require two-factor", default=False)
    # The clocks of the firm (C26): days after which a client is inactive, dormant and unused; days
    # without a login or a transaction, and the engagement score under which it is low, that raise
    # an alert; how many downloads within an hour are unusual; days after which a
    # country from which a person signs in is new.
    inactive_days = models.PositiveSmallIntegerField(default=30, db_default=30)
    dormant_days = models.PositiveSmallIntegerField(default=90, db_default=90)
    usage_days = models.PositiveSmallIntegerField(default=7, db_default=7)
    login_alert_days = models.PositiveSmallIntegerField(default=30, db_default=30)
    transaction_alert_days = models.PositiveSmallIntegerField(default=60, db_default=60)
    low_engagement = models.PositiveSmallIntegerField(default=40, db_default=40)
    mass_downloads = models.PositiveSmallIntegerField(default=20, db_default=20)
    new_country_days = models.PositiveSmallIntegerField(default=365, db_default=365)
    # Days without a visit after which access to an account ends, and after which it is said (C26).
    access_days = models.PositiveSmallIntegerField(default=60, db_default=60)
    access_warning_days = models.PositiveSmallIntegerField(default=53, db_default=53)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    row_policy = f"id = (SELECT app.firm_id()) OR {MEMBER_OF_FIRM} OR {SYSTEM_OR_OPERATOR}"
    portal_policy = "id = (SELECT app.portal_firm_id())"

    history = History()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                name="access_ends_after_its_warning",
                condition=Q(access_days__lte=MOST_ACCESS_DAYS)
                & Q(access_warning_days__lt=F("access_days")),
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def firm_id(self) -> int:
        return self.pk

    def rules(self, standing: Standing | None, permission: str) -> Iterator[Rule]:
        return firm_rules(standing, self.pk, permission)


class BranchQuerySet(FirmOwnedQuerySet["Branch"]):
    def open(self) -> Self:
        return self.filter(is_archived=False)

    def where(self, standing: Standing, permission: str) -> Self:
        """Branches of the standing's firm on which it holds the permission."""
        held = standing.branches_with(permission)
        without = standing.branches_without(permission)
        if held is not None:
            return self.filter(firm_id=standing.firm_id, pk__in=held - without)
        rows = self.filter(firm_id=standing.firm_id)
        return rows.exclude(pk__in=without) if without else rows

    def open_to(self, standing: Standing) -> Self:
        """Branches that the person works in; every one of them with a parent role."""
        rows = self.filter(firm_id=standing.firm_id, is_archived=False)
        return rows if standing.parent_role else rows.filter(pk__in=standing.branches)


class Branch(FirmOwned):
    """An office of the firm with one billing currency, frozen at creation (F-010a)."""

    name = models.CharField("branch name", max_length=120)
    email = models.EmailField("branch email")
    email_key = models.CharField(max_length=254, unique=True, editable=False)
    country = models.CharField(max_length=2, default="GB")
    currency = models.CharField("billing currency", max_length=3, default="GBP")
    is_archived = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    portal_policy = "firm_id = (SELECT app.portal_firm_id())"

    history = History()
    objects = BranchQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        verbose_name_plural = "branches"
        constraints = [
            models.UniqueConstraint(fields=["firm", "name"], name="branch_name_once_per_firm")
        ]

    def __str__(self) -> str:
        return self.name

    def rules(self, standing: Standing | None, permission: str) -> Iterator[Rule]:
        return branch_rules(standing, self.firm_id, self.pk, permission)


class TeamMemberQuerySet(FirmOwnedQuerySet["TeamMember"]):
    def super_admins(self) -> Self:
        """Those who can sign in and use the role (F-021a)."""
        role = ParentRole.SUPER_ADMIN
        return self.filter(parent_role=role, is_active=True, user__is_active=True)


class TeamMember(FirmOwned):
    """A person at a firm, with at most one parent role."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="team_members")
    parent_role = models.CharField(max_length=20, choices=ParentRole, blank=True)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(default=clock.now, editable=False)

    # A person sees the firms they belong to before a firm is chosen.
    row_policy = (
        f"firm_id = (SELECT app.firm_id()) OR user_id = (SELECT app.user_id())"
        f" OR {SYSTEM_OR_OPERATOR}"
    )
    row_check = f"firm_id = (SELECT app.firm_id()) OR {SYSTEM_OR_OPERATOR}"

    history = History()
    objects = TeamMemberQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["firm", "user"], name="team_member_once_per_firm")
        ]

    def __str__(self) -> str:
        return str(self.user)

    @property
    def role_label(self) -> str:
        return str(ParentRole(self.parent_role).label) if self.parent_role else "Team member"


class BranchMembership(FirmOwned):
    """A team member's role on one branch, with single permissions added or withdrawn (F-019)."""

    member = models.ForeignKey(TeamMember, on_delete=models.PROTECT, related_name="memberships")
    branch = models.ForeignKey(Branch, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=BranchRole, default=BranchRole.MEMBER)
    added = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    withdrawn = ArrayField(models.CharField(max_length=60), default=list, blank=True)

    history = History()
    objects = FirmOwnedQuerySet["BranchMembership"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member", "branch"], name="branch_membership_once_per_branch"
            ),
            models.CheckConstraint(
                condition=~Q(added__overlap=models.F("withdrawn")),
                name="permission_added_or_withdrawn_not_both",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member} · {self.branch} · {self.get_role_display()}"

    @property
    def standing(self) -> BranchStanding:
        added, withdrawn = frozenset(self.added), frozenset(self.withdrawn)
        return BranchStanding(self.branch_id, self.branch.name, self.role, added, withdrawn)

    @property
    def version(self) -> str:
        """Another one after every change of rights: who saves an older one is told (F-237)."""
        rights = json.dumps([self.role, sorted(self.added), sorted(self.withdrawn)])
        return sha256(rights.encode()).hexdigest()[:16]
