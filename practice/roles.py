"""The role names of a firm. What each may do is in the tables of each app's `AppConfig`."""

from django.db import models


class ParentRole(models.TextChoices):
    """At most one per team member, over every branch of the firm (F-018)."""

    SUPER_ADMIN = "super_admin", "Super Admin"
    BILLING_ADMIN = "billing_admin", "Billing Admin"
    VIEWER = "viewer", "Viewer"


class BranchRole(models.TextChoices):
    """One per team member and branch (F-017)."""

    OWNER = "owner", "Owner"
    ADMIN = "admin", "Admin"
    MEMBER = "member", "Member"


# What each role is for, beside the choice of one (F-017, F-018).
BRANCH_ROLE_HELP = {
    BranchRole.OWNER: (
        "Runs the branch, with all its clients, its team, its billing and its settings."
    ),
    BranchRole.ADMIN: (
        "Manages all clients of the branch and its team, and sees its billing and audit trail."
    ),
    BranchRole.MEMBER: "Works for the clients that they are assigned to, and sees the team.",
}
PARENT_ROLE_HELP = {
    "": "No role over the whole firm: only what the branches give.",
    ParentRole.SUPER_ADMIN: "Everything, on every branch. Nothing can be withdrawn from it.",
    ParentRole.BILLING_ADMIN: "Billing of every branch, and reading clients, the team and reports.",
    ParentRole.VIEWER: "Reads everything on every branch, and changes nothing.",
}


class ApiScope(models.TextChoices):
    """What a key of the API may do (F-226)."""

    CLIENTS_READ = "clients:read", "Read clients"
    ACTIVITY_WRITE = "activity:write", "Send client activity"


API_SCOPE_HELP = {
    ApiScope.CLIENTS_READ: "Lists every client of the firm, restricted ones too.",
    ApiScope.ACTIVITY_WRITE: "Adds what clients do in their accounts: logins, invoices, jobs.",
}


class WebhookKind(models.TextChoices):
    """What a firm's own programs can be told of (F-227). A payload names ids and states."""

    CLIENT_CONNECTED = "client.connected", "Client connected"
    CLIENT_PAUSED = "client.paused", "Client paused"
    CLIENT_RESUMED = "client.resumed", "Client resumed"
    CLIENT_DISCONNECTED = "client.disconnected", "Client disconnected"
    CLIENT_RECONNECTED = "client.reconnected", "Client reconnected"
    CLIENT_BRANCH_CHANGED = "client.branch_changed", "Client moved to another branch"
    CLIENT_OWNERSHIP_TRANSFERRED = (
        "client.ownership_transferred",
        "Client took its subscription over",
    )
    BRANCH_INVOICE_ISSUED = "branch_invoice.issued", "Branch invoice issued"
    TEST = "webhook.test", "Test"

    @classmethod
    def to_choose(cls) -> "list[tuple[str, str]]":
        """Every kind that happens by itself."""
        return [(kind.value, str(kind.label)) for kind in cls if kind != cls.TEST]
