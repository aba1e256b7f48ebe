"""Questions in the practice: asking, replying, assigning, resolving, and the client list's column
(F-024a, F-156, F-157, F-157a, F-173b, F-243)."""

import csv
from io import StringIO
from uuid import uuid4

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from clients.models import ActivityEvent, Connection
from clients.roles import ConnectionStatus
from portal.actions.questions import ask_questions, assign_question, respond_to_question
from portal.models import Question, QuestionReply, QuestionSettings
from practice import clock
from practice.errors import Refused
from practice.models import Message
from tests import factories

pytestmark = pytest.mark.django_db
LIST = "/harbour/clients/"


@pytest.fixture
def url(connection) -> str:
    return f"/harbour/clients/{connection.pk}/portal/questions/"


@pytest.fixture
def mia(client, assigned_member):
    client.force_login(assigned_member)
    return client


@pytest.fixture
def cara(connection, contact):
    return contact_of(connection, contact)


def contact_of(connection, user):
    return factories.Contact.objects.get(user=user, accesses__connection=connection)


def assignable(connection):
    return factories.QuestionSettingsFactory(connection=connection, assignable=True)


def ask(**words) -> dict[str, str]:
    return {"text": "What was this?", "key": str(uuid4()), **words}


def test_a_question_is_asked_once_with_the_facts_of_its_transaction(
    mia, assigned_member, connection, url
):
    form = ask(due_on="2030-03-04", paid_on="2030-02-01", amount="-12.50", description="SHELL 4471")

    for _ in range(2):
        response = mia.post(f"{url}ask/", form, follow=True)

    row = Question.objects.get()
    assert (row.asked_by, str(row.amount), row.currency) == (assigned_member, "-12.500", "GBP")
    assert (row.state, f"{row.due_on}", row.description) == ("waiting", "2030-03-04", "SHELL 4471")
    turn = Question.history.get(id=row.pk)
    assert (turn.history_user, turn.history_change_reason) == (
        assigned_member,
        "Asked the client a question.",
    )
    assert "Waiting on Client" in response.text
    assert [event.text for event in ActivityEvent.objects.all()] == [
        "Mia London Member asked a question"
    ]
    assert not Message.objects.exists()
    page = mia.get(f"{url}{row.pk}/").text
    assert "−£12.50" in page
    assert "SHELL 4471" in page


def test_several_are_asked_at_once_one_a_line(mia, connection, cara, url):
    assignable(connection)
    form = ask(text="Who is Bob?\n\n  Which van? \n", assignee=cara.pk)

    for _ in range(2):
        mia.post(f"{url}ask/several/", form)

    rows = Question.objects.order_by("pk")
    assert [(row.text, row.assignee) for row in rows] == [
        ("Who is Bob?", cara),
        ("Which van?", cara),
    ]


@pytest.mark.parametrize(
    ("page", "wrong"),
    [
        ("ask/", {"text": " "}),
        ("ask/", {"amount": "1.005"}),
        ("ask/", {"amount": "much"}),
        ("ask/", {"due_on": "0001-01-01"}),
        ("ask/", {"assignee": "99999"}),
        ("ask/", {"key": "x"}),
        ("ask/several/", {"text": "\n".join(["Why?"] * 51)}),
    ],
)
def test_bad_input_is_said_and_nothing_is_lost(mia, connection, url, page, wrong):
    assignable(connection)

    response = mia.post(url + page, ask(**{"text": "My words", **wrong}))

    assert response.status_code == 422
    assert "text" in wrong or "My words" in response.text
    assert not Question.objects.exists()


def test_a_reply_resolve_and_reopen_move_it(mia, connection, url):
    row = factories.QuestionFactory(connection=connection, state="answered")
    states = []
    for page, form in (
        ("", ask(text="Which one?")),
        ("resolve/", {}),
        ("resolve/", {}),
        ("reopen/", {}),
    ):
        mia.post(f"{url}{row.pk}/{page}", form)
        row.refresh_from_db()
        states.append(row.state)

    assert states == ["waiting", "resolved", "resolved", "waiting"]
    assert [reply.text for reply in row.replies.all()] == ["Which one?"]
    reasons = Question.history.filter(id=row.pk).order_by("history_id")[1:]
    assert [turn.history_change_reason for turn in reasons] == [
        "Wrote under a question.",
        "Resolved a question.",
        "Opened a question again.",
    ]


def test_a_clients_question_is_responded_to(mia, connection, cara, url):
    row = factories.QuestionFactory(connection=connection, from_client=True, contact=cara)

    listed = mia.get(f"{url}?kind=client").text
    answered = mia.post(f"{url}{row.pk}/", ask(text="By Friday."), follow=True).text

    assert "Questions from client" in listed
    assert "Question from client</span>" in listed
    assert "We responded" in answered
    assert Question.objects.get().state == "responded"


