"""Questions in the portal: who sees, answers, hands on and asks (F-156, F-167…F-174)."""

from itertools import product
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clients.models import ContactAccess
from clients.roles import AccessLevel, PortalFeature
from portal.actions.answers import answer_question
from portal.models import ClientFile, Question, QuestionReply
from portal.models.entering import enter_scope, find_accesses, find_contact
from practice import tenancy
from practice.errors import Refused
from practice.models import Message
from tests import factories
from tests.portal import samples

pytestmark = pytest.mark.django_db
TICKS = {
    "admin": {"is_client_admin": True},
    "tax": {"has_tax": True},
    "financial": {"has_financial": True},
    "files": {"has_files": True},
    "none": {},
}
LEVELS = {
    "full": {"access_level": AccessLevel.FULL},
    "view_only": {"access_level": AccessLevel.VIEW_ONLY},
    "none": {"access_level": AccessLevel.NONE},
    "custom": {
        "access_level": AccessLevel.CUSTOM,
        "access_features": [PortalFeature.QUESTIONS.value],
    },
    "custom without": {
        "access_level": AccessLevel.CUSTOM,
        "access_features": [PortalFeature.FILES.value],
    },
}


def an_access(connection, name: str, **ticks) -> ContactAccess:
    """A contact with a login of their own."""
    user = factories.UserFactory(full_name=name, email=f"{name.split()[0].lower()}@acme.test")
    row = factories.ContactFactory(firm=connection.firm, name=name, email=user.email, user=user)
    return factories.ContactAccessFactory(connection=connection, contact=row, **ticks)


def browser_of(access) -> Client:
    browser = Client()
    browser.force_login(access.contact.user)
    return browser


def page(name: str, row, slug: str = "harbour") -> str:
    """Of a question, or of a business."""
    ids = [row.connection_id, row.pk] if isinstance(row, Question) else [row.pk]
    return reverse(f"portal:{name}", args=[slug, *ids])


def said(text: str = "It was the van.") -> dict[str, str]:
    return {"text": text, "key": str(uuid4())}


def a_pdf() -> SimpleUploadedFile:
    return SimpleUploadedFile("r.pdf", samples.PDF)


@pytest.fixture
def cara(connection):
    return an_access(connection, "Cara Baker", is_client_admin=True)


@pytest.fixture
def tom(connection):
    return an_access(connection, "Tom Tucker", has_tax=True)


@pytest.fixture
def switched_on(connection):
    return factories.QuestionSettingsFactory(connection=connection, assignable=True)


def expected(kind: str, whose: str, level: str, *, is_on: bool) -> tuple[int, int]:
    """The answers to reading and to an empty answer, by S2.5, S2.17 and S2.18 alone."""
    if level in ("none", "custom without"):
        return 403, 403
    if is_on and kind != "admin" and whose != "own":
        return 404, 404
    return 200, 403 if level == "view_only" else 422


@pytest.mark.parametrize("is_on", [False, True], ids=["off", "on"])
@pytest.mark.parametrize("level", LEVELS)
def test_who_sees_and_answers_what(connection, level, is_on):
    """Switch × level, by HTTP, by `explain`, and by the rows that PostgreSQL shows."""
    settings = factories.QuestionSettingsFactory(connection=connection, are_assignable=is_on)
    people = {kind: an_access(connection, f"{kind} person", **t) for kind, t in TICKS.items()}
    with factories.arranging():
        type(connection).objects.filter(pk=connection.pk).update(**LEVELS[level])
    other = an_access(connection, "Other")
    found, wanted, explained, rows = {}, {}, {}, {}

    for (kind, access), whose in product(people.items(), ("own", "other", "nobody")):
        assignee = {"own": access.contact, "other": other.contact, "nobody": None}[whose]
        row = factories.QuestionFactory(connection=connection, assignee=assignee)
        browser, url, key = browser_of(access), page("question", row), (kind, whose)
        found[key] = browser.get(url).status_code, browser.post(url, {}).status_code
        wanted[key] = expected(kind, whose, level, is_on=is_on)
        access = ContactAccess.objects.get(pk=access.pk)
        verdicts = [row.explain(access, settings, is_write=w).allowed for w in (False, True)]
        explained[key] = tuple(verdicts)
        rows[key] = sees_row(access, row)

    assert found == wanted
    assert explained == {key: (r == 200, w == 422) for key, (r, w) in wanted.items()}
    assert rows == {
        key: not is_on or key[0] == "admin" or key[1] == "own" for key in wanted
    }  # the level closes the door, before any row


