"""The list as CSV: the filtered rows, one's own scope, no live formulas."""

import csv
import io

import pytest

from tests import factories

URL = "/harbour/clients/export/"


def rows(response) -> list[list[str]]:
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def test_the_filtered_rows_in_the_order_of_the_list(client, branch_owner, branch):
    for name in ("Bolt", "Acme", "Other"):
        factories.ConnectionFactory(branch=branch, name=name, paused=name != "Other")
    client.force_login(branch_owner)

    found = rows(client.get(URL, {"status": "paused", "sort": "-name"}))

    assert [row[1] for row in found] == ["Company", "Bolt", "Acme"]


def test_batches_join_without_seams(client, branch_owner, branch, monkeypatch):
    monkeypatch.setattr("clients.views.client_export.BATCH", 2)
    for number in range(5):
        factories.ConnectionFactory(branch=branch, name=f"Client {number}")
    client.force_login(branch_owner)

    found = rows(client.get(URL))

    assert [row[1] for row in found[1:]] == [f"Client {number}" for number in range(5)]


def test_formulas_are_text(client, branch_owner, branch):
    factories.ConnectionFactory(branch=branch, name='=cmd|"/c calc"!A1')
    client.force_login(branch_owner)

    assert rows(client.get(URL))[1][1] == '\'=cmd|"/c calc"!A1'


@pytest.mark.parametrize(
    ("persona", "status"),
    [("viewer", 200), ("assigned_member", 200), ("unassigned_member", 403), ("outsider", 404)],
)
def test_who_exports(persona_client, connection, persona, status):
    assert persona_client(persona).get(URL).status_code == status


def test_members_export_their_own(client, assigned_member, branch):
    factories.ConnectionFactory(branch=branch, name="Adam's alone")
    client.force_login(assigned_member)

    assert [row[1] for row in rows(client.get(URL))] == ["Company", "Acme Bakery"]
