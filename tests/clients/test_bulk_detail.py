"""Bulk actions through the pages: list, questions, dry run, results, undo (F-085…F-087a, F-246)."""

import pytest

from clients.models import BulkRun, BulkState, Connection, Tag, TeamAssignment
from tests import factories
from tests.clients.bulking import checked, commit, done, told, work
from tests.conftest import a_colleague

LIST = "/harbour/clients/"
START, CONFIGURE = f"{LIST}bulk/", f"{LIST}bulk/configure/"


@pytest.fixture
def dublin(firm):
    return factories.BranchFactory(firm=firm, name="Dublin")


@pytest.fixture
def three(branch):
    names = ("Acme", "Bolt", "Coil")
    return [factories.ConnectionFactory(branch=branch, name=name) for name in names]


def ids(rows) -> list[int]:
    return [row.pk for row in rows]


def begun(client, **answers) -> BulkRun:
    """The run that the form starts, after its dry run."""
    response = client.post(CONFIGURE, answers)
    assert response.status_code == 302, response.context["form"].errors
    run = BulkRun.objects.latest("pk")
    assert response.url == f"{START}{run.pk}/"
    return work(run)


def confirmed(client, run: BulkRun) -> str:
    client.post(f"{START}{run.pk}/commit/")
    work(run)
    return client.get(f"{START}{run.pk}/").content.decode()


def test_the_list_offers_rows_and_the_six_actions(client, super_admin, three):
    """F-085, F-086: without a script too."""
    client.force_login(super_admin)

    html = client.get(LIST).content.decode()

    assert html.count("name=selected") == 3
    assert f"name=selected value={three[0].pk} aria-label=Select" in html
    for label in (
        "Bulk Actions", "Select page", "Select all 3 matching", "Transfer to different branch",
        "Update team assignments", "Change access levels", "Export client list", "Add tags",
        "Generate reports",
    ):  # fmt: skip
        assert label in html


def test_closed_actions_name_their_permission(client, viewer, three):
    client.force_login(viewer)

    html = client.get(LIST).content.decode()

    assert 'aria-description="You need the permission “Change Branch”."' in html
    assert 'value="export">Export client list' in html


def test_a_bulk_transfer_from_list_to_results(client, super_admin, dublin, three):
    """F-086a, F-087."""
    client.force_login(super_admin)
    asked = client.post(START, {"action": "transfer", "selected": ids(three)})

    run = begun(client, action="transfer", selected=ids(three), branch=dublin.pk, reason="Closer")
    preview = client.get(f"{START}{run.pk}/").content.decode()
    results = confirmed(client, run)

    assert (asked.status_code, "3 selected" in asked.content.decode()) == (200, True)
    assert "Transfer 3 clients" in preview
    assert set(Connection.objects.values_list("branch__name", flat=True)) == {"Dublin"}
    assert ("Results" in results, results.count("London → Dublin")) == (True, 3)


def test_bulk_team_tags_and_levels(client, super_admin, branch, three):
    """F-086b, F-086c, F-086e."""
    member = a_colleague(branch, "Mia Ray").team_members.get()
    client.force_login(super_admin)

    for answers in (
        {"action": "team", "person": member.pk, f"role-{member.pk}": "view_only"},
        {"action": "tags", "names": "Year-end"},
        {"action": "access", "level": "custom", "features": ["files"]},
    ):
        confirmed(client, begun(client, selected=ids(three), **answers))

    rows = Connection.objects.values_list("tag_ids", "access_level", "access_features")
    assert list(rows) == [([Tag.objects.get().pk], "custom", ["files"])] * 3
    assert list(TeamAssignment.objects.values_list("role", flat=True)) == ["view_only"] * 3
    assert client.get(LIST).content.decode().count("<span class=tag>Year-end") == 3


