"""Bulk actions as jobs: a binding dry run, in sets, once; undone where nothing changed since."""

from datetime import timedelta

import pytest
from django.core.files.storage import default_storage

from clients.actions.access_levels import set_access_level
from clients.actions.bulk import commit_run, undo_run, writing
from clients.models import (
    ActivityEvent,
    BulkItem,
    BulkRun,
    BulkState,
    Connection,
    Tag,
    TeamAssignment,
)
from clients.roles import AccessLevel, ClientRole
from practice import clock
from practice.errors import Refused
from practice.models import Job, JobState
from practice.roles import BranchRole
from tests import factories
from tests.clients.bulking import checked, commit, done, told, undo, work
from tests.conftest import a_colleague

STALE = "Changed since the check. Choose the client again to see what it would do now."
SINCE = "Not undone: it changed since."


@pytest.fixture
def dublin(firm):
    return factories.BranchFactory(firm=firm, name="Dublin", currency="EUR")


@pytest.fixture
def three(branch):
    names = ("Acme", "Bolt", "Coil")
    return [factories.ConnectionFactory(branch=branch, name=name) for name in names]


def ids(rows) -> list[int]:
    return [row.pk for row in rows]


def test_a_transfer_is_checked_made_and_undone(super_admin, firm, branch, dublin, three):
    """F-086a, F-246: the same team effects as the single form, and all of it back."""
    mia = a_colleague(branch, "Mia Ray")
    there = factories.ConnectionFactory(branch=dublin, name="Dent")
    tie = factories.TeamAssignmentFactory(
        content_object=three[0], user=mia, role=ClientRole.LIMITED, is_primary=True, reason="Hers"
    )
    paused = factories.ConnectionFactory(branch=branch, name="Echo", paused=True)

    run = checked(
        super_admin, firm, "transfer", [*ids(three), there.pk, paused.pk],
        branch=dublin.pk, reason="Closer",
    )  # fmt: skip
    before = told(run)
    commit(run, super_admin)
    moved = (set(Connection.objects.filter(branch=dublin)), TeamAssignment.objects.count())
    undo(run, super_admin)

    billed = "billed in EUR from then on"
    assert before == [
        ("Acme", "will_change", f"London → Dublin; no longer assigned: Mia Ray; {billed}"),
        ("Bolt", "will_change", f"London → Dublin; {billed}"),
        ("Coil", "will_change", f"London → Dublin; {billed}"),
        ("Dent", "unchanged", "Dent is in Dublin already."),
        ("Echo", "skipped", "This relationship is paused, so it is view-only."),
    ]
    assert moved == ({*three, there}, 0)
    assert set(Connection.objects.filter(branch=branch)) == {*three, paused}
    again = TeamAssignment.objects.get()
    assert (again.user, again.role, again.is_primary, again.reason, again.granted_at) == (
        mia, ClientRole.LIMITED, True, "Hers", tie.granted_at,
    )  # fmt: skip
    run.refresh_from_db()
    assert (run.state, run.undone_by) == (BulkState.UNDONE, super_admin)
    reasons = list(Connection.history.filter(id=three[0].pk).order_by("history_id"))
    assert [row.history_change_reason for row in reasons][1:] == [
        "Transferred to Dublin: Closer",
        "Transferred to London: Undone: Transfer to different branch",
    ]
    assert BulkRun.history.filter(id=run.pk, state=BulkState.UNDONE).count() == 1


def test_people_are_added_and_the_assigned_stay(super_admin, firm, branch, three):
    """F-086b: three rows show her; who is assigned already says "No change"."""
    mia = a_colleague(branch, "Mia Ray")
    factories.TeamAssignmentFactory(content_object=three[1], user=mia, role=ClientRole.FULL)

    run = done(super_admin, firm, "team", ids(three), roles={str(mia.pk): "view_only"})
    roles = dict(TeamAssignment.objects.values_list("content_object__name", "role"))
    undo(run, super_admin)

    assert roles == {"Acme": "view_only", "Bolt": "full", "Coil": "view_only"}
    assert told(run) == [
        ("Acme", "undone", "Mia Ray: View Only"),
        ("Bolt", "unchanged", "assigned already: Mia Ray, Full Access"),
        ("Coil", "undone", "Mia Ray: View Only"),
    ]
    assert TeamAssignment.objects.get().content_object == three[1]


