"""The rules of access in SQL agree with `explain`, for the cast and worlds of chance (F-241)."""

import random

import pytest

from clients import permissions as p
from clients.models import Connection, TeamAssignment
from clients.models.matrix import Matrix, Way, may_report, reportable
from clients.models.matrix_file import copy_csv, copy_rows
from clients.permissions import connection_rules
from clients.roles import ClientRole, ConnectionStatus
from practice import clock
from practice.auth import standing_of_member
from practice.history import because
from practice.models import Branch, Firm, TeamMember
from practice.permissions import Verdict
from practice.roles import BranchRole, ParentRole
from tests import factories

pytestmark = pytest.mark.django_db

OVERRIDES = [
    p.VIEW_ALL_CLIENTS,
    p.VIEW_ASSIGNED_CLIENTS,
    p.CROSS_BRANCH,
    p.VIEW_HISTORICAL_RECORDS,
]


def by_sql(firm: Firm) -> set[tuple[int, int]]:
    members = list(TeamMember.objects.for_firm(firm).values_list("pk", flat=True))
    rows = Connection.objects.filter(firm_id=firm.pk)
    return {(cell.member_id, cell.connection_id) for cell in Matrix(firm.pk, members, rows).cells()}


def by_rules(firm: Firm) -> set[tuple[int, int]]:
    """Row by row, as `explain` asks, and as `permitted` finds."""
    found = set()
    rows = list(Connection.objects.filter(firm_id=firm.pk).select_related("branch"))
    for member in TeamMember.objects.for_firm(firm).filter(is_active=True, user__is_active=True):
        standing = standing_of_member(member)
        seen = {
            row.pk
            for row in rows
            if Verdict.of(
                connection_rules(standing, row.facts_for(standing), p.VIEW_CLIENT)
            ).allowed
        }
        if not standing.must_enrol:
            permitted = Connection.objects.filter(firm_id=firm.pk)
            ids = permitted.for_standing(standing, p.VIEW_CLIENT).values_list("pk", flat=True)
            assert seen == set(ids)
        found |= {(member.pk, pk) for pk in seen}
    return found


def test_the_whole_cast(
    firm,
    connection,
    branch,
    super_admin,
    billing_admin,
    viewer,
    branch_owner,
    branch_admin,
    assigned_member,
    unassigned_member,
    outsider,
):
    for trait in ("paused", "disconnected", "restricted", "pending"):
        factories.ConnectionFactory(branch=branch, **{trait: True})

    assert by_sql(firm) == by_rules(firm)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("requires", [False, True])
def test_a_world_of_chance(firm, seed, requires):
    chance = random.Random(seed)
    explained(Firm.objects, requires_second_factor=requires)
    branches = [factories.BranchFactory(firm=firm) for _ in range(3)]
    branches.append(factories.BranchFactory(firm=firm, archived=True))
    clients = [a_client(chance, branches) for _ in range(12)]
    for _ in range(12):
        a_person(chance, firm, branches, clients)

    found = by_sql(firm)

    assert found == by_rules(firm)
    assert requires or found


def a_client(chance: random.Random, branches: list[Branch]) -> Connection:
    status = chance.choice([*ConnectionStatus.values, "active", "active"])
    now = clock.now()
    facts = {"disconnected_at": now, "paused_at": now, "is_restricted": chance.random() < 0.3}
    return factories.ConnectionFactory(branch=chance.choice(branches), status=status, **facts)


def a_person(chance, firm, branches, clients) -> None:
    member = factories.TeamMemberFactory(
        firm=firm,
        parent_role=chance.choice(["", "", *ParentRole.values]),
        is_active=chance.random() < 0.9,
        user__is_active=chance.random() < 0.9,
    )
    for branch in chance.sample(branches, chance.randrange(3)):
        codes = chance.sample(OVERRIDES, chance.randrange(4))
        cut = chance.randrange(len(codes) + 1)
        factories.BranchMembershipFactory(
            branch=branch,
            member=member,
            role=chance.choice(BranchRole.values),
            added=codes[:cut],
            withdrawn=codes[cut:],
        )
    for client in chance.sample(clients, chance.randrange(5)):
        factories.TeamAssignmentFactory(
            content_object=client,
            user=member.user,
            role=chance.choice(ClientRole.values),
            ended=chance.random() < 0.2,
        )


def explained(rows, **values) -> None:
    with because("Arranged by a test"):
        rows.update(**values)


def cell_of(user, row):
    member = user.team_members.get()
    [cell] = Matrix(member.firm_id, [member.pk], Connection.objects.filter(pk=row.pk)).cells()
    return cell.way, cell.word


def test_how_an_access_comes_about(
    connection, super_admin, viewer, branch_owner, assigned_member, unassigned_member, branch
):
    other = factories.BranchFactory(firm=branch.firm)
    far = factories.ConnectionFactory(branch=other)
    factories.TeamAssignmentFactory(content_object=far, user=assigned_member, role="limited")
    places = assigned_member.team_members.get().memberships
    explained(places, added=[p.CROSS_BRANCH])
    una = unassigned_member.team_members.get()
    explained(una.memberships, added=[p.VIEW_ALL_CLIENTS])

    assert cell_of(super_admin, connection) == (Way.PARENT, "Super Admin")
    assert cell_of(viewer, connection) == (Way.PARENT, "Viewer")
    assert cell_of(branch_owner, connection) == (Way.BRANCH, "Owner")
    assert cell_of(assigned_member, connection) == (Way.TIE, "Full Access")
    assert cell_of(assigned_member, far) == (Way.CROSS, "Limited Access")
    assert cell_of(unassigned_member, connection) == (Way.ADDED, "Member")


def test_who_is_named_for_a_restricted_client_has_it_by_assignment(connection, branch_owner):
    explained(Connection.objects, is_restricted=True)
    factories.TeamAssignmentFactory(content_object=connection, user=branch_owner)

    assert cell_of(branch_owner, connection) == (Way.TIE, "Full Access")


def test_rows_of_the_file_say_since_when_and_by_whom(connection, branch_owner, assigned_member):
    tie = TeamAssignment.objects.get()
    explained(TeamAssignment.objects, granted_by=branch_owner)
    members = [assigned_member.team_members.get().pk]
    matrix = Matrix(connection.firm_id, members, Connection.objects.all())

    rows = list(copy_rows(matrix))

    since = f"{tie.granted_at:%Y-%m-%d %H:%M:%S}+00:00"
    assert rows == [
        (
            "Mia London Member",
            "mia@harbour.test",
            "Acme Bakery",
            "1010",
            "London",
            "Assignment",
            "Full Access",
            since,
            "Olga London Owner",
            "",
        )
    ]


def test_csv_text_never_begins_a_formula(connection, assigned_member):
    explained(Connection.objects, name="=1+1", client_number='@x"y')
    members = [assigned_member.team_members.get().pk]

    text = "".join(copy_csv(Matrix(connection.firm_id, members, Connection.objects.all())))

    assert "'=1+1" in text
    assert '"\'@x""y"' in text


@pytest.mark.parametrize(
    ("persona", "may"),
    [
        ("super_admin", True),
        ("viewer", True),
        ("billing_admin", False),
        ("branch_owner", True),
        ("branch_admin", True),
        ("assigned_member", False),
    ],
)
def test_who_may_report(request, firm, connection, persona, may):
    standing = standing_of_member(request.getfixturevalue(persona).team_members.get())

    assert may_report(standing) is may
    assert (connection in reportable(standing)) is may
