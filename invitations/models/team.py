"""Invitations to work at a firm: to one branch with a role, or over all branches (F-016)."""

import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import Q

from invitations.models.answering import Answerable
from invitations.roles import InvitationStatus
from practice import clock
from practice.history import History
from practice.models import Branch, User
from practice.permissions import (
    BRANCH_ROLE_GRANTS,
    MANAGE_PARENT_ROLES,
    MANAGE_TEAM,
    PARENT_ROLE_GRANTS,
    VIEW_PARENT_ROLES,
    VIEW_TEAM,
    Permission,
    Rule,
    Standing,
    branch_rules,
    firm_rules,
)
from practice.roles import BranchRole, ParentRole
from practice.tenancy import FirmOwned, FirmOwnedQuerySet

VALID_FOR = timedelta(days=7)


def new_nonce() -> str:
    return secrets.token_urlsafe(16)


def end_of_validity() -> datetime:
    return clock.now() + VALID_FOR


class TeamInvitationQuerySet(FirmOwnedQuerySet["TeamInvitation"]):
    def visible_to(self, standing: Standing) -> Self:
        """To the branches whose team one sees; to all branches for those who see parent roles."""
        rows = self.filter(firm_id=standing.firm_id)
        held = standing.branches_with(VIEW_TEAM)
        seen = Q(branch__isnull=False) if held is None else Q(branch_id__in=sorted(held))
        if without := standing.branches_without(VIEW_TEAM):
            seen &= ~Q(branch_id__in=sorted(without))
        if standing.holds(VIEW_PARENT_ROLES):
            seen |= Q(branch=None)
        return rows.filter(seen)

    def on_branch(self, branch: Branch | None) -> Self:
        """Those that concern the branch, so those to all branches too; None is every branch."""
        return self.filter(Q(branch=branch) | Q(branch=None)) if branch else self

    def pending(self) -> Self:
        """Waiting for an answer, and not yet too old for one."""
        return self.filter(status=InvitationStatus.PENDING, ends_at__gt=clock.now())

    def overdue(self) -> Self:
        return self.filter(status=InvitationStatus.PENDING, ends_at__lte=clock.now())

    def ended(self) -> Self:
        return self.filter(~Q(status=InvitationStatus.PENDING) | Q(ends_at__lte=clock.now()))

    def with_outcome(self, status: str) -> Self:
        if status == InvitationStatus.PENDING:
            return self.pending()
        if status == InvitationStatus.EXPIRED:
            return self.ended().filter(status__in=[InvitationStatus.PENDING, status])
        return self.filter(status=status)

    def locked(self, invitation_id: int) -> "TeamInvitation":
        rows = self.select_for_update(of=("self",))
        return rows.select_related("firm", "branch", "invited_by").get(pk=invitation_id)


class TeamInvitation(Answerable, FirmOwned):
    """Somebody is asked to work at the firm. The link is signed; what it needs is the nonce.

    `ends_at` is when it ended; while it waits, when it will by itself. `invited_by` vouches for it:
    who sent it last, and still needs the rights when it is accepted.
    """

    email = models.EmailField("email address", max_length=254)
    email_key = models.CharField(max_length=254, editable=False)
    full_name = models.CharField("name", max_length=200)
    branch = models.ForeignKey(
        Branch, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    branch_role = models.CharField(max_length=20, choices=BranchRole, blank=True)
    parent_role = models.CharField(max_length=20, choices=ParentRole, blank=True)
    status = models.CharField(
        max_length=20, choices=InvitationStatus, default=InvitationStatus.PENDING
    )
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now, editable=False)
    sent_at = models.DateTimeField(default=clock.now, editable=False)
    expires_at = models.DateTimeField(default=end_of_validity, editable=False)
    ends_at = models.DateTimeField(default=end_of_validity, editable=False)
    nonce = models.CharField(max_length=32, default=new_nonce, editable=False)

    history = History(excluded_fields=["nonce"])
    objects = TeamInvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-ends_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="team_invitation_to_branch_or_firm",
                condition=(
                    Q(branch__isnull=False, parent_role="") & ~Q(branch_role="")
                    | Q(branch__isnull=True, branch_role="") & ~Q(parent_role="")
                ),
            ),
            models.UniqueConstraint(
                name="team_invitation_pending_once_per_branch",
                fields=["firm", "email_key", "branch"],
                condition=Q(status=InvitationStatus.PENDING, branch__isnull=False),
            ),
            models.UniqueConstraint(
                name="team_invitation_pending_once_per_firm",
                fields=["firm", "email_key"],
                condition=Q(status=InvitationStatus.PENDING, branch__isnull=True),
            ),
        ]
        indexes = [models.Index(fields=["firm", "-ends_at", "-id"], name="team_invitation_by_end")]

    def __str__(self) -> str:
        return f"{self.full_name} · {self.place_label}"

    @property
    def place_label(self) -> str:
        return self.branch.name if self.branch else "All branches"

    @property
    def role(self) -> str:
        return self.parent_role or self.branch_role

    @property
    def role_label(self) -> str:
        roles = BranchRole if self.branch_id else ParentRole
        return str(roles(self.role).label)

    @property
    def gives(self) -> frozenset[str]:
        """The permissions that the role starts with: who invites must hold them."""
        table = BRANCH_ROLE_GRANTS if self.branch_id else PARENT_ROLE_GRANTS
        return table[self.role]

    @property
    def needs(self) -> Permission:
        """What it takes to invite here, and to resend or cancel."""
        return MANAGE_TEAM if self.branch_id else MANAGE_PARENT_ROLES

    def rules(self, standing: Standing | None, permission: str) -> Iterator[Rule]:
        """By the place that it is for; and nobody gives more than they have."""
        if self.branch_id:
            yield from branch_rules(standing, self.firm_id, self.branch_id, permission)
        else:
            yield from firm_rules(standing, self.firm_id, permission)
        if permission == self.needs:
            assert standing is not None
            yield limits_rule(standing, self.gives, self.branch_id, self.role_label)


def limits_rule(
    standing: Standing, gives: frozenset[str], branch_id: int | None, role: str
) -> Rule:
    """Whether the standing holds all that the role starts with; a Super Admin lacks nothing."""
    missing = [] if standing.is_super_admin else standing.lacking(gives, branch_id)
    if not missing:
        return Rule("Limits", True, f"{{You}} {{have}} all that the role {role} gives.")
    names = ", ".join(f"“{Permission.label_of(code)}”" for code in missing)
    return Rule("Limits", False, f"{{Your}} role lacks what the role {role} gives: {names}.")
