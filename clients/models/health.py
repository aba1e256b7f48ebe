"""The Trusted Advisor health checks of a client account (F-130…F-134a): judged, never stored.

Pure: a usage snapshot and the time of asking in, five verdicts with their reasons out.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from clients.models.activity import JOB_RECENT, UsageSnapshot

MOST_UNSCHEDULED = 1  # one job may wait for a date; "multiple" begins with the second
MOST_UNSENT = 0

NO_JOBS = "No jobs booked yet"
NOT_REPORTED = "Not reported yet"


class Light(StrEnum):
    """`GREY`: nothing was reported, so there is nothing to judge."""

    GREEN = "good"
    AMBER = "warn"
    RED = "bad"
    GREY = "mute"

    @property
    def label(self) -> str:
        return {"good": "Healthy", "warn": "Worth a look", "bad": "Needs attention"}.get(
            self.value, NOT_REPORTED
        )


@dataclass(frozen=True)
class Check:
    """One kind of check: its name and rule in words, and what to do when it fails (F-134a)."""

    key: str
    name: str
    rule: str
    threshold: str
    advice: str


@dataclass(frozen=True)
class Finding:
    """A check with its light; `value` says what the snapshot holds, `day` dates it."""

    check: Check
    light: Light
    value: str
    day: datetime | None = None

    @property
    def is_failed(self) -> bool:
        return self.light in (Light.RED, Light.AMBER)


DAYS = JOB_RECENT.days

UNSCHEDULED = Check(
    "unscheduled",
    "Multiple unscheduled jobs",
    f"Red when more than {MOST_UNSCHEDULED} job stands without a date.",
    f"At most {MOST_UNSCHEDULED} unscheduled job",
    "Ask the client to give each open job a date, or to close those that will not be done."
    " Jobs without a date are not planned and not invoiced.",
)
NONE_BOOKED = Check(
    "not-booked",
    "No jobs being booked/created",
    f"Red when no job was booked for {DAYS} days.",
    f"A job within {DAYS} days",
    "Call the client: has work stopped, or is it booked elsewhere? A short training often helps.",
)
NOT_INTEGRATED = Check(
    "not-integrated",
    "Not integrated to accounting package",
    "Red when no accounting package is connected.",
    "One accounting package",
    "Offer to connect the accounting package together: without it every invoice is typed twice.",
)
NOT_SENT = Check(
    "not-sent",
    "Jobs not sent through to accounting package",
    "Red when a finished job has not reached the accounting package.",
    "No unsent jobs",
    "Open the list of finished jobs with the client and send them on; where sending fails, look"
    " at the connection of the accounting package first.",
)
NO_ADD_ONS = Check(
    "no-add-ons",
    "Not using add-ons",
    "Amber when no add-on is activated.",
    "One add-on",
    "Show the client what the plan includes: the first add-on is usually the one that saves most.",
)
CHECKS = (UNSCHEDULED, NONE_BOOKED, NOT_INTEGRATED, NOT_SENT, NO_ADD_ONS)
BY_KEY = {check.key: check for check in CHECKS}


def findings(usage: UsageSnapshot | None, now: datetime) -> list[Finding]:
    """The five checks in their usual order; grey ones where nothing was reported."""
    if usage is None:
        return [Finding(check, Light.GREY, NOT_REPORTED) for check in CHECKS]
    return [
        counted(UNSCHEDULED, usage.unscheduled_jobs, MOST_UNSCHEDULED, "unscheduled"),
        booked(usage.last_job_at, now),
        named(NOT_INTEGRATED, [usage.accounting_package], Light.RED, "None connected"),
        counted(NOT_SENT, usage.unsent_jobs, MOST_UNSENT, "unsent"),
        named(NO_ADD_ONS, usage.add_ons, Light.AMBER, "None activated"),
    ]


def counted(check: Check, number: int, most: int, what: str) -> Finding:
    light = Light.RED if number > most else Light.GREEN
    return Finding(check, light, f"{number:,} {what} job{'' if number == 1 else 's'}")


def booked(last_job_at: datetime | None, now: datetime) -> Finding:
    """Seven times 24 hours since the last job are a week without one (C26)."""
    if last_job_at is None:
        return Finding(NONE_BOOKED, Light.RED, NO_JOBS)
    light = Light.RED if now - last_job_at >= JOB_RECENT else Light.GREEN
    return Finding(NONE_BOOKED, light, "Last job booked", last_job_at)


def named(check: Check, names: list[str], without: Light, none: str) -> Finding:
    known = ", ".join(name.strip() for name in names if name.strip())
    return Finding(check, Light.GREEN if known else without, known or none)
