"""The Alerts page, its badge, and what is done about alerts (F-100, F-101)."""

import csv
import re
from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.db import connection as database
from django.db.utils import IntegrityError
from django.test.utils import CaptureQueriesContext

from clients.actions.alerts import assign_alert
from clients.actions.offboarding import offboard_member
from clients.models import Alert, AlertKind, AlertState
from clients.permissions import CROSS_BRANCH, VIEW_ALL_CLIENTS, VIEW_ASSIGNED_CLIENTS
from clients.roles import ClientRole
from practice import clock
from practice.errors import Refused
from practice.models.arrivals import arrive
from practice.permissions import Standing
from tests import factories

URL = "/harbour/alerts/"
STATES = {"open": {}, "acknowledged": {"acknowledged": True}, "snoozed": {"snoozed": True}}


@pytest.fixture
def alert(connection) -> Alert:
    return factories.AlertFactory(connection=connection)


def badge(client) -> str:
    html = client.get("/harbour/profile/").content.decode()
    found = re.search(r'Alerts <span class="tag">([^<]+)<', html)
    return found[1] if found else ""


def shown(client, query: str = "") -> list[Alert]:
    return client.get(f"{URL}{query}").context["page"].rows


def act(client, what: str, *alerts: Alert, **facts):
    return client.post(f"{URL}{what}/", {"alert": [one.pk for one in alerts], **facts})


# The list and the badge


def test_alerts_of_my_clients_newest_first(client, branch_owner, alert, connection):
    newer = factories.AlertFactory(connection=connection, kind=AlertKind.BANK_EXPIRED, detail="Bar")
    client.force_login(branch_owner)

    html = client.get(URL).content.decode()

    assert shown(client) == [newer, alert]
    for words in ("Acme Bakery", "Expired: Bar", "For 30 days or more", "2 open"):
        assert words in html
    assert badge(client) == "2"


@pytest.mark.parametrize("state", [*STATES, "resolved"])
def test_each_state_has_a_list_and_open_ones_the_badge(client, branch_owner, branch, state):
    rows = {
        name: factories.AlertFactory(connection__branch=branch, **facts)
        for name, facts in {**STATES, "resolved": {"resolved": True}}.items()
    }
    client.force_login(branch_owner)

    assert shown(client, f"?state={state}") == [rows[state]]
    assert rows[state].state == AlertState(state)
    assert badge(client) == "1"


def test_filters_by_kind_branch_and_mine(client, super_admin, branch, alert):
    dublin = factories.BranchFactory(firm=branch.firm)
    bank = factories.AlertFactory(connection__branch=branch, kind=AlertKind.BANK_EXPIRED)
    away = factories.AlertFactory(connection__branch=dublin, assignee=super_admin)
    client.force_login(super_admin)

    assert shown(client, "?kind=bank_expired") == [bank]
    assert shown(client, f"?branch={dublin.pk}") == [away]
    assert shown(client, "?mine=on") == [away]
    assert shown(client, "?kind=nonsense&branch=x&state=") == [away, bank, alert]


def test_the_branch_of_the_selector_narrows_unless_the_filter_says_which(
    client, super_admin, branch, alert
):
    dublin = factories.BranchFactory(firm=branch.firm)
    away = factories.AlertFactory(connection__branch=dublin)
    client.force_login(super_admin)
    client.post("/harbour/branch/", {"branch": dublin.pk, "next": "/harbour/"})

    assert shown(client) == [away]
    assert shown(client, "?branch=all") == [away, alert]


def test_paused_clients_are_muted(client, branch_owner, branch):
    factories.AlertFactory(connection=factories.ConnectionFactory(branch=branch, paused=True))
    client.force_login(branch_owner)

    assert (shown(client), badge(client)) == ([], "")


def test_a_hundred_are_said_to_be_more_than_99(client, branch_owner, branch):
    for _ in range(99):
        factories.AlertFactory(connection__branch=branch)
    client.force_login(branch_owner)
    before = badge(client)
    factories.AlertFactory(connection__branch=branch)

    assert (before, badge(client)) == ("99", "99+")


