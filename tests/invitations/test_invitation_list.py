"""Client Invitations in the sidebar and as a list, and those to past clients (F-111, F-112)."""

import csv
import html
import io
import re

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from invitations.models import ClientInvitation
from invitations.roles import InvitationStatus
from practice.history import because
from tests import factories

URL = "/harbour/invitations/"
BACK = f"{URL}reconnections/"


@pytest.fixture
def waiting(branch) -> ClientInvitation:
    return factories.ClientInvitationFactory(branch=branch, account__name="Hillside Hotel")


@pytest.fixture
def dublin(firm):
    return factories.BranchFactory(firm=firm, name="Dublin")


def badge(client) -> str:
    """The number beside the label, on another page of the firm; "" without one."""
    nav = client.get("/harbour/profile/").content.decode()
    found = re.search(r"Client Invitations ?(?:<span[^>]*>([\d,]+)<span[^>]*> pending)?", nav)
    assert found
    return found[1] or ""


@pytest.mark.parametrize(
    ("persona", "status"),
    [
        ("super_admin", 200),
        ("viewer", 200),
        ("assigned_member", 200),
        ("contact", 404),
        ("outsider", 404),
        ("operator", 404),
    ],
)
def test_who_may_open_it(persona_client, persona, status, branch):
    assert persona_client(persona).get(URL).status_code == status


def test_an_empty_list_says_what_fills_it(client, super_admin):
    client.force_login(super_admin)

    page = client.get(URL).content.decode()

    assert "<h1>Client Invitations</h1>" in page
    assert "No pending invitations" in page
    assert badge(client) == ""


def test_the_badge_counts_what_waits_and_goes_at_zero(client, branch_owner, branch, waiting):
    factories.ClientInvitationFactory(branch=branch, rejected=True)
    factories.ClientInvitationFactory(branch=branch, overdue=True)
    factories.ClientInvitationFactory()  # of another firm
    client.force_login(branch_owner)

    before = badge(client)
    with because("The client took it back."):
        ClientInvitation.objects.filter(pk=waiting.pk).update(status=InvitationStatus.CANCELLED)

    assert (before, badge(client)) == ("1", "")


@pytest.mark.parametrize(
    ("persona", "count"),
    [
        ("super_admin", "2"),
        ("viewer", "2"),
        ("branch_owner", "1"),
        ("assigned_member", ""),
        ("unassigned_member", ""),
    ],
)
def test_badge_and_list_are_of_the_branches_one_may_see(
    persona_client, persona, count, branch, waiting, dublin
):
    factories.ClientInvitationFactory(branch=dublin, account__name="Quays Cafe")
    client = persona_client(persona)

    page = client.get(URL).content.decode()

    assert badge(client) == count
    assert str(page.count(">Review<") or "") == count


def test_the_badge_takes_no_statement_of_its_own(client, branch_owner, branch):
    client.force_login(branch_owner)
    client.get("/harbour/profile/")
    with CaptureQueriesContext(database) as none:
        client.get("/harbour/profile/")
    for _ in range(3):
        factories.ClientInvitationFactory(branch=branch)

    with CaptureQueriesContext(database) as three:
        assert badge(client) == "3"

    assert len(none) == len(three)


def test_queries_do_not_grow(client, super_admin, branch, waiting):
    client.force_login(super_admin)
    client.get(URL)
    with CaptureQueriesContext(database) as one:
        client.get(URL)
    for _ in range(2):
        factories.ClientInvitationFactory(branch=branch)

    with CaptureQueriesContext(database) as three:
        client.get(URL)

    assert len(one) == len(three)


def test_the_filter_finds_by_words_way_and_status(client, super_admin, branch, waiting):
    factories.ClientInvitationFactory(branch=branch, external=True, account__name="Quays Cafe")
    factories.ClientInvitationFactory(branch=branch, rejected=True, account__name="No Thanks")
    factories.ClientInvitationFactory(branch=branch, overdue=True, account__name="Too Late")
    client.force_login(super_admin)

    def found(query: str) -> set[str]:
        page = client.get(URL + query).content.decode()
        names = {"Hillside Hotel", "Quays Cafe", "No Thanks", "Too Late"}
        return {name for name in names if name in page}

    assert found("") == {"Hillside Hotel", "Quays Cafe"}
    assert found("?q=hill") == {"Hillside Hotel"}
    assert found("?source=external") == {"Quays Cafe"}
    assert found("?status=rejected") == {"No Thanks"}
    assert found("?status=expired") == {"Too Late"}
    assert len(found("?status=all")) == 4
    assert client.get(f"{URL}?status=nonsense").status_code == 422
    assert "Nothing found" in client.get(f"{URL}?q=nobody").content.decode()


def test_the_export_has_what_the_filter_shows(client, super_admin, branch, waiting):
    factories.ClientInvitationFactory(branch=branch, rejected=True)
    client.force_login(super_admin)

    response = client.get(f"{URL}export/")

    text = b"".join(response.streaming_content).decode("utf-8-sig")
    lines = list(csv.reader(io.StringIO(text)))
    assert [line[0] for line in lines] == ["Company", "Hillside Hotel"]
    assert lines[1][3:6] == ["London", "Client Pays link", "Pending"]


def test_pages_by_keyset(client, super_admin, branch):
    for number in range(52):
        factories.ClientInvitationFactory(branch=branch, account__name=f"Company {number:02}")
    client.force_login(super_admin)

    first = client.get(URL).content.decode()
    there = re.search(r'href="([^"]+)" rel="next"|rel="next" href="([^"]+)"', first)
    assert there
    second = client.get(URL + html.unescape(there[1] or there[2])).content.decode()

    assert [page.count(">Review<") for page in (first, second)] == [50, 2]
    assert "Company 51" in first
    assert "Company 00" in second


def test_those_to_past_clients_have_a_tab(client, super_admin, outsider, branch):
    mine = factories.ReconnectInvitationFactory(
        connection__branch=branch, connection__name="Foxtrot Films"
    )
    factories.ReconnectInvitationFactory(connection__name="Of another firm")
    client.force_login(super_admin)

    page = client.get(BACK).content.decode()
    response = client.get(f"{BACK}export/")

    exported = b"".join(response.streaming_content).decode()
    for text in (page, exported):
        assert "Foxtrot Films" in text
        assert "Of another firm" not in text
    assert f"/harbour/clients/{mine.connection_id}/" in page


def test_those_to_clients_that_one_does_not_see_are_not_listed(client, unassigned_member, branch):
    factories.ReconnectInvitationFactory(
        connection__branch=branch, connection__name="Foxtrot Films"
    )
    client.force_login(unassigned_member)

    page = client.get(BACK).content.decode()

    assert "Foxtrot Films" not in page
    assert "No invitation to a past client" in page
