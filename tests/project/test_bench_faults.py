"""`manage.py bench faults` in its short form: workers are killed, Redis is emptied, all is done."""

import pytest

from bench import faults


@pytest.mark.django_db(transaction=True)
def test_nothing_is_lost_and_nothing_is_done_twice():
    found = faults.measure(
        branches=6, months=2, children=4, workers=2, flushes=2, seed=1, hurry=True
    )

    assert found["missed"] == []
    assert (found["child_kills"], found["worker_kills"], found["flushes"]) == (4, 2, 2)
