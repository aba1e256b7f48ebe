"""The timeline of the firm: events of the clients that one may see (F-093)."""

import csv
from datetime import timedelta

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from clients.models import EventKind
from practice.spreadsheets import BYTE_ORDER_MARK
from tests.factories import ActivityEventFactory, BranchFactory, ConnectionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def url(firm) -> str:
    return reverse("clients:activity-panel", kwargs={"firm_slug": firm.slug})


@pytest.fixture
def events(firm, branch, connection):
    elsewhere = ConnectionFactory(branch=BranchFactory(firm=firm), name="Liffey Boats")
    secret = ConnectionFactory(branch=branch, name="Secret Ltd", restricted=True)
    unassigned = ConnectionFactory(branch=branch, name="Unassigned Ltd")
    for number, row in enumerate((connection, elsewhere, secret, unassigned)):
        at = timezone.now() - timedelta(hours=number)
        ActivityEventFactory(connection=row, text=f"Event of {row.name}", at=at)
    ActivityEventFactory(text="Event of another firm")


@pytest.mark.parametrize(
    ("persona", "names"),
    [
        ("super_admin", ["Acme Bakery", "Liffey Boats", "Secret Ltd", "Unassigned Ltd"]),
        ("viewer", ["Acme Bakery", "Liffey Boats", "Unassigned Ltd"]),
        ("branch_owner", ["Acme Bakery", "Unassigned Ltd"]),
        ("assigned_member", ["Acme Bakery"]),
        ("unassigned_member", []),
    ],
)
def test_each_sees_their_clients(persona_client, url, events, persona, names):
    browser = persona_client(persona)

    page = browser.get(url).context["page"]
    export = b"".join(browser.get(f"{url}export/").streaming_content).decode()

    assert [event.connection.name for event in page.rows] == names
    lines = csv.DictReader(export.removeprefix(BYTE_ORDER_MARK).splitlines())
    assert [line["Client"] for line in lines] == names


@pytest.mark.parametrize(("persona", "status"), [("outsider", 404), ("contact", 404)])
def test_strangers_find_nothing(persona_client, url, events, persona, status):
    assert persona_client(persona).get(url).status_code == status
    assert persona_client(persona).get(f"{url}export/").status_code == status


def test_kinds_are_filtered_and_unknown_ones_ignored(client, url, connection, super_admin):
    for kind in (EventKind.EDITED, EventKind.ACCESS):
        ActivityEventFactory(connection=connection, kind=kind)
    client.force_login(super_admin)

    access = client.get(f"{url}?kind=access").context["page"]
    nonsense = client.get(f"{url}?kind=nonsense").context["page"]

    assert [event.kind for event in access.rows] == ["access"]
    assert len(nonsense) == 2


def test_htmx_gets_the_panel_and_links_lead_to_the_page(client, url, connection, super_admin):
    for _ in range(51):
        ActivityEventFactory(connection=connection)
    client.force_login(super_admin)

    panel = client.get(url, headers={"HX-Request": "true"})

    following = client.get(url).context["page"].next_url
    assert "<html" not in panel.text
    assert following.startswith(f"{url}?after=")
    assert f'href="{following}"' in panel.text
    assert len(client.get(following).context["page"]) == 1


def test_one_event_or_three_take_the_same_queries(client, url, connection, super_admin):
    client.force_login(super_admin)
    counts = []
    for _ in range(2):
        ActivityEventFactory(connection=connection)
        with CaptureQueriesContext(database) as queries:
            client.get(url)
        counts.append(len(queries))
        ActivityEventFactory(connection=connection)

    assert counts[0] == counts[1]
    assert counts[0] <= 12
