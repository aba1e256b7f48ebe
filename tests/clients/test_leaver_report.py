"""Reports > Leaver report: every client of one person, running and ended (F-224)."""

import csv
import io
from datetime import timedelta

import pytest

from clients.actions.assignments import end_assignments
from clients.models import TeamAssignment
from clients.views import leaver_report
from practice import clock
from practice.actions.team import deactivate_member
from practice.history import because
from practice.models import BranchMembership
from tests import factories

LIST = "/harbour/reports/leaver/"


@pytest.fixture
def url(assigned_member) -> str:
    return f"{LIST}{assigned_member.team_members.get().pk}/"


def rows(response) -> list[list[str]]:
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def granted_by(user) -> None:
    with because("Arranged by a test"):
        TeamAssignment.objects.update(granted_by=user, reason="Takes over the books.")


def test_every_client_with_role_since_by_whom_and_last_use(
    client, super_admin, branch_owner, assigned_member, connection, url
):
    granted_by(branch_owner)
    used = clock.now() - timedelta(days=3)
    factories.AccessVisitFactory(connection=connection, user=assigned_member, at=used)
    factories.AccessVisitFactory(connection=connection, user=branch_owner)
    client.force_login(super_admin)

    response = client.get(url)

    [line] = response.context["lines"]
    assert (line.connection, line.role_label) == (connection, "Full Access")
    assert (line.granted_by, line.reason) == ("Olga London Owner", "Takes over the books.")
    assert line.last_used_at == used
    html = response.content.decode()
    for words in (
        "Acme Bakery",
        "Full Access",
        "Olga London Owner",
        "3 days ago",
        "Member on London",
    ):
        assert words in html


def test_what_ended_in_the_last_year_is_told_with_who_and_why(
    client, super_admin, branch_owner, assigned_member, branch, firm, url
):
    old = factories.ConnectionFactory(branch=branch, name="Long Ago")
    tie = factories.TeamAssignmentFactory(content_object=old, user=assigned_member)
    end_assignments(
        firm.pk, assigned_member.pk, by=branch_owner, reason="Moved.", connection_ids=[old.pk]
    )
    client.force_login(super_admin)

    response = client.get(f"{url}?show=ended")

    [line] = response.context["lines"]
    assert (line.connection, line.since) == (old, tie.granted_at)
    assert (line.ended_by, line.why_ended) == ("Olga London Owner", "Moved.")
    assert response.context["counts"] == (1, 1)


def test_the_file_has_both(client, super_admin, branch_owner, assigned_member, branch, firm, url):
    old = factories.ConnectionFactory(branch=branch, name="Long Ago", client_number="=7")
    factories.TeamAssignmentFactory(content_object=old, user=assigned_member)
    end_assignments(
        firm.pk, assigned_member.pk, by=branch_owner, reason="Moved.", connection_ids=[old.pk]
    )
    client.force_login(super_admin)

    found = rows(client.get(f"{url}export/"))

    assert [(row[0], row[1], row[10], row[11]) for row in found] == [
        ("Client", "Client ID", "Ended by", "Why it ended"),
        ("Acme Bakery", "1010", "", ""),
        ("Long Ago", "'=7", "Olga London Owner", "Moved."),
    ]


def test_batches_of_the_file_join_without_seams(
    client, super_admin, assigned_member, branch, url, monkeypatch
):
    monkeypatch.setattr(leaver_report, "BATCH", 2)
    for number in range(4):
        row = factories.ConnectionFactory(branch=branch, name=f"Client {number}")
        factories.TeamAssignmentFactory(content_object=row, user=assigned_member)
    client.force_login(super_admin)

    found = rows(client.get(f"{url}export/"))

    assert [row[0] for row in found[1:]] == ["Acme Bakery", *(f"Client {n}" for n in range(4))]


