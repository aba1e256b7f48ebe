"""Giving and ending rights: the limits of the giver, history, and the last Super Admin."""

import threading

import pytest
from django.db import IntegrityError, connection, transaction

from clients import permissions as cp
from clients.models import TeamAssignment
from practice import permissions as p
from practice import tenancy
from practice.actions.limits import refuse_beyond
from practice.actions.team import (
    add_to_branch,
    change_branch_role,
    change_parent_role,
    deactivate_member,
    remove_from_branch,
    reset_branch_role,
)
from practice.auth import find_standing
from practice.errors import Conflict, Refused
from practice.history import because
from practice.models import BranchMembership, TeamMember
from practice.roles import BranchRole, ParentRole
from tests import factories as make
from tests.conftest import a_colleague, a_member

pytestmark = pytest.mark.django_db


def member_of(user) -> TeamMember:
    return user.team_members.get()


def place_of(user) -> BranchMembership:
    return BranchMembership.objects.get(member__user=user)


def rights(user) -> tuple[str, list[str], list[str]]:
    place = place_of(user)
    return place.role, place.added, place.withdrawn


# Changing a place.


def test_a_single_permission_is_added_with_its_history(branch, branch_owner, unassigned_member):
    una = unassigned_member

    change_branch_role(member_of(una), branch, added=[cp.CREATE_CLIENTS], by=branch_owner)

    assert rights(una) == ("member", ["clients.create_clients"], [])
    line = BranchMembership.history.filter(member=member_of(una)).latest("history_id")
    assert line.history_user_id == branch_owner.pk
    assert line.history_change_reason == "Changed the rights on London."


def test_overrides_that_say_nothing_beside_the_role_are_dropped(
    branch, branch_owner, unassigned_member
):
    una = member_of(unassigned_member)
    change_branch_role(
        una, branch, added=[cp.CREATE_CLIENTS], withdrawn=[p.VIEW_TEAM], by=branch_owner
    )

    change_branch_role(una, branch, role=BranchRole.ADMIN, by=branch_owner)

    assert rights(unassigned_member) == ("admin", [], ["practice.view_team"])


def test_a_reset_leaves_the_role_alone(branch, branch_owner, unassigned_member):
    una = member_of(unassigned_member)
    change_branch_role(una, branch, added=[cp.CREATE_CLIENTS], by=branch_owner)

    reset_branch_role(una, branch, by=branch_owner)

    assert rights(unassigned_member) == ("member", [], [])


def test_what_changes_nothing_leaves_no_history(branch, branch_owner, unassigned_member):
    una = member_of(unassigned_member)

    change_branch_role(una, branch, role="member", added=[p.VIEW_TEAM], by=branch_owner)

    assert BranchMembership.history.filter(member=una).count() == 1


def test_who_saves_an_older_version_is_told(branch, branch_owner, unassigned_member):
    una, version = member_of(unassigned_member), place_of(unassigned_member).version
    change_branch_role(una, branch, role="admin", version=version, by=branch_owner)

    with pytest.raises(Conflict) as conflict:
        change_branch_role(una, branch, role="owner", version=version, by=branch_owner)

    assert conflict.value.theirs["role"] == "admin"
    assert rights(unassigned_member)[0] == "admin"


# Limits: nobody gives more than they have.


@pytest.mark.parametrize(
    "change",
    [
        {"role": BranchRole.OWNER},
        {"added": [p.MANAGE_BRANCHES]},
        {"added": [cp.CROSS_BRANCH]},
    ],
)
def test_an_admin_gives_nothing_beyond_their_own(branch, branch_admin, unassigned_member, change):
    with pytest.raises(Refused, match="You cannot give or change what you do not have: “"):
        change_branch_role(member_of(unassigned_member), branch, by=branch_admin, **change)

    assert rights(unassigned_member) == ("member", [], [])


def test_an_admin_changes_no_owner(branch, branch_admin, branch_owner):
    with pytest.raises(Refused, match="“Manage Billing” and “Manage Branches”"):
        change_branch_role(member_of(branch_owner), branch, role="member", by=branch_admin)

    assert rights(branch_owner)[0] == "owner"