def sees_row(access, row) -> bool:
    with tenancy.enter(tenancy.NOBODY):
        contact = find_contact(access.contact.user, "harbour")
        enter_scope(access.contact.user, contact, find_accesses(contact))
        return Question.objects.filter(pk=row.pk).exists()


def test_the_owner_of_the_account_sees_all(connection, switched_on):
    access = an_access(connection, "Arthur Acme")
    with factories.arranging():
        connection.account.owner = access.contact.user
        connection.account.save(update_fields=["owner"])
    row = factories.QuestionFactory(connection=connection)

    assert browser_of(access).get(page("question", row)).status_code == 200


def test_replies_are_read_with_their_question_alone(connection, cara, tom, switched_on):
    row = factories.QuestionFactory(connection=connection, assignee=cara.contact)
    factories.QuestionReplyFactory(question=row)

    for access, count in ((cara, 1), (tom, 0)):
        with tenancy.enter(tenancy.NOBODY):
            contact = find_contact(access.contact.user, "harbour")
            enter_scope(access.contact.user, contact, find_accesses(contact))
            assert QuestionReply.objects.count() == count


def test_a_client_admin_starts_with_their_own_and_toggles_to_all(connection, cara, switched_on):
    own = factories.QuestionFactory(connection=connection, assignee=cara.contact)
    other = factories.QuestionFactory(connection=connection)
    browser, url = browser_of(cara), page("questions", connection)

    first, whole = browser.get(url), browser.get(f"{url}?show=all")
    export = browser.get(f"{url}export/?show=all").content.decode("utf-8-sig")

    assert list(first.context["page"].rows) == [own]
    assert list(whole.context["page"].rows) == [other, own]
    assert "Assigned to me" in first.text
    assert ">all</a>" in first.text
    assert export.count("\n") == 3
    tax = an_access(connection, "Tim Tanner", has_tax=True)
    assert "Assigned to me" not in browser_of(tax).get(url).text


def test_an_answer_is_the_firms_turn_and_one_however_often_it_is_sent(connection, cara):
    row = factories.QuestionFactory(connection=connection)
    form = said("It was the <b>van</b>.")
    browser = browser_of(cara)

    for _ in range(2):
        response = browser.post(page("question", row), form, follow=True)

    row.refresh_from_db()
    reply = row.replies.get()
    assert (row.state, reply.contact, reply.author) == ("answered", cara.contact, None)
    assert "Harbour Accounting has your answer." in response.text
    assert "<b>van</b>" not in response.text
    turn = Question.history.filter(id=row.pk).latest("history_id")
    assert (turn.history_user, turn.history_change_reason) == (
        cara.contact.user,
        "Answered a question.",
    )


def test_bad_answers_are_said_and_nothing_is_lost(connection, cara):
    row = factories.QuestionFactory(connection=connection)
    browser, url = browser_of(cara), page("question", row)

    empty = browser.post(url, {**said(), "text": " "})
    long = browser.post(url, said("x" * 5_001))

    assert (empty.status_code, long.status_code) == (422, 422)
    assert "x" * 5_001 in long.text
    assert not QuestionReply.objects.exists()


