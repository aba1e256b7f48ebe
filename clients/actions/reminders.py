"""What the clock does with important dates: reminding, and moving yearly ones on (F-091a).

Both work in sets, in the firm's own day, and change nothing when they run again: `reminded_for`
names the day that people were reminded of, and each mail has a key of its own.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from django.db.models import DateField, ExpressionWrapper, F, Q, QuerySet, Value

from clients.actions.colleagues import sees, standings_of
from clients.actions.correspondence import keep_each
from clients.actions.key_dates import FEBRUARY, LEAP_DAY, MOVED, next_day
from clients.models import Connection, KeyDate, TeamAssignment
from clients.roles import ConnectionStatus
from practice import clock, tenancy
from practice.actions.outbox import mail_of, post_messages
from practice.emails import site_link
from practice.history import because
from practice.models import Firm, Message, User
from practice.permissions import Standing

BATCH = 500
MOST_DAYS = 365  # before the date
REMINDED = "Reminded of an important date."


def remind_of_key_dates() -> int:
    """Mail to those who are assigned, else to who entered the date; how many dates were dealt with.

    Reminders of paused clients wait until they are resumed, as long as the day has not passed.
    """
    return in_batches(remind_batch)


def move_key_dates_on() -> int:
    """A yearly date whose day has passed names its next one."""
    return in_batches(move_batch)


def in_batches(batch: Callable[[str, date], int]) -> int:
    """Firm by firm's time zone, each batch in a transaction of its own."""
    with tenancy.as_system():
        zones = list(Firm.objects.order_by().values_list("time_zone", flat=True).distinct())
    done = 0
    for zone in zones:
        today = clock.now().astimezone(ZoneInfo(zone)).date()
        while count := batch(zone, today):
            done += count
    return done


def remind_batch(zone: str, today: date) -> int:
    with tenancy.as_system(), because(REMINDED):
        rows = list(due(zone, today)[:BATCH])
        people = people_to_remind(rows)
        pairs = [(row, person) for row in rows for person in people[row.pk]]
        send(pairs, today)
        KeyDate.objects.filter(pk__in=[row.pk for row in rows]).update(reminded_for=F("on"))
    return len(rows)


def due(zone: str, today: date) -> QuerySet[KeyDate]:
    """Dates that are near enough and whose day nobody was reminded of, locked."""
    soon = ExpressionWrapper(
        Value(today, output_field=DateField()) + F("remind_days"), output_field=DateField()
    )
    rows = KeyDate.objects.filter(
        Q(reminded_for=None) | ~Q(reminded_for=F("on")),
        firm__time_zone=zone,
        remind_days__isnull=False,
        on__range=(today, today + timedelta(days=MOST_DAYS)),
        on__lte=soon,
        connection__in=Connection.objects.audible().order_by(),
    )
    related = rows.select_related("connection__branch", "firm", "created_by").order_by("pk")
    return related.select_for_update(of=("self",), skip_locked=True)


def people_to_remind(rows: Sequence[KeyDate]) -> dict[int, list[User]]:
    """Date → who is assigned, or who entered it when nobody is; of those, who see the client."""
    roles: dict[int, dict[User, str]] = defaultdict(dict)
    ties = TeamAssignment.objects.running().filter(
        content_object_id__in={row.connection_id for row in rows}, user__is_active=True
    )
    for tie in ties.select_related("user").order_by("pk"):
        roles[tie.content_object_id][tie.user] = tie.role
    wanted: dict[int, Mapping[User, str | None]] = {}
    for row in rows:
        creator = {row.created_by: None} if row.created_by and row.created_by.is_active else {}
        wanted[row.pk] = roles[row.connection_id] or creator
    return those_who_see(rows, wanted)


def those_who_see(
    rows: Sequence[KeyDate], wanted: Mapping[int, Mapping[User, str | None]]
) -> dict[int, list[User]]:
    standings: dict[tuple[int, int], Standing] = {}
    for firm_id in {row.firm_id for row in rows}:
        ids = {u.pk for row in rows if row.firm_id == firm_id for u in wanted[row.pk]}
        for user_id, standing in standings_of(firm_id, ids).items():
            standings[firm_id, user_id] = standing
    return {
        row.pk: [
            person
            for person, role in wanted[row.pk].items()
            if (row.firm_id, person.pk) in standings
            and sees(standings[row.firm_id, person.pk], row.connection, role)
        ]
        for row in rows
    }


def send(pairs: Iterable[tuple[KeyDate, User]], today: date) -> None:
    """One mail each, which also stands in the client's email history."""
    pairs = list(pairs)
    messages = post_messages([reminder(row, person, today) for row, person in pairs])
    keep_each((message, row.connection) for (row, _), message in zip(pairs, messages, strict=True))


def reminder(row: KeyDate, person: User, today: date) -> Message:
    words = {"firm_slug": row.firm.slug, "connection_id": row.connection_id}
    return mail_of(
        "clients/key_date_due",
        key=f"key-date:{row.pk}:{row.on.isoformat()}:{person.pk}",
        recipient=person.email,
        firm=row.firm,
        person=person,
        key_date=row,
        days=(row.on - today).days,
        link=site_link("clients:client-tasks", **words),
    )


def move_batch(zone: str, today: date) -> int:
    with tenancy.as_system(), because(MOVED):
        passed = KeyDate.objects.filter(firm__time_zone=zone, is_yearly=True, on__lt=today)
        running = passed.exclude(connection__status=ConnectionStatus.DISCONNECTED)
        locked = running.select_for_update(of=("self",), skip_locked=True)
        rows = list(locked.order_by("pk")[:BATCH])
        leap = leap_days(rows)
        for row in rows:
            row.on = next_day(row.on, today, is_leap_day=row.pk in leap)
        KeyDate.objects.bulk_update(rows, ["on"])
    return len(rows)


def leap_days(rows: Sequence[KeyDate]) -> set[int]:
    """Those on 28 February that a person has put on the 29th: the history knows."""
    ids = [row.pk for row in rows if (row.on.month, row.on.day) == (FEBRUARY, LEAP_DAY - 1)]
    if not ids:
        return set()
    past = KeyDate.history.filter(id__in=ids).exclude(history_change_reason=MOVED)
    last = past.order_by("id", "-history_date", "-history_id").distinct("id")
    return {row.id for row in last if (row.on.month, row.on.day) == (FEBRUARY, LEAP_DAY)}