def test_pages_by_keyset(client, branch_owner, branch):
    rows = [factories.AlertFactory(connection__branch=branch) for _ in range(60)][::-1]
    client.force_login(branch_owner)

    first = client.get(URL).context["page"]
    second = client.get(f"{URL}{first.next_url}").context["page"]

    assert (first.rows, second.rows) == (rows[:50], rows[50:])
    assert (first.label, second.label) == ("1–50 of 60", "51–60 of 60")


def test_query_counts_are_pinned(client, branch_owner, branch):
    client.force_login(branch_owner)
    counts = []
    for _ in range(2):
        factories.AlertFactory(connection__branch=branch, assignee=branch_owner)
        with CaptureQueriesContext(database) as queries:
            client.get(URL)
        counts.append(len(queries))
        for _ in range(3):
            factories.AlertFactory(connection__branch=branch)

    assert counts[0] == counts[1] <= 10


def test_the_badge_takes_no_statement_of_its_own(client, branch_owner, branch):
    client.force_login(branch_owner)
    counts = []

    for _ in range(2):
        with CaptureQueriesContext(database) as queries:
            client.get("/harbour/profile/")
        counts.append(len(queries))
        factories.AlertFactory(connection__branch=branch)

    assert counts[0] == counts[1]
    assert badge(client) == "2"


@pytest.fixture
def scopes(branch, connection):
    """Alerts of clients that are plain, restricted, tied and away, in every mixture."""
    dublin = factories.BranchFactory(firm=branch.firm)
    return [
        factories.AlertFactory(
            connection=factories.ConnectionFactory(branch=place, is_restricted=is_restricted)
        )
        for place in (branch, dublin)
        for is_restricted in (False, True)
        for _ in range(2)
    ]


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize(
    "rights",
    [
        {},
        {"added": [VIEW_ALL_CLIENTS]},
        {"added": [CROSS_BRANCH]},
        {"withdrawn": [VIEW_ALL_CLIENTS]},
        {"withdrawn": [VIEW_ASSIGNED_CLIENTS]},
        {"withdrawn": [VIEW_ASSIGNED_CLIENTS], "added": [CROSS_BRANCH]},
    ],
)
@pytest.mark.parametrize("role", ["owner", "admin", "member"])
@pytest.mark.parametrize("parent_role", ["", "super_admin", "billing_admin", "viewer"])
def test_badge_and_list_agree_for_everybody(
    firm, branch, scopes, as_nobody, parent_role, role, rights, tied
):
    member = factories.TeamMemberFactory(firm=firm, parent_role=parent_role)
    factories.BranchMembershipFactory(member=member, branch=branch, role=role, **rights)
    if tied:
        for one in scopes[::2]:
            factories.TeamAssignmentFactory(content_object=one.connection, user=member.user)

    with as_nobody():
        arrival = arrive(member.user_id, firm.slug)

    standing: Standing = arrival.standing
    seen = Alert.objects.visible_to(standing).in_state(AlertState.OPEN)
    assert arrival.alerts == seen.count()


def test_of_another_firm_nothing_is_seen(client, outsider, super_admin, alert):
    client.force_login(outsider)
    assert shown_by(client, "southgate") == []

    client.force_login(super_admin)
    theirs = factories.AlertFactory()

    assert act(client, "acknowledge", alert, theirs).status_code == 404
    assert Alert.objects.filter(acknowledged_at__isnull=False).count() == 0


def shown_by(client, slug: str) -> list[Alert]:
    return client.get(f"/{slug}/alerts/").context["page"].rows


def test_the_export_has_what_the_list_has(client, branch_owner, alert, branch):
    factories.AlertFactory(connection__branch=branch, resolved=True)
    client.force_login(branch_owner)

    body = b"".join(client.get(f"{URL}export/?state=open").streaming_content).decode("utf-8-sig")

    header, line = csv.reader(StringIO(body))
    assert (header[0], line[0]) == ("Client", "Acme Bakery")
    assert line[3:5] == ["Client hasn’t logged in", "For 30 days or more"]


