"""The firm’s own clocks: Inactive, Dormant and usage, set apart from each other (C26, F-100a)."""

from datetime import timedelta

import pytest

from clients.filters import matching
from clients.models import Connection
from clients.models.clocks import USUAL, Clocks
from practice import clock
from practice.history import because
from practice.models import Firm
from tests import factories

LIST = "/harbour/clients/"


@pytest.fixture
def set_clocks(firm):
    def change(**days: int) -> Firm:
        with because("Arranged."):
            Firm.objects.filter(pk=firm.pk).update(**days)
        firm.refresh_from_db()
        return firm

    return change


@pytest.fixture
def quiet(branch):
    """A client who did nothing for 40 days, and booked no job for 10."""
    row = factories.ConnectionFactory(
        branch=branch, name="Quiet Ltd", last_activity_at=clock.now() - timedelta(days=40)
    )
    factories.UsageSnapshotFactory(connection=row, last_job_at=clock.now() - timedelta(days=10))
    return row


def names(client, query: str) -> list[str]:
    return [row.name for row in client.get(f"{LIST}{query}").context["page"].rows]


def test_without_changes_they_are_the_usual_ones(firm):
    assert Clocks.of(firm) == USUAL
    assert [label for _, label in USUAL.activity] == [
        "Active",
        "Inactive (30 days)",
        "Dormant (90 days)",
    ]


def test_the_list_and_its_words_follow(client, super_admin, quiet, set_clocks):
    client.force_login(super_admin)
    before = names(client, "?activity=inactive"), names(client, "?activity=active")
    bar = client.get(LIST).content.decode()

    set_clocks(inactive_days=41, dormant_days=50)

    assert before == (["Quiet Ltd"], [])
    assert names(client, "?activity=inactive") == []
    assert names(client, "?activity=active") == ["Quiet Ltd"]
    html = client.get(f"{LIST}?activity=inactive").content.decode()
    assert "Inactive (30 days)" in bar
    assert "Inactive (41 days)" in html
    assert "Dormant (50 days)" in html
    assert "30 days" not in html


def test_dormant_is_set_apart_from_inactive(client, super_admin, quiet, set_clocks):
    client.force_login(super_admin)

    set_clocks(dormant_days=40)

    assert names(client, "?activity=dormant") == ["Quiet Ltd"]
    assert names(client, "?activity=inactive") == []


def test_usage_follows_in_filter_column_and_export(client, super_admin, quiet, set_clocks):
    client.force_login(super_admin)
    before = names(client, "?usage=inactive"), "In-Active</span>" in table(client)

    set_clocks(usage_days=11)

    assert before == (["Quiet Ltd"], True)
    assert names(client, "?usage=active") == ["Quiet Ltd"]
    assert "In-Active</span>" not in table(client)


def table(client) -> str:
    html = client.get(f"{LIST}?column=usage").content.decode()
    return html.split('id="client-table"')[1]


def test_a_dashboard_counts_by_them(client, super_admin, quiet, set_clocks):
    client.force_login(super_admin)
    set_clocks(inactive_days=41, dormant_days=50)

    parts = client.get("/harbour/clients/portfolio/").context["parts"]
    parent = client.get("/harbour/parent/").context

    assert [(part.label, part.value) for part in parts] == [
        ("Active", 1),
        ("Inactive (41 days)", 0),
        ("Dormant (50 days)", 0),
    ]
    [figures] = parent["page"].rows
    assert (figures.clients["active"], figures.health) == (1, "No team")


def test_all_that_match_are_found_by_them(quiet, set_clocks):
    rows = Connection.objects.all()
    clocks = Clocks.of(set_clocks(inactive_days=41))

    assert list(matching("activity=inactive", rows)) == [quiet]
    assert list(matching("activity=inactive", rows, clocks)) == []


def test_another_firm_keeps_its_own(client, outsider, quiet, set_clocks):
    set_clocks(inactive_days=41)
    client.force_login(outsider)

    assert "Inactive (30 days)" in client.get("/southgate/clients/").content.decode()
