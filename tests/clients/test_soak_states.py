"""`manage.py soak states` in its short form: the same 2,000 steps every time (issue 4)."""

import json

import pytest
from django.core.management import call_command

from bench import soak_states
from bench.states_world import World

pytestmark = pytest.mark.django_db


def test_two_thousand_steps_go_by_the_papers():
    result = soak_states.soak(2_000)

    assert result["shown"] == []
    assert result["violations"] == 0
    assert result["steps"] == 2_000
    assert set(result["done"]) >= {"pause", "resume", "transfer", "assign", "remove", "set_level"}
    assert set(result["done"]) >= {"disconnect", "leave", "ask_back", "accept", "cancel", "look"}


def test_what_differs_is_told_with_the_steps_that_led_there(monkeypatch):
    monkeypatch.setattr(World, "assign", lambda *_: None)

    result = soak_states.soak(100)

    assert result["violations"] > 0
    assert "history gained {}, and lacks {('tie', " in result["shown"][0]
    assert " after " in result["shown"][0]


def test_the_command_says_how_it_went(capsys):
    with pytest.raises(SystemExit) as end:
        call_command("soak", "states", "--steps=50", "--seed=2", "--processes=1")

    told = json.loads(capsys.readouterr().out)
    assert end.value.code == 0
    assert (told["soak"], told["steps"], told["violations"]) == ("states", 50, 0)
