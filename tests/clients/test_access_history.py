"""The access history of a client (F-059): everything that changed who has access, and why."""

from datetime import timedelta

import pytest

from clients.actions.access import set_up_access
from clients.actions.assignments import change_assignment, remove_assignment, set_primary
from clients.actions.expiry import sweep_expired
from clients.models import Connection, TeamAssignment
from clients.models.assignments import end_words
from clients.roles import ClientRole
from practice import clock
from practice.history import because
from tests import factories
from tests.conftest import a_colleague


@pytest.fixture
def url(connection) -> str:
    return f"/harbour/clients/{connection.pk}/access-history/"


@pytest.fixture
def history(client, branch_owner, url):
    """`history()`: (what, whom, role) of its lines, newest first, without the client's creation."""
    client.force_login(branch_owner)

    def read(**query):
        rows = client.get(url, query).context["page"].rows
        return [(row.what, row.whom, row.role) for row in rows if row.reason != ARRANGED]

    return read


ARRANGED = "Arranged by a test"


@pytest.fixture
def mia(branch):
    return a_colleague(branch, "Mia London Member")


def test_every_change_of_an_assignment(history, connection, branch_admin, mia):
    end = clock.now() + timedelta(days=9)
    tie = factories.TeamAssignmentFactory(content_object=connection, user=mia, reason="Year end")
    change_assignment(connection, mia, role=ClientRole.LIMITED, ends_at=end, by=branch_admin)
    set_primary(connection, mia, by=branch_admin)
    set_primary(connection, None, by=branch_admin)
    remove_assignment(connection, mia, by=branch_admin, reason="Cover ended")

    until = end_words(tie.history.filter(ends_at__isnull=False)[0].ends_at)
    assert history() == [
        ("Revoked", "Mia London Member", "Limited Access"),
        ("No longer primary accountant", "Mia London Member", "Limited Access"),
        ("Made primary accountant", "Mia London Member", "Limited Access"),
        ("Changed", "Mia London Member", "Limited Access"),
        ("End date changed", "Mia London Member", f"until {until}"),
        ("Granted", "Mia London Member", "Full Access"),
    ]


def test_an_agreed_end_is_called_so(history, connection, mia):
    factories.TeamAssignmentFactory(content_object=connection, user=mia, ended=True)
    sweep_expired()

    assert history()[0] == ("Ended as agreed", "Mia London Member", "Full Access")


def test_a_transfer_and_what_it_ended(client, history, super_admin, connection, mia):
    dublin = factories.BranchFactory(firm=connection.firm, name="Dublin")
    factories.TeamAssignmentFactory(content_object=connection, user=mia)
    client.force_login(super_admin)
    client.post(f"/harbour/clients/{connection.pk}/change-branch/", {"branch": dublin.pk})

    assert set(history()) == {
        ("Transferred", "Client", "Dublin"),
        ("Ended by transfer", "Mia London Member", "Full Access"),
    }


def test_leaving_the_branch_is_named(client, history, super_admin, branch, connection, mia):
    factories.TeamAssignmentFactory(content_object=connection, user=mia)
    member = mia.team_members.get()
    client.force_login(super_admin)
    client.post(f"/harbour/team/{member.pk}/branches/{branch.pk}/remove/", {"reason": "Moved"})

    assert history() == [("Ended by leaving the branch", "Mia London Member", "Full Access")]


def test_the_restriction_is_told_on_and_off(history, super_admin, connection):
    for is_restricted in (True, False):
        with because("Board matter", by=super_admin):
            Connection.objects.update(is_restricted=is_restricted)

    assert history() == [("Restriction lifted", "Client", "–"), ("Restricted", "Client", "–")]


def test_what_has_nothing_to_do_with_access_is_left_out(history, connection, super_admin, mia):
    factories.TeamAssignmentFactory(content_object=connection, user=mia)
    with because("Edited the client's details.", by=super_admin):
        Connection.objects.update(contact_name="Cara")
        TeamAssignment.objects.update(reason="Another reason")

    assert history() == []


def test_by_person(client, history, connection, branch_admin, mia, url):
    remove_assignment(connection, mia, by=branch_admin, reason="")
    set_up_access(connection, by=branch_admin)
    factories.TeamAssignmentFactory(content_object=connection, user=mia)
    remove_assignment(connection, mia, by=branch_admin, reason="Gone")

    assert {whom for _, whom, _ in history(person=mia.pk)} == {"Mia London Member"}
    assert {whom for _, whom, _ in history(person="999999")} >= {"Adam London Admin"}
    assert {whom for _, whom, _ in history(person="nonsense")} >= {"Adam London Admin"}
    exported = client.get(url, {"person": mia.pk, "format": "csv"})
    text = b"".join(exported.streaming_content).decode()
    assert "Mia London Member" in text
    assert "Adam London Admin,Full" not in text


def test_pages_of_fifty_and_a_steady_number_of_queries(
    client, branch_owner, connection, mia, url, django_assert_num_queries
):
    client.force_login(branch_owner)
    tie = factories.TeamAssignmentFactory(content_object=connection, user=mia)
    with django_assert_num_queries(QUERIES):
        client.get(url)
    for number in range(60):
        with factories.arranging():
            role = (ClientRole.LIMITED, ClientRole.FULL)[number % 2]
            TeamAssignment.objects.filter(pk=tie.pk).update(role=role)

    with django_assert_num_queries(QUERIES):
        page = client.get(url).context["page"]

    assert (len(page.rows), page.total, page.next_url) == (50, 62, "?page=2")


QUERIES = 16


def test_the_filter_answers_htmx_with_the_table_alone(client, branch_owner, connection, url):
    client.force_login(branch_owner)

    html = client.get(url, headers={"HX-Request": "true"}).content.decode()

    assert html.lstrip().startswith('<div id="changes"')
