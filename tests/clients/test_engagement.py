"""The engagement score and its explanation (F-094a)."""

from datetime import timedelta
from itertools import product

import pytest
from django.db import connection as database

from clients.models import UsageSnapshot
from clients.models.engagement import MEASURES, SCORE, engagement_of
from practice import clock
from tests import factories

NOW = clock.now()
SECOND = timedelta(seconds=1)


def ago(days: float):
    return NOW - timedelta(days=days)


def score(**facts) -> int:
    return engagement_of(UsageSnapshot(**{"taken_at": NOW, **facts}), NOW).total


def test_the_weights_are_a_hundred_points_in_even_numbers():
    assert sum(one.weight for one in MEASURES) == 100
    assert [one.weight % 2 for one in MEASURES] == [0] * len(MEASURES)


def test_who_does_everything_has_them_all():
    assert (
        score(
            last_login_at=ago(1),
            transactions=20,
            latest_invoice_on=ago(1).date(),
            bank_accounts=2,
            reports_generated=2,
        )
        == 100
    )
    assert score() == 0


@pytest.mark.parametrize(
    ("facts", "points"),
    [
        ({"last_login_at": ago(7) + SECOND}, 30),
        ({"last_login_at": ago(7)}, 15),
        ({"last_login_at": ago(30) + SECOND}, 15),
        ({"last_login_at": ago(30)}, 0),
        ({"transactions": 20}, 20),
        ({"transactions": 19}, 10),
        ({"transactions": 20, "taken_at": ago(30) + SECOND}, 20),
        ({"transactions": 20, "taken_at": ago(30)}, 0),
        ({"latest_invoice_on": ago(29).date()}, 20),
        ({"latest_invoice_on": ago(30).date()}, 10),
        ({"latest_invoice_on": ago(59).date()}, 10),
        ({"latest_invoice_on": ago(60).date()}, 0),
        ({"bank_accounts": 2}, 20),
        ({"bank_accounts": 2, "bank_accounts_expired": 1}, 10),
        ({"bank_accounts": 2, "bank_accounts_expired": 2}, 0),
        ({"reports_generated": 2}, 10),
        ({"reports_generated": 1}, 5),
        ({"reports_generated": 1, "taken_at": ago(31)}, 0),
    ],
)
def test_each_part_on_its_limits(facts, points):
    assert score(**facts) == points


@pytest.mark.django_db
def test_postgresql_counts_the_same(branch):
    times = [None, ago(6.9), ago(7), ago(29.9), ago(30), ago(61)]
    counts = [(0, 0, 0, 0), (19, 1, 1, 1), (20, 2, 3, 1), (21, 3, 2, 0)]
    rows = [
        factories.UsageSnapshotFactory(
            connection__branch=branch,
            taken_at=taken,
            last_login_at=last,
            latest_invoice_on=last and last.date(),
            transactions=many,
            reports_generated=reports,
            bank_accounts=banks,
            bank_accounts_expired=expired,
        )
        for taken, last, (many, reports, banks, expired) in product([NOW, ago(30)], times, counts)
    ]

    with database.cursor() as cursor:
        cursor.execute(f"SELECT connection_id, {SCORE} FROM clients_usagesnapshot u", {"now": NOW})
        counted = dict(cursor.fetchall())

    assert counted == {row.pk: engagement_of(row, NOW).total for row in rows}
    assert len(set(counted.values())) > 10


@pytest.mark.parametrize("tab", ["", "activity/"])
def test_a_click_on_the_score_explains_it(client, branch_owner, connection, tab):
    factories.UsageSnapshotFactory(
        connection=connection,
        last_login_at=clock.now() - timedelta(days=9),
        transactions=1234,
        bank_accounts=3,
        bank_accounts_expired=1,
    )
    client.force_login(branch_owner)

    page = client.get(f"/harbour/clients/{connection.pk}/{tab}").content.decode()

    [explained] = [part for part in page.split("<details") if "<summary>45 of 100" in part]
    for measure, words in zip(
        MEASURES, ("15 of 30", "20 of 20", "0 of 20", "10 of 20", "0 of 10"), strict=True
    ):
        assert f"<dt>{measure.name}</dt><dd>{words}" in explained
        assert measure.rule in explained
    for value in ("1,234", "never", "2 of 3 working"):
        assert value in explained
