"""“Download my data” (F-221): what is in it, for whom, and for how long."""

import csv
import io
from datetime import timedelta
from zipfile import ZipFile

import pytest
import time_machine
from django.utils import timezone

from clients.actions.own_data import JOB, RUNNING, start_download, sweep_downloads
from clients.models import ClientAccount
from practice.actions.jobs import run_job
from practice.errors import Refused
from practice.history import because
from practice.models import Job, JobState
from tests import factories


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path)},
        },
    }
    return tmp_path


def url(row, page: str = "") -> str:
    return f"/companies/{row.account_id}/data/{page}"


def work() -> Job:
    job = Job.objects.filter(kind=JOB).order_by("-pk")[0]
    run_job(job.pk)
    job.refresh_from_db()
    return job


def taken(client, row) -> ZipFile:
    response = client.post(url(row, "file/"))
    return ZipFile(io.BytesIO(b"".join(response.streaming_content)))


def table(pack: ZipFile, name: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(pack.read(name).decode("utf-8-sig"))))


def test_the_owner_gets_what_is_theirs_and_nothing_of_the_firm(
    client, account_owner, assigned_member, connection, outsider
):
    factories.AccessVisitFactory(connection=connection, user=assigned_member)
    factories.NoteFactory(connection=connection, text="Drinks too much coffee.")
    southgate = factories.BranchFactory(firm=outsider.team_members.get().firm, name="Southgate 2")
    factories.ConnectionFactory(branch=southgate, account=connection.account, name="=1+1")
    factories.ConnectionFactory(name="Somebody else")
    client.force_login(account_owner)

    client.post(url(connection))
    running = client.get(url(connection)).content.decode()
    job = work()
    ready = client.get(url(connection)).content.decode()
    pack = taken(client, connection)

    assert "Tables written" in running
    assert job.state == JobState.DONE
    assert job.done == job.total
    assert "it expires" in ready
    assert [row[0:2] for row in table(pack, "connections.csv")[1:]] == [
        ["Harbour Accounting", "London"],
        ["Southgate Books", "Southgate 2"],
    ]
    assert table(pack, "company.csv")[1][1] == "Acme Bakery"
    assert table(pack, "visits.csv")[1][:2] == ["Harbour Accounting", "Mia London Member"]
    assert [row[3] for row in table(pack, "access.csv")[1:]] == ["Mia London Member"]
    everything = "".join(pack.read(name).decode() for name in pack.namelist())
    assert "they stand in their portal" in pack.read("about.txt").decode()
    assert "coffee" not in everything
    assert "Somebody else" not in everything


def test_one_at_a_time_and_three_a_day(client, account_owner, connection):
    client.force_login(account_owner)
    client.post(url(connection))

    twice = client.post(url(connection), follow=True).content.decode()
    for _ in range(2):
        work()
        client.post(url(connection))
    work()
    fourth = client.post(url(connection), follow=True).content.decode()

    assert RUNNING in twice
    assert "Ask for the next one tomorrow." in fourth
    assert Job.objects.filter(kind=JOB).count() == 3
    with time_machine.travel(timezone.now() + timedelta(days=1, minutes=1)):
        start_download(connection.account, by=account_owner)


def test_it_expires_and_the_file_goes(client, account_owner, connection, files):
    client.force_login(account_owner)
    client.post(url(connection))
    work()
    assert (sweep_downloads(), len(list(files.rglob("*.zip")))) == (0, 1)

    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        client.force_login(account_owner)
        late = client.post(url(connection, "file/"), follow=True).content.decode()
        swept = sweep_downloads()

    assert "This file has expired." in late
    assert (swept, list(files.rglob("*.zip"))) == (1, [])


def test_before_it_is_made_there_is_nothing_to_take(client, account_owner, connection):
    client.force_login(account_owner)

    early = client.post(url(connection, "file/"), follow=True).content.decode()

    assert "The file is not made yet." in early


def test_who_lost_the_account_gets_nothing(client, account_owner, connection):
    start_download(connection.account, by=account_owner)
    other = factories.UserFactory()
    with because("Sold the company."):
        ClientAccount.objects.filter(pk=connection.account_id).update(owner=other)

    job = work()
    client.force_login(account_owner)

    assert (job.state, job.error) == (
        JobState.FAILED,
        "Only the owner of the account can download its data.",
    )
    assert client.get(url(connection)).status_code == 404
    with pytest.raises(Refused):
        start_download(connection.account, by=account_owner)


@pytest.mark.parametrize("persona", ["branch_owner", "contact", "super_admin", "outsider"])
def test_only_the_owner_gets_in(client, request, account_owner, connection, persona):
    start_download(connection.account, by=account_owner)
    work()
    client.force_login(request.getfixturevalue(persona))

    answers = [
        client.get(url(connection)),
        client.post(url(connection)),
        client.post(url(connection, "file/")),
    ]

    assert [answer.status_code for answer in answers] == [404] * 3


def test_an_address_of_another_account_is_not_found(client, account_owner, connection):
    theirs = factories.ConnectionFactory(account__owner=factories.UserFactory())
    client.force_login(account_owner)

    assert client.post(url(theirs, "file/")).status_code == 404
