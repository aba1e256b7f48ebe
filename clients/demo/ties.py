"""Who works for which client."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import cycle
from uuid import uuid4

from clients.actions.assignments import tie_permission
from clients.demo.people import Practice
from clients.models import AccessRequest, AssignmentRequest, Connection, TeamAssignment
from clients.models.access_requests import Window
from clients.roles import ClientRole
from practice.models import User

KELMSCOTT = "1030"
FULL, LIMITED, VIEW_ONLY = ClientRole.FULL, ClientRole.LIMITED, ClientRole.VIEW_ONLY

# By Client ID. Kelmscott Press is Adam's alone (F-040), who has those on the limits of access too;
# Xavi works across branches in Dublin.
NAMED: Mapping[str, Mapping[str, ClientRole]] = {
    "mia": {"1010": FULL, "1001": FULL, "1002": LIMITED, "1003": VIEW_ONLY, "1012": FULL},
    "adam": {"1030": FULL, **dict.fromkeys(("2021", "2022", "2023", "2037"), FULL)},
    "olga": {"1031": FULL},
    "xavi": {"1010": VIEW_ONLY, "1011": FULL, "1014": LIMITED, "1021": FULL},
    "nia": {"1020": FULL, "1021": LIMITED},
}
# How many more of the bulk set, and of which branch.
SHARES = {"mia": ("London", 15), "xavi": ("London", 6), "nia": ("Dublin", 8)}


def load_ties(practice: Practice, rows: Sequence[Connection]) -> None:
    permission, sana = tie_permission(), practice.people["sana"]
    by_number = {row.client_number: row for row in rows}
    taken: set[int] = set()
    ties = []
    for person, number, role in shares(practice, rows):
        row = by_number[number]
        ties.append(
            TeamAssignment(
                firm_id=row.firm_id,
                user=practice.people[person],
                permission=permission,
                content_object=row,
                role=role,
                granted_by=sana,
                reason="Took over the client",
                is_primary=role == FULL and row.pk not in taken,
            )
        )
        if role == FULL:
            taken.add(row.pk)
    TeamAssignment.objects.bulk_create(ties)
    ask_for_access(practice.people["adam"], rows)
    ask_to_cover(practice.people["mia"], by_number[KELMSCOTT])


def ask_to_cover(by: User, row: Connection) -> None:
    """A request that Olga may grant for a day (F-240)."""
    AssignmentRequest.objects.create(
        firm_id=row.firm_id,
        connection=row,
        reason="Covering for Adam while he is away",
        hours=Window.DAY,
        asked_by=by,
        key=uuid4(),
    )


def ask_for_access(by: User, rows: Sequence[Connection]) -> None:
    """What the client of that limit has not answered (F-143)."""
    AccessRequest.objects.bulk_create(
        [
            AccessRequest(
                firm_id=row.firm_id,
                connection=row,
                reason="The quarter’s VAT return is due",
                asked_by=by,
                asked_at=row.access_requested_at,
                key=uuid4(),
            )
            for row in rows
            if row.access_requested_at
        ]
    )


def shares(practice: Practice, rows: Sequence[Connection]) -> Iterator[tuple[str, str, ClientRole]]:
    """Person, Client ID and role of every tie."""
    known = {row.client_number for row in rows}
    for person, roles in NAMED.items():
        for number, role in roles.items():
            if number in known:
                yield person, number, role
    for person, (branch, count) in SHARES.items():
        place = practice.branches[branch]
        bulk = [
            r.client_number for r in rows if r.branch_id == place.pk and len(r.client_number) == 4
        ]
        numbers = [number for number in bulk if number > "2000"][:count]
        for number, role in zip(numbers, cycle((FULL, LIMITED, VIEW_ONLY)), strict=False):
            yield person, number, role
