"""Access for some hours, asked for with a reason, that ends to the minute (F-240)."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from clients.actions.assignment_requests import grant_assignment
from clients.actions.expiry import sweep_expired, warn_of_ends
from clients.actions.relationships import disconnect_connection
from clients.models import ActivityEvent, AssignmentRequest, Connection, TeamAssignment
from clients.permissions import VIEW_CLIENT
from clients.roles import ClientRole
from practice.actions.team import deactivate_member
from practice.errors import Refused
from practice.models import Message
from tests import factories

pytestmark = pytest.mark.django_db
URL = "/harbour/clients/request-access/"
NOON = datetime(2027, 5, 1, 12, 0, 7, tzinfo=UTC)


@pytest.fixture
def una(unassigned_member, time_machine):
    time_machine.move_to(NOON, tick=False)
    return unassigned_member


@pytest.fixture
def acme(connection):
    with factories.arranging():
        connection.client_number, connection.client_number_key = "1010", "1010"
        connection.save()
    return connection


def form(**facts) -> dict[str, object]:
    known = {"client": "1010", "hours": 24, "reason": "Covering for Mia", "key": str(uuid4())}
    return {**known, **facts}


def told() -> list[tuple[str, str]]:
    return list(Message.objects.order_by("pk").values_list("recipient", "subject"))


@pytest.mark.parametrize("words", ["1010", "Acme Bakery", " acme bakery "])
def test_who_may_assign_is_told(client, una, branch_owner, branch_admin, acme, words):
    client.force_login(una)

    page = client.post(URL, form(client=words), follow=True).content.decode()

    asked = AssignmentRequest.objects.get()
    assert "If your branch has this client" in page
    assert (asked.asked_by, asked.hours, asked.reason) == (una, 24, "Covering for Mia")
    assert told() == [
        (to, "Una London Member asks to be assigned to Acme Bakery")
        for to in (branch_admin.email, branch_owner.email)
    ]
    says = "Una London Member asked to be assigned for 1 day"
    assert ActivityEvent.objects.get().text == says


def test_a_day_and_not_a_second_longer(client, una, branch_owner, acme, time_machine):
    """The whole way of N2: asked with a reason, granted for a day, ended by the clock."""
    client.force_login(una)
    client.post(URL, form())
    asked = AssignmentRequest.objects.get()
    team = f"/harbour/clients/{acme.pk}/team/"
    client.force_login(branch_owner)
    listed = client.get(team).content.decode()
    client.post(f"{team}requests/{asked.pk}/", {"role": "limited", "hours": 24})
    granted = client.get(team).content.decode()
    tie = TeamAssignment.objects.get()

    seen = []
    for at in (NOON, NOON + timedelta(hours=24, microseconds=-1), NOON + timedelta(hours=24)):
        time_machine.move_to(at, tick=False)
        client.force_login(una)
        seen.append(client.get(f"/harbour/clients/{acme.pk}/").status_code)
    swept = sweep_expired()

    asked.refresh_from_db()
    assert "“Covering for Mia”" in listed
    assert "2 May 2027, 13:00" in granted  # in London
    assert (tie.role, tie.granted_by, tie.reason) == ("limited", branch_owner, "Covering for Mia")
    assert tie.ends_at == NOON + timedelta(days=1)
    assert seen == [200, 200, 403]
    assert (swept, asked.state, asked.answered_by) == (1, "granted", branch_owner)
    assert told()[-1] == ("una@harbour.test", "You are assigned to Acme Bakery")
    assert list(ActivityEvent.objects.order_by("pk").values_list("text", flat=True)) == [
        "Una London Member asked to be assigned for 1 day",
        "Olga London Owner assigned Una London Member, Limited Access until 2 May 2027, 12:00 UTC",
        "Una London Member’s assignment ended with 2 May 2027, 12:00 UTC, as agreed",
    ]
    assert TeamAssignment.history.count() == 2


@pytest.mark.parametrize("words", ["9999", "Nobody Ltd", "Twins"])
def test_of_what_one_does_not_see_nothing_is_said(client, una, branch_owner, acme, words):
    """One page for all: unknown, another firm’s, and a name that two clients have."""
    for _ in range(2):
        factories.ConnectionFactory(branch=acme.branch, name="Twins")
    client.force_login(una)
    known = client.post(URL, form(), follow=True).content
    before = told()

    page = client.post(URL, form(client=words), follow=True).content

    assert b"If your branch has this client" in page
    assert page.count(b"<li") == known.count(b"<li")
    assert (AssignmentRequest.objects.count(), told()) == (1, before)


def test_of_another_branch_nothing_comes(client, una, acme):
    dublin = factories.BranchFactory(firm=acme.firm, name="Dublin")
    factories.ConnectionFactory(branch=dublin, name="Liffey Logistics")
    client.force_login(una)

    client.post(URL, form(client="Liffey Logistics"))

    assert not AssignmentRequest.objects.exists()


def test_asked_twice_is_one_request(client, una, branch_owner, acme):
    client.force_login(una)

    answers = [client.post(URL, form()).status_code for _ in range(2)]

    assert (answers, AssignmentRequest.objects.count(), len(told())) == ([302, 302], 1, 1)


def test_who_is_assigned_is_told_so(client, assigned_member, acme):
    client.force_login(assigned_member)

    response = client.post(URL, form())

    says = "assigned to Acme Bakery already"
    assert (response.status_code, says in response.content.decode()) == (422, True)


@pytest.mark.parametrize("bad", [{"reason": " "}, {"hours": 25}, {"client": ""}, {"hours": ""}])
def test_bad_forms_are_said(client, una, acme, bad):
    client.force_login(una)

    assert client.post(URL, form(**bad)).status_code == 422
    assert not AssignmentRequest.objects.exists()


def test_declined_the_asker_is_told_once(client, una, branch_owner, acme):
    asked = factories.AssignmentRequestFactory(connection=acme, asked_by=una)
    client.force_login(branch_owner)
    url = f"/harbour/clients/{acme.pk}/team/requests/{asked.pk}/"

    for _ in range(2):
        client.post(f"{url}decline/")
    late = client.post(url, {"role": "limited", "hours": 24})

    asked.refresh_from_db()
    assert (asked.state, asked.answered_by, late.status_code) == ("declined", branch_owner, 422)
    assert told() == [("una@harbour.test", "Your request about Acme Bakery was declined")]
    assert not TeamAssignment.objects.exists()


def test_granted_twice_is_once(una, branch_owner, acme):
    asked = factories.AssignmentRequestFactory(connection=acme, asked_by=una)
    facts = {"by": branch_owner, "role": ClientRole.LIMITED, "hours": 24}

    ties = [grant_assignment(asked, **facts).pk for _ in range(2)]

    assert (len(set(ties)), TeamAssignment.history.count(), len(told())) == (1, 1, 1)


def test_nobody_gives_more_than_they_have(una, acme, branch):
    """By an assignment of their own that ends sooner, nobody gives a whole day."""
    xavi = factories.TeamAssignmentFactory(
        content_object=acme, role=ClientRole.FULL, ends_at=NOON + timedelta(hours=3)
    ).user
    factories.BranchMembershipFactory(branch=branch, member__user=xavi)
    asked = factories.AssignmentRequestFactory(connection=acme, asked_by=una)

    with pytest.raises(Refused, match="ends on 1 May 2027"):
        grant_assignment(asked, by=xavi, role=ClientRole.LIMITED, hours=24)
    with pytest.raises(Refused):
        grant_assignment(asked, by=una, role=ClientRole.LIMITED, hours=24)
    assert not una.has_perm(VIEW_CLIENT, Connection.objects.get())


def test_a_request_ends_with_the_relationship_or_the_job(una, branch, super_admin, acme):
    gone = factories.AssignmentRequestFactory(connection=acme, asked_by=una)
    left = factories.AssignmentRequestFactory(
        connection=factories.ConnectionFactory(branch=branch), asked_by=una
    )

    disconnect_connection(acme, by=super_admin, reason="Client request")
    deactivate_member(una.team_members.get(), by=super_admin, reason="Left")

    gone.refresh_from_db()
    left.refresh_from_db()
    assert (gone.state, left.state) == ("closed", "closed")


@pytest.mark.parametrize(
    ("hours", "before", "count"),
    [(24, 4.1, 0), (24, 4, 1), (168, 24.1, 0), (168, 24, 1), (720, 25, 0), (720, 23, 1)],
)
def test_people_are_warned_once_before_it_ends(una, acme, time_machine, hours, before, count):
    ends_at = NOON + timedelta(hours=hours)
    factories.TeamAssignmentFactory(content_object=acme, user=una, granted_at=NOON, ends_at=ends_at)
    time_machine.move_to(ends_at - timedelta(hours=before), tick=False)

    assert (warn_of_ends(), warn_of_ends()) == (count, 0)
    assert told() == [("una@harbour.test", "Your assignment to Acme Bakery ends soon")] * count


def test_the_list_of_who_sees_all_offers_no_request(client, una, branch_owner, acme):
    client.force_login(una)
    member = client.get("/harbour/clients/").content.decode()
    client.force_login(branch_owner)
    owner = client.get("/harbour/clients/").content.decode()

    assert ("request-access/" in member, "request-access/" in owner) == (True, False)
