"""`manage.py soak races` in its short form: three rounds of eight threads."""

import pytest

from bench import soak_races

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("name", soak_races.RACES)
def test_each_round_has_one_winner_and_sound_rows(name):
    result = soak_races.soak(name, threads=8, rounds=3)

    assert result["shown"] == []
    assert result["violations"] == 0


def test_a_move_that_changes_too_often_is_found():
    scene = soak_races.two_grants(1)
    always = soak_races.Scene(scene.firm, [(scene.moves[0][0], lambda: True)], scene.problems)

    found = soak_races.play(always, threads=2)

    assert found == ["2 first grants", "assigned as []"]
