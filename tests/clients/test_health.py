"""The five health checks: each on its boundaries (F-130…F-134)."""

from datetime import UTC, datetime, timedelta

import pytest

from clients.models import UsageSnapshot
from clients.models.health import CHECKS, Light, findings

NOW = datetime(2026, 3, 29, 12, tzinfo=UTC)
WEEK = timedelta(days=7)
SECOND = timedelta(seconds=1)


def snapshot(**facts) -> UsageSnapshot:
    """Of an account in good health, but for these facts."""
    well = {
        "unscheduled_jobs": 0,
        "unsent_jobs": 0,
        "last_job_at": NOW,
        "accounting_package": "Ledgerline",
        "add_ons": ["Timesheets"],
    }
    return UsageSnapshot(**{**well, **facts})


def lights(usage: UsageSnapshot | None) -> dict[str, Light]:
    return {finding.check.name: finding.light for finding in findings(usage, NOW)}


def test_an_account_in_good_health_is_green_throughout():
    assert lights(snapshot()) == {
        "Multiple unscheduled jobs": Light.GREEN,
        "No jobs being booked/created": Light.GREEN,
        "Not integrated to accounting package": Light.GREEN,
        "Jobs not sent through to accounting package": Light.GREEN,
        "Not using add-ons": Light.GREEN,
    }


@pytest.mark.parametrize(
    ("facts", "name", "light", "value"),
    [
        ({"unscheduled_jobs": 0}, "Multiple unscheduled jobs", Light.GREEN, "0 unscheduled jobs"),
        ({"unscheduled_jobs": 1}, "Multiple unscheduled jobs", Light.GREEN, "1 unscheduled job"),
        ({"unscheduled_jobs": 2}, "Multiple unscheduled jobs", Light.RED, "2 unscheduled jobs"),
        ({"unscheduled_jobs": 5}, "Multiple unscheduled jobs", Light.RED, "5 unscheduled jobs"),
        ({"last_job_at": None}, "No jobs being booked/created", Light.RED, "No jobs booked yet"),
        (
            {"last_job_at": NOW - WEEK + SECOND},
            "No jobs being booked/created",
            Light.GREEN,
            "Last job booked",
        ),
        ({"last_job_at": NOW - WEEK}, "No jobs being booked/created", Light.RED, "Last job booked"),
        (
            {"accounting_package": ""},
            "Not integrated to accounting package",
            Light.RED,
            "None connected",
        ),
        (
            {"accounting_package": "  "},
            "Not integrated to accounting package",
            Light.RED,
            "None connected",
        ),
        (
            {"unsent_jobs": 1},
            "Jobs not sent through to accounting package",
            Light.RED,
            "1 unsent job",
        ),
        (
            {"unsent_jobs": 3},
            "Jobs not sent through to accounting package",
            Light.RED,
            "3 unsent jobs",
        ),
        ({"add_ons": []}, "Not using add-ons", Light.AMBER, "None activated"),
        ({"add_ons": ["Stock", "Jobs"]}, "Not using add-ons", Light.GREEN, "Stock, Jobs"),
    ],
)
def test_each_check_alone(facts, name, light, value):
    well = {**lights(snapshot()), name: light}

    found = findings(snapshot(**facts), NOW)

    assert {finding.check.name: finding.light for finding in found} == well
    assert next(f.value for f in found if f.check.name == name) == value


def test_a_job_is_dated():
    at = NOW - timedelta(days=30)

    [booked] = [f for f in findings(snapshot(last_job_at=at), NOW) if f.check.key == "not-booked"]

    assert (booked.day, booked.is_failed) == (at, True)


def test_what_was_not_reported_is_not_judged():
    found = findings(None, NOW)

    assert {(f.light, f.value, f.is_failed) for f in found} == {
        (Light.GREY, "Not reported yet", False)
    }
    assert [f.check for f in found] == list(CHECKS)


def test_each_check_says_what_to_do():
    assert all(check.rule and check.threshold and check.advice for check in CHECKS)