def test_an_empty_list_says_what_would_fill_it(client, branch_owner, branch):
    client.force_login(branch_owner)

    assert "No open alerts" in client.get(URL).content.decode()
    assert "Nothing found" in client.get(f"{URL}?mine=on").content.decode()
    assert "Nothing here" in client.get(f"{URL}?state=snoozed").content.decode()


# Acknowledge, snooze, assign


def test_acknowledged_it_leaves_the_badge_and_can_be_undone(client, assigned_member, alert):
    client.force_login(assigned_member)

    response = act(client, "acknowledge", alert, filters="kind=no_login&evil=1")

    alert.refresh_from_db()
    assert response["Location"] == f"{URL}?kind=no_login&did=acknowledged&undo={alert.pk}"
    assert (alert.acknowledged_by, badge(client)) == (assigned_member, "")
    turn = Alert.history.filter(id=alert.pk).latest("history_id")
    assert turn.history_change_reason == "Acknowledged an alert."
    assert turn.history_user == assigned_member
    html = client.get(response["Location"]).content.decode()
    assert "1 alert acknowledged." in html

    act(client, "reopen", alert)

    assert badge(client) == "1"


def test_snoozed_14_days_it_is_gone_and_back_after(client, assigned_member, alert):
    client.force_login(assigned_member)
    before = clock.now()

    act(client, "snooze", alert, days="14")

    alert.refresh_from_db()
    end = alert.snoozed_until
    assert timedelta() <= end - before - timedelta(days=14) < timedelta(minutes=1)
    assert (shown(client), badge(client)) == ([], "")
    seen = []
    for at in (end - timedelta(seconds=1), end):
        with time_machine.travel(at, tick=False):
            client.force_login(assigned_member)
            seen.append((len(shown(client)), badge(client)))
    assert seen == [(0, ""), (1, "1")]


@pytest.mark.parametrize("days", ["", "0", "91", "soon"])
def test_a_snooze_that_cannot_be_is_said(client, assigned_member, alert, days):
    client.force_login(assigned_member)

    response = client.post(f"{URL}snooze/", {"alert": alert.pk, "days": days}, follow=True)

    alert.refresh_from_db()
    assert alert.snoozed_until is None
    assert 'class="alert error"' in response.content.decode()


def test_nothing_ticked_is_said(client, assigned_member, alert):
    client.force_login(assigned_member)

    html = client.post(f"{URL}acknowledge/", follow=True).content.decode()

    assert "Tick at least one alert." in html


def test_many_at_once_and_what_may_not_is_said(client, branch, alert, assigned_member):
    other = factories.AlertFactory(connection__branch=branch)
    factories.TeamAssignmentFactory(
        content_object=other.connection, user=assigned_member, role=ClientRole.VIEW_ONLY
    )
    client.force_login(assigned_member)

    response = client.post(f"{URL}acknowledge/", {"alert": [alert.pk, other.pk]}, follow=True)

    html = response.content.decode()
    states = [Alert.objects.get(pk=one.pk).state for one in (alert, other)]
    assert states == [AlertState.ACKNOWLEDGED, AlertState.OPEN]
    assert "One alert is not changed." in html
    assert "1 alert acknowledged." in html


@pytest.mark.parametrize("what", ["acknowledge", "snooze", "reopen"])
@pytest.mark.parametrize("persona", ["viewer", "billing_admin"])
def test_who_only_reads_changes_nothing(client, request, alert, what, persona):
    client.force_login(request.getfixturevalue(persona))

    act(client, what, alert, days="3")

    alert.refresh_from_db()
    assert alert.state == AlertState.OPEN
    assert Alert.history.filter(id=alert.pk).count() == 1


