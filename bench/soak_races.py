"""Many at once on real PostgreSQL: is there exactly one winner, and are the rows sound afterwards?

Each thread is a request of its own: a connection, a transaction, a firm's context. All of them wait
for the last one, then begin together.
"""

import json
import sys
import threading
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import cycle, islice
from time import perf_counter
from typing import Any

from django.db import connection as database

from bench.races_portal import sign_in_link
from bench.races_relationships import pause_and_disconnect, pause_and_resume, reconnect
from bench.races_scene import Move, Scene
from bench.soak_cast import a_branch, a_client, a_firm, a_member, a_person, a_place, arranging
from clients.actions.assignments import assign_people
from clients.actions.transfers import transfer_connection
from clients.models import ClientAccount, Connection, TeamAssignment
from clients.roles import ClientRole
from invitations.actions.client import cancel_client_invitation, send_client_invitation
from invitations.actions.client_answers import accept_client_invitation, reject_client_invitation
from invitations.models import ClientInvitation
from invitations.roles import InvitationSource, InvitationStatus
from practice import tenancy
from practice.actions.team import change_parent_role, deactivate_member
from practice.errors import Conflict, Refused
from practice.models import Branch, Firm, TeamMember, User
from practice.roles import BranchRole, ParentRole

PATIENCE = 60  # seconds until every thread stands at the start
TOLD_EVERY = 10  # rounds
MOST_SHOWN = 20


