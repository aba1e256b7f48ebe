"""The import itself: in sets, whole batches, once; told and never guessed (F-120)."""

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from clients.actions.imports import commit_import, writing
from clients.models import (
    ActivityEvent,
    ClientAccount,
    Connection,
    ConnectionPeriod,
    Contact,
    ContactAccess,
    ImportState,
    Tag,
)
from practice import clock
from practice.errors import Refused
from practice.models import Job, JobState
from tests import factories
from tests.clients.importing import (
    COMMIT,
    DATA,
    checked,
    commit,
    csv_file,
    imported,
    told,
    work,
)

AUDITED = (Connection, ClientAccount, ConnectionPeriod, Contact, ContactAccess, Tag)
STALE = "This changed since the check. Upload the file again to see what it would do now."


def history_rows() -> int:
    return sum(model.history.count() for model in AUDITED)


def test_a_new_client_with_all_that_belongs_to_it(branch_admin, branch):
    headings = ["Company", "Client ID", "Contact name", "Email", "Phone", "Country", "Tags", "VAT"]
    row = ["Åcme Ltd", "A1", "Ann Lee", "Ann@acme.test", "123", "Ireland", "VIP; New", "GB1"]

    run = imported(branch, branch_admin, csv_file([row], headings), "book.csv")

    made = Connection.objects.get()
    assert run.rows.get().connection == made
    assert (made.branch, made.billing_model, made.status) == (branch, "bill_us", "active")
    assert (made.name, made.name_sort, made.client_number_key) == ("Åcme Ltd", "acme ltd", "a1")
    assert made.search_text == "åcme ltd\na1\nann lee\nann@acme.test\nvip\nnew"
    assert set(Tag.objects.filter(pk__in=made.tag_ids).values_list("name", flat=True)) == {
        "VIP", "New",
    }  # fmt: skip
    account = made.account
    assert (account.name, account.phone, account.country, account.tax_id, account.owner) == (
        "Åcme Ltd", "123", "IE", "GB1", None,
    )  # fmt: skip
    assert ConnectionPeriod.objects.get(connection=made).opened_on == clock.today()
    access = ContactAccess.objects.get(connection=made)
    assert (access.is_primary, access.contact.name, access.contact.email_key) == (
        True, "Ann Lee", "ann@acme.test",
    )  # fmt: skip
    event = ActivityEvent.objects.get(connection=made)
    assert (event.kind, event.actor, event.text) == (
        "imported", branch_admin, "Imported from book.csv.",
    )  # fmt: skip
    record = Connection.history.get()
    assert (record.history_change_reason, record.history_user_id) == (
        "Imported from book.csv.", branch_admin.pk,
    )  # fmt: skip


@pytest.mark.parametrize("name", ["quickbooks.csv", "xero.csv"])
def test_the_same_file_again_changes_nothing(branch_admin, branch, name):
    data = (DATA / name).read_bytes()
    first = imported(branch, branch_admin, data)
    before = history_rows()

    second = checked(branch, branch_admin, data)

    assert first.rows.counts() == {"new": 24}
    assert second.rows.counts() == {"unchanged": 24}
    with pytest.raises(Refused, match="There is nothing to import"):
        commit_import(second, by=branch_admin)
    assert (Connection.objects.count(), history_rows()) == (24, before)


def test_two_packages_speak_of_the_same_companies(branch_admin, branch):
    """Company names and tax IDs stay as they were; the rest follows the second file (F-048)."""
    quickbooks = csv_file([["NVIDIA CORP", "NVDA", "ap@nvidia.test", "1"]],
                          ["Company", "Customer ID", "Email", "Resale Number"])  # fmt: skip
    xero = csv_file([["Nvidia", "NVDA", "acc@nvidia.test", "Ann", "Lee", "2"]],
                    ["*ContactName", "AccountNumber", "EmailAddress", "FirstName", "LastName",
                     "TaxNumber"])  # fmt: skip
    imported(branch, branch_admin, quickbooks)

    run = imported(branch, branch_admin, xero, "xero.csv")

    [row] = Connection.objects.all()
    assert (row.name, row.account.name, row.account.tax_id) == ("NVIDIA CORP", "NVIDIA CORP", "1")
    assert (row.contact_name, row.contact_email, row.version) == ("Ann Lee", "acc@nvidia.test", 2)
    assert row.search_text == "nvidia corp\nnvda\nann lee\nacc@nvidia.test"
    assert told(run)[0][1] == "update"
    primary = ContactAccess.objects.get(connection=row, is_primary=True)
    assert primary.contact.email == "acc@nvidia.test"
    last = Connection.history.latest("history_id")
    assert last.history_change_reason == "Updated by importing xero.csv."
    assert ActivityEvent.objects.filter(kind="edited").get().text == (
        f"{branch_admin} changed contact name and contact email by importing xero.csv"
    )
    assert checked(branch, branch_admin, xero).rows.counts() == {"unchanged": 1}


def test_tags_are_added_and_none_is_taken_away(branch_admin, branch):
    old = factories.TagFactory(firm=branch.firm, name="Old")
    row = factories.ConnectionFactory(branch=branch, name="Acme", tag_ids=[old.pk])

    imported(branch, branch_admin, csv_file([["Acme", "new"]], ["Company", "Tags"]))

    row.refresh_from_db()
    assert row.tag_ids == sorted([old.pk, Tag.objects.get(name="new").pk])
    assert row.search_text == "acme\nold\nnew"


