"""The parent dashboard (F-014…F-015a)."""

from datetime import date, timedelta

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clients.models import Connection
from tests import factories

URL = "/harbour/parent/"
EXPORT = "/harbour/parent/export/"


@pytest.fixture
def dublin(firm):
    return factories.BranchFactory(firm=firm, name="Dublin", currency="EUR", email="d@harbour.test")


@pytest.fixture
def portfolio(branch, dublin, branch_owner, assigned_member, connection):
    """London: Acme active, one paused, one gone. Dublin: two that pay themselves, no team."""
    with factories.arranging():
        Connection.objects.update(last_activity_at=timezone.now())
    factories.ConnectionFactory(branch=branch, name="Echo Farms", paused=True)
    factories.ConnectionFactory(branch=branch, name="Foxtrot Films", disconnected=True)
    factories.ConnectionFactory.create_batch(2, branch=dublin, client_pays=True)


@pytest.mark.parametrize(
    ("persona", "status"),
    [
        ("super_admin", 200),
        ("billing_admin", 200),
        ("viewer", 200),
        ("branch_owner", 403),
        ("branch_admin", 403),
        ("assigned_member", 403),
        ("contact", 404),
        ("outsider", 404),
        ("operator", 404),
    ],
)
def test_the_link_is_there_for_whom_the_page_opens(persona_client, persona, status, branch):
    """F-014."""
    client = persona_client(persona)

    assert [client.get(url).status_code for url in (URL, EXPORT)] == [status, status]
    dashboard = client.get("/harbour/").content.decode()
    assert (f'href="{URL}">View Parent Dashboard</a>' in dashboard) is (status == 200)


def test_cards(client, super_admin, viewer, portfolio):
    client.force_login(super_admin)

    html = client.get(URL).content.decode()

    for label, figure, hint in (
        ("Total Branches", "2", "1 no team · 1 healthy"),
        ("Total Clients", "4", "3 active · 1 paused"),
        (
            "Total Team Members",
            "4",
            "1 Super Admin · 1 Viewer · 1 Branch Owner · 1 Branch Member",
        ),
    ):
        card = f'<span>{label}</span><b>{figure}</b><span class="hint">{hint}</span>'
        assert card in html


def test_the_overview_says_what_each_branch_has(client, super_admin, portfolio):
    client.force_login(super_admin)

    page = client.get(URL).context["page"]

    found = [
        (one.branch.name, one.health, one.clients["running"], one.clients["paused"], one.team)
        for one in page
    ]
    assert found == [("Dublin", "No team", 2, 0, 0), ("London", "Healthy", 1, 1, 2)]
    assert page.rows[0].last_activity_at is None
    assert page.rows[1].last_activity_at is not None


@pytest.mark.parametrize(("days", "health"), [(29, "Healthy"), (30, "Quiet for 30 days")])
def test_a_branch_is_quiet_after_thirty_days(
    client, super_admin, branch_owner, connection, days, health
):
    with factories.arranging():
        Connection.objects.update(last_activity_at=timezone.now() - timedelta(days))
    client.force_login(super_admin)

    [one] = client.get(URL).context["page"]

    assert one.health == health


def test_a_branch_without_clients_says_so(client, super_admin, branch):
    client.force_login(super_admin)

    [one] = client.get(URL).context["page"]

    assert (one.health, one.health_tone) == ("No clients yet", "mute")


def test_opening_a_branch_chooses_it(client, super_admin, dublin):
    """The button of a line is the selector's own."""
    client.force_login(super_admin)
    html = client.get(URL).content.decode()
    assert f'name="branch" value="{dublin.pk}" aria-label="Open Dublin"' in html

    page = client.post("/harbour/branch/", {"branch": dublin.pk, "next": "/harbour/"}, follow=True)

    assert "<h1>Dublin</h1>" in page.content.decode()


def test_the_selector_does_not_narrow_it(client, super_admin, portfolio, dublin):
    client.force_login(super_admin)
    client.post("/harbour/branch/", {"branch": dublin.pk})

    assert len(client.get(URL).context["page"]) == 2


def test_the_bill_is_panels_of_all_branches(client, super_admin, portfolio):
    """F-015, F-015a: the selector does not narrow them."""
    client.force_login(super_admin)

    html = client.get(URL).content.decode()

    assert 'hx-get="/harbour/billing/estimate/?branches=all"' in html
    assert 'hx-get="/harbour/billing/overview/"' in html
    assert "No charges yet" not in html


