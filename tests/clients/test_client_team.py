"""Team Assignments of a client (F-056, F-056a, F-057…F-057b, F-058, F-061, F-062)."""

import csv
import io
from datetime import timedelta

import pytest

from clients import permissions as p
from clients.models import AccessVisit, Connection, TeamAssignment
from clients.roles import ClientRole
from practice import clock
from practice.auth import explain
from practice.models import User
from tests import factories
from tests.conftest import a_colleague

FULL, LIMITED, VIEW_ONLY = ClientRole.FULL, ClientRole.LIMITED, ClientRole.VIEW_ONLY


@pytest.fixture
def url(connection) -> str:
    return f"/harbour/clients/{connection.pk}/team/"


@pytest.fixture
def xavi(branch) -> User:
    return a_colleague(branch, "Xavi London Member")


@pytest.fixture
def nia(firm) -> User:
    return a_colleague(factories.BranchFactory(firm=firm, name="Dublin"), "Nia Dublin Member")


def member_id(user: User) -> int:
    pk: int = user.team_members.get().pk
    return pk


def ticks(*pairs, **more) -> dict[str, object]:
    """What the form sends for these people with these roles."""
    roles = {f"role-{member_id(user)}": role for user, role in pairs}
    return {"person": [member_id(user) for user, _ in pairs], **roles, **more}


def ties() -> dict[str, str]:
    rows = TeamAssignment.objects.select_related("user")
    return {tie.user.full_name.split()[0]: tie.role for tie in rows}


def test_two_people_are_added_in_one_go_each_with_a_role(
    client, branch_owner, connection, unassigned_member, xavi, url
):
    client.force_login(branch_owner)

    response = client.post(
        f"{url}add/",
        ticks((unassigned_member, LIMITED), (xavi, VIEW_ONLY), reason="Year end"),
        follow=True,
    )

    html = response.content.decode()
    assert response.redirect_chain == [(url, 302)]
    assert ties() == {"Una": "limited", "Xavi": "view_only"}
    for words in (
        "Una London Member",
        "Limited Access",
        "View Only",
        "Olga London Owner",
        "Year end",
    ):
        assert words in html
    assert "2 people are assigned." in html


def test_only_active_members_of_the_branch_are_offered(
    client, branch_owner, branch, connection, assigned_member, unassigned_member, nia, url
):
    gone = a_colleague(branch, "Lea Left")
    with factories.arranging():
        gone.team_members.update(is_active=False)
    client.force_login(branch_owner)

    offered = client.get(f"{url}add/").context["candidates"]

    names = [(str(one.member), one.place) for one in offered]
    assert names == [("Olga London Owner", "Owner"), ("Una London Member", "Member")]


@pytest.mark.parametrize("forged", ["nia", "outsider", "assigned_member"])
def test_who_is_not_offered_cannot_be_posted(
    client, request, branch_owner, connection, unassigned_member, url, forged
):
    other = request.getfixturevalue(forged)
    before = ties()
    client.force_login(branch_owner)

    response = client.post(
        f"{url}add/", ticks((unassigned_member, LIMITED), (other, LIMITED), reason="Kept words")
    )

    html = response.content.decode()
    assert response.status_code == 422
    assert "cannot be assigned here" in html
    assert "Kept words" in html
    assert ties() == before


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"person": []}, "Choose at least one team member."),
        ({"person": ["x"]}, "not on the list"),
        ({"ends_at": "2001-01-01"}, "Choose today or a later day."),
        ({"ends_at": "9999-12-31"}, "before the year 2100"),
        ({"ends_at": "soon"}, "Enter a valid date."),
        ({"reason": "r" * 301}, "at most 300 characters"),
    ],
)
def test_bad_answers_are_said_and_nothing_is_lost(
    client, branch_owner, connection, unassigned_member, url, changes, says
):
    client.force_login(branch_owner)
    answers = {**ticks((unassigned_member, VIEW_ONLY), reason="Kept words"), **changes}

    response = client.post(f"{url}add/", answers)

    html = response.content.decode()
    assert response.status_code == 422
    assert says in html
    assert str(answers["reason"]) in html
    assert ties() == {}
    if "person" not in changes:
        [una] = [one for one in response.context["candidates"] if one.is_chosen]
        assert (str(una.member), una.role) == ("Una London Member", "view_only")


def test_a_role_that_does_not_exist_is_refused(
    client, branch_owner, connection, unassigned_member, url
):
    client.force_login(branch_owner)

    response = client.post(f"{url}add/", ticks((unassigned_member, "owner")))

    assert (response.status_code, ties()) == (422, {})


