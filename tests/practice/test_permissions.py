"""Standings and verdicts, without a database."""

import pytest

from practice import permissions as p
from practice.permissions import BranchStanding, Rule, Standing, Verdict
from practice.roles import BranchRole, ParentRole

LONDON, DUBLIN = 1, 2


def standing(parent_role: str | None = None, *places: BranchStanding) -> Standing:
    return Standing(7, 1, 70, parent_role, {place.branch_id: place for place in places})


def place(branch_id: int, role: str, *, added=(), withdrawn=()) -> BranchStanding:
    return BranchStanding(branch_id, "Branch", role, frozenset(added), frozenset(withdrawn))


def test_a_parent_role_counts_on_every_branch():
    viewer = standing(ParentRole.VIEWER)

    assert viewer.holds(p.VIEW_TEAM)
    assert viewer.holds(p.VIEW_TEAM, DUBLIN)
    assert not viewer.holds(p.MANAGE_TEAM)
    assert viewer.branches_with(p.VIEW_TEAM) is None


def test_a_branch_role_counts_on_its_branch_alone():
    owner = standing(None, place(LONDON, BranchRole.OWNER))

    assert [owner.holds(p.MANAGE_TEAM, branch) for branch in (LONDON, DUBLIN, None)] == [
        True,
        False,
        False,
    ]
    assert owner.branches_with(p.MANAGE_TEAM) == {LONDON}
    assert owner.holds_anywhere(p.MANAGE_TEAM)


def test_a_single_permission_is_added_and_withdrawn():
    member = standing(
        None, place(LONDON, BranchRole.MEMBER, added=[p.VIEW_AUDIT], withdrawn=[p.VIEW_TEAM])
    )

    assert (member.holds(p.VIEW_AUDIT, LONDON), member.holds(p.VIEW_TEAM, LONDON)) == (True, False)


def test_what_is_withdrawn_on_a_branch_beats_the_parent_role():
    viewer = standing(ParentRole.VIEWER, place(LONDON, BranchRole.MEMBER, withdrawn=[p.VIEW_TEAM]))

    assert [viewer.holds(p.VIEW_TEAM, branch) for branch in (LONDON, DUBLIN)] == [False, True]
    assert viewer.branches_without(p.VIEW_TEAM) == {LONDON}


def test_nothing_is_withdrawn_from_a_super_admin():
    sana = standing(
        ParentRole.SUPER_ADMIN, place(LONDON, BranchRole.MEMBER, withdrawn=[p.VIEW_TEAM])
    )

    assert sana.holds(p.VIEW_TEAM, LONDON)
    assert sana.branches_without(p.VIEW_TEAM) == frozenset()


@pytest.mark.parametrize("role", [ParentRole.VIEWER])
def test_a_reading_role_writes_nothing(role):
    assert [code for code in p.PARENT_ROLE_GRANTS[role] if p.CATALOGUE[code].is_write] == []


def test_a_super_admin_holds_whatever_anyone_holds():
    everything = frozenset().union(*p.PARENT_ROLE_GRANTS.values(), *p.BRANCH_ROLE_GRANTS.values())

    assert everything == p.PARENT_ROLE_GRANTS[ParentRole.SUPER_ADMIN]


def test_only_known_permissions_are_granted():
    tables = [*p.PARENT_ROLE_GRANTS.values(), *p.BRANCH_ROLE_GRANTS.values()]

    assert frozenset().union(*tables) <= set(p.CATALOGUE)


def test_permissions_say_their_names():
    labels = [permission.label for permission in p.CATALOGUE.values()]

    assert len(labels) == len(set(labels))
    assert {permission.category for permission in p.CATALOGUE.values()} == set(p.Category)


ALLOWS, DENIES, SILENT = (
    Rule("Role", True, "Your role includes it."),
    Rule("State", False, "It is paused."),
    Rule("Restriction", None, "It is not restricted."),
)


@pytest.mark.parametrize(
    ("rules", "allowed", "reason"),
    [
        ([ALLOWS], True, ALLOWS.says),
        ([ALLOWS, SILENT], True, ALLOWS.says),
        ([ALLOWS, DENIES], False, DENIES.says),
        ([DENIES, ALLOWS], False, DENIES.says),
    ],
)
def test_a_denial_wins_and_names_itself(rules, allowed, reason):
    verdict = Verdict.of(iter(rules))

    assert (verdict.allowed, verdict.reason) == (allowed, reason)


def test_a_denial_ends_the_chain():
    verdict = Verdict.of(iter([ALLOWS, DENIES, ALLOWS]))

    assert verdict.rules == (ALLOWS, DENIES)


def test_silence_is_no_permission():
    assert not Verdict.of(iter([SILENT])).allowed


def test_a_stranger_is_refused_before_anything_is_looked_at():
    verdict = Verdict.of(p.branch_rules(None, 1, LONDON, p.VIEW_TEAM))

    assert [rule.name for rule in verdict.rules] == ["Firm"]
    assert not verdict.allowed


def test_work_at_another_firm_counts_for_nothing():
    verdict = Verdict.of(p.firm_rules(standing(ParentRole.SUPER_ADMIN), 2, p.VIEW_TEAM))

    assert verdict.reason == "You do not work here."
