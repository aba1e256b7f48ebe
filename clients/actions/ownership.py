"""Transfer of ownership: a client that the firm paid for pays for itself (F-084, C2).

It starts at the firm, whose billing ends that day: the account goes to archive mode. It is over
when the owner takes the subscription on, which ends the connection.
"""

from typing import Any

from django.db import transaction

from clients import permissions as p
from clients.actions.correspondence import keep_messages
from clients.actions.endings import end, lock_accounts, owned, tell_firm
from clients.actions.events import record
from clients.actions.judging import refuse_unless
from clients.actions.reconnections import locked_client
from clients.models import ClientAccount, Connection, EventKind
from clients.models.external import CONNECTED
from clients.roles import BillingModel, DisconnectReason
from clients.signals import ownership_transfer_started, ownership_transferred
from practice import clock, tenancy
from practice.actions.outbox import post_mail
from practice.emails import site_link
from practice.errors import Refused
from practice.history import because
from practice.models import User

NOT_PAID = "Your firm does not pay for this client, so there is nothing to transfer."
NOT_CONNECTED = "This client is not connected."
NO_OWNER = (
    "Nobody with a login owns this account, so nobody can take it over."
    " Disconnect the client and generate a new invitation link instead."
)
STARTED = "The transfer has started already: it waits for the owner of the account."
HELD = (
    "This account cannot go to archive mode."
    " Disconnect the client and generate a new invitation link instead."
)
NOT_STARTED = "Your accountant has not started a transfer of this account."
REASON = "Started the transfer of ownership: the client takes its subscription over."


@transaction.atomic
def start_transfer(connection: Connection, *, by: User) -> Connection:
    """The firm stops paying today; the owner is told, reads on, and subscribes."""
    with tenancy.as_system():  # whether another firm is connected is not the firm's to read
        row = locked_client(connection.pk)
        refuse_unless_may_end(row, by)
        if says := why_no_transfer(row):
            raise Refused(says)
        if held_elsewhere(row):
            raise Refused(HELD)
        with because(REASON, by=by):
            archive(row, by)
        tell_owner(row, by)
    return row


def refuse_unless_may_end(row: Connection, by: User) -> None:
    refuse_unless(row, p.DISCONNECT_CLIENTS, by)


def why_no_transfer(row: Connection) -> str:
    """ "" or the sentence that says why it cannot start. The account comes with the row."""
    if row.status not in CONNECTED:
        return NOT_CONNECTED
    if row.billing_model != BillingModel.BILL_US:
        return NOT_PAID
    if row.account.is_archived:
        return STARTED
    owner = row.account.owner
    return "" if owner and owner.is_active else NO_OWNER


def held_elsewhere(row: Connection) -> bool:
    others = Connection.objects.filter(account_id=row.account_id, status__in=CONNECTED)
    return bool(others.exclude(pk=row.pk).exists())


def archive(row: Connection, by: User) -> None:
    at = clock.now()
    row.account.archived_at = at
    row.account.save(update_fields=["archived_at"])
    record(row, EventKind.STATUS, f"{by} started the transfer of ownership", by=by)
    facts = {"connections": [row], "at": at, "by": by, "reason": REASON}
    ownership_transfer_started.send(Connection, **facts)


def tell_owner(row: Connection, by: User) -> None:
    owner, account = row.account.owner, row.account
    assert owner is not None
    assert account.archived_at is not None
    message = post_mail(
        "clients/ownership_transfer",
        key=f"ownership-transfer:{row.pk}:{account.archived_at:%Y%m%d%H%M%S}",
        recipient=owner.email,
        firm=row.firm,
        connection=row,
        owner=owner,
        link=site_link("clients:company-access", account_id=account.pk),
    )
    keep_messages([message], [row], by=by)


@transaction.atomic
def take_over(connection: Connection, *, by: User) -> Connection:
    """The owner will subscribe: the connection ends, and the firm's next invitation is made.

    The account stays in archive mode until there is a subscription. Raises `Refused` for others.
    """
    with tenancy.as_system():  # the owner is not part of the firm
        lock_accounts([connection.pk])
        row = owned(connection.pk, by)
        if not is_transferring(row):
            raise Refused(NOT_STARTED)
        started_by = who_started(row.account)
        people = end([row], by=by, reason=DisconnectReason.CLIENT_REQUEST, by_client=True)
        tell_firm(row, people[row.pk])
        facts = {"connection": row, "at": clock.now(), "by": by, "started_by": started_by}
        ownership_transferred.send(Connection, **facts)
    return row


def is_transferring(row: Connection) -> bool:
    """Bill Us, and the account is in archive mode all the same: nothing else brings that about."""
    is_paid = row.billing_model == BillingModel.BILL_US and row.status in CONNECTED
    return is_paid and row.account.is_archived


def who_started(account: ClientAccount) -> User | None:
    versions: Any = ClientAccount.history.filter(id=account.pk, archived_at=account.archived_at)
    first = versions.select_related("history_user").order_by("history_id").first()
    return first.history_user if first else None