def test_a_resolved_question_takes_no_reply(connection, assigned_member):
    row = factories.QuestionFactory(connection=connection, resolved=True)

    with pytest.raises(Refused, match="Reopen it to answer"):
        respond_to_question(row, by=assigned_member, text="More", key=uuid4())


def test_unassigned_questions_are_counted_and_given_to_a_contact(
    mia, connection, cara, branch, url
):
    """F-157a; F-154d: also those of somebody who is a contact no longer."""
    gone = factories.ContactFactory(firm=connection.firm)
    first = factories.QuestionFactory(connection=connection)
    factories.QuestionFactory(connection=connection, assignee=gone)
    factories.QuestionFactory(connection=connection, assignee=cara)
    factories.QuestionFactory(connection=connection, resolved=True)
    other = factories.ContactAccessFactory(connection__branch=branch).contact

    assert "questions that need to be" not in mia.get(url).text
    assignable(connection)
    assert "There are 2 questions that need to be assigned." in mia.get(url).text
    assert len(mia.get(f"{url}?assignee=nobody").context["page"].rows) == 2
    assert mia.post(f"{url}{first.pk}/assign/", {"assignee": other.pk}).status_code == 422
    said = mia.post(f"{url}{first.pk}/assign/", {"assignee": cara.pk}, follow=True).text

    first.refresh_from_db()
    assert first.assignee == cara
    assert "The question is assigned to Cara Client." in said
    assert "There is 1 question that needs to be assigned." in mia.get(url).text


def test_nothing_is_assigned_while_the_switch_is_off(connection, cara, assigned_member):
    row = factories.QuestionFactory(connection=connection)

    with pytest.raises(Refused, match="Assignable Questions is off"):
        assign_question(row, cara, by=assigned_member)


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", {"Waits", "Answered", "Theirs", "Done"}),
        ("?state=open", {"Waits", "Answered", "Theirs"}),
        ("?state=answered", {"Answered"}),
        ("?kind=client", {"Theirs"}),
        ("?kind=firm&state=resolved", {"Done"}),
        ("?assignee={cara}", {"Theirs", "Answered"}),
        ("?state=nonsense&assignee=x", {"Waits", "Answered", "Theirs", "Done"}),
    ],
)
def test_the_list_and_its_export_are_filtered_alike(mia, connection, cara, url, query, shown):
    facts = {"connection": connection}
    factories.QuestionFactory(**facts, text="Waits")
    factories.QuestionFactory(**facts, text="Answered", state="answered", assignee=cara)
    factories.QuestionFactory(**facts, text="Theirs", from_client=True, contact=cara)
    factories.QuestionFactory(**facts, text="Done", resolved=True)
    query = query.format(cara=cara.pk)

    rows = mia.get(url + query).context["page"].rows
    file = b"".join(mia.get(f"{url}export/{query}").streaming_content).decode("utf-8-sig")

    assert {row.text for row in rows} == shown
    assert {line["Question"] for line in csv.DictReader(StringIO(file))} == shown


def test_queries_do_not_grow(mia, connection, cara, url):
    assignable(connection)
    row = factories.QuestionFactory(connection=connection, assignee=cara)
    factories.QuestionReplyFactory(question=row, author=None, contact=cara)
    pages = (url, f"{url}{row.pk}/")
    for page in pages:
        mia.get(page)

    with CaptureQueriesContext(database) as one:
        for page in pages:
            mia.get(page)
    for _ in range(3):
        factories.QuestionFactory(connection=connection)
        factories.QuestionReplyFactory(question=row)
    with CaptureQueriesContext(database) as many:
        for page in pages:
            mia.get(page)

    assert len(one) == len(many)


@pytest.mark.parametrize(
    ("persona", "status"),
    [
        ("viewer", 403),
        ("billing_admin", 403),
        ("unassigned_member", 404),
        ("contact", 404),
        ("outsider", 404),
    ],
)
def test_others_write_nothing(persona_client, connection, url, persona, status):
    row = factories.QuestionFactory(connection=connection)
    browser = persona_client(persona)
    settings = url.replace("questions/", "settings/questions/")

    pages = ("ask/", "ask/several/", f"{row.pk}/", f"{row.pk}/assign/", f"{row.pk}/resolve/")
    statuses = {browser.post(url + page, ask()).status_code for page in pages}
    statuses.add(browser.post(settings, {"are_assignable": "on"}).status_code)

    assert statuses == {status}
    assert (Question.objects.count(), QuestionReply.objects.count()) == (1, 0)
    assert not QuestionSettings.objects.exists()


