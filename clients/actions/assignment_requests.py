"""Asking to be assigned to a client for some hours, with a reason; who may give it answers (F-240).

The assignment ends by itself at its minute: the rules look at the clock, the job tidies up.
"""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from clients.actions.assignments import assign_people, running_tie
from clients.actions.colleagues import colleagues
from clients.actions.correspondence import keep_messages
from clients.actions.events import record
from clients.actions.judging import refuse_unless
from clients.actions.places import lock_clients, strangers
from clients.models import (
    AssignmentRequest,
    Connection,
    EventKind,
    RequestState,
    TeamAssignment,
)
from clients.models.access_requests import Window
from clients.models.external import CONNECTED
from clients.permissions import GRANT_ACCESS, connection_rules
from clients.roles import ClientRole
from practice import clock
from practice.actions.outbox import post_mail
from practice.emails import site_link
from practice.errors import Refused
from practice.history import because
from practice.models import BranchMembership, TeamMember, User
from practice.permissions import Standing, Verdict
from practice.roles import ParentRole
from practice.text import fold, sort_key, tidy

HAS_ACCESS = "You are assigned to {} already."
HAS_IT = "{} is assigned to {} already. Change the assignment instead."
ANSWERED = "This request is answered already."


def find_client(firm_id: int, words: str) -> Connection | None:
    """By the Client ID or the whole company name, if that is one client alone."""
    rows = Connection.objects.filter(firm_id=firm_id, status__in=CONNECTED)
    by_number = rows.filter(client_number_key=fold(words)) if words else rows.none()
    found = by_number.first()
    if found is None:
        named = list(rows.filter(name_sort=sort_key(words)).order_by("pk")[:2])
        found = named[0] if len(named) == 1 else None
    return found


@transaction.atomic
def request_assignment(
    firm_id: int, words: str, *, by: User, reason: str, hours: int, key: UUID
) -> None:
    """Whoever may assign people to that client is told by mail.

    Says nothing of clients that the person does not see: of an unknown one nothing comes. Asked
    twice, it is one request. Raises `Refused` for somebody who is assigned already.
    """
    found = find_client(firm_id, words)
    if found is None:
        return
    [row] = lock_clients([found.pk])
    if TeamAssignment.objects.of(by.pk, firm_id).filter(content_object=row).exists():
        raise Refused(HAS_ACCESS.format(row.name))
    own = AssignmentRequest.objects.filter(connection=row, asked_by=by)
    if own.filter(Q(state=RequestState.OPEN) | Q(key=key)).exists() or strangers([(row, by)]):
        return
    asked = AssignmentRequest(
        firm_id=firm_id,
        connection=row,
        reason=tidy(reason),
        hours=hours,
        asked_by=by,
        asked_at=clock.now(),
        key=key,
    )
    with because("Asked to be assigned to the client.", by=by):
        asked.save(force_insert=True)
    span = Window(hours).label
    record(row, EventKind.ACCESS, f"{by} asked to be assigned for {span}", by=by)
    tell_deciders(asked)


def tell_deciders(asked: AssignmentRequest) -> None:
    row = asked.connection
    words = {"firm_slug": row.firm.slug, "connection_id": row.pk}
    link = site_link("clients:client-team", **words)
    messages = [
        post_mail(
            "clients/assignment_requested",
            key=f"assignment-request:{asked.pk}:{person.pk}",
            recipient=person.email,
            firm=row.firm,
            person=person,
            connection=row,
            asked=asked,
            link=link,
        )
        for person in deciders(row)
        if person != asked.asked_by
    ]
    keep_messages(messages, [row], by=asked.asked_by)


def deciders(row: Connection) -> list[User]:
    """Who may give access on the client’s branch or by their own assignment; else Super Admins."""
    ties = TeamAssignment.objects.running().filter(content_object=row)
    roles = dict(ties.order_by().values_list("user_id", "role"))
    here = BranchMembership.objects.filter(branch_id=row.branch_id).values("member_id")
    near = Q(pk__in=here) | Q(user_id__in=roles)
    for wanted in (near, Q(parent_role=ParentRole.SUPER_ADMIN)):
        found = [
            one.user
            for one in colleagues(row.firm_id, wanted & Q(user__is_active=True))
            if may_give(row, one.standing, roles.get(one.user.pk))
        ]
        if found:
            return found
    return []


