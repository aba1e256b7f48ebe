"""Access, Set Up Access and the access history (F-039, F-059)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from clients.models import AccessVisit, Connection, TeamAssignment
from clients.roles import AccessLevel, ClientRole
from practice.history import because
from tests import factories


@pytest.fixture
def url(connection) -> str:
    return f"/harbour/clients/{connection.pk}/"


def test_access_opens_the_account_and_records_the_visit(client, assigned_member, connection, url):
    client.force_login(assigned_member)

    response = client.post(f"{url}access/", follow=True)

    row = Connection.objects.get()
    assert response.redirect_chain[-1][0] == f"{url}dashboard/"
    assert "Account Owner Name" in response.content.decode()
    assert AccessVisit.objects.get().user == assigned_member
    assert row.last_accessed_at is not None
    assert row.last_activity_at is not None


def test_set_up_access_assigns_and_turns_into_access(client, branch_admin, connection, url):
    client.force_login(branch_admin)

    client.post(f"{url}set-up-access/")

    tie = TeamAssignment.objects.get()
    assert (tie.user, tie.role, tie.granted_by) == (branch_admin, ClientRole.FULL, branch_admin)
    assert client.post(f"{url}access/").status_code == 302


def test_set_up_access_twice_is_one_tie(client, branch_admin, connection, url):
    client.force_login(branch_admin)

    client.post(f"{url}set-up-access/")
    client.post(f"{url}set-up-access/")

    assert TeamAssignment.objects.count() == 1
    assert TeamAssignment.history.count() == 1


@pytest.mark.parametrize(
    ("persona", "access", "set_up"),
    [
        ("branch_admin", 403, 302),
        ("assigned_member", 302, 302),
        ("viewer", 403, 403),
        ("unassigned_member", 404, 404),
        ("outsider", 404, 404),
    ],
)
def test_who_may(persona_client, connection, url, persona, access, set_up):
    signed_in = persona_client(persona)

    assert signed_in.post(f"{url}access/").status_code == access
    assert signed_in.post(f"{url}set-up-access/").status_code == set_up


def test_access_after_sixty_idle_days_is_refused_to_the_second(
    client, assigned_member, connection, url
):
    client.force_login(assigned_member)
    limit = timezone.now() - timedelta(days=60)

    Connection.objects.update(last_accessed_at=limit)
    refused = client.post(f"{url}access/", follow=True)
    Connection.objects.update(last_accessed_at=limit + timedelta(minutes=1))
    opened = client.post(f"{url}access/", follow=True)

    assert "expired after 60 days" in refused.content.decode()
    assert opened.redirect_chain[-1][0] == f"{url}dashboard/"


def test_access_disabled_by_the_client_is_refused(client, assigned_member, connection, url):
    with because("The client switched access off"):
        Connection.objects.update(access_disabled_at=timezone.now())
    client.force_login(assigned_member)

    response = client.post(f"{url}access/", follow=True)

    assert "disabled" in response.content.decode()
    assert not AccessVisit.objects.exists()


def test_an_ended_tie_opens_nothing(client, branch, connection, unassigned_member, url):
    factories.TeamAssignmentFactory(content_object=connection, user=unassigned_member, ended=True)
    client.force_login(unassigned_member)

    assert client.post(f"{url}access/").status_code == 403


def test_the_history_names_grants_changes_and_revocations(
    client, branch_owner, super_admin, connection, url
):
    tie = factories.TeamAssignmentFactory(content_object=connection, user=branch_owner)
    with because("Holiday cover", by=super_admin):
        TeamAssignment.objects.update(role=ClientRole.VIEW_ONLY)
    with because("Cover ended", by=super_admin):
        tie.delete()
    with because("Agreed by phone", by=super_admin):
        Connection.objects.update(access_level=AccessLevel.VIEW_ONLY)
    client.force_login(branch_owner)

    changes = client.get(f"{url}access-history/").context["page"].rows

    assert [(c.what, c.role, c.by, c.reason) for c in changes] == [
        ("Client access level", "View Only", "Sana Super Admin", "Agreed by phone"),
        ("Revoked", "View Only", "Sana Super Admin", "Cover ended"),
        ("Changed", "View Only", "Sana Super Admin", "Holiday cover"),
        ("Granted", "Full Access", "The system", "Arranged by a test"),
        ("Client access level", "Full Access", "The system", "Arranged by a test"),
    ]


def test_the_history_is_exported(client, branch_owner, connection, url):
    client.force_login(branch_owner)

    response = client.get(f"{url}access-history/?format=csv")

    assert b"Client access level" in b"".join(response.streaming_content)
