"""The list as CSV: the filtered rows, one's own scope, no live formulas."""

import csv
import io

import pytest

from clients.models import TeamAssignment
from practice import tenancy
from practice.actions.team import deactivate_member, remove_from_branch
from tests import factories
from tests.conftest import a_colleague, a_member

URL = "/harbour/clients/export/"


def rows(response) -> list[list[str]]:
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def test_the_filtered_rows_in_the_order_of_the_list(client, branch_owner, branch):
    for name in ("Bolt", "Acme", "Other"):
        factories.ConnectionFactory(branch=branch, name=name, paused=name != "Other")
    client.force_login(branch_owner)

    found = rows(client.get(URL, {"status": "paused", "sort": "-name"}))

    assert [row[1] for row in found] == ["Company", "Bolt", "Acme"]


def test_batches_join_without_seams(client, branch_owner, branch, monkeypatch):
    monkeypatch.setattr("clients.views.client_export.BATCH", 2)
    for number in range(5):
        factories.ConnectionFactory(branch=branch, name=f"Client {number}")
    client.force_login(branch_owner)

    found = rows(client.get(URL))

    assert [row[1] for row in found[1:]] == [f"Client {number}" for number in range(5)]


def test_formulas_are_text(client, branch_owner, branch):
    factories.ConnectionFactory(branch=branch, name='=cmd|"/c calc"!A1')
    client.force_login(branch_owner)

    assert rows(client.get(URL))[1][1] == '\'=cmd|"/c calc"!A1'


@pytest.mark.parametrize(
    ("persona", "status"),
    [("viewer", 200), ("assigned_member", 200), ("unassigned_member", 403), ("outsider", 404)],
)
def test_who_exports(persona_client, connection, persona, status):
    assert persona_client(persona).get(URL).status_code == status


def test_members_export_their_own(client, assigned_member, branch):
    factories.ConnectionFactory(branch=branch, name="Adam's alone")
    client.force_login(assigned_member)

    assert [row[1] for row in rows(client.get(URL))] == ["Company", "Acme Bakery"]


# F-058: what is taken away in the middle of a running export stops its rows. Committed, so that the
# stream has a transaction of its own, as in production.


@pytest.fixture
def chunks_of_two(monkeypatch):
    monkeypatch.setattr("clients.views.client_export.BATCH", 2)
    monkeypatch.setattr("clients.views.activity.BATCH", 2)
    monkeypatch.setattr("practice.http.CHECKED_EVERY", 2)


def exported(client, user, branch, url, take_away) -> list[str]:
    """Names of the clients in a file, of which the rights are taken away after its first batch."""
    client.force_login(user)
    running = iter(client.get(url).streaming_content)
    lines = [next(running) for _ in range(3)]  # the mark, the heading, one row
    take_away()
    text = b"".join([*lines, *running]).decode("utf-8-sig")
    return [name for row in csv.reader(io.StringIO(text)) for name in row if "Client 0" in name]


@pytest.fixture
def six(branch):
    rows = [factories.ConnectionFactory(branch=branch, name=f"Client 0{n}") for n in range(6)]
    for row in rows:
        factories.ActivityEventFactory(connection=row)
    return rows


EXPORTS = [URL, "/harbour/activity/events/export/"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("url", EXPORTS)
def test_a_running_export_loses_the_clients_that_its_reader_loses(
    client, branch, six, chunks_of_two, url
):
    with tenancy.as_system():
        mia = a_colleague(branch, "Mia London Member")
    for row in six:
        factories.TeamAssignmentFactory(content_object=row, user=mia)

    def end_all():
        with factories.arranging():
            TeamAssignment.objects.all().delete()

    assert len(exported(client, mia, branch, url, end_all)) == 2
    assert client.get(url).status_code == (403 if url == URL else 200)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("url", EXPORTS)
@pytest.mark.parametrize("leaves", ["the branch", "the firm", "by a switched-off login"])
def test_a_running_export_ends_when_its_reader_goes(
    client, super_admin, branch, six, chunks_of_two, url, leaves
):
    with tenancy.as_system():
        adam = a_colleague(branch, "Adam London Admin", admin=True)
        member = adam.team_members.get()

    def go():
        with tenancy.as_system():
            if leaves == "the branch":
                remove_from_branch(member, branch, by=super_admin, reason="Left")
            elif leaves == "the firm":
                deactivate_member(member, by=super_admin, reason="Left")
            else:
                with factories.arranging():
                    type(adam).objects.filter(pk=adam.pk).update(is_active=False)

    assert len(exported(client, adam, branch, url, go)) == 2


@pytest.mark.django_db(transaction=True)
def test_every_download_stops_and_says_so(client, branch, chunks_of_two):
    with tenancy.as_system():
        sana = a_member(branch.firm, "Sana Super Admin", super_admin=True)
        a_member(branch.firm, "Sol Super Admin", super_admin=True)
        for number in range(8):
            a_colleague(branch, f"P{number} Client 0{number}")
    client.force_login(sana)
    running = iter(client.get("/harbour/team/export/").streaming_content)
    lines = [next(running)]

    with tenancy.as_system(), factories.arranging():
        sana.team_members.update(parent_role="viewer")
    text = b"".join([*lines, *running]).decode("utf-8-sig")

    assert text.count("Client 0") < 2
    assert text.endswith(
        "The export stopped here: your rights at the firm changed while it ran.\r\n"
    )