def test_the_end_date_is_the_last_day(client, branch_owner, connection, unassigned_member, url):
    today = clock.today()
    client.force_login(branch_owner)

    client.post(f"{url}add/", ticks((unassigned_member, LIMITED), ends_at=today.isoformat()))

    tie = TeamAssignment.objects.get()
    assert tie.last_day == today
    assert timedelta(0) < tie.ends_at - clock.now() <= timedelta(hours=25)


def test_the_search_narrows_and_keeps_who_is_ticked(
    client, branch_owner, branch, connection, unassigned_member, url
):
    for number in range(60):
        a_colleague(branch, f"P{number:02} Person")
    client.force_login(branch_owner)

    first = client.get(f"{url}add/")
    asked = {**ticks((unassigned_member, VIEW_ONLY), reason="Kept words"), "q": "p59"}
    found = client.post(f"{url}suggest/", asked, headers={"HX-Request": "true"})
    whole = client.post(f"{url}suggest/", asked)

    assert (len(first.context["candidates"]), first.context["has_more"]) == (50, True)
    names = [(str(one.member), one.is_chosen) for one in whole.context["candidates"]]
    fragment = found.content.decode()
    assert names == [("Una London Member", True), ("P59 Person", False)]
    assert fragment.lstrip().startswith("<fieldset")
    assert fragment.index("Una London Member") < fragment.index("P59 Person")
    assert "P58 Person" not in fragment
    assert "Kept words" in whole.content.decode()
    assert ties() == {}


def test_nobody_left_to_add_says_so(client, branch_owner, connection, url):
    factories.TeamAssignmentFactory(content_object=connection, user=branch_owner)
    client.force_login(branch_owner)

    assert "Everybody of London is assigned already." in client.get(f"{url}add/").content.decode()


def test_full_access_may_assign_and_roles_beyond_the_giver_are_closed(
    client, assigned_member, branch, connection, unassigned_member, url
):
    client.force_login(assigned_member)

    client.post(f"{url}add/", ticks((unassigned_member, FULL)))

    assert ties()["Una"] == "full"


def test_a_giver_of_less_sees_the_wider_role_closed_and_cannot_post_it(
    client, branch, connection, unassigned_member, url
):
    giver = a_colleague(branch, "Gil Giver", added=[p.GRANT_ACCESS])
    factories.TeamAssignmentFactory(content_object=connection, user=giver, role=LIMITED)
    client.force_login(giver)

    page = client.get(f"{url}add/")
    response = client.post(f"{url}add/", ticks((unassigned_member, FULL)))

    assert [(label, may) for _, label, _, may in page.context["roles"]] == [
        ("Full Access", False),
        ("Limited Access", True),
        ("View Only", True),
    ]
    assert response.status_code == 422
    assert "You cannot give Full Access for Acme Bakery" in response.content.decode()
    assert ties() == {"Gil": "limited"}


def test_the_table_says_who_since_when_by_whom_why_until_and_whether_it_is_used(
    client, branch_owner, connection, unassigned_member, xavi, url
):
    now = clock.now()
    facts = {"content_object": connection, "granted_by": branch_owner, "reason": "Year end"}
    una = factories.TeamAssignmentFactory(user=unassigned_member, is_primary=True, **facts)
    factories.TeamAssignmentFactory(user=xavi, ends_at=now + timedelta(days=3), **facts)
    factories.AccessVisitFactory(connection=connection, user=xavi, at=now - timedelta(days=2))
    factories.AccessVisitFactory(connection=connection, user=xavi, at=now - timedelta(days=9))
    client.force_login(branch_owner)

    response = client.get(url)

    html = response.content.decode()
    shown = [(str(line.tie.user), line.last_used_at) for line in response.context["lines"]]
    assert shown == [
        ("Una London Member", None),
        ("Xavi London Member", now - timedelta(days=2)),
    ]
    for words in (
        "★",
        "Role for this client (staff)",
        "Year end",
        "no end",
        "2 days ago",
        "not yet",
    ):
        assert words in html
    assert una.is_primary


