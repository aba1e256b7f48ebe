"""Two at once, on committed rows: nobody's words are lost, and nothing is asked twice."""

import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.db import connection as database

from portal.actions.answers import answer_question
from portal.actions.questions import resolve_question
from portal.models import Question, QuestionReply
from practice import tenancy
from practice.errors import Refused
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


def together(*functions) -> list[BaseException]:
    barrier = threading.Barrier(len(functions), timeout=10)

    def run(function):
        try:
            barrier.wait()
            function()
        finally:
            database.close()

    with ThreadPoolExecutor(len(functions)) as pool:
        futures = [pool.submit(run, function) for function in functions]
    return [problem for future in futures if (problem := future.exception())]


@pytest.fixture
def access(connection, contact):
    with tenancy.as_system():
        rows = factories.ContactAccess.objects.select_related("contact__user", "connection")
        return rows.get(contact__user=contact)


def answering(question, access, key):
    return lambda: answer_question(question, access, by=access.contact.user, text="A", key=key)


def test_two_answers_at_once_both_stand_and_one_sent_twice_stands_once(connection, access):
    question, key = factories.QuestionFactory(connection=connection), uuid4()

    raised = together(*(answering(question, access, k) for k in (key, key, uuid4(), uuid4())))

    assert raised == []
    with tenancy.as_system():
        assert QuestionReply.objects.count() == 3
        assert Question.objects.get().state == "answered"
        assert Question.history.filter(state="answered").count() <= 3


@pytest.mark.parametrize("round_", range(3))
def test_an_answer_and_resolving_at_once(connection, access, super_admin, round_):
    question = factories.QuestionFactory(connection=connection)

    def resolve():
        with tenancy.in_firm(connection.firm_id, super_admin.pk):
            resolve_question(question, by=super_admin)

    raised = together(answering(question, access, uuid4()), resolve)

    with tenancy.as_system():
        replies, state = QuestionReply.objects.count(), Question.objects.get().state
    assert state == "resolved"
    assert [type(problem) for problem in raised] == [Refused] * (1 - replies)
