"""Moving the clock, for testers: never in production."""

import re
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from practice import clock
from practice.errors import Refused
from practice.models import ClockOffset, Job, JobState, Message, MessageState
from practice.tenancy import as_system

NOT_HERE = "The clock of a production installation cannot be moved."
SLACK = timedelta(minutes=10)  # longer than any lease
UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
MOVE = re.compile(r"([+-])((?:\d{1,6}[wdhms])+)")
FARTHEST = timedelta(days=365 * 50)
NO_MOVE = "“{}” is no move: say for example +60d, -2h, +1d12h or reset."
TOO_FAR = "The clock moves by fifty years at most."


def ahead_after(move: str) -> timedelta:
    """How far the clock stands ahead after “+60d”, “-2h”, “+1d12h” or “reset”; raises `Refused`."""
    if move == "reset":
        return timedelta(0)
    ahead = clock.offset() + parse_move(move)
    if abs(ahead) > FARTHEST:
        raise Refused(TOO_FAR)
    return ahead


def parse_move(text: str) -> timedelta:
    match = MOVE.fullmatch(text)
    if not match:
        raise Refused(NO_MOVE.format(text))
    sign, parts = match.groups()
    step = timedelta()
    for amount, unit in re.findall(r"(\d+)([wdhms])", parts):
        step += timedelta(**{UNITS[unit]: int(amount)})
    if step > FARTHEST:
        raise Refused(TOO_FAR)
    return step if sign == "+" else -step


@transaction.atomic
def move_clock(seconds: int) -> ClockOffset:
    """Let the clock stand this far from the true time. What was due stays due when it goes back."""
    if not settings.MOVABLE_CLOCK:
        raise Refused(NOT_HERE)
    before = clock.now()
    offset, _ = ClockOffset.objects.update_or_create(pk=1, defaults={"seconds": seconds})
    after = timezone.now() + timedelta(seconds=seconds)
    if after < before:
        pull_back(before + SLACK, after)
    return offset


def pull_back(before: datetime, after: datetime) -> None:
    """Times that lay in the past, or within a lease, must not become the far future."""
    with as_system():
        Message.objects.filter(
            state=MessageState.WAITING, not_before__gt=after, not_before__lte=before
        ).update(not_before=after)
        Job.objects.filter(
            state__in=[JobState.WAITING, JobState.RUNNING], due_at__gt=after, due_at__lte=before
        ).update(due_at=after)
