"""`manage.py bench access_matrix` in its short form: rows, squares and memory, no times."""

import json

import pytest

from bench import access_matrix, world

pytestmark = pytest.mark.django_db(transaction=True)


def test_file_and_page_have_what_their_floors_have(capsys):
    size = access_matrix.Size(staff=20, clients=200, branches=3)
    access_matrix.load(size)

    file, page = access_matrix.csv_line(size), access_matrix.page_line(size, runs=1)

    assert "missed" not in file | page, json.dumps([file, page])
    assert file["rows"] > page["squares"] > 100
    assert page["queries"] <= 12


def test_the_loader_puts_policies_and_triggers_back():
    access_matrix.load(access_matrix.Size(staff=2, clients=4, branches=1))

    with world.connect() as owner:
        unforced = owner.execute(
            "SELECT relname FROM pg_class WHERE relrowsecurity AND NOT relforcerowsecurity"
        ).fetchall()
        silent = owner.execute(
            "SELECT tgname FROM pg_trigger WHERE tgenabled <> 'O' AND NOT tgisinternal"
        ).fetchall()

    assert (unforced, silent) == ([], [])
