"""Suggestions, pickers, panels and row menus."""

import pytest
from django.utils import timezone

from tests import factories

HTMX = {"HX-Request": "true"}


@pytest.fixture
def signed_in(client, branch_owner):
    client.force_login(branch_owner)
    return client


def test_the_palette_puts_names_that_begin_so_first(signed_in, branch):
    factories.ConnectionFactory(branch=branch, name="Best Acme")
    for number in range(8):
        factories.ConnectionFactory(branch=branch, name=f"Aa Acme {number}")
    factories.ConnectionFactory(branch=branch, name="Acmé Bakery", search_text="acme bakery")

    names = [r.name for r in signed_in.get("/harbour/clients/suggest/?q=acm").context["rows"]]

    assert names[:2] == ["Acmé Bakery", "Aa Acme 0"]
    assert len(names) == 8


def test_htmx_gets_fragments_without_the_frame(signed_in, connection):
    pages = ("suggest/?q=acme", "filter/tag/", "filter/branch/", "recent/", "portfolio/", "views/")

    for page in (*pages, f"{connection.pk}/menu/"):
        html = signed_in.get(f"/harbour/clients/{page}", headers=HTMX).content.decode()

        assert "<html" not in html


def test_the_palette_says_when_nothing_matches(signed_in):
    html = signed_in.get("/harbour/clients/suggest/?q=xyz").content.decode()

    assert "No client matches" in html


def test_tag_options_are_narrowed_and_keep_what_is_chosen(signed_in, branch):
    vip = factories.TagFactory(firm=branch.firm, name="VIP")
    factories.TagFactory(firm=branch.firm, name="Seasonal")

    response = signed_in.get(f"/harbour/clients/filter/tag/?find=vi&tag={vip.pk}")

    assert response.context["options"] == [(vip.pk, "VIP", True)]


def test_branch_options_are_those_one_works_in(signed_in, branch):
    factories.BranchFactory(firm=branch.firm, name="Dublin")

    response = signed_in.get("/harbour/clients/filter/branch/")

    assert [name for _, name, _ in response.context["options"]] == ["London"]


def test_the_portfolio_counts_the_scope(client, assigned_member, branch):
    factories.ConnectionFactory(branch=branch, last_activity_at=timezone.now())
    client.force_login(assigned_member)

    counts = client.get("/harbour/clients/portfolio/").context["counts"]

    assert counts == {
        "active": 0, "inactive": 0, "dormant": 1, "total": 1, "paused": 0, "disconnected": 0,
        "running": 1, "pending": 0, "reconnecting": 0, "bill_us": 1, "client_pays": 0, "new": 1,
    }  # fmt: skip


def test_recent_events_stay_within_the_scope(client, assigned_member, connection, branch):
    factories.ActivityEventFactory(connection=connection, text="Seen")
    other = factories.ConnectionFactory(branch=branch)
    factories.ActivityEventFactory(connection=other, text="Unseen")
    client.force_login(assigned_member)

    html = client.get("/harbour/clients/recent/").content.decode()

    assert "Seen" in html
    assert "Unseen" not in html


def test_the_row_menu_has_the_quick_actions(signed_in, connection):
    response = signed_in.get(f"/harbour/clients/{connection.pk}/menu/")

    assert [entry.label for entry in response.context["entries"]] == [
        "View",
        "Edit Client",
        "Edit Tags",
        "Change Branch",
        "Team Assignments",
        "Access Settings",
        "Pause Relationship",
        "Disconnect Client",
        "Handover pack",
        "Hand over account",
        "Switch Billing Model",
    ]


def test_the_menu_says_what_one_may_not(client, viewer, connection):
    client.force_login(viewer)

    entries = client.get(f"/harbour/clients/{connection.pk}/menu/").context["entries"]

    assert {e.label: e.lacks for e in entries}["Edit Client"] == "Your role lacks “Update Clients”."
