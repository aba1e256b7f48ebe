"""Tasks of a client and one's own list of them (F-091)."""

from datetime import timedelta

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from clients.actions.work import add_task, edit_task, finish_task
from clients.models import ClientMessage, KeyDate, Task
from clients.roles import ClientRole
from practice import clock
from practice.errors import Refused
from practice.models import Message
from tests import factories

MINE = "/harbour/tasks/"


@pytest.fixture
def url(connection) -> str:
    return f"/harbour/clients/{connection.pk}/tasks/"


@pytest.fixture
def task(connection, assigned_member) -> Task:
    yesterday = clock.today() - timedelta(days=1)
    return factories.TaskFactory(
        connection=connection,
        title="Reconcile the bank",
        assignee=assigned_member,
        due_on=yesterday,
    )


def answers(**changes) -> dict[str, object]:
    return {"title": "Call Cara", "due_on": "2027-01-31", "details": "About VAT.", **changes}


def test_a_task_for_mia_is_on_her_dashboard_until_it_is_done(
    client, branch_admin, assigned_member, url
):
    client.force_login(branch_admin)
    response = client.post(f"{url}add/", answers(assignee=assigned_member.pk))
    assert response["Location"] == url
    client.force_login(assigned_member)
    task = Task.objects.get()
    assert b"Call Cara" in client.get(f"{MINE}panel/").content

    response = client.post(f"{url}{task.pk}/done/", {"back": "mine"}, follow=True)

    html = response.content.decode()
    assert "“<bdi>Call Cara</bdi>” is done." in html
    assert "Undo" in html
    task.refresh_from_db()
    assert task.done_by == assigned_member
    assert b"Call Cara" not in client.get(f"{MINE}panel/").content


def test_undo_opens_it_again(client, assigned_member, task, url):
    client.force_login(assigned_member)
    client.post(f"{url}{task.pk}/done/")

    response = client.post(f"{url}{task.pk}/reopen/", {"back": "mine"})

    task.refresh_from_db()
    assert (response["Location"], task.done_at, task.done_by) == (MINE, None, None)
    reasons = list(task.history.values_list("history_change_reason", flat=True))
    assert reasons[:2] == ["Opened a task again.", "Marked a task as done."]


def test_the_panel_answers_in_place(client, assigned_member, task, url):
    client.force_login(assigned_member)

    response = client.post(
        f"{url}{task.pk}/done/", {"back": "panel"}, headers={"HX-Request": "true"}
    )

    html = response.content.decode()
    assert "<html" not in html
    assert "is done." in html
    assert "Nothing is waiting for you" in html


def test_the_assigned_person_gets_one_mail(client, branch_admin, assigned_member, url):
    client.force_login(branch_admin)

    client.post(f"{url}add/", answers(assignee=assigned_member.pk))
    client.post(f"{url}{Task.objects.get().pk}/", answers(assignee=assigned_member.pk))

    message = Message.objects.get()
    assert message.recipient == assigned_member.email
    assert message.subject == "Task for you: Call Cara (Acme Bakery)"
    assert "Due 31 January 2027" in message.body
    assert ClientMessage.objects.get().message == message


def test_nobody_writes_to_themselves(connection, branch_admin):
    add_task(connection, by=branch_admin, title="Mine", assignee=branch_admin)

    assert not Message.objects.exists()


def test_another_assignee_is_told_and_the_one_before_comes_back(
    connection, branch_admin, branch_owner, assigned_member
):
    task = add_task(connection, by=branch_admin, title="T", assignee=assigned_member)
    facts = {"title": "T", "due_on": None, "details": ""}

    for person in (branch_owner, assigned_member):
        edit_task(task, by=branch_admin, assignee=person, **facts)

    told = list(Message.objects.order_by("pk").values_list("recipient", flat=True))
    assert told == [assigned_member.email, branch_owner.email, assigned_member.email]


def test_only_who_may_see_the_client_can_be_chosen(client, branch_admin, unassigned_member, url):
    client.force_login(branch_admin)

    html = client.get(f"{url}add/").content.decode()
    response = client.post(f"{url}add/", answers(assignee=unassigned_member.pk))

    assert "Una London Member" not in html
    assert response.status_code == 422
    assert b"This person may not see the client." in response.content
    assert b"About VAT." in response.content
    assert not Task.objects.exists()


def test_the_action_asks_again_after_the_lock(connection, branch_admin, unassigned_member):
    with pytest.raises(Refused, match="may not see Acme Bakery"):
        add_task(connection, by=branch_admin, title="T", assignee=unassigned_member)


def test_tasks_of_clients_that_one_no_longer_sees_are_gone(client, assigned_member, task):
    client.force_login(assigned_member)
    assert b"Reconcile the bank" in client.get(MINE).content
    with factories.arranging():
        task.connection.assignments.all().delete()

    assert b"Reconcile the bank" not in client.get(MINE).content