def test_an_admin_gives_the_role_of_a_member_and_their_own(branch, branch_admin, unassigned_member):
    una = member_of(unassigned_member)

    change_branch_role(una, branch, role="admin", by=branch_admin)
    change_branch_role(una, branch, role="member", by=branch_admin)

    assert rights(unassigned_member) == ("member", [], [])


def test_a_member_without_the_permission_changes_nothing(branch, assigned_member, branch_admin):
    with pytest.raises(Refused, match="Your role lacks “Manage Team”"):
        change_branch_role(member_of(branch_admin), branch, role="member", by=assigned_member)


def test_what_was_withdrawn_from_an_admin_they_cannot_give(branch, branch_admin, unassigned_member):
    with make.arranging():
        BranchMembership.objects.filter(member__user=branch_admin).update(
            withdrawn=[cp.CREATE_CLIENTS]
        )

    with pytest.raises(Refused, match="“Create Clients”"):
        change_branch_role(
            member_of(unassigned_member), branch, added=[cp.CREATE_CLIENTS], by=branch_admin
        )


def test_nobody_gives_themselves_more(branch, firm):
    """Not even what their parent role gives, which would outlive it."""
    bill = a_colleague(branch, "Bill Both", admin=True)
    with make.arranging():
        bill.team_members.update(parent_role=ParentRole.BILLING_ADMIN)

    with pytest.raises(Refused, match="You cannot give yourself more rights: “Manage Billing”"):
        change_branch_role(member_of(bill), branch, added=[p.MANAGE_BILLING], by=bill)


def test_a_branch_takes_nothing_from_a_parent_role(branch, branch_owner):
    bill = a_colleague(branch, "Bill Both", owner=True)
    with make.arranging():
        bill.team_members.update(parent_role=ParentRole.BILLING_ADMIN)

    with pytest.raises(Refused, match="comes with the parent role Billing Admin"):
        change_branch_role(member_of(bill), branch, withdrawn=[p.MANAGE_BILLING], by=branch_owner)


def test_firm_wide_permissions_are_not_given_on_a_branch(branch, super_admin, unassigned_member):
    with pytest.raises(Refused, match="“Manage Security”: this comes with a parent role"):
        change_branch_role(
            member_of(unassigned_member), branch, added=[p.MANAGE_SECURITY], by=super_admin
        )


def test_a_super_admin_gives_all(branch, super_admin, unassigned_member):
    change_branch_role(
        member_of(unassigned_member), branch, role="owner", added=[cp.CROSS_BRANCH], by=super_admin
    )

    assert rights(unassigned_member) == ("owner", ["clients.cross_branch"], [])


def test_rights_beyond_ones_own_are_named(branch, firm, branch_admin, super_admin):
    adam, sana = (find_standing(user, firm.pk) for user in (branch_admin, super_admin))

    refuse_beyond(sana, [p.MANAGE_SECURITY], None)
    refuse_beyond(adam, [p.MANAGE_TEAM], branch.pk)
    with pytest.raises(Refused, match="“Manage Branches”"):
        refuse_beyond(adam, [p.MANAGE_TEAM, p.MANAGE_BRANCHES], branch.pk)


# Places on branches.


def test_a_role_per_branch(firm, branch_owner, super_admin):
    dublin = make.BranchFactory(firm=firm, name="Dublin")

    place = add_to_branch(member_of(branch_owner), dublin, "member", by=super_admin)

    assert (place.role, place.added, place.withdrawn) == ("member", [], [])
    assert place.history.get().history_change_reason == "Added to Dublin as Member."


@pytest.mark.parametrize("traits", [{"archived": True}, {}])
def test_places_that_cannot_be_given(branch, firm, super_admin, branch_owner, traits):
    """An archived branch, and one where the person is already."""
    place = make.BranchFactory(firm=firm, **traits) if traits else branch

    with pytest.raises(Refused, match="archived|works on London already"):
        add_to_branch(member_of(branch_owner), place, "member", by=super_admin)


