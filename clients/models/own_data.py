"""What a client account gets of its own: the tables of "Download my data" (F-221).

Apps above add theirs with `register`, as billing does with the account's invoices. All of them are
read in the system's realm, of one account: what is a firm's own, notes, tags and reasons among it,
is not theirs to give.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from clients.models.access_history import access_changes
from clients.models.accounts import ClientAccount
from clients.models.activity import AccessVisit
from clients.models.connections import Connection, ConnectionPeriod
from clients.models.ledger import LedgerEntry
from clients.models.tickets import Ticket


@dataclass(frozen=True)
class OwnData:
    """One table: its file, `key`.csv, a title, the header, and the rows of an account."""

    key: str
    title: str
    header: Sequence[str]
    rows: Callable[[ClientAccount], Iterable[Sequence[object]]]


_tables: dict[str, OwnData] = {}


def register(table: OwnData) -> None:
    _tables[table.key] = table


def own_tables() -> list[OwnData]:
    return list(_tables.values())


def of_company(account: ClientAccount) -> Iterator[Sequence[object]]:
    """As it is now first, then what it was, newest first."""
    versions: Any = ClientAccount.history.filter(id=account.pk)
    for row in versions.select_related("history_user").order_by("-history_id"):
        yield (
            row.history_date,
            *(row.name, row.tax_id, row.address, row.website, row.phone, row.country),
            *(row.industry, row.plan, row.get_subscription_status_display()),
            row.history_user or "",
        )


def connections_of(account: ClientAccount) -> Any:
    rows = Connection.objects.filter(account=account).select_related("firm", "branch")
    return rows.order_by("created_at", "pk")


def of_connections(account: ClientAccount) -> Iterator[Sequence[object]]:
    for row in connections_of(account):
        yield (
            *(row.firm.name, row.branch.name, row.branch.email, row.get_status_display()),
            *(row.get_billing_model_display(), row.get_access_level_display()),
            *(row.access_status.label, row.connected_on, row.disconnected_at),
        )


def of_periods(account: ClientAccount) -> Iterator[Sequence[object]]:
    rows = ConnectionPeriod.objects.filter(connection__account=account)
    for row in rows.select_related("connection__firm").order_by("opened_on", "pk"):
        yield row.connection.firm.name, row.opened_on, row.closed_on


def of_people(account: ClientAccount) -> Iterator[Sequence[object]]:
    """Who was assigned when; why, and by whom, is the firm's own."""
    for connection in connections_of(account):
        for change in access_changes(connection):
            if change.user_id is not None:
                yield connection.firm.name, change.at, change.what, change.whom, change.role


def of_visits(account: ClientAccount) -> Iterator[Sequence[object]]:
    rows = AccessVisit.objects.filter(connection__account=account)
    rows = rows.select_related("connection__firm", "user").order_by("-at", "-pk")
    for row in rows.iterator(chunk_size=1000):
        yield row.connection.firm.name, row.user, row.at


def of_openings(account: ClientAccount) -> Iterator[Sequence[object]]:
    """Every page that a firm's people opened, and the block that holds the entry (F-245)."""
    rows = LedgerEntry.objects.about(account).select_related("firm", "user", "block")
    for row in rows.order_by("-pk").iterator(chunk_size=1000):
        seal = (row.block.number, row.block.seal) if row.block else ("", "")
        yield row.firm.name, row.user, row.at, row.get_page_display(), row.why, *seal


def of_tickets(account: ClientAccount) -> Iterator[Sequence[object]]:
    """Each ticket and what was said under it, in order."""
    rows = Ticket.objects.filter(connection__account=account).order_by("pk")
    for row in rows.select_related("firm", "created_by").prefetch_related("replies__author"):
        about = (row.firm.name, row.number, row.subject, row.state)
        yield *about, row.created_at, row.created_by, row.text
        for reply in row.replies.all():
            yield *about, reply.created_at, reply.author, reply.text


COMPANY = ("Changed", "Company", "Tax ID", "Address", "Website", "Phone", "Country", "Industry")
FIRM = ("Firm", "Branch", "Branch email", "Status", "Billing model", "Client access level")
for table in (
    OwnData("company", "Company details and their past",
            (*COMPANY, "Plan", "Subscription", "By"), of_company),
    OwnData("connections", "Accountants",
            (*FIRM, "Access Status", "Connected", "Disconnected"), of_connections),
    OwnData("periods", "Periods of each relationship", ("Firm", "From", "To"), of_periods),
    OwnData("access", "Who could open the account",
            ("Firm", "When", "What", "Person", "Role"), of_people),
    OwnData("visits", "Who opened the account", ("Firm", "Person", "When"), of_visits),
    OwnData("openings", "Who opened my records",
            ("Firm", "Person", "When", "Opened", "Why they could", "Block", "Seal"), of_openings),
    OwnData("tickets", "Tickets, and what was said under them",
            ("Firm", "Ticket", "Subject", "State", "When", "By", "Text"), of_tickets),
):  # fmt: skip
    register(table)
