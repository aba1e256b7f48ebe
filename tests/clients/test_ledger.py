"""The client's ledger: who opened what and why, closed in blocks, verified (F-245)."""

import csv
import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import psycopg
import pytest
from django.db import connection as database
from django.db import transaction
from django.db.utils import IntegrityError
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clients.actions import ledger
from clients.actions.ledger import close_ledgers, verify
from clients.models import LedgerBlock, LedgerEntry, LedgerPage
from clients.models.ledger import PAGES
from practice import clock, tenancy
from practice.spreadsheets import BYTE_ORDER_MARK
from tests import databases, factories
from tests.project.routes import routes

pytestmark = pytest.mark.django_db

# About one client, and shown to nobody: forms that are only sent, menus and pickers of a page.
SHOWS_NOTHING = {
    "client-menu", "client-open", "client-restrict", "client-owner-cancel", "client-set-up-access",
    "task-done", "task-reopen", "ticket-close", "ticket-reopen", "client-message-preview",
    "client-message-draft", "client-team-suggest", "client-team-primary", "handover-revoke",
    "assignment-decline", "client-question-assign", "client-question-resolve",
    "client-question-reopen",
    "portal-contact-block", "portal-contact-unblock",
    "portal-contact-intro", "portal-contact-magic-link", "portal-contact-reset-link",
    "client-file-hide", "client-file-restore",
}  # fmt: skip


@pytest.fixture
def mia(client, assigned_member):
    client.force_login(assigned_member)
    return client


@pytest.fixture
def owner(account_owner):
    browser = Client()
    browser.force_login(account_owner)
    return browser


def page_of(connection, end: str = "") -> str:
    return f"/harbour/clients/{connection.pk}/{end}"


def later(monkeypatch, **time: float) -> None:
    now = clock.now() + timedelta(**time)
    monkeypatch.setattr(clock, "now", lambda: now)


def told() -> list[tuple[str, str, str]]:
    rows = LedgerEntry.objects.select_related("user").order_by("pk")
    return [(row.user.full_name.split()[0], row.page, row.why) for row in rows]


def test_every_page_of_a_client_is_in_the_ledger_or_shows_nothing():
    about = {
        route.name.partition(":")[2]
        for route in routes()
        if {"firm_slug", "connection_id"} <= route.arguments
    }

    assert about | {"alert"} == PAGES.keys() | SHOWS_NOTHING
    assert not PAGES.keys() & SHOWS_NOTHING


def test_opening_a_page_is_an_entry_with_its_reason(mia, connection, assigned_member):
    assert mia.get(page_of(connection)).status_code == 200

    row = LedgerEntry.objects.get()
    assert (row.user, row.connection, row.firm) == (assigned_member, connection, connection.firm)
    assert (row.account, row.block) == (connection.account, None)
    assert clock.now() - row.at < timedelta(minutes=1)
    assert told() == [
        ("Mia", "details", "Mia London Member is assigned to this client."),
    ]


def test_the_reason_is_the_rule_that_let_them_in(client, branch_admin, connection):
    client.force_login(branch_admin)

    client.get(page_of(connection, "activity/"))

    assert told() == [("Adam", "activity", "Adam London Admin may view all clients of London.")]


def test_again_within_a_quarter_of_an_hour_is_one_entry(mia, connection, monkeypatch):
    at = clock.now().replace(minute=1)
    monkeypatch.setattr(clock, "now", lambda: at)
    for end in ("", "", "notes/", ""):
        mia.get(page_of(connection, end))
    assert [page for _, page, _ in told()] == ["details", "notes"]

    later(monkeypatch, minutes=15)
    mia.get(page_of(connection))

    assert [page for _, page, _ in told()] == ["details", "notes", "details"]


@pytest.mark.parametrize(
    ("persona", "status"), [("unassigned_member", 404), ("outsider", 404), ("contact", 404)]
)
def test_who_sees_nothing_leaves_no_entry(persona_client, connection, persona, status):
    assert persona_client(persona).get(page_of(connection)).status_code == status
    assert told() == []


def test_what_was_refused_or_sent_is_no_entry(client, viewer, connection):
    client.force_login(viewer)
    assert client.get(page_of(connection, "pause/")).status_code == 403
    assert client.post(page_of(connection, "edit/")).status_code == 403

    assert told() == []


def test_entering_the_account_is_an_entry(mia, connection):
    mia.post(page_of(connection, "access/"))

    assert [(page, why) for _, page, why in told()] == [
        ("account", "Mia London Member is assigned to this client.")
    ]


def test_an_export_of_one_client_is_an_entry_before_its_first_line(mia, connection):
    response = mia.get(page_of(connection, "team/export/"))

    assert response.status_code == 200
    assert [page for _, page, _ in told()] == ["export"]