def test_a_resolved_question_takes_no_answer(connection, cara):
    row = factories.QuestionFactory(connection=connection, resolved=True)

    response = browser_of(cara).post(page("question", row), said())

    assert response.status_code == 422
    assert "Your accountant has resolved this question." in response.text
    assert not QuestionReply.objects.exists()


def test_what_was_taken_away_meanwhile_counts(connection, cara, tom, switched_on):
    """The page was open before: the action judges anew."""
    row = factories.QuestionFactory(connection=connection, assignee=tom.contact)
    with factories.arranging():
        Question.objects.update(assignee=cara.contact)

    with pytest.raises(Refused, match="it is assigned to Cara Baker"):
        answer_question(row, tom, by=tom.contact.user, text="T", key=uuid4())
    with factories.arranging():
        ContactAccess.objects.filter(pk=cara.pk).delete()
    with pytest.raises(Refused, match="no access"):
        answer_question(row, cara, by=cara.contact.user, text="T", key=uuid4())


def test_a_client_admin_hands_on_and_nobody_else_does(connection, cara, tom, switched_on):
    row = factories.QuestionFactory(connection=connection, assignee=cara.contact)
    url = page("question-reassign", row)
    stranger = factories.ContactAccessFactory(connection__branch=connection.branch)
    admin, other = browser_of(cara), browser_of(tom)

    assert other.get(page("question", row)).status_code == 404
    assert admin.post(url, {"assignee": stranger.contact_id}).status_code == 422
    done = admin.post(url, {"assignee": tom.contact_id}, follow=True)

    row.refresh_from_db()
    turn = Question.history.filter(id=row.pk).latest("history_id")
    assert "The question is assigned to Tom Tucker." in done.text
    assert (row.assignee, turn.history_user) == (tom.contact, cara.contact.user)
    seen = other.get(page("question", row))
    assert (seen.status_code, "Assigned to" in seen.text) == (200, False)
    assert other.post(url, {"assignee": cara.contact_id}).status_code == 404
    with factories.arranging():
        switched_on.are_assignable = False
        switched_on.save()
    assert admin.post(url, {"assignee": cara.contact_id}).status_code == 404


def test_the_client_asks_where_the_firm_takes_questions(connection, assigned_member, tom):
    browser, url = browser_of(tom), page("question-ask", connection)
    assert browser.get(url).status_code == browser.post(url, said()).status_code == 404
    factories.QuestionSettingsFactory(connection=connection, assignable=True, open_to_clients=True)
    form = said("May I claim this?")

    assert "Ask a question" in browser.get(page("questions", connection)).text
    for _ in range(2):
        response = browser.post(url, form, follow=True)

    row = Question.objects.get()
    assert (row.state, row.is_from_client, row.contact) == ("asked", True, tom.contact)
    assert "May I claim this?" in response.text
    keys = set(Message.objects.values_list("recipient", "subject"))
    subject = "Acme Bakery asks you a question"
    assert keys == {("mia@harbour.test", subject), (connection.branch.email, subject)}
    assert "May I claim" not in Message.objects.first().body


def test_what_waits_stands_on_the_home_and_vanishes(connection, cara, switched_on):
    own = factories.QuestionFactory(connection=connection, text="Mine?", assignee=cara.contact)
    factories.QuestionFactory(connection=connection, text="Elsewhere?")
    browser, home = browser_of(cara), reverse("portal:business", args=["harbour", connection.pk])

    before = browser.get(home).text
    browser.post(page("question", own), said())
    after = browser.get(home).text

    assert ("Mine?" in before, "Elsewhere?" in before) == (True, False)
    assert '2<span class="vh"> open' in before
    assert "Mine?" not in after
    assert '1<span class="vh"> open' in after


