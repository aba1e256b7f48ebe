"""`manage.py soak immediately` in its short form: one trial for each change and way."""

import pytest

from bench import soak_immediately
from bench.soak_immediately import ALL, WAYS

pytestmark = pytest.mark.django_db(transaction=True)


def test_nothing_succeeds_after_the_change():
    result = soak_immediately.soak(len(WAYS) * len(ALL))

    assert result["shown"] == []
    assert result["violations"] == 0
    assert result["by_change"] == dict.fromkeys(ALL, len(WAYS))


def test_what_goes_on_unchanged_is_found():
    stage = soak_immediately.build()

    found = {
        way: list(
            soak_immediately.of_staff(
                soak_immediately.arrange(stage, is_admin=False), lambda trial: None, way
            )
        )
        for way in WAYS
    }

    assert found == {
        "page": ["is open still"],
        "htmx": ["is open still"],
        "download": ["is open still"],
        "export": ["the client is in the file still"],
    }


def test_a_pause_that_changes_nothing_or_too_much_is_found():
    stage = soak_immediately.build()

    def found(change, way) -> list[str]:
        trial = soak_immediately.arrange(stage, is_admin=False)
        return list(soak_immediately.of_paused(trial, change, way))

    nothing = {way: found(lambda trial: None, way) for way in WAYS}
    too_much = {way: found(soak_immediately.removed, way) for way in WAYS}
    assert nothing == {
        "page": ["is open still"],
        "htmx": ["is open still"],
        "download": [],
        "export": [],
    }
    assert too_much == {
        "page": [],
        "htmx": [],
        "download": ["reading has stopped"],
        "export": ["reading has stopped"],
    }
