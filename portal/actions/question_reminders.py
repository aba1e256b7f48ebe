"""Reminders of questions that wait for an answer (F-186…F-187a).

Each client has its hour of the week in its own time zone. A batch is the clients of one such hour:
locked, reminded, and marked, so that a second run finds them done; each mail has a key of its own.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Value
from django.db.models.functions import Coalesce, NullIf

from clients.actions.correspondence import keep_each
from clients.contact_rules import ANSWER_OWN_QUESTIONS
from clients.models import Connection, ContactAccess
from portal.models import Question, QuestionSettings
from portal.models.questions import last_slot
from practice import clock, tenancy
from practice.actions.outbox import mail_of, post_messages
from practice.emails import site_link
from practice.models import Message

BATCH = 200
LATE = timedelta(hours=12)  # a slot that nothing ran after for so long is let go
Hour = tuple[int, int, str]  # weekday, hour, time zone


def remind_of_questions() -> int:
    """How many mails were written."""
    now, sent = clock.now(), 0
    for hour in hours():
        slot = last_slot(*hour, now)
        if slot <= now - LATE:
            continue
        while (done := remind_batch(hour, slot)) is not None:
            sent += done
    return sent


def with_zone(rows: QuerySet[QuestionSettings]) -> Any:
    return rows.annotate(zone=Coalesce(NullIf("time_zone", Value("")), "firm__time_zone"))


def hours() -> list[Hour]:
    """Each hour of the week at which some client is reminded, and where."""
    with tenancy.as_system():
        rows = with_zone(QuestionSettings.objects.filter(has_reminders=True)).order_by()
        return list(rows.values_list("remind_day", "remind_hour", "zone").distinct())


def remind_batch(hour: Hour, slot: datetime) -> int | None:
    """The mails of some clients; None when no client is left."""
    with tenancy.as_system():
        rows = list(due(hour, slot)[:BATCH])
        if not rows:
            return None
        sent = send(rows, slot)
        done = QuestionSettings.objects.filter(pk__in=[row.pk for row in rows])
        done.update(reminded_until=slot)
    return sent


def due(hour: Hour, slot: datetime) -> Any:
    """Clients of the hour with a question that was waiting at the slot, locked. Those of paused and
    ended relationships are not reminded (F-187a)."""
    day, at, zone = hour
    outstanding = Question.objects.waiting().filter(
        connection=OuterRef("connection"), moved_at__lte=slot
    )
    rows = with_zone(QuestionSettings.objects.all()).filter(
        Exists(outstanding),
        zone=zone,
        has_reminders=True,
        remind_day=day,
        remind_hour=at,
        reminded_until__lt=slot,
        connection__in=Connection.objects.audible().order_by(),
    )
    related = rows.select_related("connection", "firm").order_by("pk")
    return related.select_for_update(of=("self",), skip_locked=True)


def send(rows: Sequence[QuestionSettings], slot: datetime) -> int:
    """One mail to each contact who has something to answer; it stands in the email history."""
    people, waiting = people_of(rows), waiting_of(rows)
    mails = []
    for settings in rows:
        for access in people[settings.connection_id]:
            access.connection = settings.connection
            theirs = to_answer(access, settings, waiting[settings.connection_id])
            if theirs:
                mails.append((reminder(access, settings, theirs, slot), settings.connection))
    messages = post_messages([mail for mail, _ in mails])
    keep_each((message, to) for (_, to), message in zip(mails, messages, strict=True))
    return len(mails)


def to_answer(
    access: ContactAccess, settings: QuestionSettings, questions: Iterable[Question]
) -> list[Question]:
    """What is assigned to the contact, also to a Client admin (F-187); all of it, where questions
    are everybody’s. Nothing where the contact may not answer."""
    if not access.explain(ANSWER_OWN_QUESTIONS).allowed:
        return []
    return [
        one
        for one in questions
        if not settings.are_assignable or one.assignee_id == access.contact_id
    ]


def people_of(rows: Sequence[QuestionSettings]) -> Mapping[int, list[ContactAccess]]:
    """Per client, its contacts with an address."""
    accesses = ContactAccess.objects.filter(connection_id__in=[row.connection_id for row in rows])
    found: dict[int, list[ContactAccess]] = defaultdict(list)
    for access in (
        accesses.exclude(contact__email="").select_related("contact__user").order_by("pk")
    ):
        access.is_owner = False  # of no account to the rules here: every contact may answer
        found[access.connection_id].append(access)
    return found


def waiting_of(rows: Sequence[QuestionSettings]) -> Mapping[int, list[Question]]:
    questions = Question.objects.waiting().filter(
        connection_id__in=[row.connection_id for row in rows]
    )
    found: dict[int, list[Question]] = defaultdict(list)
    for question in questions.order_by("pk"):
        found[question.connection_id].append(question)
    return found


def reminder(
    access: ContactAccess, settings: QuestionSettings, questions: list[Question], slot: datetime
) -> Message:
    return mail_of(
        "portal/question_reminder",
        key=f"question-reminder:{access.pk}:{slot:%Y%m%dT%H%M}",
        recipient=access.contact.email,
        firm=settings.firm,
        contact=access.contact,
        connection=settings.connection,
        questions=questions,
        link=site_link(
            "portal:questions",
            portal_slug=settings.firm.slug,
            connection_id=settings.connection_id,
        ),
    )
