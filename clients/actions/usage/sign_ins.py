"""When a client's own people sign in here, that is a login of their client (F-093)."""

from itertools import groupby
from operator import itemgetter
from uuid import uuid4

from django.db.models import Q

from clients.actions.usage.taking import TAKING, take_events
from clients.models import Connection, ContactAccess
from clients.roles import UsageKind
from practice import clock, tenancy
from practice.models import Firm, User


def note_sign_in(user: User) -> None:
    """A login of each client whose account they own, or whose contact they are."""
    with tenancy.as_system():
        known = ContactAccess.objects.filter(contact__user=user).values("connection_id")
        rows = Connection.objects.filter(Q(account__owner=user) | Q(pk__in=known))
        rows = rows.filter(status__in=TAKING).order_by("firm_id", "pk")
        clients = list(rows.values_list("firm_id", "pk"))
    for firm_id, ours in groupby(clients, itemgetter(0)):
        with tenancy.in_firm(firm_id):
            take_events(Firm.objects.get(pk=firm_id), [login(pk) for _, pk in ours])


def login(connection_id: int) -> dict[str, object]:
    return {
        "id": f"sign-in-{uuid4().hex}",
        "client": connection_id,
        "kind": UsageKind.LOGIN.value,
        "at": clock.now().isoformat(),
    }