def options(parser: ArgumentParser) -> None:
    parser.add_argument("--threads", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--race", choices=list(RACES), help="this one only")


def run(chosen: dict[str, Any]) -> int:
    violations = 0
    for name in RACES:
        if chosen["race"] in (None, name):
            result = soak(name, chosen["threads"], chosen["rounds"])
            sys.stdout.write(json.dumps(result) + "\n")
            sys.stdout.flush()
            violations += result["violations"]
    return 1 if violations else 0


def soak(name: str, threads: int, rounds: int) -> dict[str, Any]:
    """One race, so many rounds of so many threads. The goal is `violations == 0`."""
    found: list[str] = []
    started = perf_counter()
    for number in range(1, rounds + 1):
        found += [f"round {number}: {words}" for words in play(RACES[name](number), threads)]
        if number % TOLD_EVERY == 0:
            sys.stderr.write(f"{name}: {number} rounds, {len(found)} violations\n")
    return {
        "soak": "races",
        "race": name,
        "threads": threads,
        "rounds": rounds,
        "seconds": round(perf_counter() - started, 1),
        "violations": len(found),
        "shown": found[:MOST_SHOWN],
        "goal": 0,
    }


def play(scene: Scene, threads: int) -> list[str]:
    """The scene's moves in turn, one per thread; what came out wrong."""
    barrier = threading.Barrier(threads, timeout=PATIENCE)
    moves = list(islice(cycle(scene.moves), threads))
    with ThreadPoolExecutor(threads) as pool:
        futures = [pool.submit(request, barrier, scene.firm, *move) for move in moves]
    raised = [problem for one in futures if (problem := one.exception())]
    won = sum(one.result() for one in futures if not one.exception())
    with tenancy.as_system():
        return [f"raised {problem!r}" for problem in raised] + list(scene.problems(won))


def request(barrier: threading.Barrier, firm: Firm, user: User, move: Move) -> bool:
    """Whether the move changed anything; a refusal is an answer, and no exception else is."""
    try:
        barrier.wait()
        with tenancy.in_firm(firm.pk, user.pk):
            return move()
    except (Refused, Conflict):
        return False
    finally:
        database.close()


def transfer_and_assign(_number: int) -> Scene:
    """A client moves while somebody of its old branch is assigned: the tie may not outlive it."""
    with arranging():
        firm = a_firm()
        london, dublin = a_branch(firm, "London"), a_branch(firm, "Dublin")
        sana = a_member(firm, "Sana", parent_role=ParentRole.SUPER_ADMIN).user
        mia = a_member(firm, "Mia")
        a_place(mia, london, BranchRole.MEMBER)
        client = a_client(london, "Acme")

    def problems(won: int) -> Iterator[str]:
        if won != 1:
            yield f"{won} transfers"
        if Connection.objects.get(pk=client.pk).branch_id != dublin.pk:
            yield "the client did not move"
        if TeamAssignment.objects.filter(content_object=client).exists():
            yield "somebody of the old branch is assigned"

    def assign() -> bool:
        assign_people([client.pk], {mia.user_id: ClientRole.FULL}, by=sana, reason="")
        return False  # whoever comes first: the transfer has the last word

    return Scene(firm, [(sana, partial(moves_to, client, dublin, sana)), (sana, assign)], problems)


def moves_to(client: Connection, branch: Branch, by: User) -> bool:
    return transfer_connection(client, branch, by=by).is_changed


def two_grants(_number: int) -> Scene:
    """Several roles at once for one person at one client: one row, with one of them."""
    with arranging():
        firm = a_firm()
        london = a_branch(firm, "London")
        sana = a_member(firm, "Sana", parent_role=ParentRole.SUPER_ADMIN).user
        mia = a_member(firm, "Mia")
        a_place(mia, london, BranchRole.MEMBER)
        client = a_client(london, "Acme")

    def problems(won: int) -> Iterator[str]:
        if won != 1:
            yield f"{won} first grants"
        roles = TeamAssignment.objects.filter(content_object=client).values_list("role", flat=True)
        if len(roles) != 1 or roles[0] not in ClientRole.values:
            yield f"assigned as {list(roles)}"

    grants = [(sana, partial(grants_first, client, mia.user, role, sana)) for role in ClientRole]
    return Scene(firm, grants, problems)


def grants_first(client: Connection, user: User, role: ClientRole, by: User) -> bool:
    [done] = assign_people([client.pk], {user.pk: role}, by=by, reason="")
    return done.is_changed and " assigned " in done.why  # the others changed the role, or nothing


def last_super_admin(number: int) -> Scene:
    """Two Super Admins demote or remove each other: one of them stays."""
    with arranging():
        firm = a_firm()
        ada, ben = (a_member(firm, name, parent_role=ParentRole.SUPER_ADMIN) for name in "AB")
    ends = (demotes, removes)
    first, second = ends[number % 2], ends[number // 2 % 2]

    def problems(won: int) -> Iterator[str]:
        if won != 1:
            yield f"{won} Super Admins lost the role"
        left = TeamMember.objects.filter(firm_id=firm.pk).super_admins().count()
        if left != 1:
            yield f"{left} Super Admins are left"

    moves = [(ada.user, partial(first, ben, ada.user)), (ben.user, partial(second, ada, ben.user))]
    return Scene(firm, moves, problems)


def demotes(member: TeamMember, by: User) -> bool:
    change_parent_role(member, role="", by=by, version=ParentRole.SUPER_ADMIN)
    return True


def removes(member: TeamMember, by: User) -> bool:
    deactivate_member(member, by=by, reason="Left the firm.")
    return True


def client_invitation(_number: int) -> Scene:
    """One company, two branches of a firm: accepted here and there, rejected, taken back and sent
    anew at the same moment. One connection, under both consents, and nothing waits any more."""
    with arranging():
        firm = a_firm()
        london, dublin = a_branch(firm, "London"), a_branch(firm, "Dublin")
        sana = a_member(firm, "Sana", parent_role=ParentRole.SUPER_ADMIN).user
        dina = a_person("Dina")
        account = ClientAccount.objects.create(name="Delta Design", owner=dina)
    here, there = (asks(account, branch, dina) for branch in (london, dublin))

    def problems(won: int) -> Iterator[str]:
        opened = Connection.objects.filter(firm_id=firm.pk).count()
        if (won, opened) != (1, 1):
            yield f"{won} acceptances, {opened} connections"
        sent = ClientInvitation.objects.for_firm(firm)
        if sent.filter(status=InvitationStatus.ACCEPTED, answered_at__isnull=False).count() != 1:
            yield "not exactly one invitation is accepted"
        if sent.pending().exists():
            yield "an invitation still waits"

    moves = [
        (sana, partial(accepts, here, sana)),
        (sana, partial(accepts, there, sana)),
        (sana, partial(rejects, here, sana)),
        (dina, partial(takes_back, here, dina)),
        (dina, partial(asks_again, account, london, dina)),
    ]
    return Scene(firm, moves, problems)


def asks(account: ClientAccount, branch: Branch, by: User) -> ClientInvitation:
    source = InvitationSource.EXTERNAL
    return send_client_invitation(account, branch, by=by, source=source, consent_name=by.full_name)


def asks_again(account: ClientAccount, branch: Branch, by: User) -> bool:
    asks(account, branch, by)
    return False


def accepts(invitation: ClientInvitation, by: User) -> bool:
    accept_client_invitation(invitation, by=by)
    return True


def rejects(invitation: ClientInvitation, by: User) -> bool:
    reject_client_invitation(invitation, by=by)
    return False


def takes_back(invitation: ClientInvitation, by: User) -> bool:
    cancel_client_invitation(invitation, by=by)
    return False


RACES: dict[str, Callable[[int], Scene]] = {
    "transfer-and-assign": transfer_and_assign,
    "two-grants": two_grants,
    "last-super-admin": last_super_admin,
    "client-invitation": client_invitation,
    "pause-and-disconnect": pause_and_disconnect,
    "pause-and-resume": pause_and_resume,
    "reconnect": reconnect,
    "portal-links": sign_in_link,
}
