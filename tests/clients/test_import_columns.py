"""Saying what each column means."""

import pytest

from clients.actions.imports import start_import
from clients.models import ImportState
from practice.models import Job
from tests.clients.importing import csv_file


@pytest.fixture
def run(branch_admin, branch):
    data = csv_file([["Acme", "1", ""], ["Bolt", "2", "b@x.test"]])
    return start_import(
        branch, by=branch_admin, file_name="book.csv", data=data, billing_model="bill_us"
    )


@pytest.fixture
def url(run):
    return f"/harbour/clients/imports/{run.pk}/columns/"


def test_what_was_recognised_with_examples(client, branch_admin, run, url):
    client.force_login(branch_admin)

    response = client.get(url)

    assert [(bound.label, bound.value(), examples)
            for bound, examples in response.context["columns"]] == [
        ("Company", "name", ["Acme", "Bolt"]),
        ("Client ID", "client_number", ["1", "2"]),
        ("Email", "contact_email", ["b@x.test"]),
    ]  # fmt: skip


def test_the_answer_starts_the_check(client, branch_admin, run, url):
    client.force_login(branch_admin)

    response = client.post(url, {"column_0": "name", "column_1": "client_number", "column_2": ""})

    run.refresh_from_db()
    assert response.url == f"/harbour/clients/imports/{run.pk}/"
    assert (run.state, run.fields) == (ImportState.CHECKING, ["name", "client_number", ""])
    assert Job.objects.get().asked_by == branch_admin


@pytest.mark.parametrize(
    ("answers", "errors"),
    [
        (
            {"column_0": "name", "column_1": "name"},
            {"column_1": ["“Company” is this already. Choose one of the two."]},
        ),
        ({"column_1": "client_number"}, {"__all__": ["Choose the column that holds the company"
                                                     " name."]}),
        ({"column_0": "firm_id"}, {"column_0": ["Select a valid choice. firm_id is not one of the"
                                                " available choices."]}),
    ],
)  # fmt: skip
def test_answers_that_make_no_sense(client, branch_admin, run, url, answers, errors):
    client.force_login(branch_admin)

    response = client.post(url, answers)

    run.refresh_from_db()
    assert (response.status_code, response.context["form"].errors) == (422, errors)
    assert run.state == ImportState.MAPPING


@pytest.mark.parametrize(
    ("persona", "status"),
    [("super_admin", 200), ("branch_owner", 404), ("viewer", 404), ("outsider", 404)],
)
def test_others_do_not_see_it(persona_client, url, persona, status):
    assert persona_client(persona).get(url).status_code == status
