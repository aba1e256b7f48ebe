"""The short form of `manage.py bench isolation`."""

import pytest

from bench import isolation
from practice import tenancy
from tests import factories


@pytest.mark.django_db(transaction=True)
def test_no_request_sees_the_rows_of_the_firm_before_it_on_the_connection():
    for branch in factories.BranchFactory.create_batch(2):
        factories.ConnectionFactory.create_batch(3, branch=branch)

    result = isolation.measure(requests=1000, threads=20)

    assert (result["own_rows"], result["foreign_rows"], result["interrupted"]) == (2700, 0, 100)


@pytest.mark.django_db(transaction=True)
def test_the_measurement_would_notice_a_setting_left_behind(monkeypatch):
    """Session-wide settings, the mistake of pitfalls 5, are found out by the same run."""
    for branch in factories.BranchFactory.create_batch(2):
        factories.ConnectionFactory.create_batch(3, branch=branch)
    monkeypatch.setattr(tenancy, "_tell_database", tell_for_the_session)

    result = isolation.measure(requests=200, threads=10)

    assert result["foreign_rows"] > 0


def tell_for_the_session(context: tenancy.Context) -> None:
    """What `_tell_database` must never become."""
    if context.realm:
        with tenancy.database.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('app.realm', %s, false), set_config('app.firm_id', %s, false)",
                [context.realm, str(context.firm_id or "")],
            )


@pytest.mark.django_db(transaction=True)
def test_a_world_without_firms_is_given_some(monkeypatch):
    made: list[int] = []
    monkeypatch.setattr("bench.world.ensure", made.append)

    isolation.two_firms()

    assert made == [isolation.SMALL_WORLD]
