"""Which models of the practice app are in the audit trail, and for whom."""

from practice.models.api_keys import ApiKey
from practice.models.firms import Branch, BranchMembership, Firm, TeamMember
from practice.models.security import SecurityEvent
from practice.models.trail import AuditSource, Rows, Viewer, register
from practice.models.webhooks import Webhook


def of_firm(rows: Rows, viewer: Viewer) -> Rows | None:
    """What belongs to the firm as a whole is for those who read the trail of every branch."""
    return rows.filter(id=viewer.firm_id) if viewer.branches is None else None


def of_whole_firm(rows: Rows, viewer: Viewer) -> Rows | None:
    return rows.filter(firm_id=viewer.firm_id) if viewer.branches is None else None


def of_branches(rows: Rows, viewer: Viewer) -> Rows:
    return rows.filter(viewer.on_branches("id"), firm_id=viewer.firm_id)


def of_memberships(rows: Rows, viewer: Viewer) -> Rows:
    return rows.filter(viewer.on_branches("branch_id"), firm_id=viewer.firm_id)


def of_members(rows: Rows, viewer: Viewer) -> Rows:
    """People who work, or worked, on a branch of the viewer's."""
    rows = rows.filter(firm_id=viewer.firm_id)
    if viewer.branches is None:
        return rows
    memberships = BranchMembership.history.filter(
        viewer.on_branches("branch_id"), firm_id=viewer.firm_id
    )
    return rows.filter(id__in=memberships.values("member_id"))


register(
    AuditSource(Firm, "Firm", of_firm, about="name", hidden=frozenset({"slug"})),
    AuditSource(Branch, "Branch", of_branches, about="name", hidden=frozenset({"email_key"})),
    AuditSource(TeamMember, "Team member", of_members, about="user_id"),
    AuditSource(BranchMembership, "Branch role", of_memberships, about="member_id"),
    AuditSource(
        SecurityEvent,
        "Security",
        of_whole_firm,
        about="member_id",
        hidden=frozenset({"happened_at"}),
    ),
    AuditSource(ApiKey, "API key", of_whole_firm, about="name"),
    AuditSource(Webhook, "Webhook", of_whole_firm, about="name"),
)
