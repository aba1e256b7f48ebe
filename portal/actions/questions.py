"""The firm asks, answers, assigns and resolves questions (F-156, F-157a, F-173b, F-174)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid5

from django.db import transaction

from clients.actions.events import record
from clients.actions.judging import refuse_unless
from clients.models import Connection, Contact, ContactAccess, EventKind
from clients.permissions import MANAGE_QUESTIONS
from portal.models import Question, QuestionReply, QuestionSettings
from portal.roles import QuestionState
from portal.states import QUESTION_TRANSITIONS
from practice import clock
from practice.errors import Refused
from practice.history import because
from practice.models import User
from practice.text import tidy

NOT_SEEN = "You no longer see this client."
IS_CLOSED = "This question is resolved. Reopen it to answer."
SWITCHED_OFF = "Assignable Questions is off for this client, so questions are everybody’s."
NO_CONTACT = "{} is no contact of this client any more."


@dataclass(frozen=True)
class Payment:
    """What a question about a transaction says of it."""

    paid_on: date | None = None
    amount: Decimal | None = None
    currency: str = ""
    description: str = ""


@transaction.atomic
def ask_questions(
    connection: Connection,
    texts: Sequence[str],
    *,
    by: User,
    key: UUID,
    assignee: Contact | None = None,
    due_on: date | None = None,
    payment: Payment | None = None,
) -> list[Question]:
    """One question for each text. With the same `key` a second click changes nothing.

    Raises `Refused` where `by` may not ask any more, or the assignee is no contact of the client.
    """
    connection = lock_askable(connection, by)
    keys = [uuid5(key, str(number)) for number in range(len(texts))]
    known = Question.objects.filter(firm_id=connection.firm_id, key__in=keys)
    if earlier := list(known.order_by("pk")):
        return earlier
    settings = keep_settings(connection, by)
    if assignee:
        refuse_stranger(settings, connection, assignee)
    facts = payment or Payment()
    rows = [
        Question(
            firm_id=connection.firm_id,
            connection=connection,
            text=text.strip(),
            asked_by=by,
            assignee=assignee,
            due_on=due_on,
            paid_on=facts.paid_on,
            amount=facts.amount,
            currency=facts.currency if facts.amount is not None else "",
            description=tidy(facts.description),
            key=one,
        )
        for text, one in zip(texts, keys, strict=True)
    ]
    with because("Asked the client a question.", by=by):
        Question.objects.bulk_create(rows)
    says = f"{by} asked a question" if len(rows) == 1 else f"{by} asked {len(rows)} questions"
    record(connection, EventKind.MESSAGE, says, by=by)
    return rows


@transaction.atomic
def respond_to_question(question: Question, *, by: User, text: str, key: UUID) -> QuestionReply:
    """The firm writes: it is the client’s turn then. With the same `key` nothing changes."""
    question = lock_question(question, by)
    if earlier := question.replies.filter(key=key).first():
        return earlier
    if not question.is_open:
        raise Refused(IS_CLOSED)
    reply = QuestionReply.objects.create(
        firm_id=question.firm_id,
        connection_id=question.connection_id,
        question=question,
        author=by,
        text=text.strip(),
        key=key,
    )
    turn = QuestionState.RESPONDED if question.is_from_client else QuestionState.WAITING
    with because("Wrote under a question.", by=by):
        move(question, turn)
    record(question.connection, EventKind.MESSAGE, f"{by} wrote under a question", by=by)
    return reply


@transaction.atomic
def resolve_question(question: Question, *, by: User) -> Question:
    """A second click changes nothing."""
    question = lock_question(question, by)
    if question.is_open:
        question.resolved_by = by
        with because("Resolved a question.", by=by):
            move(question, QuestionState.RESOLVED, "resolved_by")
        record(question.connection, EventKind.MESSAGE, f"{by} resolved a question", by=by)
    return question


@transaction.atomic
def reopen_question(question: Question, *, by: User) -> Question:
    """It waits again for whom it was asked of."""
    question = lock_question(question, by)
    if not question.is_open:
        question.resolved_by = None
        turn = QuestionState.ASKED if question.is_from_client else QuestionState.WAITING
        with because("Opened a question again.", by=by):
            move(question, turn, "resolved_by")
        record(question.connection, EventKind.MESSAGE, f"{by} reopened a question", by=by)
    return question


@transaction.atomic
def assign_question(question: Question, contact: Contact | None, *, by: User) -> Question:
    """Give it to one of the client’s people, or to nobody. Raises `Refused` for strangers."""
    question = lock_question(question, by)
    if contact:
        refuse_stranger(QuestionSettings.of(question.connection), question.connection, contact)
    if question.assignee_id != (contact.pk if contact else None):
        write_assignee(question, contact, by)
    return question


def write_assignee(question: Question, contact: Contact | None, by: User) -> None:
    """Of a locked question; also by a Client admin (F-172)."""
    question.assignee = contact
    with because("Assigned a question to a contact.", by=by):
        question.save(update_fields=["assignee"])
    whom = contact or "nobody"
    record(question.connection, EventKind.MESSAGE, f"{by} assigned a question to {whom}", by=by)


@transaction.atomic
def change_question_settings(
    connection: Connection, *, by: User, **facts: bool | int | str
) -> QuestionSettings:
    """Switches and schedule (F-156, F-157, F-174). A slot that has passed today stays passed."""
    connection = lock_askable(connection, by)
    settings = QuestionSettings.of(connection)
    for name, value in facts.items():
        setattr(settings, name, value)
    settings.reminded_until = clock.now()
    with because("Changed how the client is asked and reminded.", by=by):
        settings.save()
    says = f"{by} changed the settings of questions and reminders"
    record(connection, EventKind.EDITED, says, by=by)
    return settings


def keep_settings(connection: Connection, by: User) -> QuestionSettings:
    """The client’s row, made with the defaults where there is none: reminders go by it."""
    settings = QuestionSettings.of(connection)
    if settings._state.adding:
        with because("Asked the client for the first time.", by=by):
            settings.save()
    return settings


def lock_askable(connection: Connection, by: User) -> Connection:
    """The client, locked. Raises `Refused` unless the person may ask it now."""
    row = Connection.objects.locked(connection.pk)
    row.branch = connection.branch
    refuse_unless(row, MANAGE_QUESTIONS, by, unseen=NOT_SEEN)
    return row


def lock_question(question: Question, by: User) -> Question:
    """The client first, then the question."""
    connection = lock_askable(question.connection, by)
    question = Question.objects.select_for_update().get(pk=question.pk)
    question.connection = connection
    return question


def move(question: Question, state: QuestionState, *also: str) -> None:
    QUESTION_TRANSITIONS.check(question.state, state)
    question.state, question.moved_at = state, clock.now()
    question.save(update_fields=["state", "moved_at", *also])


def refuse_stranger(settings: QuestionSettings, connection: Connection, contact: Contact) -> None:
    if not settings.are_assignable:
        raise Refused(SWITCHED_OFF)
    if not ContactAccess.objects.filter(connection=connection, contact=contact).exists():
        raise Refused(NO_CONTACT.format(contact))
