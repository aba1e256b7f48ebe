"""A relationship that ended begins again: asked for, taken back, accepted, or anew (F-080, F-081).

Invitations carry the question to the client; what it means for the connection is here. Each works
in the caller's transaction and in the system's realm: a firm no longer sees the account it left.
"""

from dataclasses import dataclass

from clients import permissions as p
from clients.actions.companies import catch_up
from clients.actions.endings import lock_accounts
from clients.actions.events import record
from clients.actions.judging import UNKNOWN, judge
from clients.actions.numbers import next_client_number
from clients.actions.opening import NewClient, connect_account
from clients.actions.relationships import set_all
from clients.models import ClientAccount, Connection, ConnectionPeriod, EventKind
from clients.roles import BillingModel, ConnectionStatus
from clients.signals import connection_reconnected
from clients.states import CONNECTION_TRANSITIONS
from practice import clock
from practice.actions.limits import refuse_without, standing_now
from practice.errors import Refused
from practice.models import TeamMember, User
from practice.text import tidy

S = ConnectionStatus
BRANCH_CLOSED = "The branch {} is archived, so nobody can connect to it."
OPEN_ALREADY = "Your firm has an open connection with {} already."
NOT_ASKED = "No reconnection waits for the client."
OWNER_OFF = "The login of the account’s owner is switched off."
ACCOUNT_ARCHIVED = "The client’s account is archived: nobody pays for it."


@dataclass(frozen=True)
class Acceptance:
    """Who said yes: the name that was typed, and the login if there was one."""

    name: str
    by: User | None


def locked_client(connection_id: int) -> Connection:
    """The client, locked after its company, with all that the rules ask about."""
    lock_accounts([connection_id])
    rows = Connection.objects.select_related("account__owner", "branch", "firm")
    return rows.select_for_update(of=("self",)).get(pk=connection_id)


def refuse_unless_may_return(row: Connection, by: User) -> None:
    """Raise `Refused` unless this person may bring the client back, as of now."""
    standing = standing_now(by, row.firm_id)
    if row.pk not in judge([row], p.VIEW_CLIENT, standing):
        raise Refused(UNKNOWN)
    for permission in p.TO_BRING_BACK:
        refuse_without(standing, permission, row.branch_id)


def why_closed(row: Connection) -> str:
    """ "" while the client's account can take the relationship up again (F-080b).

    The archive that the end of Bill Us brought is none: the firm pays for the account once more.
    """
    owner = row.account.owner
    if owner and not owner.is_active:
        return OWNER_OFF
    if row.account.is_archived and row.billing_model == BillingModel.CLIENT_PAYS:
        return ACCOUNT_ARCHIVED
    return ""


def refuse_closed_branch(row: Connection) -> None:
    if row.branch.is_archived:
        raise Refused(BRANCH_CLOSED.format(row.branch.name))


def refuse_second(row: Connection, account_id: int) -> None:
    """Raise `Refused` where firm and account are connected, or this one has an open successor."""
    others = Connection.objects.filter(firm_id=row.firm_id).exclude(status=S.DISCONNECTED)
    others = others.exclude(pk=row.pk)
    same, later = others.filter(account_id=account_id), others.filter(supersedes=row)
    if same.exists() or later.exists():
        raise Refused(OPEN_ALREADY.format(row.name))


def await_client(row: Connection, *, by: User) -> None:
    """Reconnection pending. Raises `Refused` unless it is disconnected, and alone."""
    CONNECTION_TRANSITIONS.check(row.status, S.RECONNECTING)
    refuse_closed_branch(row)
    refuse_second(row, row.account_id)
    set_all([row], status=S.RECONNECTING)
    record(row, EventKind.STATUS, f"{by} asked the client to reconnect", by=by)


def give_up(row: Connection, says: str, *, by: User | None = None) -> None:
    """Back to disconnected, as it ended; the client gave no answer, or was not to."""
    CONNECTION_TRANSITIONS.check(row.status, S.DISCONNECTED)
    set_all([row], status=S.DISCONNECTED)
    record(row, EventKind.STATUS, says, by=by)


def reconnect(row: Connection, accepted: Acceptance) -> None:
    """The client said yes: the next period opens; model and branch are the old ones (F-080a).

    Assignments stay ended. The firm may enter the account for sixty days from now (C14).
    """
    if row.status != S.RECONNECTING:
        raise Refused(NOT_ASKED)
    refuse_closed_branch(row)
    at = clock.now()
    set_all(
        [row],
        status=S.ACTIVE,
        connected_on=clock.today(),
        disconnected_at=None,
        disconnect_reason="",
        disconnect_note="",
        last_accessed_at=at,
        access_disabled_at=None,
        access_requested_at=None,
    )
    catch_up(row)
    ConnectionPeriod.objects.create(
        firm_id=row.firm_id, connection=row, opened_on=row.connected_on or clock.today()
    )
    take_out_of_archive(row)
    record(row, EventKind.STATUS, f"{accepted.name} accepted: connected again", by=accepted.by)
    connection_reconnected.send(Connection, connections=[row], at=at, by=accepted.by)


def take_out_of_archive(row: Connection) -> None:
    """Bill Us: the firm pays, so the account is written to again (C35)."""
    if row.billing_model == BillingModel.BILL_US:
        ClientAccount.objects.filter(pk=row.account_id).update(archived_at=None)


def connect_anew(
    old: Connection, billing_model: str, accepted: Acceptance, *, company: str = ""
) -> Connection:
    """A fresh connection that names the old one; of the same account, or a new one (F-081).

    The Client ID stays with the old one, whose history is separate; this one is given the next,
    for which the caller holds the firm's lock.
    """
    refuse_closed_branch(old)
    account = new_account(old, company, accepted.by) if company else old.account
    refuse_second(old, account.pk)
    facts = NewClient(
        name=account.name,
        billing_model=billing_model,
        client_number=next_client_number(old.firm),
        contact_name=accepted.name,
        contact_email=accepted.by.email if accepted.by else old.contact_email,
    )
    reason = f"{accepted.name} accepted: a new connection, {BillingModel(billing_model).label}"
    row = connect_account(account, old.branch, facts, by=accepted.by, reason=reason, supersedes=old)
    take_out_of_archive(row)
    record(old, EventKind.STATUS, f"{reason}; this one stays ended", by=accepted.by)
    return row


def new_account(old: Connection, company: str, by: User | None) -> ClientAccount:
    """It belongs to who accepted, if they have a login and are no colleague of the firm."""
    is_colleague = (
        by is not None and TeamMember.objects.filter(firm_id=old.firm_id, user=by).exists()
    )
    return ClientAccount.objects.create(name=tidy(company), owner=None if is_colleague else by)
