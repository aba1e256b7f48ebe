"""Who works for which client."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import cycle

from clients.actions.assignments import tie_permission
from clients.demo.people import Practice
from clients.models import Connection, TeamAssignment
from clients.roles import ClientRole

FULL, LIMITED, VIEW_ONLY = ClientRole.FULL, ClientRole.LIMITED, ClientRole.VIEW_ONLY

# By Client ID. Kelmscott Press is Adam's alone (F-040); Xavi works across branches in Dublin.
NAMED: Mapping[str, Mapping[str, ClientRole]] = {
    "mia": {"1010": FULL, "1001": FULL, "1002": LIMITED, "1003": VIEW_ONLY, "1012": FULL},
    "adam": {"1030": FULL},
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


def shares(practice: Practice, rows: Sequence[Connection]) -> Iterator[tuple[str, str, ClientRole]]:
    """Person, Client ID and role of every tie."""
    for person, roles in NAMED.items():
        for number, role in roles.items():
            yield person, number, role
    for person, (branch, count) in SHARES.items():
        place = practice.branches[branch]
        bulk = [
            r.client_number for r in rows if r.branch_id == place.pk and len(r.client_number) == 4
        ]
        numbers = [number for number in bulk if number > "2000"][:count]
        for number, role in zip(numbers, cycle((FULL, LIMITED, VIEW_ONLY)), strict=False):
            yield person, number, role