def test_the_switcher_says_what_waits_elsewhere(connection, branch, tom):
    """F-168a: each business counts by its own switch."""
    delta = factories.ConnectionFactory(branch=branch, name="Delta Design")
    factories.ContactAccessFactory(connection=delta, contact=tom.contact)
    for _ in range(2):
        factories.QuestionFactory(connection=delta)
    factories.QuestionSettingsFactory(connection=connection, assignable=True)
    factories.QuestionFactory(connection=connection)

    html = browser_of(tom).get(page("questions", connection)).text

    assert "<bdi>Delta Design</bdi> (2)" in html
    assert "<bdi>Acme Bakery</bdi></a>" in html


def test_queries_do_not_grow(connection, cara, switched_on):
    row = factories.QuestionFactory(connection=connection, assignee=cara.contact)
    factories.QuestionReplyFactory(question=row, author=None, contact=cara.contact)
    browser = browser_of(cara)
    pages = (
        f"{page('questions', connection)}?show=all",
        page("question", row),
        page("business", connection),
    )
    for url in pages:
        browser.get(url)

    with CaptureQueriesContext(database) as one:
        for url in pages:
            browser.get(url)
    for _ in range(3):
        factories.QuestionFactory(connection=connection, assignee=cara.contact)
        factories.QuestionReplyFactory(question=row)
    with CaptureQueriesContext(database) as many:
        for url in pages:
            browser.get(url)

    assert len(one) == len(many)


def test_a_deleted_contact_is_unknown_and_their_words_stay(connection, cara, tom):
    row = factories.QuestionFactory(connection=connection)
    factories.QuestionReplyFactory(question=row, author=None, contact=tom.contact, text="Blue.")
    with factories.arranging():
        tom.delete()

    html = browser_of(cara).get(page("question", row)).text

    assert "<bdi>Unknown</bdi>" in html
    assert "Blue." in html


def test_a_preview_shows_it_and_takes_nothing(client, super_admin, connection, tom, switched_on):
    row = factories.QuestionFactory(connection=connection, assignee=tom.contact)
    other = factories.QuestionFactory(connection=connection)
    client.force_login(super_admin)
    slug = f"harbour~{tom.pk}"

    assert client.get(page("question", row, slug)).status_code == 200
    assert client.get(page("question", other, slug)).status_code == 404
    assert client.post(page("question", row, slug), said()).status_code == 403
    assert not QuestionReply.objects.exists()


def test_an_answer_brings_files_into_the_folder_questions(connection, cara, tom, branch_admin):
    """F-173: once however often it is sent; who lacks "Files" reads its name alone."""
    row = factories.QuestionFactory(connection=connection)
    form = said("Here it is.")

    for _ in range(2):
        browser_of(tom).post(page("question", row), {**form, "attached": [a_pdf()]})

    file = ClientFile.objects.get()
    assert (file.name, str(file.folder), file.folder.kind) == ("r.pdf", "Questions", "questions")
    assert (file.contact, row.replies.get().attached.get().file) == (tom.contact, file)
    row.refresh_from_db()
    assert row.state == "answered"
    link = f"/portal/harbour/{connection.pk}/files/{file.pk}/"
    own, admins = (browser_of(one).get(page("question", row)).text for one in (tom, cara))
    assert ("r.pdf" in own, link in own, link in admins) == (True, False, True)
    staff = Client()
    staff.force_login(branch_admin)
    seen = staff.get(f"/harbour/clients/{connection.pk}/portal/questions/{row.pk}/").text
    assert f"/harbour/clients/{connection.pk}/files/{file.pk}/" in seen


def test_a_file_that_is_not_taken_keeps_the_answer_back(connection, cara):
    row = factories.QuestionFactory(connection=connection)
    bad = SimpleUploadedFile("r.svg", samples.SVG)

    response = browser_of(cara).post(
        page("question", row), {**said("Kept words"), "attached": [a_pdf(), bad]}
    )

    assert response.status_code == 422
    assert "“r.svg” was not added." in response.text
    assert "Kept words" in response.text
    assert not QuestionReply.objects.exists()
    assert not ClientFile.objects.exists()