def test_removal_ends_the_assignments_of_that_branch_alone(
    branch, firm, connection, assigned_member, branch_owner
):
    dublin = make.BranchFactory(firm=firm, name="Dublin")
    make.BranchMembershipFactory(branch=dublin, member=member_of(assigned_member))
    kept = make.ConnectionFactory(branch=dublin)
    make.TeamAssignmentFactory(content_object=kept, user=assigned_member)

    remove_from_branch(member_of(assigned_member), branch, by=branch_owner, reason="Moved.")

    ties = TeamAssignment.objects.filter(user=assigned_member)
    assert list(ties.values_list("content_object_id", flat=True)) == [kept.pk]
    ended = TeamAssignment.history.get(content_object_id=connection.pk, history_type="-")
    assert (ended.history_user_id, ended.history_change_reason) == (branch_owner.pk, "Moved.")
    assert BranchMembership.history.filter(history_type="-", branch=branch).count() == 1


def test_who_is_not_there_cannot_be_removed(firm, assigned_member, super_admin):
    dublin = make.BranchFactory(firm=firm, name="Dublin")

    with pytest.raises(Refused, match="Mia London Member does not work on Dublin"):
        remove_from_branch(member_of(assigned_member), dublin, by=super_admin, reason="Moved.")


def test_leaving_the_firm_ends_everything(connection, assigned_member, super_admin):
    mia = member_of(assigned_member)

    deactivate_member(mia, by=super_admin, reason="Left the firm.")

    mia.refresh_from_db()
    assert (mia.is_active, mia.parent_role, mia.memberships.count()) == (False, "", 0)
    assert not TeamAssignment.objects.filter(user=assigned_member).exists()
    assert find_standing(assigned_member, mia.firm_id) is None


def test_a_branch_sends_nobody_away_from_another_branch(branch, firm, branch_owner):
    dublin = make.BranchFactory(firm=firm, name="Dublin")
    una = a_colleague(branch, "Una Both")
    make.BranchMembershipFactory(branch=dublin, member=member_of(una))

    with pytest.raises(Refused, match="Your role lacks “Manage Team”"):
        deactivate_member(member_of(una), by=branch_owner, reason="Left.")

    assert member_of(una).is_active


@pytest.mark.parametrize("persona", ["viewer", "billing_admin"])
def test_only_who_manages_parent_roles_deactivates_who_has_one(request, branch_owner, persona):
    member = member_of(request.getfixturevalue(persona))

    with pytest.raises(Refused, match="“Manage Parent Roles”"):
        deactivate_member(member, by=branch_owner, reason="Left.")


# Parent roles, and the last Super Admin.


def test_a_parent_role_is_given_and_ended(super_admin, unassigned_member):
    una = member_of(unassigned_member)

    change_parent_role(una, role=ParentRole.VIEWER, by=super_admin)
    given = member_of(unassigned_member).parent_role
    change_parent_role(una, role="", by=super_admin)

    assert (given, member_of(unassigned_member).parent_role) == ("viewer", "")
    reasons = TeamMember.history.filter(id=una.pk).values_list("history_change_reason", flat=True)
    assert list(reasons)[:2] == [
        "Changed the parent role: none.",
        "Changed the parent role: Viewer.",
    ]


@pytest.mark.parametrize("persona", ["viewer", "billing_admin", "branch_owner"])
def test_nobody_else_gives_a_parent_role(request, persona, unassigned_member):
    giver = request.getfixturevalue(persona)

    with pytest.raises(Refused, match="Your role lacks “Manage Parent Roles”"):
        change_parent_role(member_of(giver), role=ParentRole.SUPER_ADMIN, by=giver)


@pytest.mark.parametrize("role", ["", ParentRole.VIEWER])
def test_the_last_super_admin_is_not_demoted(super_admin, role):
    with pytest.raises(Refused, match="Sana Super Admin is the last Super Admin of the firm"):
        change_parent_role(member_of(super_admin), role=role, by=super_admin)

    assert member_of(super_admin).parent_role == ParentRole.SUPER_ADMIN


def test_the_last_super_admin_does_not_leave(super_admin):
    with pytest.raises(Refused, match="last Super Admin"):
        deactivate_member(member_of(super_admin), by=super_admin, reason="Left.")

    assert member_of(super_admin).is_active


