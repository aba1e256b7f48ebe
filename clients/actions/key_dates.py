"""Important dates of clients, once or every year (F-091a)."""

from calendar import isleap
from datetime import date

from django.db import transaction

from clients.actions.work import lock_open
from clients.models import Connection, KeyDate
from practice import clock
from practice.errors import Refused
from practice.history import because
from practice.models import User
from practice.text import tidy

FEBRUARY, LEAP_DAY = 2, 29
MOST = 100  # of one client: they stand on one page
MOVED = "The day has passed: moved to the next year."


@transaction.atomic
def add_key_date(
    connection: Connection,
    *,
    by: User,
    title: str,
    on: date,
    is_yearly: bool = False,
    remind_days: int | None = None,
) -> KeyDate:
    """Raises `Refused` when the relationship has ended, or the client has a hundred of them."""
    connection = lock_open(connection.pk)
    if KeyDate.objects.filter(connection=connection).count() >= MOST:
        raise Refused(f"A client has at most {MOST} important dates. Delete some first.")
    key_date = KeyDate(
        firm_id=connection.firm_id,
        connection=connection,
        title=tidy(title),
        on=on,
        is_yearly=is_yearly,
        remind_days=remind_days,
        created_by=by,
    )
    with because("Added an important date.", by=by):
        key_date.save()
    return moved_on(key_date, by)


@transaction.atomic
def edit_key_date(
    key_date: KeyDate,
    *,
    by: User,
    title: str,
    on: date,
    is_yearly: bool,
    remind_days: int | None,
) -> KeyDate:
    """On another day people are reminded anew: `reminded_for` names the old one."""
    key_date = lock_key_date(key_date)
    wanted = {
        "title": tidy(title),
        "on": on,
        "is_yearly": is_yearly,
        "remind_days": remind_days,
    }
    changed = [name for name, value in wanted.items() if getattr(key_date, name) != value]
    for name in changed:
        setattr(key_date, name, wanted[name])
    if changed:
        with because("Edited an important date.", by=by):
            key_date.save(update_fields=changed)
    return moved_on(key_date, by)


@transaction.atomic
def delete_key_date(key_date: KeyDate, *, by: User) -> None:
    """Its past stays in the history. Somebody else may have been faster."""
    lock_open(key_date.connection_id)
    with because("Deleted an important date.", by=by):
        KeyDate.objects.filter(pk=key_date.pk).delete()


def lock_key_date(key_date: KeyDate) -> KeyDate:
    """The client first, then the date."""
    connection = lock_open(key_date.connection_id)
    row = KeyDate.objects.select_for_update().get(pk=key_date.pk)
    row.connection = connection
    return row


def moved_on(key_date: KeyDate, by: User) -> KeyDate:
    """A yearly date that was entered by its past names its next day at once."""
    if key_date.is_yearly and key_date.on < clock.today():
        key_date.on = next_day(key_date.on, clock.today())
        with because(MOVED, by=by):
            key_date.save(update_fields=["on"])
    return key_date


def next_day(on: date, today: date, *, is_leap_day: bool = False) -> date:
    """The first day from today on that has the month and day of `on`.

    29 February falls on the 28th in years without one, and comes back in the next leap year: then
    `on` is the 28th and `is_leap_day` says what it stands for.
    """
    this_year = in_year(on, today.year, is_leap_day=is_leap_day)
    return this_year if this_year >= today else in_year(on, today.year + 1, is_leap_day=is_leap_day)


def in_year(on: date, year: int, *, is_leap_day: bool) -> date:
    if is_leap_day or (on.month, on.day) == (FEBRUARY, LEAP_DAY):
        return date(year, FEBRUARY, LEAP_DAY if isleap(year) else LEAP_DAY - 1)
    return on.replace(year=year)