def test_the_overdue_come_first_and_are_counted(client, assigned_member, task, connection):
    for days in (None, 3):
        due_on = days and clock.today() + timedelta(days=days)
        factories.TaskFactory(
            connection=connection, title=f"In {days}", assignee=assigned_member, due_on=due_on
        )
    client.force_login(assigned_member)

    html = client.get(MINE).content.decode()

    assert "1 overdue" in html
    places = [html.index(title) for title in ("Reconcile the bank", "In 3", "In None")]
    assert places == sorted(places)


@pytest.mark.parametrize("path", ["", "add/", "export/"])
def test_the_unassigned_find_nothing(client, unassigned_member, url, path):
    client.force_login(unassigned_member)

    assert client.get(f"{url}{path}").status_code == 404


def test_view_only_people_tick_off_their_own_and_nothing_else(
    client, branch, connection, unassigned_member, task, url
):
    factories.TeamAssignmentFactory(
        content_object=connection, user=unassigned_member, role=ClientRole.VIEW_ONLY
    )
    own = factories.TaskFactory(connection=connection, title="Own", assignee=unassigned_member)
    client.force_login(unassigned_member)

    statuses = [client.post(f"{url}{row.pk}/done/").status_code for row in (own, task)]

    assert statuses == [302, 403]
    assert client.get(f"{url}add/").status_code == 403
    assert b"lacks" in client.get(url).content


def test_done_twice_is_once(task, assigned_member, branch_admin):
    first = finish_task(task, by=assigned_member)

    again = finish_task(task, by=branch_admin)

    assert (again.done_at, again.done_by) == (first.done_at, assigned_member)


def test_nothing_is_added_to_an_ended_relationship(connection, branch_admin):
    with factories.arranging():
        connection.status, connection.disconnected_at = "disconnected", clock.now()
        connection.save()

    with pytest.raises(Refused, match="has ended"):
        add_task(connection, by=branch_admin, title="T")


def test_a_task_of_another_client_is_not_there(client, branch_owner, task, branch):
    other = factories.ConnectionFactory(branch=branch)
    client.force_login(branch_owner)

    response = client.get(f"/harbour/clients/{other.pk}/tasks/{task.pk}/")

    assert response.status_code == 404


@pytest.mark.parametrize("page", [MINE, "client"])
def test_a_list_of_three_asks_as_much_as_a_list_of_one(
    client, assigned_member, task, url, page, django_assert_num_queries, connection
):
    address = url if page == "client" else page
    client.force_login(assigned_member)
    client.get(address)
    counted = count(client, address)
    for _ in range(2):
        factories.TaskFactory(
            connection=connection, assignee=assigned_member, created_by=assigned_member
        )

    with django_assert_num_queries(counted):
        client.get(address)


def count(client, address) -> int:
    with CaptureQueriesContext(database) as captured:
        client.get(address)
    return len(captured)


def test_the_exports(client, assigned_member, task, url):
    factories.KeyDateFactory(connection=task.connection, title="=Year end")
    client.force_login(assigned_member)

    files = [
        b"".join(client.get(address).streaming_content).decode()
        for address in (
            f"{url}export/",
            f"{MINE}export/",
            url.replace("tasks", "dates") + "export/",
        )
    ]

    assert "Reconcile the bank" in files[0]
    assert "Acme Bakery,1010,London,Reconcile the bank" in files[1]
    assert "'=Year end" in files[2]


def test_important_dates_are_added_edited_and_deleted(client, branch_owner, connection, url):
    dates = url.replace("tasks", "dates")
    client.force_login(branch_owner)
    client.post(f"{dates}add/", {"title": "Year end", "on": "2020-03-31", "is_yearly": "on"})
    row = connection_date(connection)
    assert row.on > clock.today()
    assert (row.on.month, row.on.day, row.created_by) == (3, 31, branch_owner)

    client.post(f"{dates}{row.pk}/", {"title": "Tax day", "on": "2027-01-31", "remind_days": "7"})
    assert str(connection_date(connection)) == "Tax day 31 Jan 2027"
    html = client.get(url).content.decode()
    assert "reminder 7 days before" in html

    client.post(f"{dates}{row.pk}/delete/")

    assert not connection_date(connection)
    assert row.history.first().history_change_reason == "Deleted an important date."


def connection_date(connection):
    return KeyDate.objects.filter(connection=connection).first()


@pytest.mark.parametrize(
    ("field", "value"),
    [("title", ""), ("on", "soon"), ("on", "0001-01-01"), ("remind_days", "366")],
)
def test_a_wrong_date_is_refused_and_stays_in_the_form(client, branch_owner, url, field, value):
    client.force_login(branch_owner)
    facts = {"title": "Year end", "on": "2027-03-31", field: value}

    response = client.post(url.replace("tasks", "dates") + "add/", facts)

    assert response.status_code == 422
    assert not value or value in response.content.decode()
