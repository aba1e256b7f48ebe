"""Coming into the portal: which contact of the firm somebody is, and what that opens.

The system looks, because nothing of a firm exists for a person before it is known who they are to
it; what it finds sets the scope in which the rest of the request reads.
"""

from dataclasses import dataclass
from typing import Any, Self

from django.db.models import QuerySet

from clients.models import ClientAccount, Contact, ContactAccess
from clients.permissions import PREVIEW_PORTAL, VIEW_CLIENT
from practice import tenancy
from practice.auth import explain
from practice.models import User
from practice.permissions import Verdict
from practice.tenancy import Context, Realm, Scope

MARK = "~"  # between the firm and the access that staff look through


@dataclass(frozen=True)
class PortalAddress:
    """The first part of an address of the portal: `harbour`, or `harbour~55` in a preview."""

    firm_slug: str
    access_id: int | None = None

    @classmethod
    def of(cls, slug: str) -> Self:
        firm_slug, _, access_id = slug.partition(MARK)
        return cls(firm_slug, int(access_id) if access_id else None)

    def __str__(self) -> str:
        return (
            self.firm_slug if self.access_id is None else f"{self.firm_slug}{MARK}{self.access_id}"
        )


def find_contact(user: User, firm_slug: str) -> Contact | None:
    """Whom the signed-in person is to this firm."""
    with tenancy.as_system():
        return contacts_of(user).filter(firm__slug=firm_slug).first()


def contacts_of(user: User) -> "QuerySet[Contact]":
    """Of every firm, for the system to ask."""
    return Contact.objects.filter(user=user, user__is_active=True).select_related("firm")


def accesses_of(contact: Contact) -> list[ContactAccess]:
    """The contact's businesses by name, in the portal's realm or the system's."""
    rows = ContactAccess.objects.filter(contact=contact).select_related("connection")
    found = list(rows.order_by("connection__name_sort", "pk"))
    return told_who_owns(found, contact)


def told_who_owns(accesses: list[ContactAccess], contact: Contact) -> list[ContactAccess]:
    """One question for all of them, instead of one for each."""
    accounts = [access.connection.account_id for access in accesses]
    owned = set(
        ClientAccount.objects.filter(owner_id=contact.user_id, pk__in=accounts).values_list(
            "pk", flat=True
        )
        if contact.user_id
        else ()
    )
    for access in accesses:
        access.contact = contact
        access.is_owner = access.connection.account_id in owned
    return accesses


def find_accesses(contact: Contact) -> list[ContactAccess]:
    with tenancy.as_system():
        return accesses_of(contact)


def find_preview(access_id: int, firm_slug: str) -> ContactAccess | None:
    """What staff of the firm ask to look through; whether they may is another question."""
    with tenancy.as_system():
        rows = ContactAccess.objects.select_related("connection__branch", "contact", "firm")
        access = rows.filter(pk=access_id, firm__slug=firm_slug).first()
        return told_who_owns([access], access.contact)[0] if access else None


def explain_preview(user: User, access: ContactAccess) -> tuple[Verdict, Verdict]:
    """May they see the client, and look at its portal (F-185)."""
    with tenancy.in_firm(access.firm_id, user.pk):
        connection: Any = access.connection
        return explain(user, VIEW_CLIENT, connection), explain(user, PREVIEW_PORTAL, connection)


def enter_scope(user: User, contact: Contact, accesses: list[ContactAccess]) -> None:
    """From here on the request reads what this contact reaches, and nothing else."""
    scope = Scope(contact.firm_id, contact.pk, tuple(each.connection_id for each in accesses))
    tenancy.switch(Context(Realm.PORTAL, user_id=user.pk, scope=scope))