def test_an_export_of_the_list_is_an_entry_for_each_client_in_it(
    client, branch_admin, connection, branch, outsider
):
    other = factories.ConnectionFactory(branch=branch, name="Brimstone")
    client.force_login(branch_admin)

    response = client.get("/harbour/clients/export/?q=acme")
    assert not LedgerEntry.objects.exists()
    b"".join(response.streaming_content)
    assert [row.connection for row in LedgerEntry.objects.all()] == [connection]
    b"".join(client.get("/harbour/clients/export/").streaming_content)

    found = set(LedgerEntry.objects.values_list("connection", "page"))
    assert found == {(connection.pk, "list_export"), (other.pk, "list_export")}
    assert told()[0][2] == "Adam London Admin exported the firm’s list of clients."


def test_what_a_program_read_is_an_entry_for_each_client(client, connection, outsider):
    key = factories.ApiKeyFactory(
        firm=connection.firm, name="{Zapier}", scopes=["clients:read"], secret="chk_read"
    )

    for _ in range(2):
        client.get("/api/v1/clients", headers={"Authorization": "Bearer chk_read"})

    row = LedgerEntry.objects.get()
    assert (row.connection, row.page, row.user) == (connection, "api", key.created_by)
    says = f"{key.created_by} created the API key “(Zapier)”, with which a program read your name"
    assert row.why.startswith(says)


def test_an_alert_is_an_entry(mia, connection):
    alert = factories.AlertFactory(connection=connection)

    assert mia.get(f"/harbour/alerts/{alert.pk}/").status_code == 200

    assert [page for _, page, _ in told()] == ["activity"]


def test_it_costs_one_statement(mia, connection):
    mia.get(page_of(connection))
    with CaptureQueriesContext(database) as asked:
        mia.get(page_of(connection))

    assert len([one for one in asked if "ledger" in one["sql"]]) == 1


# The chain


def test_a_block_holds_what_was_opened_since_the_last(mia, connection):
    assert verify(connection.account).is_intact
    mia.get(page_of(connection))
    mia.get(page_of(connection, "notes/"))
    assert close_ledgers() == 1
    mia.get(page_of(connection, "team/"))
    assert close_ledgers() == 1
    assert close_ledgers() == 0
    mia.get(page_of(connection, "files/"))

    chain = verify(connection.account)

    first, second = LedgerBlock.objects.order_by("number")
    assert (first.number, first.entries, first.previous) == (1, 2, "")
    assert (second.number, second.entries, second.previous) == (2, 1, first.seal)
    assert (chain.broken, chain.blocks, chain.entries, chain.open) == ("", 2, 3, 1)
    assert chain.seal == second.seal
    assert re.fullmatch("[0-9a-f]{64}", chain.seal)


def test_each_account_has_a_chain_of_its_own():
    rows = [factories.LedgerEntryFactory() for _ in range(3)]

    assert close_ledgers() == 3
    assert set(LedgerBlock.objects.values_list("account", "number")) == {
        (row.account_id, 1) for row in rows
    }


def test_many_accounts_take_as_many_statements():
    factories.LedgerEntryFactory()
    with CaptureQueriesContext(database) as one:
        close_ledgers()
    factories.LedgerEntryFactory.create_batch(4)
    with CaptureQueriesContext(database) as four:
        close_ledgers()

    assert len(four) == len(one)


def test_more_than_a_batch_is_closed_too(monkeypatch, connection):
    monkeypatch.setattr(ledger, "ENTRIES", 2)
    factories.LedgerEntryFactory.create_batch(5, connection=connection)

    assert close_ledgers() == 3
    assert verify(connection.account).entries == 5


