"""The panels of the branch dashboard (F-011, F-013, F-013c)."""

from datetime import date, timedelta

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from practice import clock
from tests import factories

PORTFOLIO = "/harbour/clients/portfolio/"
RECENT = "/harbour/clients/recent/"


@pytest.fixture
def dublin(firm):
    return factories.BranchFactory(firm=firm, name="Dublin", email="dublin@harbour.test")


def said(parts) -> dict[str, int]:
    return {part.label: part.value for part in parts}


def test_clients_by_status_model_and_activity(client, branch_owner, branch):
    now = timezone.now()
    for facts in (
        {"last_activity_at": now},
        {"last_activity_at": now - timedelta(31), "client_pays": True},
        {"paused": True},
        {"pending": True},
        {"disconnected": True, "client_pays": True},
    ):
        factories.ConnectionFactory(branch=branch, **facts)
    client.force_login(branch_owner)

    context = client.get(PORTFOLIO).context

    assert said(context["statuses"]) == {"Active": 2, "Paused": 1, "Pending": 1, "Disconnected": 1}
    assert said(context["models"]) == {"Bill Us": 3, "Client Pays": 1}
    assert said(context["parts"]) == {"Active": 1, "Inactive (30 days)": 1, "Dormant (90 days)": 2}
    assert context["counts"]["total"] == 4


def test_each_piece_leads_to_its_part_of_the_list(client, branch_owner, branch):
    factories.ConnectionFactory(branch=branch, paused=True, client_pays=True)
    client.force_login(branch_owner)
    context = client.get(PORTFOLIO).context

    for part in (*context["statuses"], *context["models"], *context["parts"]):
        rows = client.get(part.href).context["page"].rows

        assert len(rows) == part.value


def test_new_clients_of_twelve_months(client, branch_owner, branch):
    first = clock.today().replace(day=1)
    for day in (first, first - timedelta(1), first - timedelta(2), date(2001, 1, 1)):
        factories.ConnectionFactory(branch=branch, connected_on=day)
    client.force_login(branch_owner)

    months = client.get(PORTFOLIO).context["months"]
    html = client.get(PORTFOLIO, headers={"HX-Request": "true"}).content.decode()

    assert months.values == [0] * 10 + [2, 1]
    assert (len(months.labels), months.labels[-1]) == (12, f"{first:%b}")
    assert '<span id="client-hint" hidden>1 new this month</span>' in html
    assert "Show as table" in html


def test_the_chosen_branch_narrows_every_figure(client, super_admin, branch, dublin):
    mine = factories.ConnectionFactory(branch=dublin, client_pays=True)
    factories.ActivityEventFactory(connection=mine, text="In Dublin")
    other = factories.ConnectionFactory(branch=branch)
    factories.ActivityEventFactory(connection=other, text="In London")
    client.force_login(super_admin)
    client.post("/harbour/branch/", {"branch": dublin.pk})

    context, recent = client.get(PORTFOLIO).context, client.get(RECENT)

    assert (context["counts"]["total"], sum(context["months"].values)) == (1, 1)
    assert said(context["models"]) == {"Bill Us": 0, "Client Pays": 1}
    assert [event.text for event in recent.context["events"]] == ["In Dublin"]


def test_a_member_sees_their_own_scope(client, assigned_member, connection, branch):
    factories.ConnectionFactory.create_batch(2, branch=branch)
    client.force_login(assigned_member)

    context = client.get(PORTFOLIO).context

    assert (context["counts"]["total"], sum(context["months"].values)) == (1, 1)


def test_ten_events_newest_first(client, branch_owner, connection):
    made = factories.ActivityEventFactory.create_batch(12, connection=connection)
    client.force_login(branch_owner)

    events = client.get(RECENT).context["events"]

    assert list(events) == made[:1:-1]


def test_the_bar_of_the_list_counts_activity_alone(client, branch_owner, connection):
    client.force_login(branch_owner)

    context = client.get(PORTFOLIO, {"bar": "1"}).context

    assert context["counts"] == {"total": 1, "active": 0, "inactive": 0, "dormant": 1}
    assert "months" not in context


@pytest.mark.parametrize("url", [PORTFOLIO, RECENT])
def test_query_count_is_constant(client, branch_owner, branch, url, django_assert_num_queries):
    factories.ActivityEventFactory(connection__branch=branch)
    client.force_login(branch_owner)
    client.get(url)
    with CaptureQueriesContext(database) as few:
        client.get(url)
    factories.ActivityEventFactory.create_batch(3, connection__branch=branch)

    with django_assert_num_queries(len(few)):
        client.get(url)
