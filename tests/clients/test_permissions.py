"""One question, one answer: `explain` on a row and `permitted` on a queryset always agree.

The first table is the reviewed one of `pitfalls.md`; the rest holds the two forms of the rules to
each other for everybody, every permission and every state, and for people nobody thought of.
"""

from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clients import permissions as p
from clients.models import Connection, TeamAssignment
from clients.permissions import TIE_GRANTS, ConnectionFacts, connection_rules
from clients.roles import ClientRole, ConnectionStatus
from practice import auth
from practice.permissions import CATALOGUE, BranchStanding, Standing, Verdict
from practice.roles import BranchRole, ParentRole
from practice.text import sort_key
from tests import factories
from tests.conftest import a_colleague

pytestmark = pytest.mark.django_db

ABOUT_CLIENTS = sorted(code for code in CATALOGUE if code.startswith("clients."))
ROWS = ("active", "paused", "disconnected", "restricted", "pending")
STAFF = (
    "super_admin",
    "billing_admin",
    "viewer",
    "branch_owner",
    "branch_admin",
    "assigned_member",
    "unassigned_member",
    "outsider",
    "contact",
    "account_owner",
    "operator",
)


@pytest.fixture
def rows(branch, connection) -> dict[str, Connection]:
    others = {name: factories.ConnectionFactory(branch=branch, **{name: True}) for name in ROWS[1:]}
    return {"active": connection, **others}


def tie(user, *connections, role=ClientRole.FULL) -> None:
    for row in connections:
        factories.TeamAssignmentFactory(content_object=row, user=user, role=role)


# The reviewed table, read left to right: Super Admin, Admin of the branch, assigned with Full
# Access, Limited Access, View Only, unassigned, and of another branch.

TABLE = """
view_client              yes yes yes yes yes -   -
view_client_notes        yes yes yes yes yes -   -
view_client_files        yes yes yes yes yes -   -
manage_files             yes yes yes -   -   -   -
update_client_notes      yes yes yes yes -   -   -
update_clients           yes yes yes yes -   -   -
edit_contact_email       yes yes yes -   -   -   -
grant_access             yes yes yes -   -   -   -
update_access            yes yes -   -   -   -   -
revoke_access            yes yes -   -   -   -   -
change_branch            yes yes -   -   -   -   -
pause_clients            yes yes yes -   -   -   -
delete_clients           yes yes -   -   -   -   -
export_clients           yes yes yes -   -   -   -
manage_tags              yes yes -   -   -   -   -
open_account             -   -   yes yes yes -   -
"""


@pytest.fixture
def people(super_admin, branch_admin, branch, connection, firm):
    dublin = factories.BranchFactory(firm=firm, name="Dublin")
    members = {role: a_colleague(branch, f"{role} member") for role in ClientRole}
    for role, user in members.items():
        tie(user, connection, role=role)
    elsewhere = a_colleague(dublin, "Nia Dublin Member")
    tie(elsewhere, connection)
    unassigned = a_colleague(branch, "Una London Member")
    return [super_admin, branch_admin, *members.values(), unassigned, elsewhere]


@pytest.mark.parametrize("line", TABLE.strip().splitlines(), ids=lambda line: line.split()[0])
def test_an_active_client_is_open_to_these(people, connection, line):
    name, *wanted = line.split()
    permission = CATALOGUE[f"clients.{name}"]

    allowed = [auth.explain(user, permission, connection).allowed for user in people]

    assert allowed == [word == "yes" for word in wanted]


def answers(user, rows) -> dict[tuple[str, str], bool]:
    return {
        (code, name): auth.explain(user, CATALOGUE[code], row).allowed
        for code, (name, row) in product(ABOUT_CLIENTS, rows.items())
    }


def listed(user, rows, firm) -> dict[tuple[str, str], bool]:
    found = {}
    for code in ABOUT_CLIENTS:
        permitted = set(
            Connection.objects.permitted(user, firm.pk, CATALOGUE[code]).values_list(
                "pk", flat=True
            )
        )
        found |= {(code, name): row.pk in permitted for name, row in rows.items()}
    return found