def test_an_erased_or_renamed_person_breaks_nothing(mia, connection, assigned_member):
    mia.get(page_of(connection))
    close_ledgers()
    with factories.arranging():
        assigned_member.full_name = "Erased"
        assigned_member.save()

    assert verify(connection.account).is_intact
    assert told()[0][2] == "Erased is assigned to this client."


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE clients_ledgerentry SET page = 'files'",
        "UPDATE clients_ledgerentry SET block_id = NULL",
        "DELETE FROM clients_ledgerentry",
        "UPDATE clients_ledgerblock SET seal = repeat('1', 64)",
        "DELETE FROM clients_ledgerblock",
    ],
)
def test_postgresql_refuses_changes(connection, statement):
    factories.LedgerEntryFactory(connection=connection)
    close_ledgers()

    with (
        pytest.raises(IntegrityError, match="only added to"),
        transaction.atomic(),
        database.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_a_firm_reads_no_block_and_no_entries_of_others(connection, outsider, as_firm, firm):
    factories.LedgerEntryFactory(connection=connection)
    factories.LedgerEntryFactory()
    close_ledgers()

    with as_firm(firm):
        assert LedgerEntry.objects.count() == 1
        assert LedgerBlock.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_two_workers_close_each_entry_once(connection):
    factories.LedgerEntryFactory.create_batch(3, connection=connection)

    def close(_: int) -> int:
        try:
            return close_ledgers()
        finally:
            database.close()

    with ThreadPoolExecutor(2) as pool:
        blocks = sum(pool.map(close, range(2)))

    assert blocks == 1
    assert verify(connection.account).entries == 3


# Whoever owns the tables can switch the triggers off; the chain says so.


def owner_address() -> dict[str, str]:
    return databases.owner_address(database.settings_dict["NAME"])


@contextmanager
def as_tables_owner():
    with psycopg.connect(**owner_address(), autocommit=True) as link:
        link.execute("ALTER TABLE clients_ledgerentry DISABLE TRIGGER keep_ledger")
        link.execute("ALTER TABLE clients_ledgerblock DISABLE TRIGGER keep_ledger")
        link.execute("ALTER TABLE clients_ledgerentry NO FORCE ROW LEVEL SECURITY")
        link.execute("ALTER TABLE clients_ledgerblock NO FORCE ROW LEVEL SECURITY")
        try:
            yield link
        finally:
            for table in ("clients_ledgerentry", "clients_ledgerblock"):
                link.execute(f"ALTER TABLE {table} ENABLE TRIGGER keep_ledger")
                link.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


FIRST = "(SELECT min(id) FROM clients_ledgerentry)"
LAST_BLOCK = "(SELECT max(id) FROM clients_ledgerblock)"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("statement", "says"),
    [
        (f"UPDATE clients_ledgerentry SET page = 'files' WHERE id = {FIRST}", "Block 1, closed"),
        (f"UPDATE clients_ledgerentry SET at = at - interval '1 s' WHERE id = {FIRST}", "Block 1,"),
        (f"UPDATE clients_ledgerentry SET reason = 'x' WHERE id = {FIRST}", "Block 1, closed on"),
        (f"UPDATE clients_ledgerentry SET user_id = (SELECT max(id) FROM practice_user)"
         f" WHERE id = {FIRST}", "Block 1, closed on"),
        (f"DELETE FROM clients_ledgerentry WHERE id = {FIRST}", "Block 1, closed on"),
        (f"UPDATE clients_ledgerentry SET block_id = NULL WHERE id = {FIRST}", "Block 1, closed"),
        (f"UPDATE clients_ledgerentry SET block_id = {LAST_BLOCK} WHERE id = {FIRST}", "Block 1,"),
        ("UPDATE clients_ledgerblock SET entries = 7 WHERE number = 2", "Block 2, closed on"),
        ("UPDATE clients_ledgerblock SET closed_at = now() WHERE number = 2", "Block 2, closed"),
        ("UPDATE clients_ledgerblock SET seal = repeat('1', 64) WHERE number = 2", "Block 2,"),
        ("UPDATE clients_ledgerblock SET previous = '' WHERE number = 2", "Block 2 does not"),
        ("UPDATE clients_ledgerblock SET number = 9 WHERE number = 2", "Block 2 is missing"),
        ("UPDATE clients_ledgerentry SET block_id = NULL WHERE block_id IN (SELECT id FROM"
         " clients_ledgerblock WHERE number = 2)", "Block 2 does not|Block 2, closed"),
    ],
)  # fmt: skip
def test_tampering_by_sql_is_found(connection, account_owner, statement, says):
    for _ in range(3):
        factories.LedgerEntryFactory.create_batch(2, connection=connection)
        close_ledgers()
    assert verify(connection.account).is_intact

    with as_tables_owner() as link:
        assert link.execute(statement).rowcount > 0

    chain = verify(connection.account)
    assert not chain.is_intact
    assert re.match(says, chain.broken)
    browser = Client()
    browser.force_login(account_owner)
    shown = browser.get(reverse("clients:company-verify", args=[connection.account_id]))
    assert "The chain is broken" in shown.content.decode()


@pytest.mark.django_db(transaction=True)
def test_what_was_cut_off_at_the_end_is_found_by_a_seal_that_was_kept(connection):
    for _ in range(2):
        factories.LedgerEntryFactory(connection=connection)
        close_ledgers()
    kept = verify(connection.account).seal

    with as_tables_owner() as link:
        link.execute(f"DELETE FROM clients_ledgerentry WHERE block_id = {LAST_BLOCK}")
        link.execute(f"DELETE FROM clients_ledgerblock WHERE id = {LAST_BLOCK}")

    assert verify(connection.account).is_intact
    assert verify(connection.account, kept).broken == ledger.UNKNOWN_SEAL


