"""Who holds what, read from the database, and the one question."""

import pytest
from django.contrib.auth.models import AnonymousUser

from practice import auth
from practice import permissions as p
from practice.models import User
from practice.roles import BranchRole, ParentRole
from tests import factories

pytestmark = pytest.mark.django_db


def test_a_standing_gathers_parent_role_and_branches(branch, super_admin):
    member = super_admin.team_members.get()
    factories.BranchMembershipFactory(
        branch=branch, member=member, admin=True, added=[p.VIEW_AUDIT], withdrawn=[p.VIEW_TEAM]
    )

    found = auth.standing_of(super_admin, branch.firm_id)

    assert found == p.Standing(
        user_id=super_admin.pk,
        firm_id=branch.firm_id,
        member_id=member.pk,
        parent_role=ParentRole.SUPER_ADMIN,
        branches={
            branch.pk: p.BranchStanding(
                branch.pk,
                "London",
                BranchRole.ADMIN,
                frozenset({p.VIEW_AUDIT}),
                frozenset({p.VIEW_TEAM}),
            )
        },
    )


def test_strangers_and_the_signed_out_have_none(firm, outsider):
    people = [outsider, AnonymousUser()]

    assert [auth.standing_of(person, firm.pk) for person in people] == [None, None]


def test_who_left_the_firm_has_none(viewer, firm):
    with factories.arranging():
        viewer.team_members.update(is_active=False)

    assert auth.standing_of(viewer, firm.pk) is None


def test_a_closed_login_has_none(viewer, firm):
    viewer.is_active = False

    assert auth.standing_of(viewer, firm.pk) is None


def test_an_archived_branch_gives_nothing(branch_owner, branch):
    with factories.arranging():
        branch.is_archived = True
        branch.save(update_fields=["is_archived"])

    assert auth.standing_of(branch_owner, branch.firm_id).branches == {}


def test_a_removed_right_is_gone_at_the_next_question(branch_owner, branch):
    before = branch_owner.has_perm(p.MANAGE_TEAM, branch)

    with factories.arranging():
        branch_owner.team_members.get().memberships.update(role=BranchRole.MEMBER)

    assert (before, branch_owner.has_perm(p.MANAGE_TEAM, branch)) == (True, False)


def test_has_perm_is_the_verdict_of_explain(branch_admin, branch, firm):
    for row in (branch, firm):
        for permission in p.CATALOGUE.values():
            if permission.startswith("practice."):
                verdict = auth.explain(branch_admin, permission, row)
                assert branch_admin.has_perm(permission, row) is verdict.allowed


def test_a_superuser_has_no_way_around_the_rules(operator, branch, firm, connection):
    assert not any(
        operator.has_perm(permission, row)
        for row, permission in [
            (firm, p.VIEW_ORGANISATION),
            (branch, p.VIEW_TEAM),
            (connection, "clients.view_client"),
        ]
    )


def test_people_are_found_however_they_typed_their_address(viewer):
    assert User.objects.get_by_natural_key(" VERA@harbour.TEST ") == viewer


def test_look_alike_addresses_are_one_login(viewer):
    with pytest.raises(Exception, match="email_key"):
        factories.UserFactory(email="ＶＥＲＡ@harbour.test", address=False)
