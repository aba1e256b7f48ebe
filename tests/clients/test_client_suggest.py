"""Suggestions, pickers, panels and row menus."""

import pytest
from django.utils import timezone

from clients.models import Connection
from tests import factories

HTMX = {"HX-Request": "true"}


@pytest.fixture
def signed_in(client, branch_owner):
    client.force_login(branch_owner)
    return client


def test_the_palette_puts_names_that_begin_so_first(signed_in, branch):
    factories.ConnectionFactory(branch=branch, name="Best Acme")
    factories.ConnectionFactory(branch=branch, name="Smith Acme")
    acme = factories.ConnectionFactory(branch=branch, name="Zz Acme")
    Connection.objects.filter(pk=acme.pk).update(name_sort="acme zz")

    response = signed_in.get("/harbour/clients/suggest/?q=acme", headers=HTMX)

    assert [row.pk for row in response.context["rows"]][0] == acme.pk
    assert "<html" not in response.content.decode()


def test_the_palette_says_when_nothing_matches(signed_in):
    html = signed_in.get("/harbour/clients/suggest/?q=xyz").content.decode()

    assert "No client matches" in html


def test_tag_options_are_narrowed_and_keep_what_is_chosen(signed_in, branch):
    vip = factories.TagFactory(firm=branch.firm, name="VIP")
    factories.TagFactory(firm=branch.firm, name="Seasonal")

    response = signed_in.get(f"/harbour/clients/filter/tag/?find=vi&tag={vip.pk}", headers=HTMX)

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
    response = signed_in.get(f"/harbour/clients/{connection.pk}/menu/", headers=HTMX)

    assert [entry.label for entry in response.context["entries"]] == [
        "View",
        "Edit Client",
        "Edit Tags",
        "Change Branch",
        "Team Assignments",
        "Access Settings",
        "Pause Relationship",
        "Disconnect Client",
    ]


def test_the_menu_says_what_one_may_not(client, viewer, connection):
    client.force_login(viewer)

    entries = client.get(f"/harbour/clients/{connection.pk}/menu/").context["entries"]

    assert {e.label: e.lacks for e in entries}["Edit Client"] == "Your role lacks “Update Clients”."
