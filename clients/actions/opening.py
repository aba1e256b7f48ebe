"""Opening client relationships: one by hand, or thousands from a file. One body for both."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction

from clients.actions.contacts import keep_primary_contacts
from clients.models import (
    ActivityEvent,
    ClientAccount,
    Connection,
    ConnectionPeriod,
    EventKind,
    Tag,
)
from clients.search import search_text
from clients.signals import connection_opened
from practice import clock, tenancy
from practice.errors import Refused
from practice.history import because
from practice.models import Branch, Firm, User
from practice.text import fold, sort_key, tidy

BATCH = 1000
TAKEN = "This Client ID is already in use at your firm."
TWICE = "Two of these clients have the Client ID {}. Each client needs its own."


@dataclass(frozen=True)
class NewClient:
    """What the firm says about a client as the relationship begins."""

    name: str
    billing_model: str
    client_number: str = ""
    contact_name: str = ""
    contact_email: str = ""
    tax_id: str = ""
    phone: str = ""
    website: str = ""
    address: str = ""
    country: str = ""
    industry: str = ""
    internal_notes: str = ""
    tags: tuple[str, ...] = ()


@transaction.atomic
def open_connections(
    firm: Firm,
    branch: Branch,
    rows: Sequence[NewClient],
    *,
    by: User | None,
    reason: str,
    event: EventKind = EventKind.CONNECTED,
) -> list[Connection]:
    """Open accounts, connections, first periods and timelines, in sets and in the rows' order.

    `reason` stands in the history and on the timeline. Raises `Refused` when a Client ID is taken.
    """
    lock_firm(firm)
    refuse_taken_numbers(firm, [row.client_number for row in rows])
    with because(reason, by=by):
        accounts = open_accounts(rows)
        tags = tags_of(firm, rows)
        connections = [
            new_connection(firm, branch, row, account, tags)
            for row, account in zip(rows, accounts, strict=True)
        ]
        Connection.objects.bulk_create(connections, batch_size=BATCH)
        begin(connections, by=by, reason=reason, event=event)
        keep_primary_contacts(connections)
    return connections


def connect_account(
    account: ClientAccount,
    branch: Branch,
    facts: NewClient,
    *,
    by: User | None,
    reason: str,
    supersedes: Connection | None = None,
) -> Connection:
    """A connection of an account that is there already, with its first period and timeline.

    In the caller's transaction and the system's realm; the caller holds the firm's lock, because
    Client IDs are once per firm, and explains.
    """
    row = new_connection(branch.firm, branch, facts, account, {})
    row.supersedes = supersedes
    row.plan, row.subscription_status = account.plan, account.subscription_status
    row.save(force_insert=True)
    begin([row], by=by, reason=reason, event=EventKind.CONNECTED)
    keep_primary_contacts([row])
    return row


def lock_firm(firm: Firm) -> None:
    """Client IDs and contacts' addresses are once per firm, so opening waits its turn."""
    Firm.objects.select_for_update(no_key=True).get(pk=firm.pk)


def refuse_taken_numbers(firm: Firm, numbers: Iterable[str]) -> None:
    keys = Counter(fold(number) for number in numbers if tidy(number))
    twice = [key for key, count in keys.items() if count > 1]
    if twice:
        raise Refused(TWICE.format(twice[0]))
    if Connection.objects.filter(firm_id=firm.pk, client_number_key__in=list(keys)).exists():
        raise Refused(TAKEN)


def open_accounts(rows: Sequence[NewClient]) -> list[ClientAccount]:
    """Accounts belong to their owners and to no firm, so opening one is the system's work."""
    accounts = [
        ClientAccount(
            name=tidy(row.name),
            tax_id=tidy(row.tax_id),
            phone=tidy(row.phone),
            website=row.website.strip(),
            address=row.address.strip(),
            country=row.country,
            industry=tidy(row.industry),
        )
        for row in rows
    ]
    with tenancy.as_system():
        return ClientAccount.objects.bulk_create(accounts, batch_size=BATCH)


def tags_of(firm: Firm, rows: Iterable[NewClient]) -> dict[str, Tag]:
    """Folded name → tag, made where missing."""
    names = [name for row in rows for name in row.tags]
    if not names:
        return {}
    return {tag.name_key: tag for tag in Tag.objects.named(firm.pk, names)}


def new_connection(
    firm: Firm, branch: Branch, row: NewClient, account: ClientAccount, tags: dict[str, Tag]
) -> Connection:
    own = {tags[fold(name)].pk: tags[fold(name)].name for name in row.tags if tidy(name)}
    number, contact = tidy(row.client_number), tidy(row.contact_name)
    email = row.contact_email.strip()
    return Connection(
        firm_id=firm.pk,
        branch_id=branch.pk,
        account=account,
        billing_model=row.billing_model,
        client_number=number,
        client_number_key=fold(number),
        name=account.name,
        name_sort=sort_key(account.name),
        contact_name=contact,
        contact_email=email,
        internal_notes=row.internal_notes,
        tag_ids=sorted(own),
        search_text=search_text(account.name, number, contact, email, *own.values()),
        connected_on=clock.today(),
        last_activity_at=clock.now(),
    )


def begin(
    connections: Sequence[Connection], *, by: User | None, reason: str, event: EventKind
) -> None:
    """The first period and the first line of each timeline; then the news of it."""
    ConnectionPeriod.objects.bulk_create(
        [
            ConnectionPeriod(
                firm_id=row.firm_id, connection=row, opened_on=row.connected_on or clock.today()
            )
            for row in connections
        ],
        batch_size=BATCH,
    )
    ActivityEvent.objects.bulk_create(
        [
            ActivityEvent(
                firm_id=row.firm_id, connection=row, kind=event, text=reason[:400], actor=by
            )
            for row in connections
        ],
        batch_size=BATCH,
    )
    connection_opened.send(Connection, connections=connections)
