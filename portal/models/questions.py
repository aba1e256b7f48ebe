"""Questions between the firm and a client, what was answered, and how a client is asked
(F-156…F-157a, F-167…F-174)."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from itertools import chain
from typing import Any, Self
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import Count, Exists, OuterRef, Prefetch, Q

from clients.contact_rules import (
    ANSWER_ALL_QUESTIONS,
    ANSWER_OWN_QUESTIONS,
    VIEW_ALL_QUESTIONS,
    VIEW_OWN_QUESTIONS,
    contact_rules,
)
from clients.models import Connection, Contact, ContactAccess
from clients.models.connections import ConnectionOwned
from portal.models.files import ClientFile
from portal.roles import QuestionState, Weekday
from practice import clock, tenancy
from practice.history import History
from practice.models import User
from practice.permissions import Rule, Verdict
from practice.tenancy import OF_PORTAL_CLIENT, FirmOwnedQuerySet

LONGEST = 5_000
SWITCH = "Assignable Questions"
UNKNOWN = "Unknown"  # a person who is a contact no longer (S2.35)
# `Question.explain` in the words of PostgreSQL: what is somebody else’s is no row in the portal.
OF_CONTACT = f"""
{OF_PORTAL_CLIENT} AND (
  assignee_id = (SELECT app.contact_id())
  OR NOT EXISTS (SELECT FROM portal_questionsettings s
    WHERE s.connection_id = portal_question.connection_id AND s.are_assignable)
  OR EXISTS (SELECT FROM clients_contactaccess a
    WHERE a.connection_id = portal_question.connection_id AND a.is_client_admin
      AND a.contact_id = (SELECT app.contact_id()))
  OR EXISTS (SELECT FROM clients_connection c JOIN clients_clientaccount k ON k.id = c.account_id
    WHERE c.id = portal_question.connection_id AND k.owner_id = (SELECT app.user_id()))
)
"""  # noqa: S608  # nosec B608


def name_of(contact: Contact | None) -> str:
    """Of somebody who was named here; the portal reads no contacts of the past."""
    return (str(contact) if contact else "") or UNKNOWN


class QuestionSettings(ConnectionOwned):
    """How a client is asked and reminded; a client without a row has the defaults.

    `takes_questions`: the client may ask, too ("Questions for Us"). Reminders go out at
    `remind_hour` of the weekday in `time_zone`, "" for the firm's; no slot up to `reminded_until`
    is due any more.
    """

    are_assignable = models.BooleanField("Assignable Questions", default=False)
    takes_questions = models.BooleanField("Questions for Us", default=False)
    has_reminders = models.BooleanField("Reminders", default=True)
    remind_day = models.PositiveSmallIntegerField(choices=Weekday, default=Weekday.MONDAY)
    remind_hour = models.PositiveSmallIntegerField(default=8)
    time_zone = models.CharField(max_length=64, blank=True)
    reminded_until = models.DateTimeField(default=clock.now, editable=False)

    portal_policy = OF_PORTAL_CLIENT

    history = History(excluded_fields=["reminded_until"])
    objects = FirmOwnedQuerySet["QuestionSettings"].as_manager()

    class Meta:
        verbose_name_plural = "question settings"
        constraints = [
            models.UniqueConstraint(
                fields=["connection"], name="question_settings_once_per_client"
            ),
            models.CheckConstraint(
                name="question_reminder_in_the_week",
                condition=Q(remind_day__lte=6, remind_hour__lte=23),
            ),
        ]
        indexes = [
            models.Index(
                fields=["remind_day", "remind_hour"],
                name="question_reminders",
                condition=Q(has_reminders=True),
            )
        ]

    def __str__(self) -> str:
        return f"Questions to {self.connection}"

    @classmethod
    def of(cls, connection: Connection) -> "QuestionSettings":
        """The client's, or the defaults, which are not saved."""
        found = cls.objects.filter(connection=connection).first()
        return found or cls(firm_id=connection.firm_id, connection=connection)


def last_slot(day: int, hour: int, zone: str, now: datetime) -> datetime:
    """The latest moment, `now` at most, at which it was that hour of that weekday there.

    An hour that the clocks leave out is taken where they would have been; one that happens twice,
    the first time.
    """
    here = now.astimezone(ZoneInfo(zone))
    back = timedelta(days=(here.weekday() - day) % 7)
    for days in (back, back + timedelta(days=7)):
        local = datetime.combine((here - days).date(), time(hour), tzinfo=ZoneInfo(zone))
        slot = local.astimezone(UTC)
        if slot <= now:
            return slot
    raise AssertionError("A week ago it was before now.")


