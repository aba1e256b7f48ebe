"""Extending the trial of a client account: twice at most, on either billing model (F-135, C16)."""

from datetime import timedelta

from django.db import transaction

from clients import permissions as p
from clients.actions.correspondence import lock_writable
from clients.actions.endings import lock_accounts
from clients.actions.events import record
from clients.models import ClientAccount, Connection, EventKind
from clients.models.accounts import MOST_DAYS
from clients.signals import trial_extended
from practice.actions.limits import standing_now
from practice.errors import Refused
from practice.history import because
from practice.models import User
from practice.permissions import Verdict

HOW_LONG = f"A trial is extended by 1 to {MOST_DAYS} days."


@transaction.atomic
def extend_trial(connection: Connection, *, by: User, days: int, number: int) -> ClientAccount:
    """`number` is the extension that is meant, 1 or 2; given already, it changes nothing.

    The account counts, whichever firm extends. Raises `Refused` outside a trial, after the second
    time, and where the person may not open and change the client.
    """
    lock_accounts([connection.pk])
    row = lock_writable(connection, by)
    verdict = Verdict.of(row.rules(standing_now(by, row.firm_id), p.OPEN_ACCOUNT))
    if not verdict.allowed:
        raise Refused(verdict.reason)
    account = ClientAccount.objects.get(pk=row.account_id)
    if number <= account.trial_extensions:
        return account
    if account.why_not_extended:
        raise Refused(account.why_not_extended)
    if not 1 <= days <= MOST_DAYS:
        raise Refused(HOW_LONG)
    assert account.trial_ends_on is not None
    account.trial_ends_on += timedelta(days=days)
    account.trial_extensions += 1
    said = f"by {days} day{'' if days == 1 else 's'}"
    with because(f"Extended the trial of the account {said}.", by=by):
        account.save(update_fields=["trial_ends_on", "trial_extensions"])
        ends = f"{account.trial_ends_on.day} {account.trial_ends_on:%b %Y}"
        record(row, EventKind.COMPANY, f"{by} extended the trial {said}, to {ends}", by=by)
        trial_extended.send(ClientAccount, account=account, by=by)
    return account
