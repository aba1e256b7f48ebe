"""Keys of the API: made, revoked, recognised and limited (F-226)."""

import time
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from datetime import timedelta
from hashlib import sha256

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.db.models import Q
from django.utils.crypto import salted_hmac

from practice import clock
from practice.actions.limits import lock_rights, refuse_without, standing_now
from practice.errors import Refused
from practice.history import because
from practice.models import ApiKey, Firm, User
from practice.models.api_keys import HINT, hash_of
from practice.permissions import MANAGE_SECURITY
from practice.tenancy import as_system
from practice.text import tidy

MOST = 50  # live keys of one firm
SHOWN_AGAIN = timedelta(minutes=10)
USED_EVERY = timedelta(minutes=1)  # how exactly the last use is known
WINDOW = 60  # seconds
WRONG_KEYS = 60  # of one address, in a window

TOO_MANY = f"Your firm has {MOST} live keys. Revoke one that is not used before adding another."
SHOWN_BEFORE = "This key was created already, and its secret is not shown again. Start anew."


@transaction.atomic
def create_api_key(
    firm: Firm, *, by: User, name: str, scopes: Iterable[str], once: str
) -> tuple[ApiKey, str]:
    """The key and its secret, which is kept nowhere.

    `once` is what the form was given when it was opened. The secret is made of it, so that a form
    sent twice makes one key, and both answers show its secret.
    """
    lock_rights(firm.pk)
    refuse_without(standing_now(by, firm.pk), MANAGE_SECURITY, None)
    secret = secret_from(firm, by, once)
    known = ApiKey.objects.filter(secret_hash=hash_of(secret)).first()
    if known is not None:
        return shown_again(known), secret
    if ApiKey.objects.for_firm(firm).live().count() >= MOST:
        raise Refused(TOO_MANY)
    with because("Created the API key.", by=by):
        key = ApiKey.objects.create(
            firm=firm,
            name=tidy(name),
            hint=secret[:HINT],
            secret_hash=hash_of(secret),
            scopes=sorted(set(scopes)),
            created_by=by,
        )
    return key, secret


def secret_from(firm: Firm, by: User, once: str) -> str:
    """ "chk_" and 43 characters, of the installation's secret and what the form was given."""
    text = f"{firm.pk}:{by.pk}:{once}"
    digest = salted_hmac("practice.api_keys", text, algorithm="sha256").digest()
    return f"chk_{urlsafe_b64encode(digest).decode().rstrip('=')}"


def shown_again(key: ApiKey) -> ApiKey:
    """A second click, not a page that was left open: raises `Refused` later, or once revoked."""
    if not key.is_live or clock.now() - key.created_at > SHOWN_AGAIN:
        raise Refused(SHOWN_BEFORE)
    return key


@transaction.atomic
def revoke_api_key(key: ApiKey, *, by: User, reason: str) -> ApiKey:
    """From the next request on it opens nothing; it is never brought back."""
    lock_rights(key.firm_id)
    key = ApiKey.objects.select_for_update().get(pk=key.pk)
    refuse_without(standing_now(by, key.firm_id), MANAGE_SECURITY, None)
    if not key.is_live:
        raise Refused("This key is revoked already.")
    key.revoked_at = clock.now()
    with because(reason, by=by):
        key.save(update_fields=["revoked_at"])
    return key


def recognise(secret: str) -> ApiKey | None:
    """The live key with its firm; its use is noted. The caller is nobody yet."""
    with as_system():
        rows = ApiKey.objects.live().select_related("firm")
        key = rows.filter(secret_hash=hash_of(secret)).first()
        if key is not None:
            note_use(key)
    return key


def note_use(key: ApiKey) -> None:
    """Once a minute; whoever comes meanwhile does not wait for it."""
    now = clock.now()
    if key.last_used_at and now - key.last_used_at < USED_EVERY:
        return
    stale = Q(last_used_at=None) | Q(last_used_at__lte=now - USED_EVERY)
    free = ApiKey.objects.filter(stale, pk=key.pk).select_for_update(skip_locked=True)
    if free.values_list("pk", flat=True).first():
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)


def is_within_rate(key: ApiKey) -> bool:
    """Whether the key has asked less often in this minute than an installation lets one."""
    return counted(f"{key.firm_id}:{key.pk}") <= settings.API_REQUESTS_PER_MINUTE


def is_guessing(address: str) -> bool:
    """Counts a wrong key; whether the address has sent more of them than people mistype."""
    return counted(f"wrong:{sha256(address.encode()).hexdigest()[:16]}") > WRONG_KEYS


def counted(who: str) -> int:
    name = f"api:{who}:{int(time.time()) // WINDOW}"
    cache.add(name, 0, 2 * WINDOW)
    return int(cache.incr(name))
