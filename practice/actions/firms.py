"""Changes to a firm as a whole."""

import re
import unicodedata
from itertools import chain, count
from typing import Any

from django.db import connection as database
from django.db import transaction

from practice import tenancy
from practice.history import because
from practice.models import Firm, TeamMember, User
from practice.roles import ParentRole

# First parts of addresses that are pages already, or will be: a firm never takes one.
RESERVED = frozenset(
    "account accounts admin api app appearance assets billing clients companies confirm-email"
    " design docs favicon files firms healthz help invitations invite jobs join login logout"
    " connect handover media operator outbox own password reconnect refer test-gateway webhooks"
    " webhook-receiver"
    " payments portal practice register robots security settings signup static status support"
    " well-known www code".split()
)
# Letters of Latin alphabets that are no accented ones.
LETTERS = str.maketrans({"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th"})
LONGEST = 48  # characters, so that a number fits behind


def register_firm(*, name: str, by: User) -> Firm:
    """A new firm with its registrant as Super Admin (F-002)."""
    with tenancy.as_system(), because("Registered the firm.", by=by):
        firm = Firm.objects.create(name=name, slug=free_slug(name), time_zone=by.time_zone)
        TeamMember.objects.create(firm=firm, user=by, parent_role=ParentRole.SUPER_ADMIN)
    return firm


def free_slug(name: str) -> str:
    """An address for the firm that nobody has: "harbour", "harbour-2"; "firm" in other scripts."""
    base = ascii_slug(name)
    with database.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('practice_firm.slug'))")
    taken = RESERVED | set(
        Firm.objects.filter(slug__startswith=base).values_list("slug", flat=True)
    )
    candidates = chain([base], (f"{base}-{number}" for number in count(2)))
    return next(slug for slug in candidates if slug not in taken)


def ascii_slug(name: str) -> str:
    latin = unicodedata.normalize("NFKD", name.casefold()).translate(LETTERS)
    plain = latin.encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:LONGEST].strip("-") or "firm"


@transaction.atomic
def update_firm(firm: Firm, *, by: User, **facts: Any) -> Firm:
    """Save what Practice Settings changed: name, address, phone, website, time zone."""
    firm = Firm.objects.select_for_update().get(pk=firm.pk)
    changed = [name for name, value in facts.items() if getattr(firm, name) != value]
    for name in changed:
        setattr(firm, name, facts[name])
    if changed:
        with because("Changed the practice settings.", by=by):
            firm.save(update_fields=changed)
    return firm
