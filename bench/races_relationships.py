"""The races of issue 4: pause and disconnect, pause and resume, a reconnection accepted twice.

What stands in the history is what happened: each change once, in an order that the states allow.
"""

from collections.abc import Iterator
from functools import partial
from itertools import pairwise

from bench.races_scene import Scene
from bench.soak_cast import a_branch, a_firm, a_member, a_person, a_place, a_tie, arranging
from clients.actions.opening import NewClient, open_connections
from clients.actions.relationships import (
    disconnect_connection,
    pause_connection,
    resume_connection,
)
from clients.models import (
    ActivityEvent,
    ClientAccount,
    Connection,
    ConnectionPeriod,
    TeamAssignment,
)
from clients.roles import BillingModel, ConnectionStatus
from invitations.actions.reconnect import ask_back, cancel_reconnection, offer_anew
from invitations.actions.reconnect_answers import accept_anew, accept_reconnection
from invitations.models import ReconnectInvitation
from invitations.roles import InvitationStatus
from practice.models import User
from practice.roles import BranchRole, ParentRole

ACTIVE, PAUSED = ConnectionStatus.ACTIVE, ConnectionStatus.PAUSED
DISCONNECTED = ConnectionStatus.DISCONNECTED
MAY_FOLLOW = {(ACTIVE, PAUSED), (PAUSED, ACTIVE), (ACTIVE, DISCONNECTED), (PAUSED, DISCONNECTED)}


def a_relationship(model: str, owner: User | None = None) -> tuple[Connection, User]:
    """A client with its first period and somebody assigned, and a Super Admin."""
    firm = a_firm()
    sana = a_member(firm, "Sana", parent_role=ParentRole.SUPER_ADMIN).user
    london = a_branch(firm, "London")
    mia = a_member(firm, "Mia")
    a_place(mia, london, BranchRole.MEMBER)
    news = [NewClient("Acme", model, contact_email="rita@acme.test")]
    [opened] = open_connections(firm, london, news, by=sana, reason="Opened for a soak run.")
    row = Connection.objects.select_related("firm").get(pk=opened.pk)
    ClientAccount.objects.filter(pk=row.account_id).update(owner=owner)
    a_tie(row, mia.user)
    return row, sana


def pause_and_disconnect(_number: int) -> Scene:
    """By the firm, and by the owner of the account: it ends once, paused before or not."""
    with arranging():
        dina = a_person("Dina")
        client, sana = a_relationship(BillingModel.CLIENT_PAYS, dina)

    def problems(won: int) -> Iterator[str]:
        if won != 1:
            yield f"{won} disconnections"
        yield from story(client, DISCONNECTED)
        if TeamAssignment.objects.filter(content_object=client).exists():
            yield "somebody is assigned still"
        if ConnectionPeriod.objects.filter(connection=client, closed_on=None).exists():
            yield "a period is open"

    moves = [
        (sana, partial(pauses, client, sana)),
        (sana, partial(ends, client, sana)),
        (dina, partial(leaves, client, dina)),
    ]
    return Scene(client.firm, moves, problems)


def pauses(client: Connection, by: User) -> bool:
    pause_connection(client, by=by, reason="Season begins")
    return False  # may come before the end, which has the last word


def ends(client: Connection, by: User) -> bool:
    return disconnect_connection(client, by=by).is_changed


def leaves(client: Connection, by: User) -> bool:
    return disconnect_connection(client, by=by, by_client=True).is_changed


def pause_and_resume(_number: int) -> Scene:
    """Each change has one winner: it is never paused twice without work in between."""
    with arranging():
        client, sana = a_relationship(BillingModel.BILL_US)

    def problems(won: int) -> Iterator[str]:
        yield from story(client, *(ACTIVE, PAUSED))
        if (changes := len(statuses(client)) - 1) != won:
            yield f"{won} say that they changed it, the history knows {changes}"
        if not TeamAssignment.objects.filter(content_object=client).exists():
            yield "nobody is assigned any more"

    moves = [(sana, partial(pauses_now, client, sana)), (sana, partial(resumes, client, sana))]
    return Scene(client.firm, moves, problems)


def pauses_now(client: Connection, by: User) -> bool:
    return pause_connection(client, by=by, reason="Season begins").is_changed


def resumes(client: Connection, by: User) -> bool:
    return resume_connection(client, by=by).is_changed


def statuses(client: Connection) -> list[str]:
    """As they followed each other in the history."""
    past = client.history.order_by("history_id").values_list("status", flat=True)
    return list(past)


def story(client: Connection, *last: str) -> Iterator[str]:
    """How its history and its timeline may read, and what it is at the end."""
    told, row = statuses(client), Connection.objects.get(pk=client.pk)
    if not set(pairwise(told)) <= MAY_FOLLOW:
        yield f"it was {' → '.join(told)}"
    if row.status not in last or row.status != told[-1]:
        yield f"it is {row.status}, the history ends with {told[-1]}"
    if (row.paused_at is not None) != (row.status == PAUSED):
        yield f"it is {row.status} and paused since {row.paused_at}"
    events = ActivityEvent.objects.filter(connection=client, kind="status").count()
    if events != len(told) - 1:
        yield f"{len(told) - 1} changes, {events} on the timeline"


def reconnect(number: int) -> Scene:
    """The one link, accepted by everybody who has it, and taken back in every other round."""
    with arranging():
        client, sana = a_relationship(BillingModel.BILL_US)
        disconnect_connection(client, by=sana)
        is_new, may_cancel = bool(number % 2), bool(number // 2 % 2)
        invitation = (
            offer_anew(client, BillingModel.CLIENT_PAYS, by=sana)
            if is_new
            else ask_back(client, by=sana)
        )

    def problems(won: int) -> Iterator[str]:
        row = ReconnectInvitation.objects.get(pk=invitation.pk)
        accepted = row.status == InvitationStatus.ACCEPTED
        if won != 1 or not (accepted or may_cancel):
            yield f"{won} answers, and it is {row.status}"
        here = Connection.objects.filter(firm_id=client.firm_id)
        running = list(here.filter(status=ACTIVE).values_list("pk", flat=True))
        expected = ([row.opened_id] if is_new else [client.pk]) if accepted else []
        if running != expected:
            yield f"{running} run, not {expected}"
        periods = ConnectionPeriod.objects.filter(connection_id__in=here.values("pk"))
        closed = periods.exclude(closed_on=None).count()
        if (closed, periods.count() - closed) != (1, len(expected)):
            yield f"{closed} closed of {periods.count()} periods"

    accepts = accepts_anew if is_new else accepts_again
    moves = [(sana, partial(accepts, invitation))]
    if may_cancel:
        moves.append((sana, partial(cancels, client, sana)))
    return Scene(client.firm, moves, problems)


def accepts_again(invitation: ReconnectInvitation) -> bool:
    accept_reconnection(invitation, name="Rita Rey", by=None)
    return True


def accepts_anew(invitation: ReconnectInvitation) -> bool:
    accept_anew(invitation, name="Rita Rey", by=None)
    return True


def cancels(client: Connection, by: User) -> bool:
    cancel_reconnection(client, by=by)
    return True