def test_people_are_known_once_per_firm(branch_admin, branch):
    ann = factories.ContactFactory(firm=branch.firm, name="Ann", email="ann@x.test")
    rows = [["Acme", "1", "ANN@x.test"], ["Bolt", "2", "bob@x.test"], ["Cord", "3", "bob@x.test"]]

    imported(branch, branch_admin, csv_file(rows))

    assert list(Contact.objects.order_by("email_key").values_list("email_key", flat=True)) == [
        "ann@x.test", "bob@x.test",
    ]  # fmt: skip
    assert ContactAccess.objects.get(connection__name="Acme").contact == ann
    assert ContactAccess.objects.filter(contact__email_key="bob@x.test").count() == 2


def test_rows_with_errors_stay_out(branch_admin, branch):
    run = imported(branch, branch_admin, csv_file([["Acme", "1", ""], ["Bolt", "2", "broken@"]]))

    assert list(Connection.objects.values_list("name", flat=True)) == ["Acme"]
    assert told(run) == [(2, "new", ""), (3, "error", "“broken@” is no e-mail address.")]
    assert (run.state, run.done, run.total) == (ImportState.DONE, 2, 2)


def test_a_formula_in_a_name_is_a_name(branch_admin, branch):
    imported(branch, branch_admin, csv_file([["=1+1", "1", ""]]))

    assert Connection.objects.get().name == "=1+1"


def test_names_of_the_longest_kind(branch_admin, branch):
    names = ["x" * 300, "ﷺ" * 300, "🧾" * 300]

    imported(branch, branch_admin, csv_file([[name, "", ""] for name in names]))

    assert set(ClientAccount.objects.values_list("name", flat=True)) == set(names)


class Killed(BaseException):
    """As abrupt as a kill: nothing catches it."""


def test_a_killed_import_goes_on_where_it_was(branch_admin, branch, monkeypatch):
    monkeypatch.setattr(writing, "BATCH", 2)
    rows = [[f"Client {number}", str(number), f"c{number}@x.test"] for number in range(5)]
    run = checked(branch, branch_admin, csv_file(rows))
    commit_import(run, by=branch_admin)
    run.refresh_from_db()
    whole, calls = writing.update_known, []

    def killed_in_the_second_batch(*args):
        calls.append(args)
        if len(calls) == 2:
            raise Killed
        whole(*args)

    monkeypatch.setattr(writing, "update_known", killed_in_the_second_batch)
    with pytest.raises(Killed):
        work(run, COMMIT)
    assert Connection.objects.count() == run.rows.filter(is_written=True).count() == 2
    assert Job.objects.get(kind=COMMIT).state == JobState.RUNNING
    Job.objects.filter(kind=COMMIT).update(due_at=clock.now())

    run = work(run, COMMIT)

    assert run.state == ImportState.DONE
    assert Connection.objects.count() == run.rows.filter(is_written=True).count() == 5
    assert Connection.history.count() == ContactAccess.objects.count() == 5


def test_what_changed_since_the_check_is_not_written(branch_admin, branch):
    factories.ConnectionFactory(branch=branch, name="Acme", client_number="1")
    rows = [["Acme", "1", "new@acme.test"], ["Bolt", "2", "b@x.test"], ["Cord", "3", ""]]
    run = checked(branch, branch_admin, csv_file(rows))
    with factories.arranging():
        Connection.objects.filter(name="Acme").update(status="paused", paused_at=clock.now())
    factories.ConnectionFactory(branch=branch, name="Bolt", client_number="2")

    commit(run, branch_admin)

    assert told(run) == [
        (2, "error", "This relationship is paused, so it is view-only."),
        (3, "error", STALE),
        (4, "new", ""),
    ]
    assert Connection.objects.get(name="Acme").contact_email == ""


def test_rights_that_end_in_between_end_the_writing(branch_admin, branch):
    run = checked(branch, branch_admin, csv_file([["Acme", "1", ""]]))
    with factories.arranging():
        branch_admin.team_members.update(is_active=False)

    commit(run, branch_admin)

    assert told(run) == [(2, "error", "You no longer work at this firm.")]
    assert not Connection.objects.exists()


def test_a_double_click_imports_once(branch_admin, branch):
    run = checked(branch, branch_admin, csv_file([["Acme", "1", ""]]))
    first = commit_import(run, by=branch_admin)

    second = commit_import(run, by=branch_admin)

    assert first.attempt == second.attempt
    work(run, COMMIT)
    with pytest.raises(Refused, match="has been made"):
        commit_import(run, by=branch_admin)
    assert Connection.objects.count() == 1


def test_a_file_must_be_checked_first(branch_admin, branch):
    run = factories.ImportRunFactory(branch=branch, started_by=branch_admin)

    with pytest.raises(Refused, match="Check the file before"):
        commit_import(run, by=branch_admin)


def test_two_imports_of_one_file_at_once_write_it_once(branch_admin, branch):
    data = csv_file([["Acme", "1", ""]])
    first, second = checked(branch, branch_admin, data), checked(branch, branch_admin, data)

    commit(first, branch_admin)
    commit(second, branch_admin)

    assert told(second) == [(2, "unchanged", "")]
    assert Connection.objects.count() == 1


def test_the_number_of_queries_does_not_grow_with_the_rows(branch_admin, branch):
    def queries(prefix: str, count: int) -> int:
        names = [f"{prefix}{number}" for number in range(count)]
        run = checked(branch, branch_admin, csv_file([[n, n, f"{n}@x.test"] for n in names]))
        with CaptureQueriesContext(database) as captured:
            commit(run, branch_admin)
        return len(captured)

    assert queries("a", 1) == queries("b", 30)
