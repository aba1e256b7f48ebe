"""A contact does something: in the firm, with the client locked, by the rights of this moment."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from clients.contact_rules import ContactAction
from clients.models import Connection, ContactAccess
from practice import tenancy
from practice.errors import Refused
from practice.models import User

NO_ACCESS = "You have no access to this business any more."


@contextmanager
def acting(access: ContactAccess, by: User) -> Iterator[ContactAccess]:
    """The contact’s access as it is now. Raises `Refused` where it was taken away."""
    with transaction.atomic(), tenancy.in_firm(access.firm_id, by.pk):
        connection = Connection.objects.locked(access.connection_id)
        rows = ContactAccess.objects.select_related("contact__user")
        now = rows.filter(pk=access.pk, contact__user=by).first()
        if now is None:
            raise Refused(NO_ACCESS)
        now.connection = connection
        yield now


def refuse_unless_may(access: ContactAccess, action: ContactAction) -> None:
    verdict = access.explain(action)
    if not verdict.allowed:
        raise Refused(verdict.reason)