@pytest.mark.parametrize(
    ("granted", "used", "is_flagged"),
    [
        (timedelta(days=90), None, True),
        (timedelta(days=90, seconds=-60), None, False),
        (timedelta(days=400), timedelta(days=90), True),
        (timedelta(days=400), timedelta(days=90, seconds=-60), False),
        (timedelta(days=10), timedelta(days=200), False),
    ],
)
def test_access_unused_for_ninety_days_is_flagged(
    client, branch_owner, connection, unassigned_member, url, granted, used, is_flagged
):
    now = clock.now()
    factories.TeamAssignmentFactory(
        content_object=connection, user=unassigned_member, granted_at=now - granted
    )
    if used:
        factories.AccessVisitFactory(connection=connection, user=unassigned_member, at=now - used)
    factories.AccessVisitFactory(connection=connection, user=branch_owner)  # another's visit
    factories.AccessVisitFactory(user=unassigned_member)  # a visit to another client
    client.force_login(branch_owner)

    assert ("unused access" in client.get(url).content.decode()) is is_flagged


def test_an_assignment_past_its_end_is_not_on_the_page(
    client, branch_owner, connection, unassigned_member, url
):
    factories.TeamAssignmentFactory(content_object=connection, user=unassigned_member, ended=True)
    client.force_login(branch_owner)

    assert "Nobody is assigned" in client.get(url).content.decode()


def test_the_query_count_does_not_grow(
    client, branch_owner, branch, connection, url, django_assert_num_queries
):
    client.force_login(branch_owner)

    for people in (1, 2):
        for number in range(people):
            user = a_colleague(branch, f"Pat{people}{number} Person")
            factories.TeamAssignmentFactory(content_object=connection, user=user)
        with django_assert_num_queries(TEAM_QUERIES):
            client.get(url)
        with django_assert_num_queries(ADD_QUERIES):
            client.get(f"{url}add/")


TEAM_QUERIES, ADD_QUERIES = 17, 13


def test_pages_of_fifty(client, branch_owner, branch, connection, url):
    for number in range(51):
        user = a_colleague(branch, f"P{number:02} Person")
        factories.TeamAssignmentFactory(content_object=connection, user=user)
    client.force_login(branch_owner)

    second = client.get(url, {"page": "2", "sort": "-name"})

    assert [str(line.tie.user) for line in second.context["lines"]] == ["P50 Person"]
    assert "page=2" not in str(second.context["tabs"])
    assert "sort=-name" in str(second.context["tabs"])


def test_the_export(client, branch_owner, connection, unassigned_member, url):
    factories.TeamAssignmentFactory(
        content_object=connection, user=unassigned_member, granted_by=branch_owner, reason="=1+1"
    )
    client.force_login(branch_owner)

    response = client.get(f"{url}export/")

    text = b"".join(response.streaming_content).decode("utf-8-sig")
    header, row = csv.reader(io.StringIO(text))
    assert header[:3] == ["Name", "Email", "Role for this client (staff)"]
    assert (row[0], row[2], row[3], row[5], row[6]) == (
        "Una London Member",
        "Full Access",
        "No",
        "Olga London Owner",
        "'=1+1",
    )


def test_another_role_end_and_star(client, branch_owner, connection, assigned_member, url):
    client.force_login(branch_owner)
    page = f"{url}{member_id(assigned_member)}/"
    day = clock.today() + timedelta(days=7)

    shown = client.get(page).content.decode()
    answers = {"role": LIMITED, "ends_at": day.isoformat(), "is_primary": "on", "reason": "Less"}
    response = client.post(page, answers)

    tie = TeamAssignment.objects.get()
    assert "Role for this client (staff)" in shown
    assert response.status_code == 302
    assert (tie.role, tie.last_day, tie.is_primary) == (LIMITED, day, True)
    assert "Less" in {row.history_change_reason for row in TeamAssignment.history.all()}


def test_a_bad_role_is_told_and_the_rest_kept(
    client, branch_owner, connection, assigned_member, url
):
    client.force_login(branch_owner)

    response = client.post(
        f"{url}{member_id(assigned_member)}/", {"role": "owner", "reason": "Kept words"}
    )

    assert response.status_code == 422
    assert "Kept words" in response.content.decode()
    assert ties() == {"Mia": "full"}


def test_members_may_narrow_their_own_role_and_no_more(
    client, branch, connection, unassigned_member, url
):
    factories.TeamAssignmentFactory(content_object=connection, user=unassigned_member, role=LIMITED)
    client.force_login(unassigned_member)
    page = f"{url}{member_id(unassigned_member)}/"

    wider = client.post(page, {"role": FULL})
    star = client.post(page, {"role": LIMITED, "is_primary": "on"})
    narrower = client.post(page, {"role": VIEW_ONLY})

    assert "You cannot give access to Acme Bakery" in wider.content.decode()
    assert (wider.status_code, star.status_code, narrower.status_code) == (422, 302, 302)
    tie = TeamAssignment.objects.get()
    assert (tie.role, tie.is_primary) == (VIEW_ONLY, False)


