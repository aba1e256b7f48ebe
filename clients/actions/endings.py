"""What the end of a relationship brings with it: access, periods, archives, news (F-072…F-079)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest

from clients.actions.access_requests import close_requests
from clients.actions.correspondence import keep_messages
from clients.actions.events import record_lines
from clients.models import (
    ClientAccount,
    Connection,
    ConnectionPeriod,
    EventKind,
    Note,
    Task,
    TeamAssignment,
)
from clients.models.external import CONNECTED, REQUEST
from clients.roles import BillingModel, ConnectionStatus, DisconnectReason
from clients.signals import connection_disconnected
from practice import clock, tenancy
from practice.actions.outbox import post_mail
from practice.emails import site_link
from practice.errors import Refused
from practice.history import because
from practice.models import User

NOT_YOURS = "Only the owner of the account can disconnect an accountant."
FIRM_PAYS = (
    "Your accountant pays for this account, so the connection is theirs to end."
    " You can ask them to."
)
ENDED = "This connection has ended already."
YOU_PAY = "You pay for this account yourself: you can disconnect the accountant at once."
ASKED = "You have asked already. Your accountant has it among its tasks."


def lock_accounts(connection_ids: Iterable[int]) -> None:
    """Before the clients, as `update_company` does: neither then waits for the other in a ring."""
    rows = Connection.objects.filter(pk__in=set(connection_ids)).order_by()
    accounts = ClientAccount.objects.filter(pk__in=rows.values("account_id")).order_by("pk")
    list(accounts.select_for_update(no_key=True).values_list("pk", flat=True))


def end(
    rows: Sequence[Connection],
    *,
    by: User,
    reason: DisconnectReason,
    note: str = "",
    by_client: bool = False,
) -> dict[int, list[User]]:
    """In the caller's transaction; `rows` are locked. Who was assigned, by client.

    All that it writes bears the closing instant at the latest: the frozen records end there.
    """
    with because(f"Disconnected: {reason.value}.", by=by):
        at = clock.now()
        close(rows, at, reason, note)
        people = end_ties(rows)
        archive_unpaid(rows, at)
        close_requests(rows, by=by, at=at)
        if not by_client:
            keep_note(rows, at, reason, note, by)
        lines = [(row, line(by, reason, people[row.pk], by_client=by_client)) for row in rows]
        record_lines(lines, EventKind.STATUS, by=by, at=at)
        facts = {"connections": rows, "at": at, "by": by, "reason": reason, "by_client": by_client}
        connection_disconnected.send(Connection, **facts)
    return people


def close(rows: Sequence[Connection], at: datetime, reason: DisconnectReason, note: str) -> None:
    """Status, date and reason; the open period closes for good (C5)."""
    ids = [row.pk for row in rows]
    facts = {
        "status": ConnectionStatus.DISCONNECTED,
        "disconnected_at": at,
        "disconnect_reason": reason.value,
        "disconnect_note": note,
        "paused_at": None,
        "paused_until": None,
    }
    Connection.objects.filter(pk__in=ids).update(**facts)
    for row in rows:
        row.__dict__.update(facts)
    ConnectionPeriod.objects.filter(connection_id__in=ids, closed_on=None).update(
        closed_on=Greatest(F("opened_on"), clock.today()), close_reason=reason.value
    )


def end_ties(rows: Sequence[Connection]) -> dict[int, list[User]]:
    """Everybody's assignment ends, so the next click of each is refused (F-072a)."""
    ties = TeamAssignment.objects.filter(content_object_id__in=[row.pk for row in rows])
    people: dict[int, list[User]] = defaultdict(list)
    for tie in ties.running().select_related("user").order_by("user__full_name", "user_id"):
        people[tie.content_object_id].append(tie.user)
    ties._raw_delete(ties.db)  # one statement; nothing hangs on a tie, and triggers keep its past
    return people


def archive_unpaid(rows: Sequence[Connection], at: datetime) -> None:
    """Accounts that a firm paid for, and that no other firm is connected to (C35)."""
    ids = {row.account_id for row in rows if row.billing_model == BillingModel.BILL_US}
    if not ids:
        return
    with tenancy.as_system():  # other firms' connections count, and this firm's has just ended
        held = Connection.objects.filter(account_id__in=ids, status__in=CONNECTED)
        unpaid = ClientAccount.objects.filter(pk__in=ids, archived_at=None)
        unpaid.exclude(pk__in=held.order_by().values("account_id")).update(archived_at=at)