@pytest.mark.parametrize("persona", STAFF)
@pytest.mark.parametrize("role", [None, *ClientRole])
def test_explain_and_permitted_agree(request, rows, firm, persona, role):
    user = request.getfixturevalue(persona)
    if role:
        untied = [row for row in rows.values() if not row.assignments.filter(user=user).exists()]
        tie(user, *untied, role=role)
    user.known_standings = {
        firm.pk: auth.find_standing(user, firm.pk)
    }  # asked once, as in a request

    assert listed(user, rows, firm) == answers(user, rows)


@pytest.mark.parametrize("persona", ["outsider", "contact", "account_owner", "operator"])
def test_who_does_not_work_here_may_nothing(request, rows, persona):
    user = request.getfixturevalue(persona)
    tie(user, *rows.values())

    assert not any(answers(user, rows).values())


@pytest.mark.parametrize("code", ABOUT_CLIENTS)
def test_a_permissions_plain_name_gets_the_same_answer(branch_admin, rows, code):
    """Templates and guardian ask by name."""
    by_name = {name: branch_admin.has_perm(str.__str__(code), row) for name, row in rows.items()}
    by_constant = {name: branch_admin.has_perm(CATALOGUE[code], row) for name, row in rows.items()}

    assert by_name == by_constant


def test_a_paused_client_is_read_and_resumed_only(branch_admin, rows):
    allowed = {
        code
        for code in ABOUT_CLIENTS
        if CATALOGUE[code].is_write and branch_admin.has_perm(CATALOGUE[code], rows["paused"])
    }

    assert allowed == {p.PAUSE_CLIENTS, p.DISCONNECT_CLIENTS, p.UPDATE_CLIENT_NOTES}


@pytest.mark.parametrize(
    ("persona", "sees"),
    [
        ("super_admin", True),
        ("branch_owner", True),
        ("branch_admin", True),
        ("viewer", True),
        ("billing_admin", False),
        ("assigned_member", False),
    ],
)
def test_a_disconnected_client_is_history(request, rows, persona, sees):
    user = request.getfixturevalue(persona)
    if persona == "assigned_member":
        tie(user, rows["disconnected"])

    assert auth.explain(user, p.VIEW_CLIENT, rows["disconnected"]).allowed is sees


def test_nothing_is_written_about_a_disconnected_client(super_admin, rows):
    tie(super_admin, *rows.values())

    allowed = {
        code
        for (code, name), is_allowed in answers(super_admin, rows).items()
        if is_allowed and name == "disconnected"
    }

    assert allowed == p.OPEN_WHEN_DISCONNECTED


def test_a_restricted_client_is_for_named_people(
    super_admin, branch_owner, assigned_member, viewer, rows
):
    tie(assigned_member, rows["restricted"])
    people = [super_admin, assigned_member, branch_owner, viewer]

    assert [user.has_perm(p.VIEW_CLIENT, rows["restricted"]) for user in people] == [
        True,
        True,
        False,
        False,
    ]


def test_a_tie_that_ended_opens_nothing(unassigned_member, connection, firm):
    factories.TeamAssignmentFactory(content_object=connection, user=unassigned_member, ended=True)

    assert not unassigned_member.has_perm(p.VIEW_CLIENT, connection)
    assert not Connection.objects.visible_to(unassigned_member, firm.pk).exists()


def test_a_tie_ends_at_its_moment(assigned_member, connection, time_machine):
    time_machine.move_to("2027-03-31 12:00:00+00:00", tick=False)
    with factories.arranging():
        connection.assignments.update(ends_at="2027-03-31T12:00:01Z")
    before = assigned_member.has_perm(p.VIEW_CLIENT, connection)

    time_machine.shift(1)

    assert (before, assigned_member.has_perm(p.VIEW_CLIENT, connection)) == (True, False)


def test_a_cross_branch_member_follows_the_client(branch, connection, firm):
    dublin = factories.BranchFactory(firm=firm, name="Dublin")
    xavi = a_colleague(branch, "Xavi London Member", added=[p.CROSS_BRANCH])
    nia = a_colleague(branch, "Nia London Member")
    tie(xavi, connection)
    tie(nia, connection)
    with factories.arranging():
        connection.branch = dublin
        connection.save(update_fields=["branch"])

    assert [user.has_perm(p.VIEW_CLIENT, connection) for user in (xavi, nia)] == [True, False]