def test_the_star_is_put_from_the_menu(client, branch_owner, connection, assigned_member, url):
    client.force_login(branch_owner)

    response = client.post(f"{url}{member_id(assigned_member)}/primary/", follow=True)

    assert "Mia London Member is the primary accountant." in response.content.decode()
    assert TeamAssignment.objects.get().is_primary


def test_the_confirmation_names_what_is_lost(client, branch_owner, connection, url):
    mia = a_colleague(connection.branch, "Mia London Member")
    factories.TeamAssignmentFactory(content_object=connection, user=mia, role=LIMITED)
    client.force_login(branch_owner)

    response = client.get(f"{url}{member_id(mia)}/remove/")

    assert response.context["lost"] == [
        "View Client",
        "Access",
        "Manage Questions",
        "Preview Portal",
        "Update Client Notes",
        "Update Clients",
        "View Client Files",
        "View Client Notes",
    ]
    assert TeamAssignment.objects.exists()


def test_the_confirmation_says_what_a_role_keeps(
    client, super_admin, branch_owner, connection, url
):
    factories.TeamAssignmentFactory(content_object=connection, user=branch_owner)
    client.force_login(super_admin)

    response = client.get(f"{url}{member_id(branch_owner)}/remove/")

    assert response.context["lost"] == ["Access"]
    assert "Olga London Owner may view all clients of London." in response.content.decode()


def test_removal_is_confirmed_then_done_and_told(
    client, branch_owner, connection, assigned_member, url
):
    client.force_login(branch_owner)
    page = f"{url}{member_id(assigned_member)}/remove/"

    done = client.post(page, {"reason": "Moved on"}, follow=True)
    again = client.post(page, follow=True)

    assert "Mia London Member is no longer assigned to Acme Bakery." in done.content.decode()
    assert "was not assigned" in again.content.decode()
    assert ties() == {}
    assert TeamAssignment.history.latest().history_change_reason == "Moved on"


def test_the_next_request_of_the_removed_is_refused_in_every_form(
    client, persona_client, branch_owner, connection, assigned_member, url
):
    mia = persona_client("assigned_member")
    detail = f"/harbour/clients/{connection.pk}/"
    assert mia.get(detail).status_code == 200
    client.force_login(branch_owner)

    client.post(f"{url}{member_id(assigned_member)}/remove/")

    page = mia.get(detail)
    fragment = mia.get(f"{url}suggest/", headers={"HX-Request": "true"})
    saved = mia.post(f"{detail}edit/", {"contact_name": "Late", "version": 1})
    opened = mia.post(f"{detail}access/")
    assert [r.status_code for r in (page, fragment, saved, opened)] == [403] * 4
    assert "not assigned to this client" in page.content.decode()
    assert Connection.objects.get().contact_name == ""
    assert not AccessVisit.objects.exists()


def test_one_s_own_assignment_may_be_given_up(client, assigned_member, connection, url):
    client.force_login(assigned_member)

    response = client.post(f"{url}{member_id(assigned_member)}/remove/")

    assert (response.status_code, response["Location"]) == (302, "/harbour/clients/")
    assert ties() == {}


def test_full_access_does_not_remove_others(
    client, assigned_member, connection, unassigned_member, url
):
    factories.TeamAssignmentFactory(content_object=connection, user=unassigned_member)
    client.force_login(assigned_member)

    response = client.post(f"{url}{member_id(unassigned_member)}/remove/")

    html = client.get(url).content.decode()
    assert response.status_code == 403
    assert set(ties()) == {"Mia", "Una"}
    assert "lacks “Revoke Client Access”" in html


@pytest.mark.parametrize("page", ["", "remove/"])
def test_pages_of_who_is_not_assigned_or_not_of_the_firm_do_not_exist(
    client, branch_owner, connection, unassigned_member, outsider, url, page
):
    client.force_login(branch_owner)

    mine = client.get(f"{url}{member_id(unassigned_member)}/{page}")
    foreign = client.get(f"{url}{member_id(outsider)}/{page}")
    unknown = client.get(f"{url}999999/{page}")

    assert [r.status_code for r in (mine, foreign, unknown)] == [404] * 3
    assert foreign.content == unknown.content


@pytest.mark.parametrize(
    ("persona", "add", "remove"),
    [
        ("super_admin", 200, 200),
        ("branch_admin", 200, 200),
        ("viewer", 403, 403),
        ("billing_admin", 403, 403),
        ("unassigned_member", 404, 404),
        ("outsider", 404, 404),
    ],
)
def test_who_may(persona_client, connection, assigned_member, url, persona, add, remove):
    signed_in = persona_client(persona)

    assert signed_in.get(f"{url}add/").status_code == add
    assert signed_in.get(f"{url}{member_id(assigned_member)}/remove/").status_code == remove


