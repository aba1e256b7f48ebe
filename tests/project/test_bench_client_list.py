"""`manage.py bench client_list` in its short form: rows, queries, page weight, no milliseconds."""

import json
from collections.abc import Iterator
from contextlib import closing

import pytest
from django.db import connection

from bench import client_list, world
from bench.client_list import Bench
from bench.floors import Floors
from tests.databases import clear_database

CLIENTS = 2_000


@pytest.fixture(scope="module")
def floors(django_db_setup, django_db_blocker) -> Iterator[Floors]:
    """One world for all that only read it."""
    with django_db_blocker.unblock():
        world.ensure(CLIENTS)
        with closing(Floors(client_list.application(), warm=0)) as floors:
            yield floors
        connection.close()
        clear_database()


@pytest.mark.parametrize("persona", world.PERSONAS, ids=lambda persona: persona.name)
def test_every_case_shows_the_rows_of_its_floor(floors, persona, capsys):
    bench = Bench(persona, floors, runs=1, is_judged=False)

    for case in bench.cases():
        bench.report(case)

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    missed = [
        f"{line['case']}: {line['missed']}, {line['html_bytes']} bytes"
        for line in lines
        if "missed" in line
    ]
    assert missed == []
    assert len(lines) > 30


def test_a_loaded_world_is_kept(floors, capsys):
    capsys.readouterr()

    world.ensure(CLIENTS)

    assert capsys.readouterr().err == ""
