"""What the account owner changes in the client's own account."""

from typing import Any

from django.db import transaction
from django.db.models import F

from clients.actions.connections import refresh_search_text
from clients.actions.events import record
from clients.contact_rules import ENDED
from clients.models import ClientAccount, Connection, EventKind, Tag
from practice import tenancy
from practice.errors import Refused
from practice.history import because
from practice.models import User
from practice.text import sort_key, tidy

ARCHIVED = "This account is archived. Subscribe to continue; reading works as before."


@transaction.atomic
def open_company(*, name: str, tax_id: str, by: User) -> ClientAccount:
    """A company of the person's own, which no firm knows yet."""
    account = ClientAccount(name=tidy(name), tax_id=tidy(tax_id), owner=by)
    with tenancy.as_system(), because("Set up a company of their own.", by=by):
        account.save(force_insert=True)
    return account


@transaction.atomic
def update_company(
    account: ClientAccount,
    *,
    by: User,
    name: str,
    tax_id: str,
    address: str,
    website: str,
    phone: str,
) -> ClientAccount:
    """Change company details; every firm that is connected sees them at once (F-049).

    Raises `Refused` in archive mode: nobody pays for the account any more (C35).
    """
    account = ClientAccount.objects.select_for_update().get(pk=account.pk)
    if account.is_archived:
        raise Refused(ARCHIVED)
    before = account.name
    account.name, account.tax_id = tidy(name), tidy(tax_id)
    account.address, account.phone = address.strip(), tidy(phone)
    account.website = tidy(website)
    with because("Changed company details in the client's own account.", by=by):
        account.save(update_fields=["name", "tax_id", "address", "website", "phone"])
        with tenancy.as_system():  # the connections belong to firms, which the owner is not part of
            carry_over(account, before, by)
    return account


def carry_over(account: ClientAccount, before: str, by: User) -> None:
    rows = Connection.objects.filter(account=account).exclude(status__in=ENDED)
    for connection in rows.select_for_update():
        rename(connection, account.name)
        connection.version = F("version") + 1
        connection.save(update_fields=["name", "name_sort", "search_text", "version"])
        record(connection, EventKind.COMPANY, company_line(account, before, by), by=by)


def rename(connection: Connection, name: str) -> None:
    connection.name, connection.name_sort = name, sort_key(name)
    refresh_search_text(connection, Tag.objects.filter(pk__in=connection.tag_ids))


def write_subscription(account: ClientAccount, *, event: str = "", **facts: Any) -> None:
    """What billing says of the account's subscription: `plan`, `subscription_status`, `renews_on`,
    `has_method`, `archived_at`. Copied to every client row of it that is connected.

    In the caller's transaction, cause and system realm, with the account locked. `event` is a line
    for the firms' timelines: the plan, and never how or what the client pays (C15).
    """
    for name, value in facts.items():
        setattr(account, name, value)
    account.save(update_fields=list(facts))
    rows = Connection.objects.filter(account=account).exclude(status__in=ENDED).order_by("pk")
    for row in rows.select_for_update(no_key=True):
        row.plan, row.subscription_status = account.plan, account.subscription_status
        row.save(update_fields=["plan", "subscription_status"])
        if event:
            record(row, EventKind.COMPANY, event)


def catch_up(connection: Connection) -> None:
    """The firm is connected again: what the account became meanwhile stands on the list's row."""
    account = connection.account
    connection.plan, connection.subscription_status = account.plan, account.subscription_status
    rename(connection, account.name)
    copied = ["name", "name_sort", "search_text", "plan", "subscription_status"]
    connection.save(update_fields=copied)


def company_line(account: ClientAccount, before: str, by: User) -> str:
    if account.name != before:
        return f"{by} renamed the company from {before[:150]} to {account.name[:150]}"
    return f"{by} changed company details in the client's account"