def test_activity_of_every_branch_newest_first(client, super_admin, portfolio):
    for row in Connection.objects.order_by("pk"):
        factories.ActivityEventFactory.create_batch(3, connection=row)
    client.force_login(super_admin)

    events = client.get(URL).context["events"]

    assert len(events) == 10
    assert {event.connection.branch.name for event in events} == {"Dublin", "London"}
    assert [e.pk for e in events] == sorted((e.pk for e in events), reverse=True)


def test_charts_have_their_figures_in_tables(client, super_admin, portfolio):
    client.force_login(super_admin)

    html = client.get(URL).content.decode()

    for title in ("Clients by branch", "New clients by month", "Activity by branch"):
        assert f'<caption class="vh">{title}</caption>' in html


def test_a_restricted_client_counts_for_those_who_see_it(persona_client, branch):
    factories.ConnectionFactory(branch=branch, restricted=True)

    totals = [
        persona_client(persona).get(URL).context["total"]["total"]
        for persona in ("super_admin", "viewer")
    ]

    assert totals == [1, 0]


def test_another_firm_counts_for_nothing(client, super_admin, outsider):
    client.force_login(super_admin)

    context = client.get(URL).context

    assert (len(context["page"]), context["total"]["total"], context["team"].total) == (0, 0, 1)


def test_a_firm_without_branches_is_told_what_comes_first(client, super_admin):
    client.force_login(super_admin)

    html = client.get(URL).content.decode()

    assert "No branches yet" in html
    assert "/harbour/branches/add/" in html


def test_people_who_left_and_archived_branches_are_left_out(
    client, super_admin, branch_owner, firm
):
    factories.BranchFactory(firm=firm, archived=True)
    with factories.arranging():
        branch_owner.team_members.update(is_active=False)
    client.force_login(super_admin)

    context = client.get(URL).context

    assert [(one.branch.name, one.team) for one in context["page"]] == [("London", 0)]
    assert context["team"].by_role == [("Super Admin", 1)]


def test_many_branches_have_pages_and_one_total(client, super_admin, firm):
    for number in range(51):
        factories.BranchFactory(firm=firm, name=f"Branch {number:02}")
    client.force_login(super_admin)

    first, second = client.get(URL), client.get(URL, {"page": "2"})

    assert (first.context["page"].label, first.context["page"].next_url) == (
        "1–50 of 51",
        "?page=2",
    )
    assert [one.branch.name for one in second.context["page"]] == ["Branch 50"]
    assert first.context["by_status"]["title"] == "Clients by branch, the largest 8"


def test_the_export_holds_every_branch(client, viewer, portfolio):
    client.force_login(viewer)

    response = client.get(EXPORT)

    text = b"".join(response.streaming_content).decode("utf-8-sig")
    header, dublin, london = text.splitlines()
    assert header.startswith("Branch,Branch email,Country,Currency,Health,Active clients,")
    assert dublin == "Dublin,d@harbour.test,United Kingdom,EUR,No team,2,0,0,0,2,0,"
    assert london.startswith("London,london@harbour.test,United Kingdom,GBP,Healthy,1,1,1,2,0,2,20")


def test_no_name_becomes_a_formula(client, super_admin, firm):
    factories.BranchFactory(firm=firm, name="=1+1")
    client.force_login(super_admin)

    assert "'=1+1" in b"".join(client.get(EXPORT).streaming_content).decode()


def test_names_stay_text(client, super_admin, firm):
    branch = factories.BranchFactory(firm=firm, name="<b>Bold</b>")
    factories.ActivityEventFactory(connection__branch=branch, text="<i>x</i>")
    client.force_login(super_admin)

    html = client.get(URL).content.decode()

    assert "<b>Bold" not in html
    assert "<i>x" not in html


def test_query_count_is_the_same_for_one_branch_and_for_three(
    client, super_admin, portfolio, firm, django_assert_num_queries
):
    client.force_login(super_admin)
    client.get(URL)
    with CaptureQueriesContext(database) as few:
        client.get(URL)
    for name in ("Leeds", "York"):
        branch = factories.BranchFactory(firm=firm, name=name)
        connection = factories.ConnectionFactory(branch=branch, connected_on=date(2026, 1, 1))
        factories.BranchMembershipFactory(branch=branch)
        factories.ActivityEventFactory(connection=connection)

    with django_assert_num_queries(len(few)):
        client.get(URL)
    assert len(few) <= 14