@pytest.mark.parametrize(
    ("persona", "permission", "says"),
    [
        ("outsider", p.VIEW_CLIENT, "You do not work here."),
        ("unassigned_member", p.VIEW_CLIENT, "You are not assigned to this client."),
        ("viewer", p.UPDATE_CLIENTS, "Your role lacks “Update Clients”."),
        ("branch_admin", p.UPDATE_CLIENTS, "Your role includes “Update Clients”."),
        (
            "branch_admin",
            p.OPEN_ACCOUNT,
            "Set up access first: you are not assigned to this client.",
        ),
        (
            "assigned_member",
            p.EDIT_CONTACT_EMAIL,
            "Your role for this client, Full Access, includes “Edit Contact Email”.",
        ),
    ],
)
def test_the_answer_says_why(request, connection, persona, permission, says):
    user = request.getfixturevalue(persona)

    assert auth.explain(user, permission, connection).reason == says


def test_what_a_tie_gives_is_reading_or_about_one_client():
    assert frozenset().union(*TIE_GRANTS.values()) <= set(ABOUT_CLIENTS)
    assert TIE_GRANTS[ClientRole.VIEW_ONLY] <= TIE_GRANTS[ClientRole.LIMITED]
    assert TIE_GRANTS[ClientRole.LIMITED] <= TIE_GRANTS[ClientRole.FULL]


# People nobody thought of: any roles on two branches, anything added or withdrawn, against rows in
# every state with every tie.


@pytest.fixture
def every_row(branch, firm, super_admin) -> list[tuple[ConnectionFacts, int]]:
    """Facts and id of a client for each combination; ties are the Super Admin's login's."""
    branches = [branch, factories.BranchFactory(firm=firm, name="Dublin")]
    combinations = list(product(branches, ConnectionStatus, [False, True], [None, *ClientRole]))
    accounts = factories.ClientAccountFactory.create_batch(len(combinations))
    name = "Company"
    with factories.arranging():
        made = Connection.objects.bulk_create(
            Connection(
                firm=firm,
                branch=place,
                account=account,
                name=name,
                name_sort=sort_key(name),
                billing_model="bill_us",
                status=status,
                is_restricted=is_restricted,
                paused_at=account.created_at,
                disconnected_at=account.created_at,
            )
            for account, (place, status, is_restricted, _) in zip(
                accounts, combinations, strict=True
            )
        )
        TeamAssignment.objects.bulk_create(
            TeamAssignment(
                firm=firm,
                user=super_admin,
                content_object=row,
                role=role,
                permission=factories.tie_permission(),
            )
            for row, (_, _, _, role) in zip(made, combinations, strict=True)
            if role
        )
    return [
        (ConnectionFacts(firm.pk, place.pk, place.name, status, is_restricted, role), row.pk)
        for row, (place, status, is_restricted, role) in zip(made, combinations, strict=True)
    ]


SOME = st.frozensets(st.sampled_from(ABOUT_CLIENTS), max_size=6)
PLACES = st.none() | st.tuples(st.sampled_from(BranchRole), SOME, SOME)


@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    parent_role=st.none() | st.sampled_from(ParentRole),
    places=st.tuples(PLACES, PLACES),
    code=st.sampled_from(ABOUT_CLIENTS),
)
def test_the_two_forms_of_the_rules_agree_on_anybody(
    every_row, super_admin, firm, parent_role, places, code
):
    branch_ids = sorted({facts.branch_id for facts, _ in every_row})
    standing = Standing(
        user_id=super_admin.pk,
        firm_id=firm.pk,
        member_id=1,
        parent_role=parent_role,
        branches={
            branch_id: BranchStanding(branch_id, "Branch", role, added - withdrawn, withdrawn)
            for branch_id, place in zip(branch_ids, places, strict=True)
            if place
            for role, added, withdrawn in [place]
        },
    )
    permission = CATALOGUE[code]

    explained = {
        pk
        for facts, pk in every_row
        if Verdict.of(connection_rules(standing, facts, permission)).allowed
    }
    permitted = set(
        Connection.objects.for_firm(firm)
        .for_standing(standing, permission)
        .values_list("pk", flat=True)
    )

    assert permitted == explained
