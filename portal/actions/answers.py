"""A client’s people answer, ask and hand on questions (F-172, F-173, F-174).

Each enters the firm, locks the client, and reads the contact’s access anew: what counts is what
they may do now, not when the page was opened.
"""

from collections.abc import Sequence
from uuid import UUID, uuid5

from clients.actions.endings import mail_firm
from clients.actions.events import note_activity, record
from clients.contact_rules import ANSWER_OWN_QUESTIONS, REASSIGN_QUESTIONS
from clients.models import Connection, Contact, ContactAccess, EventKind, TeamAssignment
from portal.actions.acting import acting, refuse_unless_may
from portal.actions.questions import (
    keep_settings,
    move,
    refuse_stranger,
    write_assignee,
)
from portal.actions.storing import look_at_all, store_upload
from portal.models import Question, QuestionReply, QuestionSettings, ReplyFile
from portal.models.files import FolderKind, auto_folder
from portal.roles import QuestionState
from portal.uploads import Upload
from practice.emails import site_link
from practice.errors import Refused
from practice.history import because
from practice.models import User

IS_CLOSED = "Your accountant has resolved this question."
NOT_TAKEN = "Your accountant does not take questions here. Send a message instead."


def answer_question(
    question: Question,
    access: ContactAccess,
    *,
    by: User,
    text: str,
    key: UUID,
    uploads: Sequence[Upload] = (),
) -> QuestionReply:
    """It is the firm’s turn then. With the same `key` a second click changes nothing.

    Raises `Refused` where the contact may not answer it any more, when it is resolved, and when a
    file is not taken: then nothing is sent.
    """
    look_at_all(uploads)
    with acting(access, by) as now:
        question = locked(question, now, is_write=True)
        if earlier := question.replies.filter(key=key).first():
            return earlier
        if not question.is_open:
            raise Refused(IS_CLOSED)
        reply = QuestionReply.objects.create(
            firm_id=question.firm_id,
            connection_id=question.connection_id,
            question=question,
            contact=now.contact,
            text=text.strip(),
            key=key,
        )
        attach(reply, uploads, now, by)
        turn = QuestionState.ASKED if question.is_from_client else QuestionState.ANSWERED
        with because("Answered a question.", by=by):
            move(question, turn)
        tell(now.connection, f"{now.contact} answered a question", by)
    return reply


def attach(
    reply: QuestionReply, uploads: Sequence[Upload], access: ContactAccess, by: User
) -> None:
    """Into the folder that makes itself (F-177b). Raises `Refused`, naming the file."""
    if not uploads:
        return
    with because("Attached a file to an answer.", by=by):
        folder = auto_folder(access.connection, FolderKind.QUESTIONS)
    for number, upload in enumerate(uploads):
        file = store_upload(
            access.connection,
            upload,
            by=by,
            folder=folder,
            contact=access.contact,
            key=uuid5(reply.key, f"{number}"),
        )
        ReplyFile.objects.create(
            firm_id=reply.firm_id, connection_id=reply.connection_id, reply=reply, file=file
        )


def ask_firm(access: ContactAccess, *, by: User, text: str, key: UUID) -> Question:
    """A question of the client’s own; who is assigned and the branch are told by mail (F-174)."""
    with acting(access, by) as now:
        refuse_unless_may(now, ANSWER_OWN_QUESTIONS)
        if not QuestionSettings.of(now.connection).takes_questions:
            raise Refused(NOT_TAKEN)
        known = Question.objects.filter(connection=now.connection, key=key)
        if earlier := known.first():
            return earlier
        keep_settings(now.connection, by)
        question = Question(
            firm_id=now.firm_id,
            connection=now.connection,
            text=text.strip(),
            is_from_client=True,
            contact=now.contact,
            assignee=now.contact,
            state=QuestionState.ASKED,
            key=key,
        )
        with because("Asked the accountant a question.", by=by):
            question.save(force_insert=True)
        tell(now.connection, f"{now.contact} asked the firm a question", by)
        mail_team(question)
    return question


def reassign_question(
    question: Question, access: ContactAccess, contact: Contact, *, by: User
) -> Question:
    """A Client admin gives it to another of the client’s people (F-172)."""
    with acting(access, by) as now:
        refuse_unless_may(now, REASSIGN_QUESTIONS)
        question = locked(question, now)
        refuse_stranger(QuestionSettings.of(now.connection), now.connection, contact)
        if question.assignee_id != contact.pk:
            write_assignee(question, contact, by)
    return question


def locked(question: Question, access: ContactAccess, *, is_write: bool = False) -> Question:
    """After the client. Raises `Refused` where the contact may not read or answer it now."""
    rows = Question.objects.select_for_update(of=("self",)).select_related("assignee")
    question = rows.get(pk=question.pk, connection=access.connection)
    question.connection = access.connection
    settings = QuestionSettings.of(access.connection)
    verdict = question.explain(access, settings, is_write=is_write)
    if not verdict.allowed:
        raise Refused(verdict.reason)
    return question


def tell(connection: Connection, says: str, by: User) -> None:
    record(connection, EventKind.MESSAGE, says, by=by)
    note_activity(connection)


def mail_team(question: Question) -> None:
    connection = question.connection
    ties = TeamAssignment.objects.running().filter(content_object=connection)
    people = [tie.user for tie in ties.select_related("user").order_by("pk")]
    words = {"firm_slug": connection.firm.slug, "connection_id": connection.pk}
    link = site_link("portal:client-question", **words, question_id=question.pk)
    key = f"question:{question.pk}:asked"
    mail_firm("portal/question_from_client", connection, people, key=key, question=question,
              link=link)  # fmt: skip