class PortalQuestionQuerySet(FirmOwnedQuerySet["Question"]):
    def open(self) -> Self:
        return self.exclude(state=QuestionState.RESOLVED)

    def waiting(self) -> Self:
        return self.filter(state=QuestionState.WAITING)

    def unassigned(self) -> Self:
        """Waiting for a client of whom nobody has them in hand: assigned to nobody, or to somebody
        who is a contact no longer (F-154d, F-157a)."""
        people = ContactAccess.objects.filter(
            connection=OuterRef("connection"), contact=OuterRef("assignee")
        )
        return self.waiting().filter(~Exists(people))

    def for_contact(self, contact_id: int) -> Self:
        return self.filter(assignee_id=contact_id)

    def with_switch(self) -> Any:
        """Whether the client’s questions are assignable, as `is_assignable` of each."""
        on = QuestionSettings.objects.filter(connection=OuterRef("connection"), are_assignable=True)
        return self.annotate(is_assignable=Exists(on))

    def visible_to(self, access: ContactAccess, settings: QuestionSettings) -> Self:
        """The queryset form of `Question.explain`, of one client."""
        rows = self.filter(connection_id=access.connection_id)
        if not access.explain(VIEW_OWN_QUESTIONS).allowed:
            return rows.none()
        if settings.are_assignable and not sees_all(access):
            return rows.for_contact(access.contact_id)
        return rows


STATES_OF = {
    "open": [QuestionState.WAITING],
    "answered": [QuestionState.ANSWERED, QuestionState.ASKED],
}


def open_counts(connection_ids: Iterable[int]) -> dict[int, tuple[int, int]]:
    """Per client: how many wait for it, and how many for the firm; clients without any are left
    out. One query, along the index of open questions (F-024a)."""
    rows = Question.objects.open().filter(connection_id__in=list(connection_ids)).order_by()
    waiting = Count("pk", filter=Q(state__in=STATES_OF["open"]))
    ours = Count("pk", filter=Q(state__in=STATES_OF["answered"]))
    counted = rows.values("connection_id").annotate(waiting=waiting, ours=ours)
    return {row["connection_id"]: (row["waiting"], row["ours"]) for row in counted}


def connections_with(kinds: Sequence[str]) -> "models.QuerySet[Question, int]":
    """The firm’s clients with questions that are "open", waiting for them, or "answered"; for the
    filter of the client list."""
    states = [state for kind in kinds for state in STATES_OF[kind]]
    rows = Question.objects.filter(firm_id=tenancy.current().firm_id or 0, state__in=states)
    return rows.order_by().values_list("connection_id", flat=True).distinct()


def visible_counts(accesses: Sequence[ContactAccess]) -> dict[int, int]:
    """Per client: how many of the questions that wait for an answer the contact sees; one query
    (F-167a, F-168a)."""
    seen = [one for one in accesses if one.explain(VIEW_OWN_QUESTIONS).allowed]
    rows = Question.objects.waiting().filter(connection_id__in=[one.connection_id for one in seen])
    mine = Count("pk", filter=Q(assignee_id__in={one.contact_id for one in seen}))
    counted = rows.with_switch().order_by().values("connection_id", "is_assignable")
    found = {row["connection_id"]: row for row in counted.annotate(whole=Count("pk"), mine=mine)}
    return {
        one.connection_id: row["mine" if row["is_assignable"] and not sees_all(one) else "whole"]
        for one in seen
        if (row := found.get(one.connection_id))
    }


def sees_all(access: ContactAccess) -> bool:
    return access.explain(VIEW_ALL_QUESTIONS).allowed