def may_give(row: Connection, standing: Standing, tie_role: str | None) -> bool:
    facts = replace(row.facts_for(None), tie_role=tie_role)
    return Verdict.of(connection_rules(standing, facts, GRANT_ACCESS)).allowed


@transaction.atomic
def grant_assignment(
    asked: AssignmentRequest, *, by: User, role: ClientRole, hours: int
) -> TeamAssignment:
    """From now on for so many hours, to the minute. A second click changes nothing.

    Raises `Refused` where it is answered, the person was assigned meanwhile or left, and where
    `by` may not give this role.
    """
    row, asked = locked(asked, by)
    ties = TeamAssignment.objects.of(asked.asked_by_id, row.firm_id).filter(content_object=row)
    before: TeamAssignment | None = ties.first()
    if asked.state == RequestState.GRANTED and asked.answered_by_id == by.pk and before:
        return before
    refuse_answered(asked)
    if before:
        raise Refused(HAS_IT.format(asked.asked_by, row.name))
    ends_at = clock.now() + Window(hours).span
    people = {asked.asked_by_id: role}
    assign_people([row.pk], people, by=by, reason=asked.reason, ends_at=ends_at)
    answer(asked, RequestState.GRANTED, by, "Granted a request to be assigned.")
    tell_asker(asked, by, ends_at=ends_at)
    return running_tie(row, asked.asked_by)


@transaction.atomic
def decline_assignment(asked: AssignmentRequest, *, by: User) -> AssignmentRequest:
    """A second click changes nothing."""
    row, asked = locked(asked, by)
    if asked.state == RequestState.DECLINED:
        return asked
    refuse_answered(asked)
    answer(asked, RequestState.DECLINED, by, "Declined a request to be assigned.")
    says = f"{by} declined the request of {asked.asked_by} to be assigned"
    record(row, EventKind.ACCESS, says, by=by)
    tell_asker(asked, by)
    return asked


def locked(asked: AssignmentRequest, by: User) -> tuple[Connection, AssignmentRequest]:
    """The client first, then the request. Raises `Refused` unless `by` may give access now."""
    [row] = lock_clients([asked.connection_id])
    refuse_unless(row, GRANT_ACCESS, by)
    rows = AssignmentRequest.objects.select_related("asked_by")
    asked = rows.select_for_update(of=("self",)).get(pk=asked.pk)
    asked.connection = row
    return row, asked


def refuse_answered(asked: AssignmentRequest) -> None:
    if asked.state != RequestState.OPEN:
        raise Refused(ANSWERED)


def answer(asked: AssignmentRequest, state: RequestState, by: User, why: str) -> None:
    asked.state, asked.answered_by, asked.answered_at = state, by, clock.now()
    with because(why, by=by):
        asked.save(update_fields=["state", "answered_by", "answered_at"])


def tell_asker(asked: AssignmentRequest, by: User, ends_at: datetime | None = None) -> None:
    row = asked.connection
    words: dict[str, object] = {"firm_slug": row.firm.slug}
    link = site_link("clients:client-list", **words)
    if ends_at:
        link = site_link("clients:client-detail", **words, connection_id=row.pk)
    message = post_mail(
        "clients/assignment_answered",
        key=f"assignment-request:{asked.pk}:answered",
        recipient=asked.asked_by.email,
        firm=row.firm,
        connection=row,
        asked=asked,
        by=by,
        ends_at=ends_at,
        link=link,
    )
    keep_messages([message], [row], by=by)


def withdraw_requests_of(member: TeamMember, *, by: User | None, reason: str) -> None:
    """Somebody left the firm: nobody need answer them."""
    waiting = AssignmentRequest.objects.open().filter(
        firm_id=member.firm_id, asked_by_id=member.user_id
    )
    with because(reason, by=by):
        waiting.update(state=RequestState.CLOSED, answered_by=by, answered_at=clock.now())
