"""Which models about invitations are in the audit trail, and for whom."""

from clients.models.audit import by_client
from invitations.models.branch_link import BranchLink
from invitations.models.client import ClientInvitation
from invitations.models.reconnect import ReconnectInvitation
from invitations.models.referral import ReferralLink
from invitations.models.team import TeamInvitation
from practice.models.trail import AuditSource, Rows, Viewer, register


def of_branches(rows: Rows, viewer: Viewer) -> Rows:
    """Those to all branches are for those who read the trail of every branch."""
    return rows.filter(viewer.on_branches("branch_id"), firm_id=viewer.firm_id)


def of_firm(rows: Rows, viewer: Viewer) -> Rows | None:
    """What is no branch's is for those who read the trail of every branch."""
    return rows.filter(firm_id=viewer.firm_id) if viewer.branches is None else None


register(
    AuditSource(
        TeamInvitation,
        "Team invitation",
        of_branches,
        about="full_name",
        hidden=frozenset({"email_key", "ends_at"}),
    ),
    AuditSource(
        ReconnectInvitation,
        "Invitation to reconnect",
        by_client("connection_id"),
        about="email",
        client="connection_id",
        hidden=frozenset({"ends_at"}),
    ),
    AuditSource(
        ClientInvitation,
        "Invitation of a client",
        of_branches,
        about="company",
        hidden=frozenset({"ends_at", "link_number"}),
    ),
    AuditSource(BranchLink, "Client Pays link", of_branches),
    AuditSource(ReferralLink, "Referral link", of_firm, about="name"),
)