def test_of_somebody_who_has_left(client, super_admin, assigned_member, url):
    deactivate_member(assigned_member.team_members.get(), by=super_admin, reason="Left the firm.")
    client.force_login(super_admin)

    now, ended = client.get(url), client.get(f"{url}?show=ended")

    assert "has left" in now.content.decode()
    assert now.context["lines"] == []
    assert [line.why_ended for line in ended.context["lines"]] == ["Left the firm."]
    assert "Mia London Member" in client.get(LIST).content.decode()


def test_an_owner_reads_what_concerns_their_branch(
    client, branch_owner, assigned_member, firm, url
):
    dublin = factories.BranchFactory(firm=firm, name="Dublin")
    far = factories.ConnectionFactory(branch=dublin, name="Liffey Boats")
    factories.TeamAssignmentFactory(content_object=far, user=assigned_member)
    nia = factories.BranchMembershipFactory(branch=dublin).member
    client.force_login(branch_owner)

    assert [line.connection.name for line in client.get(url).context["lines"]] == ["Acme Bakery"]
    assert client.get(f"{LIST}{nia.pk}/").status_code == 404
    assert str(nia) not in client.get(LIST).content.decode()
    assert "Liffey" not in str(rows(client.get(f"{url}export/")))


def test_who_worked_on_the_branch_once_is_still_read_about(client, branch_owner, branch):
    place = factories.BranchMembershipFactory(branch=branch)
    with because("Arranged by a test"):
        BranchMembership.objects.filter(pk=place.pk).delete()
    client.force_login(branch_owner)

    assert client.get(f"{LIST}{place.member_id}/").status_code == 200


def test_foreign_and_unknown_people_are_not_found(client, super_admin, outsider, branch):
    client.force_login(super_admin)

    foreign = client.get(f"{LIST}{outsider.team_members.get().pk}/")
    unknown = client.get(f"{LIST}999999/")

    assert (foreign.status_code, unknown.status_code) == (404, 404)


def test_the_list_counts_running_clients_and_is_searched(
    client, super_admin, assigned_member, unassigned_member
):
    client.force_login(super_admin)

    response = client.get(f"{LIST}?q=london")
    exported = rows(client.get(f"{LIST}?q=mia&format=csv"))

    counts = {str(member): member.client_count for member in response.context["page"].rows}
    assert counts == {"Mia London Member": 1, "Una London Member": 0}
    assert exported[1][:4] == ["Mia London Member", "mia@harbour.test", "Yes", "1"]


@pytest.mark.parametrize("many", [1, 3])
@pytest.mark.parametrize(("show", "queries"), [("now", 15), ("ended", 18)])
def test_query_count(
    client, super_admin, assigned_member, branch, firm, url, many, show, queries,
    django_assert_num_queries,
):  # fmt: skip
    for _ in range(many):
        row = factories.ConnectionFactory(branch=branch)
        factories.TeamAssignmentFactory(
            content_object=row, user=assigned_member, granted_by=super_admin
        )
    end_assignments(firm.pk, assigned_member.pk, by=super_admin, reason="Moved.")
    for _ in range(many):
        row = factories.ConnectionFactory(branch=branch)
        factories.TeamAssignmentFactory(content_object=row, user=assigned_member)
    client.force_login(super_admin)
    client.get(url)

    with django_assert_num_queries(queries):
        client.get(f"{url}?show={show}")


@pytest.mark.parametrize("many", [1, 3])
def test_query_count_of_the_list(client, super_admin, branch, many, django_assert_num_queries):
    for _ in range(many):
        factories.BranchMembershipFactory(branch=branch)
    client.force_login(super_admin)
    client.get(LIST)

    with django_assert_num_queries(9):
        client.get(LIST)


@pytest.mark.parametrize(
    ("persona", "status"),
    [("viewer", 200), ("billing_admin", 403), ("unassigned_member", 403), ("outsider", 404)],
)
def test_who_reads_it(persona_client, url, persona, status):
    assert persona_client(persona).get(url).status_code == status
