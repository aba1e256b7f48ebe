"""Permissions about clients, and the chain of rules that decides them (design 3).

The rules are pure: they compare a `Standing` with the few facts about a connection that matter.
`clients.models.connections` supplies the facts for one row and the same rules as a queryset.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from clients.roles import AccessStatus, ClientRole, ConnectionStatus
from practice.permissions import (
    MANAGE_BILLING,
    Category,
    Permission,
    Reach,
    Rule,
    Standing,
    person_rules,
)

C = Category.CLIENTS
A = Category.ACCESS_CONTROL
R = Category.AUDIT_REPORTS

VIEW_ALL_CLIENTS = Permission("clients.view_all_clients", "View All Clients", C)
VIEW_ASSIGNED_CLIENTS = Permission("clients.view_assigned_clients", "View Assigned Clients", C)
CREATE_CLIENTS = Permission("clients.create_clients", "Create Clients", C, is_write=True)
UPDATE_CLIENTS = Permission("clients.update_clients", "Update Clients", C, is_write=True)
EDIT_CONTACT_EMAIL = Permission(
    "clients.edit_contact_email", "Edit Contact Email", C, is_write=True
)
PAUSE_CLIENTS = Permission("clients.pause_clients", "Pause Clients", C, is_write=True)
DISCONNECT_CLIENTS = Permission("clients.delete_clients", "Delete Clients", C, is_write=True)
CHANGE_BRANCH = Permission("clients.change_branch", "Change Branch", C, is_write=True)
VIEW_CLIENT_NOTES = Permission("clients.view_client_notes", "View Client Notes", C)
UPDATE_CLIENT_NOTES = Permission(
    "clients.update_client_notes", "Update Client Notes", C, is_write=True
)
MANAGE_CONTACTS = Permission("clients.manage_contacts", "Manage Contacts", C, is_write=True)
PREVIEW_PORTAL = Permission("clients.preview_portal", "Preview Portal", C)
MANAGE_QUESTIONS = Permission("clients.manage_questions", "Manage Questions", C, is_write=True)
MANAGE_FILES = Permission("clients.manage_files", "Manage Files", C, is_write=True)
VIEW_CLIENT_FILES = Permission("clients.view_client_files", "View Client Files", C)
MANAGE_TAGS = Permission("clients.manage_tags", "Manage Tags", C, is_write=True)

GRANT_ACCESS = Permission("clients.grant_access", "Grant Client Access", A, is_write=True)
REVOKE_ACCESS = Permission("clients.revoke_access", "Revoke Client Access", A, is_write=True)
UPDATE_ACCESS = Permission("clients.update_access", "Update Client Access", A, is_write=True)
VIEW_ACCESS_HISTORY = Permission("clients.view_access_history", "View Access History", A)
CROSS_BRANCH = Permission("clients.cross_branch", "Cross-branch Access", A)

VIEW_HISTORICAL_RECORDS = Permission(
    "clients.view_historical_records", "View Historical Records", R
)
EXPORT_CLIENTS = Permission("clients.export_clients", "Export Clients", R)

# Asked of one client, never granted by name: the rules below derive them.
VIEW_CLIENT = Permission("clients.view_client", "View Client", C, reach=Reach.CLIENT)
OPEN_ACCOUNT = Permission("clients.open_account", "Access", A, reach=Reach.CLIENT)

# What can be asked of one client (F-243); the others are about a branch and its list of clients.
OF_ONE_CLIENT = (
    VIEW_CLIENT,
    VIEW_CLIENT_NOTES,
    UPDATE_CLIENT_NOTES,
    UPDATE_CLIENTS,
    EDIT_CONTACT_EMAIL,
    PAUSE_CLIENTS,
    DISCONNECT_CLIENTS,
    CHANGE_BRANCH,
    MANAGE_CONTACTS,
    PREVIEW_PORTAL,
    MANAGE_QUESTIONS,
    MANAGE_FILES,
    VIEW_CLIENT_FILES,
    OPEN_ACCOUNT,
    GRANT_ACCESS,
    REVOKE_ACCESS,
    UPDATE_ACCESS,
    VIEW_ACCESS_HISTORY,
    EXPORT_CLIENTS,
)

# What a tie gives, whatever the branch role (F-057…F-057b); `AppConfig` shows it as tie_grants.
TIE_GRANTS: Mapping[str, frozenset[str]] = {
    ClientRole.FULL: frozenset(
        {
            VIEW_CLIENT_NOTES,
            UPDATE_CLIENT_NOTES,
            UPDATE_CLIENTS,
            EDIT_CONTACT_EMAIL,
            PAUSE_CLIENTS,
            MANAGE_CONTACTS,
            PREVIEW_PORTAL,
            MANAGE_QUESTIONS,
            MANAGE_FILES,
            VIEW_CLIENT_FILES,
            GRANT_ACCESS,
            VIEW_ACCESS_HISTORY,
            EXPORT_CLIENTS,
        }
    ),
    ClientRole.LIMITED: frozenset(
        {
            VIEW_CLIENT_NOTES,
            UPDATE_CLIENT_NOTES,
            UPDATE_CLIENTS,
            PREVIEW_PORTAL,
            MANAGE_QUESTIONS,
            VIEW_CLIENT_FILES,
        }
    ),
    ClientRole.VIEW_ONLY: frozenset({VIEW_CLIENT_NOTES, VIEW_CLIENT_FILES}),
}

# While a relationship is paused the team reads; these alone stay open (C29, decision 3 of the
# demo notes: notes are the firm's own records).
OPEN_WHILE_PAUSED = frozenset({PAUSE_CLIENTS, DISCONNECT_CLIENTS, UPDATE_CLIENT_NOTES})
OPEN_WHEN_DISCONNECTED = frozenset(
    {
        VIEW_CLIENT,
        VIEW_CLIENT_NOTES,
        VIEW_CLIENT_FILES,
        EXPORT_CLIENTS,
        VIEW_ACCESS_HISTORY,
        VIEW_HISTORICAL_RECORDS,
    }
)

# A client that the firm pays for takes both on its branch (F-103a); one that pays, the first.
TO_CHARGE = (CREATE_CLIENTS, MANAGE_BILLING)

# Asked of the branch of a client that has ended: its own rules are those of frozen records (F-080).
TO_BRING_BACK = (DISCONNECT_CLIENTS, VIEW_HISTORICAL_RECORDS)


@dataclass(frozen=True)
class ConnectionFacts:
    """All that the rules look at. `tie_role` is None without a tie that still runs."""

    firm_id: int
    branch_id: int
    branch_name: str
    status: str
    is_restricted: bool
    tie_role: str | None
    access_status: str = AccessStatus.ACTIVE
    access_days: int = 60


def connection_rules(
    standing: Standing | None, facts: ConnectionFacts, permission: str
) -> Iterator[Rule]:
    """The order is the design's, but that scope comes before state: tenant, person, scope,
    restriction, state, access, then role and tie."""
    yield from person_rules(standing, facts.firm_id)
    assert standing is not None
    yield scope_rule(standing, facts)
    yield restriction_rule(standing, facts)
    yield state_rule(standing, facts, permission)
    if permission == VIEW_CLIENT:
        return
    if permission == OPEN_ACCOUNT:
        yield access_rule(facts)
    yield grant_rule(standing, facts, permission)


def scope_rule(standing: Standing, facts: ConnectionFacts) -> Rule:
    """Does the person reach this client at all: by branch, by tie, across branches (C13)?"""
    if standing.holds(VIEW_ALL_CLIENTS, facts.branch_id):
        return Rule("Scope", True, f"{{You}} may view all clients of {facts.branch_name}.")
    if facts.tie_role is None:
        return Rule("Assignment", False, "{You are} not assigned to this client.")
    if standing.holds(VIEW_ASSIGNED_CLIENTS, facts.branch_id):
        return Rule("Assignment", True, "{You are} assigned to this client.")
    if standing.holds_anywhere(CROSS_BRANCH):
        return Rule("Cross-branch", True, "{You are} assigned, and may work across branches.")
    return Rule("Branch", False, f"{{You}} {{have}} no access to branch {facts.branch_name}.")


def restriction_rule(standing: Standing, facts: ConnectionFacts) -> Rule:
    if not facts.is_restricted:
        return Rule("Restriction", None, "This client is not restricted.")
    if standing.is_super_admin:
        return Rule("Restriction", True, "The client is restricted; {you are} a Super Admin.")
    if facts.tie_role is not None:
        return Rule("Restriction", True, "The client is restricted; {you are} named for it.")
    return Rule("Restriction", False, "This client is restricted to named people.")


def state_rule(standing: Standing, facts: ConnectionFacts, permission: str) -> Rule:
    write = Permission.writes(permission) or permission == OPEN_ACCOUNT
    if facts.status == ConnectionStatus.PAUSED:
        if write and permission not in OPEN_WHILE_PAUSED and permission != OPEN_ACCOUNT:
            return Rule("State", False, "This relationship is paused, so it is view-only.")
        return Rule("State", None, "The relationship is paused; reading goes on.")
    if facts.status == ConnectionStatus.DISCONNECTED:
        return disconnected_rule(standing, facts, permission)
    if facts.status != ConnectionStatus.ACTIVE and write:
        return Rule("State", False, "This client is not connected yet.")
    return Rule("State", None, "The relationship is active.")


NO_LONGER_CONNECTED = "No longer connected: the relationship with this client has ended."


def disconnected_rule(standing: Standing, facts: ConnectionFacts, permission: str) -> Rule:
    if not standing.holds(VIEW_HISTORICAL_RECORDS, facts.branch_id):
        return Rule("State", False, "This client is disconnected; its records are closed to {you}.")
    if permission == OPEN_ACCOUNT:
        return Rule("State", False, f"{NO_LONGER_CONNECTED} Its historical records can be read.")
    if permission not in OPEN_WHEN_DISCONNECTED:
        return Rule("State", False, "This client is disconnected; its records are read-only.")
    return Rule("State", True, "{You} may read the records of disconnected clients.")


CLOSED_ACCESS = {
    AccessStatus.DISABLED: "The client has disabled your firm’s access to its account.",
    AccessStatus.REQUESTED: "Your firm’s request for access waits for the client’s answer.",
    AccessStatus.EXPIRED: (
        "Your firm’s access to this account expired after {days} days without a visit."
        " “Request access” asks the client to reinstate it."
    ),
}


def access_rule(facts: ConnectionFacts) -> Rule:
    """Whether the firm may enter the client's account at all (C14; design 3, rule 4)."""
    closed = CLOSED_ACCESS.get(AccessStatus(facts.access_status))
    if closed:
        return Rule("Access", False, closed.replace("{days}", str(facts.access_days)))
    return Rule("Access", None, "The firm’s access to the account is active.")


def grant_rule(standing: Standing, facts: ConnectionFacts, permission: str) -> Rule:
    """The role on the branch or the tie's role must include it; what is withdrawn is denied."""
    if permission == OPEN_ACCOUNT:
        if facts.tie_role is None:
            return Rule("Tie", False, "Set up access first: {you are} not assigned to this client.")
        return Rule("Tie", True, "{You are} assigned to this client.")
    label = Permission.label_of(permission)
    place = standing.branches.get(facts.branch_id)
    if place and permission in place.withdrawn and not standing.is_super_admin:
        return Rule("Role", False, f"“{label}” was withdrawn from {{you}} on {facts.branch_name}.")
    if standing.holds(permission, facts.branch_id):
        return Rule("Role", True, f"{{Your}} role includes “{label}”.")
    if facts.tie_role and permission in TIE_GRANTS[facts.tie_role]:
        name = ClientRole(facts.tie_role).label
        return Rule("Tie", True, f"{{Your}} role for this client, {name}, includes “{label}”.")
    return Rule("Role", False, f"{{Your}} role lacks “{label}”.")