def keep_note(
    rows: Sequence[Connection], at: datetime, reason: DisconnectReason, note: str, by: User
) -> None:
    text = f"Disconnected, {reason.value}" + (f": {note}" if note else ".")
    facts = {"text": text, "author": by, "created_at": at}
    Note.objects.bulk_create(
        [Note(firm_id=row.firm_id, connection=row, **facts) for row in rows], batch_size=1000
    )


def line(by: User, reason: DisconnectReason, people: Sequence[User], *, by_client: bool) -> str:
    whose = "the owner of the account, " if by_client else ""
    says = f"{by}, {whose}disconnected" if by_client else f"{by} disconnected the client"
    said = f"{says}: {reason.value}"
    names = ", ".join(str(person) for person in people)
    return f"{said}; no longer assigned: {names}" if names else said


@transaction.atomic
def end_by_client(connection: Connection, *, by: User) -> None:
    """The owner of a Client Pays account takes the firm off it; the firm is told (F-078, S4.21).

    Account, subscription and data go on untouched. Raises `Refused` for anybody else.
    """
    with tenancy.as_system():  # the owner is not part of the firm
        lock_accounts([connection.pk])
        row = owned(connection.pk, by)
        if row.billing_model != BillingModel.CLIENT_PAYS:
            raise Refused(FIRM_PAYS)
        reason = DisconnectReason.CLIENT_REQUEST
        people = end([row], by=by, reason=reason, by_client=True)
        tell_firm(row, people[row.pk])


def owned(connection_id: int, by: User) -> Connection:
    """In the system's realm: the row, locked. Raises `Refused` unless it runs and is theirs."""
    rows = Connection.objects.select_related("account", "branch", "firm")
    row = rows.select_for_update(of=("self",)).get(pk=connection_id)
    if row.account.owner_id != by.pk:
        raise Refused(NOT_YOURS)
    if row.status not in CONNECTED:
        raise Refused(ENDED)
    return row


def tell_firm(row: Connection, people: Sequence[User]) -> None:
    """A mail to each who was assigned, and to the branch."""
    key = f"client-left:{row.pk}:{row.disconnected_at:%Y%m%d%H%M%S}"
    link = site_link("clients:client-records", firm_slug=row.firm.slug, connection_id=row.pk)
    mail_firm("clients/client_disconnected", row, people, key=key, link=link)


def mail_firm(
    template: str, row: Connection, people: Sequence[User], *, key: str, **facts: object
) -> None:
    """The same mail to each of these people, and to the branch; in the client's email history."""
    for address in dict.fromkeys([*(person.email for person in people), row.branch.email]):
        message = post_mail(
            template,
            key=f"{key}:{address}",
            recipient=address,
            firm=row.firm,
            connection=row,
            **facts,
        )
        keep_messages([message], [row])


@transaction.atomic
def request_disconnection(connection: Connection, *, by: User, message: str = "") -> Task:
    """The owner of a Bill Us account asks; the firm gets a task, and decides (C3, F-079).

    It goes to the primary accountant, if there is one. Raises `Refused` while one is open.
    """
    with tenancy.as_system():
        row = owned(connection.pk, by)
        if row.billing_model != BillingModel.BILL_US:
            raise Refused(YOU_PAY)
        if Task.objects.open().filter(connection=row, title=REQUEST).exists():
            raise Refused(ASKED)
        primary = TeamAssignment.objects.running().filter(content_object=row, is_primary=True)
        reason = DisconnectReason.CLIENT_REQUEST.value
        said = f"{by}, the owner of the account, asks you to disconnect. Reason: {reason}."
        task = Task(
            firm_id=row.firm_id,
            connection=row,
            title=REQUEST,
            details=f"{said}\n\n{message}".strip(),
            assignee_id=primary.values_list("user_id", flat=True).first(),
            created_by=by,
        )
        with because("The client asked to end the connection.", by=by):
            task.save()
        record_lines(
            [(row, f"{by}, the owner of the account, asks to disconnect")], EventKind.STATUS, by=by
        )
    return task
