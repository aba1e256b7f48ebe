"""`manage.py bench nightly`: alerts, expiry of access, its warnings and digests, over N clients.

The floor of the alerts is the bare scan of what they ask of every client; that of the expiry is
the bare UPDATE of the same rows, without triggers, rolled back. Against it stands all that puts the
end on record: rows found and locked, update, history, timeline, commit; the mails about it are told
apart. Three nights: the first, when nothing was ever told; the next; and that one once more, which
must change nothing.
"""

import json
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from django.db import connection as database

from bench import bulk, world
from bench.memory import peak_mb
from bench.pages import prepare
from clients.actions import access_expiry
from clients.actions.access_expiry import expire_access, warn_of_expiry
from clients.actions.digests import send_digests
from clients.actions.watching import HOLDING, SOURCES, watch_clients
from clients.models import Alert, Connection
from clients.models.connections import ACCESS_EXPIRES_AFTER
from practice import clock, tenancy
from practice.actions.jobs import Progress
from practice.history import because
from practice.models import Message

FIRST, USUAL, EXPIRY = 20.0, 2.0, 1.5  # times the floor
MOST_MB = 150.0  # of growth
DAY = timedelta(days=1)

SCAN = f"""
SELECT count(*) FROM clients_connection c {SOURCES}
WHERE c.status = 'active' AND ({HOLDING}) <> 0
"""  # nosec B608
BARE_EXPIRY = """
UPDATE clients_connection SET access_expired_for = coalesce(last_accessed_at, created_at)
WHERE status IN ('active', 'paused') AND access_disabled_at IS NULL
  AND access_requested_at IS NULL AND coalesce(last_accessed_at, created_at) <= %(since)s
  AND access_expired_for IS DISTINCT FROM coalesce(last_accessed_at, created_at)
"""
# Each client crosses a threshold once in its turn: about one in thirty logins, one in sixty others.
SCENE = (
    """
    UPDATE clients_usagesnapshot SET taken_at = %(now)s,
      last_login_at = %(now)s - make_interval(mins => (connection_id * 7919 %% 45000)::int),
      last_transaction_at = %(now)s - make_interval(mins => (connection_id * 6271 %% 88000)::int),
      latest_invoice_on = %(now)s::date, reports_generated = 2, transactions = 20,
      bank_accounts = 2, bank_accounts_expired = (connection_id %% 97 = 0)::int
    """,
    """
    UPDATE clients_connection SET access_disabled_at = NULL, access_requested_at = NULL,
      last_accessed_at = %(now)s - make_interval(mins => (id * 5101 %% 88000)::int)
    """,
)


def options(parser: ArgumentParser) -> None:
    parser.add_argument("--connections", type=int, default=1_000_000, help="clients (1,000,000)")


def run(chosen: Mapping[str, Any]) -> int:
    """Print a line per night; 1 when a goal is missed."""
    world.ensure(chosen["connections"])
    prepare()
    scene()
    missed = False
    for line in nights():
        facts = {"bench": "nightly", "connections": chosen["connections"], **line}
        print(json.dumps(facts), flush=True)
        missed = missed or bool(line["missed"])
    return int(missed)


def scene() -> None:
    """The world of the client list is another one afterwards, and is loaded anew when wanted."""
    with world.connect() as owner:
        owner.execute("DROP TABLE IF EXISTS app.bench_world")
        with bulk.bare(owner, world.FILLED):
            for statement in SCENE:
                owner.execute(statement, {"now": clock.now()})
        owner.commit()
        world.settle(owner)


# By the next evening some of those who had stayed away signed in, and some were visited.
DAYTIME = (
    "UPDATE clients_usagesnapshot SET last_login_at = %(now)s WHERE connection_id %% 40 = 0",
    "UPDATE clients_connection SET last_accessed_at = %(now)s WHERE id %% 40 = 1",
)


def nights() -> Iterator[dict[str, Any]]:
    evening = clock.now()
    with patch.object(clock, "now", lambda: evening):
        yield night("first", FIRST)
    with patch.object(clock, "now", lambda: evening + DAY):  # it stands: in a minute others are due
        pass_a_day()
        yield night("usual", USUAL)
        yield night("again", USUAL, is_idle=True)


def pass_a_day() -> None:
    with tenancy.as_system(), because("A day passed."), database.cursor() as cursor:
        for statement in DAYTIME:
            cursor.execute(statement, {"now": clock.now()})


def night(name: str, goal: float, *, is_idle: bool = False) -> dict[str, Any]:
    before, told = peak_mb(), counts()
    scan_s = min(timed(scan) for _ in range(2))
    alerts_s = timed(check_alerts)
    bare_s, due = bare_expiry()
    expiry_s, mails_s = expiry()
    facts = {
        "scan_s": round(scan_s, 2),
        "alerts_s": round(alerts_s, 2),
        "ratio": round(alerts_s / scan_s, 2),
        "goal": goal,
        "expired": due,
        "bare_expiry_s": round(bare_s, 2),
        "expiry_s": round(expiry_s, 2),
        "expiry_ratio": round(expiry_s / bare_s, 2),
        "expiry_goal": EXPIRY,
        "expiry_mails_s": round(mails_s, 2),
        "warnings_s": round(timed(warn_of_expiry), 2),
        "digests_s": round(timed(send_all_digests), 2),
        "growth_mb": round(peak_mb() - before, 1),
    }
    made = {what: many - told[what] for what, many in counts().items()}
    missed = [
        what
        for what, is_missed in (
            ("ratio", alerts_s / scan_s > goal),
            ("expiry_ratio", due and expiry_s / bare_s > EXPIRY),
            ("memory", facts["growth_mb"] > MOST_MB),
            ("idle", is_idle and any([*made.values(), due])),
        )
        if is_missed
    ]
    return {"night": name, **facts, **made, "missed": missed}


def scan() -> None:
    with tenancy.as_system(), database.cursor() as cursor:
        cursor.execute(SCAN, {"now": clock.now()})


def check_alerts() -> None:
    to_the_end(watch_clients())


def send_all_digests() -> None:
    to_the_end(send_digests())


def to_the_end(stretches: Iterator[Progress]) -> None:
    """A transaction for each stretch, as the register of jobs runs them."""
    is_over = False
    while not is_over:
        with tenancy.as_system():
            is_over = next(stretches, None) is None


def expiry() -> tuple[float, float]:
    """Seconds for the record, and for the mails."""
    mails: list[float] = []
    told = access_expiry.tell

    def tell(*words: Any) -> None:
        mails.append(timed(lambda: told(*words)))

    with patch.object(access_expiry, "tell", tell):
        whole = timed(expire_access)
    return whole - sum(mails), sum(mails)


def bare_expiry() -> tuple[float, int]:
    """Seconds and rows."""
    with world.connect() as owner:
        owner.execute(
            "ALTER TABLE clients_connection NO FORCE ROW LEVEL SECURITY, DISABLE TRIGGER USER"
        )
        started = time.perf_counter()
        rows = owner.execute(BARE_EXPIRY, {"since": clock.now() - ACCESS_EXPIRES_AFTER}).rowcount
        seconds = time.perf_counter() - started
        owner.rollback()
    return seconds, rows


def counts() -> dict[str, int]:
    with tenancy.as_system():
        return {
            "raised": Alert.objects.count(),
            "closed": Alert.objects.filter(resolved_at__isnull=False).count(),
            "on_record": Connection.objects.filter(access_expired_for__isnull=False).count(),
            "mails": Message.objects.count(),
        }


def timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
