"""Progress, dry run and result on one page."""

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from clients.actions.imports import check_import
from clients.models import Connection, ImportState
from clients.permissions import CREATE_CLIENTS
from practice.models import Job
from tests import factories
from tests.clients.importing import checked, commit, csv_file

HTMX = {"HX-Request": "true", "HX-Target": "import-progress"}


@pytest.fixture
def run(branch_admin, branch):
    return checked(branch, branch_admin, csv_file([["Acme", "1", ""], ["Bolt", "2", "broken@"]]))


@pytest.fixture
def url(run):
    return f"/harbour/clients/imports/{run.pk}/"


def test_the_dry_run(client, branch_admin, url):
    client.force_login(branch_admin)

    page = client.get(url)

    assert page.context["counts"] == {"new": 1, "error": 1}
    assert "Import 1 client<" in page.text
    assert "“broken@” is no e-mail address." in page.text
    assert "Nothing is written yet." in page.text


def test_filtered_by_outcome(client, branch_admin, url):
    client.force_login(branch_admin)

    shown = client.get(url, {"outcome": "error"}).context["rows"]

    assert [entry.name for _, entry in shown] == ["Bolt"]
    assert len(client.get(url, {"outcome": "nonsense"}).context["rows"]) == 2


def test_before_the_check_it_asks_about_the_columns(client, branch_admin, run, url):
    type(run).objects.update(state=ImportState.MAPPING)
    client.force_login(branch_admin)

    assert client.get(url).url == f"{url}columns/"


def test_while_it_runs_the_fragment_asks_again(client, branch_admin, run, url):
    check_import(run, fields=run.fields, by=branch_admin)
    client.force_login(branch_admin)

    page, fragment = client.get(url), client.get(url, headers=HTMX)

    assert "Refresh</a>" in page.text
    assert 'hx-trigger="every 1s"' in fragment.text
    assert "<html" not in fragment.text


def test_when_it_has_run_the_page_is_loaded_anew(client, branch_admin, url):
    client.force_login(branch_admin)

    assert client.get(url, headers=HTMX).headers["HX-Refresh"] == "true"


def test_work_that_stopped_says_so(client, branch_admin, run, url):
    check_import(run, fields=run.fields, by=branch_admin)
    Job.objects.update(state="failed", error="The work was interrupted 5 times.")
    client.force_login(branch_admin)

    page = client.get(url)

    assert "The work was interrupted 5 times." in page.text
    assert "Back to the columns" in page.text


def test_the_result_leads_to_the_clients(client, branch_admin, run, url):
    commit(run, branch_admin)
    client.force_login(branch_admin)

    page = client.get(url)

    assert f"/harbour/clients/{Connection.objects.get().pk}/" in page.text
    assert "Import finished" in page.text


@pytest.mark.parametrize(
    ("persona", "status"),
    [
        ("super_admin", 200),
        ("branch_owner", 404),
        ("assigned_member", 404),
        ("viewer", 404),
        ("outsider", 404),
    ],
)
def test_others_do_not_see_it(persona_client, url, persona, status):
    assert persona_client(persona).get(url).status_code == status


def test_whoever_lost_the_right_no_longer_opens_it(client, branch_admin, url):
    with factories.arranging():
        branch_admin.team_members.get().memberships.update(withdrawn=[str(CREATE_CLIENTS)])
    client.force_login(branch_admin)

    assert client.get(url).status_code == 403


def test_the_number_of_queries_is_the_same_for_one_row_and_for_many(client, branch_admin, branch):
    client.force_login(branch_admin)

    def queries(count: int) -> int:
        run = checked(branch, branch_admin, csv_file([[f"C{n}", str(n), ""] for n in range(count)]))
        with CaptureQueriesContext(database) as captured:
            client.get(f"/harbour/clients/imports/{run.pk}/")
        return len([each for each in captured if "set_config" not in each["sql"]])

    assert queries(1) == queries(60) <= 12


def test_an_outcome_that_no_row_has(client, branch_admin, url):
    client.force_login(branch_admin)

    page = client.get(url, {"outcome": "unchanged"})

    assert "No row of this file has this outcome." in page.text
    assert "import-progress" not in page.text