def test_everything_that_matches_takes_the_branch_of_the_selector(
    client, super_admin, dublin, three
):
    factories.ConnectionFactory(branch=dublin, name="Acme Dublin")
    client.force_login(super_admin)
    client.post("/harbour/branch/", {"branch": three[0].branch_id})

    run = begun(client, action="access", level="none", everything="1", query="?q=acme&after=x")

    assert [name for name, *_ in told(run)] in (["Acme"], ["Acme", "Acme Dublin"])
    assert "q=acme" in run.query
    assert "after" not in run.query


def test_an_export_has_the_visible_columns(client, super_admin, branch, three):
    """F-086d."""
    evil = factories.ConnectionFactory(branch=branch, name="=SUM(A1)", plan="Gold")
    client.force_login(super_admin)
    page = client.post(
        START, {"action": "export", "selected": evil.pk, "query": "?column=plan&q=sum"}
    )

    run = begun(client, action="export", selected=evil.pk, columns=["plan", "usage", "primary"])
    confirmed(client, run)
    response = client.get(f"{START}{run.pk}/file/")

    assert page.context["form"].initial == {"columns": ["plan"]}
    lines = b"".join(response.streaming_content).decode().splitlines()
    assert lines[0].endswith("Last activity,Connected,Plan,Usage,Primary accountant")
    assert lines[0].startswith("\ufeffClient ID,")
    assert ("'=SUM(A1)" in lines[1], ",Gold,In-Active," in lines[1], len(lines)) == (True, True, 2)


def test_a_report_is_offered_in_reports(client, super_admin, three):
    """F-086f."""
    client.force_login(super_admin)
    run = begun(client, action="reports", selected=ids(three), kind="team")
    confirmed(client, run)

    html = client.get("/harbour/reports/files/").content.decode()

    assert "/harbour/reports/files/" in client.get("/harbour/reports/").content.decode()
    assert ("Team assignments" in html, f"{START}{run.pk}/file/" in html) == (True, True)


def test_a_file_is_closed_once_a_client_in_it_is(client, branch_admin, firm, three):
    """F-058: a file that was made earlier opens nothing that is closed now."""
    run = done(branch_admin, firm, "export", ids(three))
    client.force_login(branch_admin)
    before = client.get(f"{START}{run.pk}/file/").status_code
    with factories.arranging():
        Connection.objects.filter(pk=three[0].pk).update(is_restricted=True)

    after = client.get(f"{START}{run.pk}/file/", follow=True)

    assert before == 200
    assert "Your rights changed since the file was made." in after.content.decode()


def test_skipped_rows_say_why_and_hide_what_is_hidden(client, branch_admin, firm, dublin, three):
    """F-087a, F-040."""
    far = factories.ConnectionFactory(branch=dublin, name="Secret Dublin Ltd")
    client.force_login(branch_admin)

    run = begun(client, action="access", level="none", selected=[three[0].pk, far.pk])
    html = confirmed(client, run)
    lines = b"".join(client.get(f"{START}{run.pk}/download/").streaming_content).decode()

    assert "1 skipped: no access to branch Dublin" in html
    assert "Secret Dublin" not in html + lines
    assert "a client that you do not see,Skipped,no access to branch Dublin" in lines
    assert "Acme,Changed,Full Access → No Access" in lines


def test_undo_asks_and_gives_back(client, super_admin, firm, three):
    run = done(super_admin, firm, "access", ids(three), level="none")
    client.force_login(super_admin)

    asked = client.get(f"{START}{run.pk}/undo/")
    client.post(f"{START}{run.pk}/undo/")
    work(run)
    html = client.get(f"{START}{run.pk}/").content.decode()

    assert "Undo this bulk action?" in asked.content.decode()
    assert set(Connection.objects.values_list("access_level", flat=True)) == {"full"}
    assert "3 clients got back what they had" in html
    assert client.get(f"{START}{run.pk}/undo/").status_code == 302


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ({"action": "transfer"}, "Choose a branch."),
        ({"action": "team"}, "Choose at least one team member."),
        ({"action": "access"}, "This field is required."),
        ({"action": "access", "level": "custom"}, "Choose at least one feature"),
        ({"action": "tags", "reason": "Typed"}, "Name at least one tag."),
        ({"action": "reports", "kind": "x"}, "Select a valid choice."),
    ],
)
def test_missing_answers_are_said_and_nothing_is_lost(client, super_admin, three, answers, says):
    client.force_login(super_admin)

    response = client.post(CONFIGURE, {"selected": ids(three), **answers})

    html = response.content.decode()
    assert (response.status_code, says in html) == (422, True)
    assert all(f'name="selected" value="{row.pk}"' in html for row in three)
    assert ("Typed" in html) == ("reason" in answers)


