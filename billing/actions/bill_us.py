"""Creating a client account that the branch pays for (F-116, F-117, F-118).

The firm is locked first, for the Client ID; then the branch, whose verification and the person's
rights are judged as of now; then account, connection, span and the mail to the owner are written at
once.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from django.db import transaction

from billing.actions.methods import locked_branch
from billing.actions.spans import start_billing
from billing.actions.verification import why_unverified
from billing.models import Plan
from clients import permissions as p
from clients.actions.numbers import next_client_number
from clients.actions.opening import NewClient, open_connections
from clients.actions.owners import invite_owner
from clients.models import ActivityEvent, Connection
from practice import clock
from practice.actions.limits import lock_rights, refuse_without, standing_now
from practice.errors import Refused
from practice.models import Branch, User
from practice.text import fold, tidy

REASON = "Created the client account; the branch pays for it."
DOUBLE_CLICK = timedelta(minutes=2)


@dataclass(frozen=True)
class Owner:
    """Who is asked to own the account, by a link (F-121)."""

    name: str
    email: str


@transaction.atomic
def create_bill_us(
    branch: Branch, plan: Plan, client: NewClient, owner: Owner, *, by: User
) -> Connection:
    """The client, listed and billed from today on; its owner gets a link to sign in by (F-121).

    An empty Client ID is given the next one. Raises `Refused` for an unverified branch, a taken
    Client ID, a missing right, a colleague as owner. The second of two clicks gets the client of
    the first.
    """
    firm = lock_rights(branch.firm_id)
    if known := same_click(client, firm.pk, by):
        return known
    branch = locked_branch(branch, by)
    refuse_without(standing_now(by, firm.pk), p.CREATE_CLIENTS, branch.pk)
    refuse_closed(branch)
    number = tidy(client.client_number) or next_client_number(firm)
    rows = [replace(client, client_number=number)]
    [connection] = open_connections(firm, branch, rows, by=by, reason=REASON)
    start_billing([connection], plan, by=by)
    invite_owner(connection, email=owner.email, full_name=owner.name, by=by)
    return connection


def why_closed(branch: Branch) -> str:
    """ "" for a branch that may open Bill Us clients now."""
    if branch.is_archived:
        return f"{branch.name} is archived. Nobody can be added to it."
    return why_unverified(branch)


def refuse_closed(branch: Branch) -> None:
    if says := why_closed(branch):
        raise Refused(says)


def same_click(client: NewClient, firm_id: int, by: User) -> Connection | None:
    """What the person created a moment ago by the same answers; the Client ID was on the form."""
    lines = ActivityEvent.objects.filter(
        firm_id=firm_id,
        actor=by,
        text=REASON,
        at__gte=clock.now() - DOUBLE_CLICK,
        connection__name=tidy(client.name),
        connection__client_number_key=fold(client.client_number),
    )
    found = lines.select_related("connection").first() if tidy(client.client_number) else None
    return found.connection if found else None
