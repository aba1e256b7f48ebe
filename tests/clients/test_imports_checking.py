"""The dry run: whom each row speaks of, and what it may change there (F-120, F-040)."""

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from clients.actions.imports import check_import, start_import
from clients.models import Connection, ImportState
from clients.permissions import EDIT_CONTACT_EMAIL, UPDATE_CLIENTS
from clients.roles import BillingModel, ClientRole
from practice.errors import Refused
from tests import factories
from tests.clients.importing import check, checked, csv_file, told

TAKEN = "This Client ID is already in use at your firm."


def outcome(branch, by, row: list[str], headings: list[str] | None = None) -> tuple[str, str]:
    [(_, found, reason)] = told(checked(branch, by, csv_file([row], headings)))
    return found, reason


def test_new_rows_write_nothing(branch_admin, branch):
    run = checked(branch, branch_admin, csv_file([["Acme", "1", "a@acme.test"], ["Bolt", "", ""]]))

    assert told(run) == [(2, "new", ""), (3, "new", "")]
    assert (run.state, run.done, run.total) == (ImportState.CHECKED, 2, 2)
    assert not Connection.objects.exists()


def test_a_client_is_found_by_client_id_whatever_its_case(branch_admin, branch):
    acme = factories.ConnectionFactory(branch=branch, name="Acme", client_number="AC1")

    run = checked(branch, branch_admin, csv_file([["Acme Ltd", "ac1", "new@acme.test"]]))

    assert told(run) == [
        (
            2,
            "update",
            "Changes contact email. Company name differs: kept, edited in the client's account.",
        )
    ]
    assert run.rows.get().connection == acme


def test_a_client_is_found_by_its_name(branch_admin, branch):
    factories.ConnectionFactory(branch=branch, name="ＡＣＭＥ  Ltd")

    assert outcome(branch, branch_admin, ["acme ltd", "", ""]) == ("unchanged", "")


def test_a_client_id_is_given_to_a_namesake_without_one(branch_admin, branch):
    factories.ConnectionFactory(branch=branch, name="Acme")

    assert outcome(branch, branch_admin, ["Acme", "7", ""]) == ("update", "Changes Client ID.")


def test_a_namesake_with_another_client_id_is_another_client(branch_admin, branch):
    factories.ConnectionFactory(branch=branch, name="Acme", client_number="1")

    assert outcome(branch, branch_admin, ["Acme", "2", ""]) == ("new", "")


def test_namesakes_are_told_apart_by_email(branch_admin, branch):
    for number in "12":
        factories.ConnectionFactory(
            branch=branch, name="Smith", client_number=number, contact_email=f"s{number}@x.test"
        )

    assert outcome(branch, branch_admin, ["Smith", "", "S2@x.test"]) == ("unchanged", "")
    assert outcome(branch, branch_admin, ["Smith", "", "s3@x.test"]) == (
        "error",
        "2 of your clients are called “Smith”. Put the Client ID into this row to say which one is"
        " meant.",
    )


def test_rows_of_one_file_that_clash(branch_admin, branch):
    rows = [
        ["Acme", "1", ""],
        ["Bolt", "1", ""],
        ["Cord", "", ""],
        ["Cord", "", "c@d.test"],
        ["Dune", "4", ""],
        ["Dune", "5", ""],
        ["Dune", "", ""],
    ]

    apart = "Give this row a Client ID, so that the two can be told apart."
    assert told(checked(branch, branch_admin, csv_file(rows))) == [
        (2, "new", ""),
        (3, "error", "Row 2 has this Client ID already."),
        (4, "new", ""),
        (5, "error", f"Row 4 has this company name too. {apart}"),
        (6, "new", ""),
        (7, "new", ""),
        (8, "error", f"Row 6 has this company name too. {apart}"),
    ]


def test_two_rows_may_not_speak_of_one_client(branch_admin, branch):
    factories.ConnectionFactory(branch=branch, name="Acme", client_number="1")

    run = checked(branch, branch_admin, csv_file([["Renamed", "1", ""], ["Acme", "", ""]]))

    assert told(run)[1] == (3, "error", "Row 2 speaks of this client already.")


def test_company_details_change_until_an_owner_keeps_them(branch_admin, branch, account_owner):
    free = factories.ConnectionFactory(branch=branch, name="Bolt", client_number="2")
    headings = ["Client ID", "Company", "Phone", "Tax ID"]
    rows = [["1010", "Acme Bakery", "123", "T1"], ["2", free.name, "123", "T2"]]

    run = checked(branch, branch_admin, csv_file(rows, headings))

    tax = "Tax ID differs: kept, edited in the client's account."
    assert told(run) == [
        (2, "unchanged", f"{tax} Phone differs: kept, edited in the client's account."),
        (3, "update", f"Changes phone. {tax}"),
    ]


def test_empty_cells_and_known_tags_change_nothing(branch_admin, branch):
    tag = factories.TagFactory(firm=branch.firm, name="VIP")
    factories.ConnectionFactory(
        branch=branch,
        name="Acme",
        contact_name="Ann",
        contact_email="a@acme.test",
        internal_notes="one\r\ntwo",
        tag_ids=[tag.pk],
    )
    headings = ["Company", "Contact name", "Email", "Notes", "Tags"]

    assert outcome(branch, branch_admin, ["Acme", "", "", "", ""], headings) == ("unchanged", "")
    assert outcome(branch, branch_admin, ["Acme", "Ann", "A@ACME.test", "one\ntwo", "vip"],
                   headings) == ("unchanged", "")  # fmt: skip