def test_the_question_of_another_client_is_not_there(mia, branch, assigned_member, url):
    other = factories.ConnectionFactory(branch=branch)
    factories.TeamAssignmentFactory(content_object=other, user=assigned_member)
    row = factories.QuestionFactory(connection=other)

    assert mia.get(f"{url}{row.pk}/").status_code == 404
    assert mia.post(f"{url}{row.pk}/resolve/").status_code == 404


def test_while_paused_it_is_read_only(mia, connection, assigned_member, url):
    row = factories.QuestionFactory(connection=connection)
    with factories.arranging():
        Connection.objects.filter(pk=connection.pk).update(
            status=ConnectionStatus.PAUSED, paused_at=clock.now()
        )

    assert mia.get(f"{url}{row.pk}/").status_code == 200
    assert mia.post(f"{url}ask/", ask()).status_code == 403
    with pytest.raises(Refused, match="paused"):
        ask_questions(connection, ["Why?"], by=assigned_member, key=uuid4())


def test_words_of_others_stay_words(mia, connection, cara, url):
    bad = "<script>alert(1)</script>"
    row = factories.QuestionFactory(connection=connection, text=bad, description=bad)
    factories.QuestionReplyFactory(question=row, author=None, contact=cara, text=bad)

    for page in ("", f"{row.pk}/", f"{row.pk}/why/?contact={cara.pk}"):
        assert "<script>alert" not in mia.get(url + page).text


def test_switches_and_schedule_are_kept_with_who_and_why(mia, connection, assigned_member, url):
    pages = {name: url.replace("questions/", f"settings/{name}/") for name in FORMS}

    assert 'value="8" selected' in mia.get(pages["reminders"]).text
    assert 'value="0" selected>Monday' in mia.get(pages["reminders"]).text
    for name, form in FORMS.items():
        mia.post(pages[name], form)
    wrong = mia.post(pages["reminders"], {**FORMS["reminders"], "time_zone": "Mars/Base"})

    row = QuestionSettings.objects.get()
    assert (row.are_assignable, row.takes_questions) == (True, True)
    assert (row.has_reminders, row.remind_day, row.remind_hour) == (False, 4, 17)
    assert row.time_zone == "Europe/Dublin"
    assert wrong.status_code == 422
    last = QuestionSettings.history.filter(id=row.pk).latest("history_id")
    assert last.history_user == assigned_member


FORMS = {
    "questions": {"are_assignable": "on", "takes_questions": "on"},
    "reminders": {"remind_day": "4", "remind_hour": "17", "time_zone": "Europe/Dublin"},
}


# Why can't they see it? (F-243)


def test_why_a_contact_does_not_see_a_question_and_the_way_there(mia, connection, cara, url):
    assignable(connection)
    tom = factories.ContactAccessFactory(
        connection=connection, contact__firm=connection.firm, contact__name="Tom", has_tax=True
    ).contact
    row = factories.QuestionFactory(connection=connection, assignee=cara)
    page = f"{url}{row.pk}/why/"

    assert "Tom" in mia.get(page).text
    refused = mia.get(f"{page}?contact={tom.pk}").text
    mia.post(f"{url}{row.pk}/assign/", {"assignee": tom.pk})
    allowed = mia.get(f"{page}?contact={tom.pk}").text

    assert "Assignable Questions is on and it is assigned to Cara Client." in refused
    assert "Assign to Tom</button>" in refused
    assert "Tom can see this question" in allowed
    assert "Assign to Tom" not in allowed
    assert mia.get(f"{page}?contact=99999").status_code == 404


# The client list (F-024a)


def test_the_list_counts_open_and_answered_questions_in_one_more_query(
    mia, connection, cara, branch, django_assert_num_queries
):
    mia.get(LIST)
    with CaptureQueriesContext(database) as plain:
        assert "1 open" not in mia.get(LIST).text
    for state in ("waiting", "waiting", "answered", "resolved", "responded"):
        factories.QuestionFactory(connection=connection, state=state)
    factories.QuestionFactory(connection=connection, from_client=True, contact=cara)

    with django_assert_num_queries(len(plain) + 1):
        html = mia.get(f"{LIST}?column=questions").text

    assert f"<a href={connection.pk}/portal/questions/>2 open, 2 answered</a>" in html


def test_the_list_is_narrowed_by_questions(client, branch_admin, connection, branch, outsider):
    other = factories.ConnectionFactory(branch=branch, name="Bolt")
    factories.QuestionFactory(connection=connection)
    factories.QuestionFactory(connection=other, state="answered")
    factories.QuestionFactory(connection=Connection.objects.get(firm__slug="southgate"))
    client.force_login(branch_admin)

    found = {
        query: [row.name for row in client.get(LIST + query).context["page"].rows]
        for query in (
            "?questions=open",
            "?questions=answered",
            "?questions=open&questions=answered",
        )
    }

    assert list(found.values()) == [["Acme Bakery"], ["Bolt"], ["Acme Bakery", "Bolt"]]