def test_while_paused_assignments_wait(client, branch_owner, branch, unassigned_member):
    row = factories.ConnectionFactory(branch=branch, paused=True)
    client.force_login(branch_owner)
    url = f"/harbour/clients/{row.pk}/team/"

    html = client.get(url).content.decode()

    assert "This relationship is paused, so it is view-only." in html
    assert client.post(f"{url}add/", ticks((unassigned_member, LIMITED))).status_code == 403
    assert ties() == {}


ON_PAGES = {  # what each role answers to: page, what is sent, status by Full, Limited, View Only
    "": (None, 200, 200, 200),
    "notes/": (None, 200, 200, 200),
    "contacts/": (None, 200, 200, 200),
    "files/": (None, 200, 200, 200),
    "activity/": (None, 200, 200, 200),
    "team/": (None, 200, 200, 200),
    "access-history/": (None, 200, 403, 403),
    "edit/": ({"contact_name": "C", "internal_notes": "N", "version": 1}, 302, 302, 403),
    "access/": ({}, 302, 302, 302),
    "set-up-access/": ({}, 302, 403, 403),
    "team/add/": ({}, 422, 403, 403),
    "change-branch/": ({}, 403, 403, 403),
    "access-settings/": ({}, 403, 403, 403),
    "restrict/": ({}, 403, 403, 403),
}


@pytest.mark.parametrize("page", ON_PAGES)
@pytest.mark.parametrize("role", [FULL, LIMITED, VIEW_ONLY])
def test_what_each_role_may_do_on_every_page(client, connection, unassigned_member, page, role):
    sent, *expected = ON_PAGES[page]
    factories.TeamAssignmentFactory(content_object=connection, user=unassigned_member, role=role)
    client.force_login(unassigned_member)
    url = f"/harbour/clients/{connection.pk}/{page}"

    response = client.get(url) if sent is None else client.post(url, sent)

    assert response.status_code == expected[[FULL, LIMITED, VIEW_ONLY].index(role)]


@pytest.mark.parametrize(
    ("permission", "by_role"),
    [
        (p.VIEW_CLIENT_NOTES, (True, True, True)),
        (p.VIEW_CLIENT_FILES, (True, True, True)),
        (p.MANAGE_FILES, (True, False, False)),
        (p.UPDATE_CLIENT_NOTES, (True, True, False)),
        (p.UPDATE_CLIENTS, (True, True, False)),
        (p.EDIT_CONTACT_EMAIL, (True, False, False)),
        (p.PAUSE_CLIENTS, (True, False, False)),
        (p.GRANT_ACCESS, (True, False, False)),
        (p.VIEW_ACCESS_HISTORY, (True, False, False)),
        (p.EXPORT_CLIENTS, (True, False, False)),
        (p.REVOKE_ACCESS, (False, False, False)),
        (p.UPDATE_ACCESS, (False, False, False)),
        (p.CHANGE_BRANCH, (False, False, False)),
        (p.DISCONNECT_CLIENTS, (False, False, False)),
    ],
)
def test_what_each_role_includes(connection, unassigned_member, permission, by_role):
    tie = factories.TeamAssignmentFactory(content_object=connection, user=unassigned_member)
    answers = []

    for role in (FULL, LIMITED, VIEW_ONLY):
        with factories.arranging():
            TeamAssignment.objects.filter(pk=tie.pk).update(role=role)
        answers.append(explain(unassigned_member, permission, connection).allowed)

    assert tuple(answers) == by_role


def test_limited_access_writes_notes_but_not_the_address(client, connection, unassigned_member):
    factories.TeamAssignmentFactory(content_object=connection, user=unassigned_member, role=LIMITED)
    client.force_login(unassigned_member)
    answers = {"contact_name": "Cara", "contact_email": "new@acme.test", "internal_notes": "Call"}

    client.post(f"/harbour/clients/{connection.pk}/edit/", {**answers, "version": 1})

    row = Connection.objects.get()
    assert (row.contact_name, row.contact_email, row.internal_notes) == ("Cara", "", "Call")


def test_the_overview_links_to_team_assignments(client, branch_owner, connection, url):
    client.force_login(branch_owner)

    html = client.get(f"/harbour/clients/{connection.pk}/").content.decode()

    assert f'href="{url}">Team Assignments</a>' in html
