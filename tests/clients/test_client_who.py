"""The permission time machine's page (F-242)."""

from datetime import UTC, datetime

import pytest

from clients.models import TeamAssignment
from practice.history import because
from practice.models import BranchMembership
from tests import factories
from tests.conftest import a_colleague

pytestmark = pytest.mark.django_db


@pytest.fixture
def url(connection) -> str:
    return f"/harbour/clients/{connection.pk}/who/"


@pytest.fixture
def on(time_machine):
    def move(number: int, hour: int = 12) -> None:
        time_machine.move_to(datetime(2027, 3, number, hour, tzinfo=UTC), tick=False)

    return move


@pytest.fixture
def spring(on, super_admin, branch_admin, assigned_member, connection):
    """Mia is unassigned on 9 March and Una assigned on 10 March; today is the 20th."""
    una = a_colleague(connection.branch, "Una London Member")
    on(9)
    with because("Cover ended", by=super_admin):
        TeamAssignment.objects.all().delete()
    on(10)
    with because("Took over", by=super_admin):
        factories.TeamAssignmentFactory(
            content_object=connection, user=una, granted_by=super_admin, reason="Took over"
        )
    on(20)
    return una


def names(response) -> list[str]:
    return [str(line.user) for line in response.context["page"].rows]


def test_a_day_in_the_past_shows_who_could_open_it_and_what_became_of_them(
    client, spring, branch_admin, url
):
    client.force_login(branch_admin)

    response = client.get(url, {"on": "2027-03-08"})

    answer, page = response.context["answer"], response.content.decode()
    assert names(response) == ["Adam London Admin", "Mia London Member", "Sana Super Admin"]
    assert [line.now for line in answer.lines] == ["Still open", "Lost", "Still open"]
    assert [(str(t.user), t.words) for t in answer.lost] == [
        ("Mia London Member", "Mia London Member is not assigned to this client.")
    ]
    assert [(str(t.user), t.words) for t in answer.gained] == [
        ("Una London Member", "Assigned as Full Access, by Sana Super Admin: Took over")
    ]
    assert "Has since lost" in page
    assert "At the end of" in page


def test_without_a_day_it_says_who_can_open_it_now(client, spring, branch_admin, url):
    client.force_login(branch_admin)

    response = client.get(url)

    assert names(response) == ["Adam London Admin", "Sana Super Admin", "Una London Member"]
    assert "3 people can" in response.content.decode()


def test_a_day_ends_at_midnight_where_the_reader_is(client, on, branch_admin, connection, url):
    una = a_colleague(connection.branch, "Una London Member")
    on(9, 22)
    factories.TeamAssignmentFactory(content_object=connection, user=una)
    on(20)
    client.force_login(branch_admin)

    in_london = names(client.get(url, {"on": "2027-03-09"}))
    with because("Moved"):
        type(una).objects.update(time_zone="Asia/Tokyo")
    in_tokyo = [names(client.get(url, {"on": f"2027-03-{day}"})) for day in ("09", "10")]

    assert "Una London Member" in in_london
    assert "Una London Member" not in in_tokyo[0]
    assert "Una London Member" in in_tokyo[1]


@pytest.mark.parametrize("day", ["2027-03-21", "yesterday"])
def test_the_future_and_nonsense_are_refused_in_words(client, on, branch_admin, url, day):
    on(20)
    client.force_login(branch_admin)

    response = client.get(url, {"on": day})

    assert response.status_code == 422
    assert f'value="{day}"' in response.content.decode()
    assert response.context["answer"] is None


def test_before_the_client_was_here_nobody_could(client, branch_admin, url):
    client.force_login(branch_admin)

    response = client.get(url, {"on": "2001-01-01"})

    assert response.status_code == 200
    assert "Not here yet" in response.content.decode()


def test_the_export_has_everybody_then_and_since(client, spring, branch_admin, url):
    client.force_login(branch_admin)

    response = client.get(url, {"on": "2027-03-08", "format": "csv"})

    lines = b"".join(response.streaming_content).decode().splitlines()
    assert [line.split(",")[0] for line in lines[1:]] == [
        "Adam London Admin",
        "Mia London Member",
        "Sana Super Admin",
        "Una London Member",
    ]
    assert lines[2].endswith(",Lost")
    assert lines[4].endswith(",Gained")


@pytest.mark.parametrize(
    ("persona", "status"),
    [
        ("super_admin", 200),
        ("viewer", 200),
        ("branch_owner", 200),
        ("assigned_member", 200),
        ("billing_admin", 403),
        ("unassigned_member", 404),
        ("outsider", 404),
    ],
)
def test_who_may_look(persona_client, url, persona, status):
    assert persona_client(persona).get(url).status_code == status


@pytest.mark.parametrize("people", [1, 3])
def test_the_queries_do_not_grow_with_the_team(
    client, super_admin, connection, url, people, django_assert_num_queries
):
    for number in range(people):
        user = a_colleague(connection.branch, f"Owner{number} One", owner=True)
        factories.TeamAssignmentFactory(content_object=connection, user=user)
        with because("Changed"):
            BranchMembership.objects.update(added=["clients.cross_branch"])
    client.force_login(super_admin)

    with django_assert_num_queries(17):
        client.get(url, {"on": "2026-01-01"})


def test_a_team_of_many_is_shown_by_pages(client, super_admin, connection, url):
    for number in range(60):
        a_colleague(connection.branch, f"Owner{number} One", owner=True)
    client.force_login(super_admin)

    first, second = client.get(url), client.get(url, {"page": "2"})

    assert len(first.context["page"].rows) + len(second.context["page"].rows) == 61
    assert "page=2" in first.context["page"].next_url