@pytest.mark.parametrize("what", ["acknowledge", "snooze", "reopen"])
def test_what_one_does_not_see_is_404(client, unassigned_member, alert, what):
    client.force_login(unassigned_member)

    assert act(client, what, alert, days="3").status_code == 404


def test_a_resolved_one_stays_as_it_is(client, assigned_member, connection):
    alert = factories.AlertFactory(connection=connection, resolved=True)
    client.force_login(assigned_member)

    act(client, "snooze", alert, days="3")

    alert.refresh_from_db()
    assert (alert.state, alert.snoozed_until) == (AlertState.RESOLVED, None)


def test_assigned_to_somebody_who_sees_the_client(
    client, branch_admin, assigned_member, unassigned_member, alert
):
    client.force_login(branch_admin)
    url = f"{URL}{alert.pk}/assign/"

    client.post(url, {"assignee": assigned_member.pk})
    refused = client.post(url, {"assignee": unassigned_member.pk})

    alert.refresh_from_db()
    assert alert.assignee == assigned_member
    assert refused.status_code == 422
    assert "may not see the client" in refused.content.decode()
    client.force_login(assigned_member)
    assert shown(client, "?mine=on") == [alert]
    client.post(url, {"assignee": ""})
    alert.refresh_from_db()
    assert alert.assignee is None


def test_who_lost_the_client_meanwhile_is_refused(alert, assigned_member, unassigned_member):
    with pytest.raises(Refused, match="may not see this client"):
        assign_alert(alert, to=assigned_member, by=unassigned_member)


def test_assigning_twice_leaves_one_trace(alert, branch_admin, assigned_member):
    for _ in range(2):
        assign_alert(alert, to=assigned_member, by=branch_admin)

    assert Alert.history.filter(id=alert.pk).count() == 2


def test_its_page_has_the_facts_and_the_history(client, assigned_member, alert):
    client.force_login(assigned_member)
    url = f"{URL}{alert.pk}/"

    response = client.post(
        f"{URL}snooze/", {"alert": alert.pk, "days": "1", "back": "alert"}, follow=True
    )

    html = response.content.decode()
    assert response.redirect_chain[-1][0] == url
    for words in (
        "One alert is snoozed.",
        "Snoozed until",
        "Snoozed an alert for 1 day.",
        "Reopen",
    ):
        assert words in html


@pytest.mark.parametrize("tab", ["activity", "dashboard"])
def test_the_clients_own_pages_show_what_lasts(client, assigned_member, connection, alert, tab):
    factories.AlertFactory(connection=connection, kind=AlertKind.BANK_EXPIRED, resolved=True)
    client.force_login(assigned_member)

    html = client.get(f"/harbour/clients/{connection.pk}/{tab}/").content.decode()

    assert f'href="{URL}{alert.pk}/"' in html
    assert "Banking connection expired" not in html


def test_an_alert_moves_with_its_client(client, super_admin, branch, connection, alert):
    dublin = factories.BranchFactory(firm=branch.firm)
    client.force_login(super_admin)

    client.post(
        f"/harbour/clients/{connection.pk}/change-branch/",
        {"branch": dublin.pk, "reason": "Moved"},
    )

    alert.refresh_from_db()
    assert alert.branch_id == connection.__class__.objects.get(pk=connection.pk).branch_id
    assert alert.branch == dublin


def test_there_is_one_of_a_kind_while_it_lasts(connection, alert):
    with pytest.raises(IntegrityError, match="alert_open_once_per_client"):
        factories.AlertFactory(connection=connection)


def test_what_a_leaver_had_is_nobodys_again(alert, branch_admin, super_admin, assigned_member):
    assign_alert(alert, to=assigned_member, by=branch_admin)

    offboard_member(assigned_member.team_members.get(), {}, by=super_admin, reason="Retired")

    alert.refresh_from_db()
    assert alert.assignee is None
    assert Alert.history.filter(id=alert.pk).latest("history_id").history_user == super_admin