def test_nothing_ticked_leads_back_to_the_list(client, super_admin, three):
    client.force_login(super_admin)

    response = client.post(START, {"action": "tags", "query": "?q=acme"}, follow=True)

    assert response.redirect_chain == [(f"{LIST}?q=acme", 302)]
    assert "Tick at least one client" in response.content.decode()


@pytest.mark.parametrize(
    ("persona", "status"),
    [("viewer", 403), ("unassigned_member", 403), ("outsider", 404)],
)
def test_others_cannot(client, request, connection, persona, status):
    client.force_login(request.getfixturevalue(persona))

    response = client.post(START, {"action": "transfer", "selected": connection.pk})

    assert response.status_code == status


def test_a_full_access_tie_is_enough_for_its_client(client, assigned_member, connection, branch):
    other = factories.ConnectionFactory(branch=branch, name="Other")
    client.force_login(assigned_member)

    run = begun(client, action="tags", names="VIP", selected=[connection.pk, other.pk])

    assert told(run) == [("Acme Bakery", "will_change", "adds “VIP”")]


def test_runs_belong_to_who_started_them(client, branch_admin, branch_owner, super_admin, three):
    run = checked(branch_admin, three[0].firm, "access", ids(three), level="none")
    statuses = []
    for person in (branch_admin, branch_owner, super_admin):
        client.force_login(person)
        statuses.append(client.get(f"{START}{run.pk}/").status_code)

    assert statuses == [200, 404, 200]


def test_progress_is_asked_for_and_a_failure_is_told(client, super_admin, firm, dublin, three):
    client.force_login(super_admin)
    client.post(CONFIGURE, {"action": "transfer", "selected": ids(three), "branch": dublin.pk})
    run = BulkRun.objects.get()
    waiting = client.get(f"{START}{run.pk}/", headers={"HX-Request": "true"}).content.decode()
    work(run)
    with factories.arranging():
        dublin.is_archived = True
        dublin.save()
    run = commit(run, super_admin)

    html = client.get(f"{START}{run.pk}/").content.decode()

    assert ('hx-trigger="every 1s"' in waiting, "Clients checked" in waiting) == (True, True)
    assert ("The work stopped" in html, "Try again" in html) == (True, True)
    assert run.state == BulkState.RUNNING


def test_the_query_count_does_not_grow(client, super_admin, firm, three, django_assert_num_queries):
    client.force_login(super_admin)
    one = checked(super_admin, firm, "access", ids(three[:1]), level="none")
    many = checked(super_admin, firm, "access", ids(three), level="none")
    client.get(f"{START}{one.pk}/")

    for run in (one, many):
        with django_assert_num_queries(QUERIES):
            client.get(f"{START}{run.pk}/")


QUERIES = 13


def test_earlier_bulk_actions_are_listed_and_exported(client, super_admin, firm, three):
    client.force_login(super_admin)
    assert "No bulk actions yet" in client.get(f"{START}earlier/").content.decode()
    done(super_admin, firm, "access", ids(three), level="none", reason="Audit")

    html = client.get(f"{START}earlier/").content.decode()
    lines = b"".join(client.get(f"{START}earlier/?format=csv").streaming_content).decode()

    assert ("Change access levels" in html, "“Audit”" in html or "Audit" in html) == (True, True)
    assert "Change access levels,Done,3,Audit,Sana Super Admin," in lines