class Question(ConnectionOwned):
    """One question: the firm's to a client, or a client's to the firm (`is_from_client`).

    Who asked is `asked_by` at the firm, or `contact`. The facts of a transaction that it may be
    about are the date, amount, currency and description. `key` is the form's: two clicks are one
    question.
    """

    text = models.TextField(max_length=LONGEST)
    is_from_client = models.BooleanField(default=False)
    asked_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    contact = models.ForeignKey(
        Contact, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    assignee = models.ForeignKey(
        Contact, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    state = models.CharField(max_length=10, choices=QuestionState, default=QuestionState.WAITING)
    due_on = models.DateField(null=True, blank=True)
    paid_on = models.DateField("transaction date", null=True, blank=True)
    amount = models.DecimalField(max_digits=14, decimal_places=3, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    description = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    moved_at = models.DateTimeField(default=clock.now, editable=False)
    resolved_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    key = models.UUIDField(editable=False)

    is_client_content = True
    portal_policy = OF_CONTACT

    history = History(excluded_fields=["key"])
    objects = PortalQuestionQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["firm", "key"], name="question_once_per_form"),
            models.CheckConstraint(
                name="question_state_known", condition=Q(state__in=QuestionState.values)
            ),
            models.CheckConstraint(
                name="question_asked_by_somebody",
                condition=Q(is_from_client=False, asked_by__isnull=False, contact=None)
                | Q(is_from_client=True, asked_by=None, contact__isnull=False),
            ),
            models.CheckConstraint(
                name="question_amount_has_currency", condition=Q(amount=None) | ~Q(currency="")
            ),
        ]
        indexes = [
            models.Index(fields=["connection", "-id"], name="question_by_connection"),
            models.Index(
                fields=["firm", "state", "connection"],
                name="question_open",
                condition=~Q(state=QuestionState.RESOLVED),
            ),
            models.Index(
                fields=["connection", "state"],
                name="question_open_of_client",
                condition=~Q(state=QuestionState.RESOLVED),
            ),
        ]

    def __str__(self) -> str:
        return self.text[:60]

    @property
    def is_open(self) -> bool:
        return self.state != QuestionState.RESOLVED

    @property
    def is_waiting(self) -> bool:
        return self.state == QuestionState.WAITING

    @property
    def is_overdue(self) -> bool:
        return self.is_waiting and self.due_on is not None and self.due_on < clock.today()

    @property
    def is_about_transaction(self) -> bool:
        return bool(self.paid_on or self.amount is not None or self.description)

    @property
    def author(self) -> str:
        return name_of(self.contact) if self.is_from_client else str(self.asked_by)

    @property
    def assignee_name(self) -> str:
        return name_of(self.assignee) if self.assignee_id else ""

    def explain(
        self, access: ContactAccess, settings: QuestionSettings, *, is_write: bool = False
    ) -> Verdict:
        """May this contact read it, or answer it, and why (F-169, F-170, F-171)."""
        own, whole = (
            (ANSWER_OWN_QUESTIONS, ANSWER_ALL_QUESTIONS)
            if is_write
            else (VIEW_OWN_QUESTIONS, VIEW_ALL_QUESTIONS)
        )
        last = self.assignment_rules(access, settings, is_whole=access.explain(whole).allowed)
        return Verdict.of(chain(contact_rules(access.facts(), own), last))

    def assignment_rules(
        self, access: ContactAccess, settings: QuestionSettings, *, is_whole: bool
    ) -> Iterator[Rule]:
        if not settings.are_assignable:
            yield Rule(SWITCH, True, f"{SWITCH} is off, so every contact sees every question.")
        elif self.assignee_id == access.contact_id:
            yield Rule(SWITCH, True, "It is assigned to {you}.")
        elif is_whole:
            yield Rule(SWITCH, True, f"{SWITCH} is on; a Client admin sees every question.")
        else:
            whom = self.assignee_name or "nobody"
            yield Rule(SWITCH, False, f"{SWITCH} is on and it is assigned to {whom}.")


class QuestionReply(ConnectionOwned):
    """What somebody wrote under a question: `author` at the firm, or a `contact`."""

    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="replies")
    author = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    contact = models.ForeignKey(
        Contact, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    text = models.TextField(max_length=LONGEST)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    key = models.UUIDField(editable=False)

    is_client_content = True
    portal_policy = "EXISTS (SELECT FROM portal_question q WHERE q.id = question_id)"

    objects = FirmOwnedQuerySet["QuestionReply"].as_manager()

    class Meta:
        verbose_name_plural = "question replies"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["question", "key"], name="question_reply_once_per_form"
            ),
            models.CheckConstraint(
                name="question_reply_by_somebody",
                condition=Q(author__isnull=False, contact=None)
                | Q(author=None, contact__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.said_by}: {self.text[:40]}"

    @property
    def said_by(self) -> str:
        return name_of(self.contact) if self.contact_id else str(self.author)


class ReplyFile(ConnectionOwned):
    """A file that came with a reply; it lies in the client’s folder "Questions" (F-173)."""

    reply = models.ForeignKey(QuestionReply, on_delete=models.PROTECT, related_name="attached")
    file = models.ForeignKey(ClientFile, on_delete=models.PROTECT, related_name="+")

    is_client_content = True
    portal_policy = "EXISTS (SELECT FROM portal_questionreply r WHERE r.id = reply_id)"

    objects = FirmOwnedQuerySet["ReplyFile"].as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["reply", "file"], name="reply_file_once")]

    def __str__(self) -> str:
        return f"{self.file} with {self.reply}"


def replies_of(question: Question) -> Any:
    """With who wrote them, and their files: two queries."""
    rows = question.replies.select_related("author", "contact")
    return rows.prefetch_related(Prefetch("attached", ReplyFile.objects.select_related("file")))
