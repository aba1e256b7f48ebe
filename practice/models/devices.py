"""Where a person is signed in (F-163a): allauth notes session, browser and address."""

from dataclasses import dataclass
from datetime import datetime

from allauth.usersessions.models import UserSession
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from practice.models.sessions import SessionStore

MOST = 20
# What a browser says of itself, the most telling word first: Edge and Opera call themselves Chrome
# too, and Chrome calls itself Safari.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True)
class Device:
    """A session that goes on. `ip` is where the sign-in came from."""

    device: str
    ip: str
    since: datetime
    is_this: bool


def live_sessions(request: HttpRequest) -> list[Device]:
    """The person's own, newest first: those that neither expired nor were ended since."""
    rows = list(UserSession.objects.filter(user_id=request.user.pk).order_by("-pk")[:MOST])
    keys = [row.session_key for row in rows]
    kept = Session.objects.filter(session_key__in=keys, expire_date__gt=timezone.now())
    stored = dict(kept.values_list("session_key", "session_data"))
    proof, store = request.user.get_session_auth_hash(), SessionStore()  # type: ignore[union-attr]

    def is_live(row: UserSession) -> bool:
        if row.session_key not in stored:
            return False
        known = store.decode(stored[row.session_key]).get(HASH_SESSION_KEY, "")
        return constant_time_compare(known, proof)

    return [
        Device(
            device=device_of(row.user_agent),
            ip=row.ip,
            since=row.created_at,
            is_this=row.session_key == request.session.session_key,
        )
        for row in rows
        if is_live(row)
    ]


def device_of(user_agent: str) -> str:
    """“Firefox on Linux”."""
    browser = first_of(BROWSERS, user_agent) or "A browser"
    system = first_of(SYSTEMS, user_agent)
    return f"{browser} on {system}" if system else browser


def first_of(names: tuple[tuple[str, str], ...], user_agent: str) -> str:
    return next((name for sign, name in names if sign in user_agent), "")
