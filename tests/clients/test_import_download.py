"""The file as it came, with what became of each row."""

import csv
import io

import pytest

from tests.clients.importing import checked, csv_file


@pytest.fixture
def url(branch_admin, branch):
    rows = [["Acme", "1", ""], ["=cmd|'/C calc'!A1", "2", "broken@"]]
    run = checked(branch, branch_admin, csv_file(rows))
    return f"/harbour/clients/imports/{run.pk}/download/"


def rows_of(response) -> list[list[str]]:
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def test_every_row_with_outcome_and_reason(client, branch_admin, url):
    client.force_login(branch_admin)

    assert rows_of(client.get(url)) == [
        ["Row", "Outcome", "Reason", "Company", "Client ID", "Email"],
        ["2", "New", "", "Acme", "1", ""],
        ["3", "Error", "“broken@” is no e-mail address.", "'=cmd|'/C calc'!A1", "2", "broken@"],
    ]


def test_the_errors_alone(client, branch_admin, url):
    client.force_login(branch_admin)

    assert [row[0] for row in rows_of(client.get(url, {"outcome": "error"}))] == ["Row", "3"]


def test_the_download_may_be_mended_and_imported(client, branch_admin, branch, url):
    client.force_login(branch_admin)
    text = b"".join(client.get(url, {"outcome": "error"}).streaming_content)

    run = checked(branch, branch_admin, text.replace(b"broken@", b"mended@x.test"))

    assert list(run.rows.values_list("outcome", flat=True)) == ["new"]
    assert run.fields[:4] == ["", "", "", "name"]


@pytest.mark.parametrize(
    ("persona", "status"), [("super_admin", 200), ("branch_owner", 404), ("outsider", 404)]
)
def test_others_do_not_see_it(persona_client, url, persona, status):
    assert persona_client(persona).get(url).status_code == status
