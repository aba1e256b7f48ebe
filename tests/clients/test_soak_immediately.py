"""`manage.py soak immediately` in its short form: one trial for each change and way."""

import pytest

from bench import soak_immediately
from bench.soak_immediately import ACCESS_LEVEL, CHANGES, WAYS

pytestmark = pytest.mark.django_db(transaction=True)


def test_nothing_succeeds_after_the_change():
    result = soak_immediately.soak(len(WAYS) * (len(CHANGES) + 1))

    assert result["shown"] == []
    assert result["violations"] == 0
    assert result["by_change"] == dict.fromkeys([*CHANGES, ACCESS_LEVEL], len(WAYS))


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
