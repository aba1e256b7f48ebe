"""`manage.py soak`: servers of its own, a line of JSON per case, a status that says how it went."""

import json

import pytest
from django.core.management import call_command

from bench import soak_money, soak_rights
from config.local.main import profile_for
from config.local.places import SOAK, UP
from practice.money import rounded


def test_soak_runs_have_servers_and_data_of_their_own():
    assert profile_for("soak") == SOAK
    assert SOAK.is_throwaway
    assert {SOAK.folder, SOAK.database}.isdisjoint({UP.folder, UP.database})


@pytest.mark.django_db
def test_a_run_without_violations_prints_one_line_and_ends_well(capsys):
    with pytest.raises(SystemExit) as end:
        call_command("soak", "rights", "--worlds=2", "--seed=3")

    told = json.loads(capsys.readouterr().out)
    assert end.value.code == 0
    assert (told["soak"], told["worlds"], told["seed"]) == ("rights", 2, 3)
    assert (told["disagreements"], told["goal"]) == (0, 0)


@pytest.mark.django_db
def test_a_run_with_violations_ends_badly(monkeypatch, capsys):
    """A rule that only one of the two forms knows."""
    monkeypatch.setattr(soak_rights, "permitted", lambda *_: set())

    with pytest.raises(SystemExit) as end:
        call_command("soak", "rights", "--worlds=5")

    told = json.loads(capsys.readouterr().out)
    assert end.value.code == 1
    assert told["disagreements"] >= len(told["shown"]) > 0


@pytest.mark.django_db
def test_no_cent_is_lost_in_a_few_thousand_cases(capsys):
    with pytest.raises(SystemExit) as end:
        call_command("soak", "money", "--cases=4000", "--seed=7")

    told = json.loads(capsys.readouterr().out)
    assert (told["soak"], told["cases"], told["walks"]) == ("money", 4000, 1)
    assert (told["shown"], end.value.code) == ([], 0)


@pytest.mark.django_db
def test_a_lost_cent_is_found(monkeypatch, capsys):
    """Each part rounded by itself."""
    monkeypatch.setattr(
        soak_money,
        "allocate",
        lambda total, weights, currency: [
            rounded(total * weight / sum(weights), currency) for weight in weights
        ],
    )

    with pytest.raises(SystemExit) as end:
        call_command("soak", "money", "--cases=200")

    assert json.loads(capsys.readouterr().out)["violations"] > 0
    assert end.value.code == 1
