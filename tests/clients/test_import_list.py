"""Earlier imports, with their state and who made them."""

import pytest

from tests import factories

URL = "/harbour/clients/imports/"


@pytest.fixture
def runs(branch, branch_admin, branch_owner):
    for user in (branch_admin, branch_owner):
        factories.ImportRunFactory(branch=branch, started_by=user, file_name=f"{user.email}.csv")


@pytest.mark.parametrize(
    ("persona", "names"),
    [
        ("branch_admin", ["adam@harbour.test.csv"]),
        ("branch_owner", ["olga@harbour.test.csv"]),
        ("super_admin", ["adam@harbour.test.csv", "olga@harbour.test.csv"]),
    ],
)
def test_ones_own_and_a_super_admins_all(persona_client, runs, persona, names):
    page = persona_client(persona).get(URL)

    assert sorted(run.file_name for run in page.context["page"].rows) == names
    assert "Columns to check" in page.text


def test_an_empty_list_says_what_would_fill_it(client, branch_admin):
    client.force_login(branch_admin)

    assert "No imports yet" in client.get(URL).text


@pytest.mark.parametrize(
    ("persona", "status"), [("viewer", 403), ("unassigned_member", 403), ("outsider", 404)]
)
def test_others_cannot(persona_client, branch, persona, status):
    assert persona_client(persona).get(URL).status_code == status


def test_the_number_of_queries_is_the_same_for_one_and_for_three(
    client, branch, branch_admin, django_assert_max_num_queries
):
    client.force_login(branch_admin)
    for _ in range(3):
        factories.ImportRunFactory(branch=branch, started_by=branch_admin)

    with django_assert_max_num_queries(24):
        client.get(URL)


def test_the_list_as_a_file(client, branch_admin, runs):
    client.force_login(branch_admin)

    text = b"".join(client.get(URL, {"format": "csv"}).streaming_content).decode("utf-8-sig")

    heading, line = text.splitlines()
    assert heading == "File,State,Rows,Branch,By,When"
    assert line.startswith("adam@harbour.test.csv,Columns to check,0,London,Adam London Admin,")