@pytest.mark.parametrize(
    ("trait", "reason"),
    [
        ("paused", "This relationship is paused, so it is view-only."),
        ("disconnected", "This client is disconnected; its records are read-only."),
    ],
)
def test_clients_that_may_not_be_edited(branch_admin, branch, trait, reason):
    factories.ConnectionFactory(branch=branch, name="Acme", client_number="1", **{trait: True})

    assert outcome(branch, branch_admin, ["Acme", "1", "x@y.test"]) == ("error", reason)


def test_a_client_elsewhere_at_the_firm_stays_unknown(branch_admin, branch):
    dublin = factories.BranchFactory(firm=branch.firm, name="Dublin")
    factories.ConnectionFactory(branch=dublin, name="Secret", client_number="9")

    assert outcome(branch, branch_admin, ["Anything", "9", ""]) == ("error", TAKEN)
    assert outcome(branch, branch_admin, ["Secret", "", ""]) == ("new", "")


def test_a_restricted_client_stays_unknown(branch_admin, branch):
    factories.ConnectionFactory(branch=branch, name="Secret", client_number="9", restricted=True)

    assert outcome(branch, branch_admin, ["Secret", "9", ""]) == ("error", TAKEN)


def test_another_firms_numbers_are_free(branch_admin, branch, outsider):
    southgate = Connection.objects.get(name="Smith, Jane").branch
    factories.ConnectionFactory(branch=southgate, name="Theirs", client_number="9")

    assert outcome(branch, branch_admin, ["Mine", "9", ""]) == ("new", "")


def test_a_client_of_another_branch_stays_there(super_admin, branch):
    dublin = factories.BranchFactory(firm=branch.firm, name="Dublin")
    factories.ConnectionFactory(branch=dublin, name="Acme", client_number="9", client_pays=True)

    assert outcome(branch, super_admin, ["Acme", "9", ""]) == (
        "unchanged",
        "Stays in branch Dublin. The billing model stays Client Pays.",
    )


def test_what_single_permissions_keep(branch_admin, branch):
    place = branch_admin.team_members.get().memberships
    with factories.arranging():
        place.update(withdrawn=[str(EDIT_CONTACT_EMAIL)])
    factories.ConnectionFactory(branch=branch, name="Acme", contact_email="old@acme.test")

    assert outcome(branch, branch_admin, ["Acme", "", "new@acme.test"]) == (
        "unchanged",
        "Contact email differs: kept. “Edit Contact Email” was withdrawn from you on London.",
    )


def test_rights_are_those_of_today(branch_admin, branch):
    run = start_import(
        branch,
        by=branch_admin,
        file_name="clients.csv",
        data=csv_file([["Acme", "1", ""]]),
        billing_model=BillingModel.BILL_US,
    )
    with factories.arranging():
        branch_admin.team_members.get().memberships.update(withdrawn=[str(UPDATE_CLIENTS)])

    check(run, branch_admin)

    assert told(run) == [(2, "error", "Your role lacks “Update Clients”.")]


def test_an_assigned_client_may_be_edited_by_its_tie(branch, assigned_member, connection):
    with factories.arranging():
        assigned_member.team_members.get().memberships.update(
            added=["clients.create_clients", "clients.update_clients"]
        )
    colleagues = factories.ConnectionFactory(branch=branch, name="Bolt", client_number="5")
    view_only = factories.ConnectionFactory(branch=branch, name="Cord", client_number="6")
    factories.TeamAssignmentFactory(
        content_object=view_only, user=assigned_member, role=ClientRole.VIEW_ONLY
    )
    rows = [["x", "1010", "n@x.test"], [colleagues.name, "5", ""], ["Cord", "6", ""]]

    run = checked(branch, assigned_member, csv_file(rows))

    assert [row[1] for row in told(run)] == ["update", "error", "unchanged"]
    assert told(run)[1][2] == TAKEN


def test_one_bad_row_costs_no_other(branch_admin, branch):
    data = b'Company,Client ID,Email\nA,1,a@b.test\n"B "x",2,\nC,3,broken@\nD,4,\n'

    run = checked(branch, branch_admin, data)

    assert [(number, found) for number, found, _ in told(run)] == [
        (2, "new"), (3, "error"), (4, "error"), (5, "new"),
    ]  # fmt: skip


def test_the_columns_may_be_changed_and_checked_again(branch_admin, branch):
    run = checked(branch, branch_admin, csv_file([["Acme", "1", "no address"]]))
    assert told(run) == [(2, "error", "“no address” is no e-mail address.")]

    check_import(run, fields=["name", "client_number", ""], by=branch_admin)
    run.refresh_from_db()
    check(run_as_failed(run), branch_admin)

    assert told(run) == [(2, "new", "")]


def run_as_failed(run):
    """As if the worker gave up: the person may start the check anew."""
    factories.Job.objects.filter(key=run.job_key).update(state="failed", error="Interrupted.")
    return run


def test_a_running_check_is_left_alone(branch_admin, branch):
    run = checked(branch, branch_admin, csv_file([["Acme", "1", ""]]))
    check_import(run, fields=run.fields, by=branch_admin)

    with pytest.raises(Refused, match="being checked already"):
        check_import(run, fields=run.fields, by=branch_admin)


def test_a_column_must_name_the_client(branch_admin, branch):
    run = checked(branch, branch_admin, csv_file([["Acme", "1", ""]]))

    with pytest.raises(Refused, match="Choose the column that holds the company name"):
        check_import(run, fields=["", "client_number", ""], by=branch_admin)


def test_the_number_of_queries_does_not_grow_with_the_rows(branch_admin, branch):
    def queries(names: list[str]) -> int:
        with CaptureQueriesContext(database) as captured:
            checked(branch, branch_admin, csv_file([[name, name, ""] for name in names]))
        return len(captured)

    for name in ("a", "b", "c"):
        factories.ConnectionFactory(branch=branch, name=name, client_number=name)

    assert queries(["a"]) == queries(["a", "b", "c", "d", "e"])