# The owner's page


def url_of(connection, end: str = "") -> str:
    return f"/companies/{connection.account_id}/opened/{end}"


def test_the_owner_reads_who_what_when_and_why(owner, mia, connection):
    mia.get(page_of(connection, "notes/"))

    text = owner.get(url_of(connection)).content.decode()

    assert "Mia London Member" in text
    assert "Harbour Accounting" in text
    assert "The firm’s notes" in text
    assert "Mia London Member is assigned to this client." in text
    assert 'aria-current="page">Who opened my records</a>' in text


def test_the_owner_verifies(owner, mia, connection):
    mia.get(page_of(connection))
    assert "No block is closed yet." in owner.get(url_of(connection, "verify/")).content.decode()
    close_ledgers()
    seal = LedgerBlock.objects.get().seal

    text = owner.get(url_of(connection, "verify/")).content.decode()
    assert "The chain is intact." in text
    assert seal in text
    kept = owner.get(url_of(connection, f"verify/?seal={seal}")).content.decode()
    assert "The seal that you kept is in it." in kept
    other = owner.get(url_of(connection, f"verify/?seal={'0' * 64}")).content.decode()
    assert "The seal that you kept is not in the chain" in other


def test_a_seal_that_is_none(owner, connection):
    response = owner.get(url_of(connection, "verify/?seal=xyz"))

    assert response.status_code == 422
    assert "A seal has 64 characters" in response.content.decode()


def test_the_export(owner, mia, connection):
    mia.get(page_of(connection))
    close_ledgers()
    mia.get(page_of(connection, "notes/"))

    response = owner.get(url_of(connection, "export/"))

    text = b"".join(response.streaming_content).decode().removeprefix(BYTE_ORDER_MARK)
    head, second, first = csv.reader(text.splitlines())
    assert head[1] == "Person"
    assert second[1:4] == ["Mia London Member", "Harbour Accounting", "The firm’s notes"]
    assert second[5:] == ["", ""]
    assert first[5:] == ["1", LedgerBlock.objects.get().seal]


def test_a_running_export_ends_with_the_ownership(owner, connection, monkeypatch, super_admin):
    monkeypatch.setattr("clients.views.company_opened.BATCH", 2)
    factories.LedgerEntryFactory.create_batch(5, connection=connection)
    response = owner.get(url_of(connection, "export/"))
    lines = iter(response.streaming_content)
    next(lines)
    next(lines)
    with factories.arranging():
        connection.account.owner = super_admin
        connection.account.save()

    assert len(list(lines)) <= 2


@pytest.mark.parametrize(
    ("persona", "status"),
    [("super_admin", 404), ("assigned_member", 403), ("contact", 404), ("outsider", 404)],
)
@pytest.mark.parametrize("end", ["", "verify/", "export/"])
def test_others_find_no_ledger(persona_client, account_owner, connection, persona, status, end):
    assert persona_client(persona).get(url_of(connection, end)).status_code == status


def test_other_companies_entries_are_not_there(owner, connection):
    factories.LedgerEntryFactory(user__full_name="Stranger")

    assert "Stranger" not in owner.get(url_of(connection)).content.decode()
    assert "Nobody has opened anything yet" in owner.get(url_of(connection)).content.decode()


def test_the_list_takes_as_many_queries_for_three(owner, connection):
    factories.LedgerEntryFactory(connection=connection)
    close_ledgers()
    with CaptureQueriesContext(database) as one:
        owner.get(url_of(connection))
    factories.LedgerEntryFactory.create_batch(2, connection=connection)
    close_ledgers()
    with CaptureQueriesContext(database) as three:
        owner.get(url_of(connection))

    assert len(three) == len(one)


def test_pages_follow_each_other(owner, connection):
    factories.LedgerEntryFactory.create_batch(51, connection=connection)

    text = owner.get(url_of(connection)).content.decode()

    assert 'rel="next"' in text


def test_the_choices_name_every_page():
    others = {LedgerPage.ACCOUNT, LedgerPage.LIST_EXPORT, LedgerPage.API}
    assert {*PAGES.values(), *others} == set(LedgerPage)


def test_it_is_in_the_data_that_the_owner_takes_along(connection, mia):
    from clients.models.own_data import of_openings

    mia.get(page_of(connection))
    close_ledgers()

    with tenancy.as_system():
        [row] = of_openings(connection.account)
    assert row[0] == "Harbour Accounting"
    assert row[3:6] == ("Details", "Mia London Member is assigned to this client.", 1)