def test_who_cannot_sign_in_does_not_count(firm, super_admin):
    other = a_member(firm, "Saul Second", super_admin=True)
    with make.arranging():
        type(other).objects.filter(pk=other.pk).update(is_active=False)

    with pytest.raises(Refused, match="last Super Admin"):
        change_parent_role(member_of(super_admin), role="", by=super_admin)


def test_one_of_two_super_admins_may_go(firm, super_admin):
    a_member(firm, "Saul Second", super_admin=True)

    change_parent_role(member_of(super_admin), role="", by=super_admin)

    assert member_of(super_admin).parent_role == ""


# The database keeps the last Super Admin too, whoever writes.


def at_once(statement: str, *words: object) -> None:
    with because("Mischief."), connection.cursor() as cursor:
        cursor.execute(statement, words)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize(
    "change", ["parent_role = ''", "parent_role = 'viewer'", "is_active = false"]
)
def test_raw_sql_does_not_demote_the_last(as_firm, firm, super_admin, change):
    with (
        as_firm(firm, super_admin),
        pytest.raises(IntegrityError, match="left without a Super Admin"),
        transaction.atomic(),
    ):
        at_once(f"UPDATE practice_teammember SET {change} WHERE user_id = %s", super_admin.pk)


def test_raw_sql_does_not_delete_the_last(as_firm, firm, super_admin):
    with (
        as_firm(firm, super_admin),
        pytest.raises(IntegrityError, match="left without a Super Admin"),
        transaction.atomic(),
    ):
        at_once("DELETE FROM practice_teammember WHERE user_id = %s", super_admin.pk)


def test_one_may_follow_another_within_a_transaction(firm, super_admin, viewer):
    with because("Handed over."):
        TeamMember.objects.filter(user=super_admin).update(parent_role="")
        TeamMember.objects.filter(user=viewer).update(parent_role=ParentRole.SUPER_ADMIN)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    assert TeamMember.objects.filter(firm=firm).super_admins().get().user == viewer


def test_a_firm_goes_with_its_people(firm, super_admin):
    with because("Removed the test firm."):
        TeamMember.objects.filter(firm=firm).delete()
        firm.delete()
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    assert not TeamMember.objects.filter(firm_id=firm.pk).exists()


def race(functions) -> list[str]:
    """All of them at once, each in the firm; who is refused says so."""
    barrier, refused = threading.Barrier(len(functions)), []

    def run(function) -> None:
        barrier.wait()
        try:
            function()
        except (Refused, IntegrityError) as refusal:
            refused.append(type(refusal).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[each]) for each in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return refused


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("way", ["action", "sql"])
def test_two_sides_cannot_demote_each_other(firm, super_admin, way):
    """Fifty at once, three rounds: one Super Admin remains."""
    saul = a_member(firm, "Saul Second", super_admin=True)

    def demote(target, by) -> None:
        with tenancy.in_firm(firm.pk, by.pk):
            if way == "action":
                change_parent_role(target.team_members.get(), role="", by=by)
                return
            with because("Mischief."):
                TeamMember.objects.filter(user=target).update(parent_role="")

    for _ in range(3):
        with make.arranging():
            TeamMember.objects.filter(firm=firm).update(parent_role=ParentRole.SUPER_ADMIN)
        sides = [(super_admin, saul), (saul, super_admin)] * 25

        race([lambda side=side: demote(*side) for side in sides])

        with tenancy.as_system():
            assert TeamMember.objects.filter(firm=firm).super_admins().count() == 1


@pytest.mark.django_db(transaction=True)
def test_who_looks_while_the_other_has_not_committed_waits(firm, super_admin):
    """Each demotes the other by SQL, is found right, and lingers: only one of them commits."""
    saul = a_member(firm, "Saul Second", super_admin=True)
    both_wrote = threading.Barrier(2)

    def demote(target) -> None:
        with tenancy.in_firm(firm.pk, target.pk), because("Mischief."):
            TeamMember.objects.filter(user=target).update(parent_role="")
            both_wrote.wait()
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                cursor.execute("SELECT pg_sleep(0.5)")

    refused = race([lambda: demote(super_admin), lambda: demote(saul)])

    with tenancy.as_system():
        assert TeamMember.objects.filter(firm=firm).super_admins().count() == 1
    assert refused == ["IntegrityError"]
