"""`manage.py clock`: testers move the time; production refuses."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from practice import clock
from practice.actions.clocks import parse_move
from practice.errors import Refused
from practice.management.commands.clock import Command
from practice.models import ClockOffset, Job, Message
from tests.factories import JobFactory, MessageFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _movable(settings, monkeypatch):
    settings.MOVABLE_CLOCK = True
    monkeypatch.setattr(clock, "FRESH_FOR", -1.0)
    monkeypatch.setattr(clock, "_read", (float("-inf"), timedelta(0)))


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("+60d", timedelta(days=60)),
        ("-2h", -timedelta(hours=2)),
        ("+1d12h", timedelta(days=1, hours=12)),
        ("+1w", timedelta(weeks=1)),
        ("-90s", -timedelta(seconds=90)),
    ],
)
def test_moves_are_read(text, step):
    assert parse_move(text) == step


@pytest.mark.parametrize("text", ["60d", "+60", "tomorrow", "+d", "+1y", "+999999w"])
def test_nonsense_is_refused(text):
    with pytest.raises(Refused):
        parse_move(text)
    with pytest.raises(CommandError):
        call_command("clock", text)


def test_no_sum_of_moves_goes_too_far():
    for _ in range(2):
        call_command("clock", "+9000d")

    with pytest.raises(CommandError, match="fifty years"):
        call_command("clock", "+9000d")


def test_moves_add_up_and_reset_undoes_them(capsys):
    call_command("clock", "+60d")
    call_command("clock", "+12h")
    ahead = clock.now() - timezone.now()
    call_command("clock", "reset")

    assert round(ahead.total_seconds()) == 60 * 86400 + 12 * 3600
    assert ClockOffset.objects.get().seconds == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed[1].startswith("The clock is 60 days 12:00:00 ahead. It is ")
    assert printed[2].startswith("The clock shows the true time. It is ")


@pytest.mark.django_db(transaction=True)
def test_a_move_back_is_no_option(capsys):
    Command().run_from_argv(["manage.py", "clock", "-2h", "--no-color"])

    assert ClockOffset.objects.get().seconds == -7200


def test_it_only_looks_without_a_move(capsys):
    call_command("clock")

    assert not ClockOffset.objects.exists()


def test_production_refuses(settings):
    settings.MOVABLE_CLOCK = False

    with pytest.raises(CommandError, match="cannot be moved"):
        call_command("clock", "+60d")

    assert not ClockOffset.objects.exists()


def test_what_was_due_stays_due_when_the_clock_goes_back(firm, capsys):
    call_command("clock", "+60d")
    MessageFactory(firm=firm)
    JobFactory(firm=firm)
    later = JobFactory(firm=firm, due_at=clock.now() + timedelta(days=1))
    call_command("clock", "reset")

    assert Message.objects.due().count() == 1
    assert Job.objects.due().count() == 1
    assert later not in Job.objects.due()