def test_roles_are_changed_on_demand_and_given_back(super_admin, firm, branch, three):
    mia = a_colleague(branch, "Mia Ray")
    factories.TeamAssignmentFactory(content_object=three[1], user=mia, role=ClientRole.FULL)
    wanted = {"roles": {str(mia.pk): "view_only"}, "changes_roles": True}

    run = done(super_admin, firm, "team", [three[1].pk], **wanted)
    changed = TeamAssignment.objects.get().role
    undo(run, super_admin)

    assert told(run) == [("Bolt", "undone", "Mia Ray: Full Access → View Only")]
    assert (changed, TeamAssignment.objects.get().role) == ("view_only", "full")


def test_who_works_elsewhere_is_skipped(super_admin, firm, dublin, three):
    nia = a_colleague(dublin, "Nia Bell")

    run = checked(super_admin, firm, "team", [three[0].pk], roles={str(nia.pk): "view_only"})

    says = "Nia Bell does not work on branch London, so Acme cannot be given to them."
    assert told(run) == [("Acme", "skipped", says)]


def test_nobody_gives_more_than_they_have_in_bulk(
    assigned_member, unassigned_member, firm, connection
):
    with factories.arranging():
        TeamAssignment.objects.update(role=ClientRole.LIMITED)

    run = checked(
        assigned_member, firm, "team", [connection.pk], roles={str(unassigned_member.pk): "full"}
    )

    [(_, outcome, reason)] = told(run)
    assert (outcome, reason.split(".")[0]) == (
        "skipped", "You cannot give access to Acme Bakery",
    )  # fmt: skip


def test_levels_are_set_and_given_back_where_nothing_changed_since(super_admin, firm, three):
    """F-086c, F-246."""
    set_access_level(three[0], AccessLevel.NONE, by=super_admin, reason="Asked")
    run = done(super_admin, firm, "access", ids(three), level="view_only", reason="Audit")
    set_access_level(three[1], AccessLevel.NONE, by=super_admin)

    undo(run, super_admin)

    rows = Connection.objects.order_by("name_sort").values_list("access_level", "access_reason")
    assert list(rows) == [("none", "Asked"), ("none", ""), ("full", "")]
    assert [row[1:] for row in told(run)] == [
        ("undone", "No Access → View Only"),
        ("changed", SINCE),
        ("undone", "Full Access → View Only"),
    ]


def test_tags_are_added_beside_others_and_found(super_admin, firm, three):
    """F-086e: existing ones kept, the search knows them, the version moves; and back."""
    vip = factories.TagFactory(firm=firm, name="VIP", name_key="vip")
    with factories.arranging():
        Connection.objects.filter(pk=three[0].pk).update(tag_ids=[vip.pk])

    run = done(super_admin, firm, "tags", ids(three), names=["vip", "Year-end"])
    tagged = Connection.objects.get(pk=three[0].pk)
    new = Tag.objects.get(name="Year-end")
    undo(run, super_admin)

    assert (tagged.tag_ids, tagged.version) == (sorted([vip.pk, new.pk]), 2)
    assert tagged.search_text.endswith("vip\nyear-end")
    assert Tag.objects.count() == 2
    assert [row.tag_ids for row in Connection.objects.order_by("name_sort")] == [[vip.pk], [], []]
    assert "year-end" not in Connection.objects.get(pk=three[0].pk).search_text
    assert told(run)[:2] == [
        ("Acme", "undone", "adds “Year-end”"),
        ("Bolt", "undone", "adds “Year-end”, “vip”"),
    ]


def test_a_client_of_another_branch_is_skipped_and_said_so(branch_admin, firm, dublin, three):
    """F-087a, and F-040: what is hidden otherwise, or foreign, is not counted."""
    far = factories.ConnectionFactory(branch=dublin, name="Dent")
    hidden = factories.ConnectionFactory(branch=three[0].branch, name="Hush", restricted=True)
    foreign = factories.ConnectionFactory(name="Theirs")
    chosen = [three[0].pk, far.pk, hidden.pk, foreign.pk]

    run = done(branch_admin, firm, "access", chosen, level="none")

    assert told(run) == [
        ("Acme", "changed", "Full Access → No Access"),
        ("Dent", "skipped", "no access to branch Dublin"),
    ]
    levels = Connection.objects.exclude(pk=three[0].pk).values_list("access_level", flat=True)
    assert set(levels) == {"full"}


