"""Giving a file: who may, for which branch, and what is said of a bad one."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from clients.models import ImportRow, ImportRun
from practice.models import BranchMembership
from tests import factories
from tests.clients.importing import csv_file

URL = "/harbour/clients/import/"


def upload(client, branch, data: bytes, **answers):
    file = SimpleUploadedFile("book.csv", data)
    return client.post(
        URL, {"branch": branch.pk, "billing_model": "client_pays", "file": file, **answers}
    )


@pytest.mark.parametrize(
    ("persona", "status"),
    [
        ("super_admin", 200),
        ("branch_owner", 200),
        ("branch_admin", 200),
        ("assigned_member", 403),
        ("unassigned_member", 403),
        ("viewer", 403),
        ("billing_admin", 403),
        ("contact", 404),
        ("outsider", 404),
    ],
)
def test_who_imports(persona_client, branch, persona, status):
    client = persona_client(persona)

    assert client.get(URL).status_code == status
    assert upload(client, branch, b"").status_code == {200: 422}.get(status, status)
    assert not ImportRun.objects.exists()


def test_an_upload_keeps_the_rows_and_asks_about_the_columns(client, branch_admin, branch):
    client.force_login(branch_admin)

    response = upload(client, branch, csv_file([["Acme", "1", "a@acme.test"]]))

    run = ImportRun.objects.get()
    assert response.url == f"/harbour/clients/imports/{run.pk}/columns/"
    assert (run.branch, run.started_by, run.billing_model) == (branch, branch_admin, "client_pays")
    assert (run.file_name, run.columns, run.fields) == (
        "book.csv",
        ["Company", "Client ID", "Email"],
        ["name", "client_number", "contact_email"],
    )
    assert run.notice == "Read as UTF-8 with commas between the values."
    assert run.rows.get().cells == ["Acme", "1", "a@acme.test"]


def test_only_branches_on_which_one_may_add_and_edit(client, branch_admin, branch):
    dublin = factories.BranchFactory(firm=branch.firm, name="Dublin")
    member = branch_admin.team_members.get()
    factories.BranchMembershipFactory(
        branch=dublin, member=member, added=["clients.create_clients"]
    )
    client.force_login(branch_admin)

    response = upload(client, dublin, csv_file([["Acme", "1", ""]]))

    assert response.status_code == 422
    assert "branch" in response.context["form"].errors
    offered = client.get(URL).context["form"].fields["branch"].queryset
    assert list(offered) == [branch]
    with factories.arranging():
        BranchMembership.objects.filter(branch=dublin).update(
            added=["clients.create_clients", "clients.update_clients"]
        )
    assert upload(client, dublin, csv_file([["Acme", "1", ""]])).status_code == 302


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "The file is empty."),
        (b"Company,Client ID\n", "The file has headings but no clients below them."),
        (
            b"3M,MMM,accounts@3m.example\nAcme,ACM,a@acme.test\n",
            "No heading was recognised. The first row reads: “3M, MMM, accounts@3m.example”. Add a"
            " row of headings such as “Company name” and “Client ID”, or tick “The first row is a"
            " client”.",
        ),
        (
            b"\x00\x01\x02" * 100,
            "This is not a text table. Export the clients as CSV or XLSX.",
        ),
    ],
)
def test_a_bad_file_is_said_at_the_field(client, branch_admin, branch, data, says):
    client.force_login(branch_admin)

    response = upload(client, branch, data)

    assert response.status_code == 422
    assert response.context["form"].errors == {"file": [says]}
    assert response.context["form"]["billing_model"].value() == "client_pays"
    assert not ImportRow.objects.exists()


def test_a_file_that_is_too_large(client, branch_admin, branch, settings):
    settings.IMPORT_MAX_BYTES = 1024
    client.force_login(branch_admin)

    response = upload(client, branch, b"x" * 1025)

    assert response.context["form"].errors == {
        "file": ["The file is larger than 1.0\xa0KB. Split it, or keep only the columns about"
                 " clients."]
    }  # fmt: skip


def test_a_file_without_headings(client, branch_admin, branch):
    client.force_login(branch_admin)

    upload(client, branch, b"3M,MMM\nAcme,ACM\n", is_headless="on")

    run = ImportRun.objects.get()
    assert (run.columns, run.total) == (["Column A", "Column B"], 2)


def test_headings_below_a_title_and_twice(client, branch_admin, branch):
    client.force_login(branch_admin)

    upload(client, branch, b"Customers\n\nCompany,Email,Email,\nAcme,a@b.test,c@d.test,\n")

    run = ImportRun.objects.get()
    assert run.columns == ["Company", "Email", "Email (2)"]
    assert run.fields == ["name", "contact_email", ""]
    assert run.notice.endswith("The headings were found in row 3.")
    assert run.rows.get().number == 4


def test_a_firm_without_a_branch_is_asked_for_one(client, super_admin):
    client.force_login(super_admin)

    assert "branch first" in client.get(URL).text
