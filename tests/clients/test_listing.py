"""The shapes of the list's question give the rows that the rules give."""

import pytest

from clients import permissions as p
from clients.models import Connection, listing
from clients.models.listing import Reading, Ties
from clients.models.ordering import ORDERS
from practice import auth
from tests import factories

pytestmark = pytest.mark.django_db
STAFF = (
    "super_admin",
    "billing_admin",
    "viewer",
    "branch_owner",
    "branch_admin",
    "assigned_member",
    "unassigned_member",
)


@pytest.fixture
def rows(branch, connection) -> list[Connection]:
    traits = ("paused", "disconnected", "restricted", "pending", "client_pays")
    return [factories.ConnectionFactory(branch=branch, **{trait: True}) for trait in traits]


@pytest.mark.parametrize("few", [0, 300])
@pytest.mark.parametrize("persona", STAFF)
def test_the_list_sees_what_is_permitted(persona, few, rows, firm, request, monkeypatch):
    monkeypatch.setattr(listing, "FEW_TIES", few)
    user = request.getfixturevalue(persona)
    if persona != "unassigned_member":
        factories.TeamAssignmentFactory(content_object=rows[2], user=user)

    ties = Ties.of(auth.find_standing(user, firm.pk))
    seen = ties.visible()

    permitted = Connection.objects.permitted(user, firm.pk, p.VIEW_CLIENT)
    assert {row.pk for row in seen} == {row.pk for row in permitted}
    assert {row.pk for row in ties.to_count(seen)} == {row.pk for row in permitted}


@pytest.mark.parametrize("sort", ORDERS)
def test_a_few_branches_are_read_one_by_one(sort, branch, rows, super_admin, firm):
    dublin = factories.BranchFactory(firm=firm, name="Dublin")
    factories.ConnectionFactory.create_batch(3, branch=dublin)
    found = ORDERS[sort].sorted(Connection.objects.filter(firm=firm))[:4]
    standing = auth.find_standing(super_admin, firm.pk)

    apart = Reading(standing, branches=(branch.pk, dublin.pk))(found)

    assert [row.pk for row in apart] == [row.pk for row in found]


def test_a_line_says_what_the_row_says(branch_admin, connection, firm):
    tag = factories.TagFactory(firm=firm, name="VIP")
    with factories.arranging():
        Connection.objects.filter(pk=connection.pk).update(tag_ids=[tag.pk])
    factories.UsageSnapshotFactory(connection=connection, monthly=[1, 2, 3])
    factories.TeamAssignmentFactory(content_object=connection, user=branch_admin)
    standing = auth.find_standing(branch_admin, firm.pk)

    (line,) = Reading(standing, columns=("plan",))(ORDERS["name"].sorted(Connection.objects.all()))

    facts = (line.name, line.branch_name, line.tags, line.monthly, line.tie_role, line.plan)
    assert facts == ("Acme Bakery", "London", ["VIP"], [1, 2, 3], "full", "")
