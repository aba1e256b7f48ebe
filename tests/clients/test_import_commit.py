"""The button that imports."""

import pytest

from clients.models import ImportState
from practice.models import Job
from tests.clients.importing import checked, csv_file


@pytest.fixture
def run(branch_admin, branch):
    return checked(branch, branch_admin, csv_file([["Acme", "1", ""]]))


@pytest.fixture
def url(run):
    return f"/harbour/clients/imports/{run.pk}/commit/"


def test_it_enters_the_work(client, branch_admin, run, url):
    client.force_login(branch_admin)

    response = client.post(url)

    run.refresh_from_db()
    assert response.url == f"/harbour/clients/imports/{run.pk}/"
    assert run.state == ImportState.IMPORTING
    assert Job.objects.get(kind="import-commit").asked_by == branch_admin


def test_a_refusal_is_said_on_the_page(client, branch_admin, run, url):
    run.rows.update(outcome="error")
    client.force_login(branch_admin)

    page = client.post(url, follow=True)

    assert "There is nothing to import" in page.text
    assert not Job.objects.filter(kind="import-commit").exists()


@pytest.mark.parametrize(
    ("persona", "status"),
    [("super_admin", 302), ("branch_owner", 404), ("viewer", 404), ("outsider", 404)],
)
def test_others_cannot(persona_client, url, persona, status):
    assert persona_client(persona).post(url).status_code == status


def test_looking_is_not_importing(client, branch_admin, url):
    client.force_login(branch_admin)

    assert client.get(url).status_code == 405