def test_everything_that_matches_is_what_the_person_sees(branch_admin, firm, dublin, three):
    """F-085: the list's query, under the person's rights."""
    factories.ConnectionFactory(branch=dublin, name="Acme Dublin")

    run = checked(branch_admin, firm, "access", [], query="q=acme", level="none")

    assert told(run) == [("Acme", "will_change", "Full Access → No Access")]


def test_the_dry_run_binds(super_admin, firm, three):
    run = checked(super_admin, firm, "access", ids(three), level="none")
    set_access_level(three[1], AccessLevel.VIEW_ONLY, by=super_admin)

    commit(run, super_admin)

    assert [row[1:] for row in told(run)] == [
        ("changed", "Full Access → No Access"),
        ("skipped", STALE),
        ("changed", "Full Access → No Access"),
    ]


def test_rights_that_end_before_the_commit_stop_it(branch_admin, firm, three):
    run = checked(branch_admin, firm, "access", ids(three), level="none")
    with factories.arranging():
        branch_admin.team_members.get().memberships.update(role=BranchRole.MEMBER)

    commit(run, branch_admin)

    assert {outcome for _, outcome, _ in told(run)} == {"skipped"}
    assert set(Connection.objects.values_list("access_level", flat=True)) == {"full"}


def test_a_killed_worker_goes_on_and_no_client_comes_twice(super_admin, firm, three, monkeypatch):
    run = checked(super_admin, firm, "access", ids(three), level="none")
    monkeypatch.setattr(writing, "BATCH", 1)
    usual, calls = writing.save_items, []

    def killed_once(items):
        calls.append(items)
        if len(calls) == 2:
            raise SystemExit
        usual(items)

    monkeypatch.setattr(writing, "save_items", killed_once)
    with pytest.raises(SystemExit):
        commit(run, super_admin)
    half = list(BulkItem.objects.values_list("outcome", flat=True))
    with factories.arranging():
        Job.objects.filter(state=JobState.RUNNING).update(due_at=clock.now())

    work(run)

    assert sorted(half) == ["changed", "will_change", "will_change"]
    assert {outcome for _, outcome, _ in told(run)} == {"changed"}
    assert ActivityEvent.objects.filter(text__contains="access level").count() == 3
    assert run.state == BulkState.DONE


def test_confirming_twice_begins_once(super_admin, firm, three):
    run = checked(super_admin, firm, "access", ids(three), level="none")

    first, second = commit_run(run, by=super_admin), commit_run(run, by=super_admin)

    assert (first.attempt, second.attempt) == (2, 2)
    work(run)
    with pytest.raises(Refused, match="This was done already"):
        commit_run(run, by=super_admin)


def test_undo_ends_after_a_day(super_admin, firm, three, monkeypatch):
    run = done(super_admin, firm, "access", ids(three), level="none")
    later = clock.now() + timedelta(hours=24, seconds=1)
    monkeypatch.setattr(clock, "now", lambda: later)

    with pytest.raises(Refused, match="24 hours have passed"):
        undo_run(run, by=super_admin)


@pytest.mark.parametrize(
    ("action", "facts", "head"),
    [
        ("export", {"columns": ["plan"]}, "Client ID,Company,Status,Billing model,Branch,Tags,"),
        ("reports", {"kind": "details"}, "Client ID,Company,Status,Billing model,Branch,Contact"),
        ("reports", {"kind": "team"}, "Client ID,Company,Branch,Team member,Email,Role,Since"),
        ("reports", {"kind": "activity"}, "Client ID,Company,When,Kind,What,Who"),
    ],
)
def test_files_hold_the_chosen_clients(super_admin, firm, branch, action, facts, head):
    """F-086d, F-086f: a byte-order mark for Excel, and no cell is a formula."""
    row = factories.ConnectionFactory(branch=branch, name="=1+1", client_number="@7")
    factories.ConnectionFactory(branch=branch, name="Other")
    factories.ActivityEventFactory(connection=row)

    run = done(super_admin, firm, action, [row.pk], **facts)

    text = default_storage.open(run.parameters["file"]).read().decode()
    lines = text.splitlines()
    assert lines[0].startswith("\ufeff" + head)
    assert [line.startswith("'@7,'=1+1,") for line in lines[1:]] == [True]
    assert told(run) == [("=1+1", "changed", "in the file")]
