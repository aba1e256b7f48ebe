"""The night's work on alerts: raise what crossed a threshold, close what is cured (F-095…F-099a).

In sets, fifty thousand clients per transaction, by the same conditions in both directions: what
is raised by one of them is closed when it no longer holds. Run again, it changes nothing. Paused
clients get no new alert, and their old ones are muted (F-067); those of ended ones are closed.
"""

from collections.abc import Iterator
from typing import Any

from django.db import connection as database
from django.db.models import Count, Max

from clients.models import AlertKind, AlertOutcome, Connection
from clients.models.engagement import SCORE
from clients.roles import BillingModel, ConnectionStatus, SubscriptionStatus, UsageKind
from practice import clock, tenancy
from practice.actions.jobs import Progress
from practice.history import because

BATCH = 50_000
CHECKED = "The nightly check of the clients."
K, S = AlertKind, ConnectionStatus
DAY = "interval '24 hours'"  # "30 days" are so many times 24 hours (C26)
IS_REPORTED = "u.connection_id IS NOT NULL"

# Of the client `c`, its firm `f`, its snapshot `u` and its branch's failed payment `b`. Where there
# never was a login or a transaction, time runs from the day on which the client was entered.
CONDITIONS = {
    K.NO_LOGIN: f"{IS_REPORTED} AND coalesce(u.last_login_at, c.created_at)"
    f" <= %(now)s - f.login_alert_days * {DAY}",
    K.NO_TRANSACTIONS: f"{IS_REPORTED} AND coalesce(u.last_transaction_at, c.created_at)"
    f" <= %(now)s - f.transaction_alert_days * {DAY}",
    K.BANK_EXPIRED: "u.bank_accounts_expired > 0",
    K.SUBSCRIPTION: f"c.billing_model = '{BillingModel.BILL_US}'"
    f" AND (b.branch_id IS NOT NULL OR c.subscription_status = '{SubscriptionStatus.PAST_DUE}')",
    K.LOW_ENGAGEMENT: f"{IS_REPORTED} AND {SCORE} < f.low_engagement",
}
# Of what was judged, `j` (see CHECK).
SINCE = {K.NO_LOGIN: "j.last_login_at", K.NO_TRANSACTIONS: "j.last_transaction_at"}
LIMITS = {
    K.NO_LOGIN: "j.login_alert_days",
    K.NO_TRANSACTIONS: "j.transaction_alert_days",
    K.LOW_ENGAGEMENT: "j.lowest",
}


def banks_of(client: str) -> str:
    """The names of the feeds whose last event says that they expired."""
    return f"""
(SELECT left(string_agg(l.name, ', ' ORDER BY l.name), 200) FROM (
  SELECT DISTINCT ON (e.name) e.name, e.kind FROM clients_usageevent e
  WHERE e.connection_id = {client} AND e.kind IN (
    '{UsageKind.BANK_CONNECTED}', '{UsageKind.BANK_EXPIRED}', '{UsageKind.BANK_REMOVED}')
  ORDER BY e.name, e.at DESC, e.id DESC
) l WHERE l.kind = '{UsageKind.BANK_EXPIRED}')
"""  # nosec B608


DETAILS = {
    K.BANK_EXPIRED: banks_of("j.id"),
    K.SUBSCRIPTION: "CASE WHEN j.arrears_of IS NULL THEN 'The subscription is past due'"
    " ELSE 'A payment of the branch has failed' END",
    K.LOW_ENGAGEMENT: f"(SELECT {SCORE} FROM clients_usagesnapshot u"  # nosec B608
    " WHERE u.connection_id = j.id)::text",
}
SOURCES = """
JOIN practice_firm f ON f.id = c.firm_id
LEFT JOIN clients_usagesnapshot u ON u.connection_id = c.id
LEFT JOIN app.branches_in_arrears() b ON b.branch_id = c.branch_id
"""
IN_BATCH = "c.id > %(after)s AND c.id <= %(upto)s"
HAS_ENDED = f"c.status IN ('{S.DISCONNECTED}', '{S.RECONNECTING}')"

# The kinds as bits, so that what holds of a client and what is open of it are compared at once.
BITS = {kind: 1 << place for place, kind in enumerate(CONDITIONS)}
HOLDING = " | ".join(
    f"CASE WHEN {condition} THEN {BITS[kind]} ELSE 0 END" for kind, condition in CONDITIONS.items()
)
BIT_OF = " ".join(f"WHEN '{kind}' THEN {bit}" for kind, bit in BITS.items())
VALUES = ", ".join(
    f"('{kind}', {bit}, {SINCE.get(kind, 'NULL::timestamptz')},"
    f" {LIMITS.get(kind, 'NULL::smallint')})"
    for kind, bit in BITS.items()
)
DETAIL = " ".join(f"WHEN '{kind}' THEN {detail}" for kind, detail in DETAILS.items())

# One pass: each client is judged once (OFFSET 0 holds the planner to it) and compared with its open
# alerts; only those that differ are looked at again, and on a usual night they are few. An alert
# that somebody has in hand at this moment waits for the next night.
CHECK = f"""
WITH differing AS MATERIALIZED (
  SELECT j.*, coalesce(o.kinds, 0) AS open_kinds
  FROM (
    SELECT c.id, c.firm_id, c.branch_id, c.status = '{S.ACTIVE}' AS is_active,
      {HAS_ENDED} AS has_ended, b.branch_id AS arrears_of, u.last_login_at, u.last_transaction_at,
      f.login_alert_days, f.transaction_alert_days, f.low_engagement AS lowest,
      {HOLDING} AS kinds
    FROM clients_connection c {SOURCES}
    WHERE {IN_BATCH}
    OFFSET 0
  ) j
  LEFT JOIN (
    SELECT a.connection_id, bit_or(CASE a.kind {BIT_OF} ELSE 0 END) AS kinds
    FROM clients_alert a
    WHERE a.resolved_at IS NULL AND a.connection_id > %(after)s AND a.connection_id <= %(upto)s
    GROUP BY a.connection_id
  ) o ON o.connection_id = j.id
  WHERE j.is_active AND j.kinds & ~coalesce(o.kinds, 0) <> 0
    OR o.kinds & ~j.kinds <> 0 OR j.has_ended AND o.kinds <> 0
), done AS (
  SELECT a.id, d.has_ended FROM differing d JOIN clients_alert a ON a.connection_id = d.id
  WHERE a.resolved_at IS NULL AND (d.has_ended OR d.kinds & CASE a.kind {BIT_OF} END = 0)
  FOR UPDATE OF a SKIP LOCKED
), closed AS (
  UPDATE clients_alert a SET resolved_at = %(now)s, outcome = CASE
    WHEN done.has_ended THEN '{AlertOutcome.ENDED}' ELSE '{AlertOutcome.CURED}' END
  FROM done WHERE a.id = done.id
  RETURNING 1
), raised AS (
  INSERT INTO clients_alert
    (firm_id, connection_id, branch_id, kind, detail, since, threshold, raised_at, outcome)
  SELECT j.firm_id, j.id, j.branch_id, k.kind, coalesce(CASE k.kind {DETAIL} END, ''), k.since,
    k.threshold, %(now)s, ''
  FROM differing j CROSS JOIN LATERAL (VALUES {VALUES}) k(kind, bit, since, threshold)
  WHERE j.is_active AND j.kinds & ~j.open_kinds & k.bit <> 0
  ORDER BY j.id
  ON CONFLICT (connection_id, kind) WHERE resolved_at IS NULL DO NOTHING
  RETURNING 1
)
SELECT (SELECT count(*) FROM raised), (SELECT count(*) FROM closed)
"""  # nosec B608

# A second bank may expire while the alert about the first is open.
NAME_BANKS = f"""
WITH named AS (
  SELECT a.id, {banks_of("a.connection_id")} AS names
  FROM clients_alert a JOIN clients_connection c ON c.id = a.connection_id
  WHERE a.resolved_at IS NULL AND a.kind = '{K.BANK_EXPIRED}' AND {IN_BATCH}
  FOR UPDATE OF a SKIP LOCKED
)
UPDATE clients_alert a SET detail = named.names
FROM named WHERE a.id = named.id AND a.detail <> named.names
"""  # nosec B608


def watch_clients() -> Iterator[Progress]:
    """Each stretch is a transaction of the system's realm (`practice.actions.jobs`)."""
    total, done, after = Connection.objects.count(), 0, 0
    while (batch := batch_after(after))["many"]:
        watch_batch(after, batch["upto"])
        done, after = done + batch["many"], batch["upto"]
        yield Progress(min(done, total), total)


def batch_after(after: int) -> dict[str, int]:
    """How `many` clients come next, and `upto` which id."""
    rows = Connection.objects.filter(pk__gt=after).order_by("pk")
    return rows[:BATCH].aggregate(many=Count("pk"), upto=Max("pk"))


def watch_batch(after: int, upto: int) -> tuple[int, int]:
    """How many alerts of these clients were raised and closed. In the running transaction."""
    words: dict[str, Any] = {"now": clock.now(), "after": after, "upto": upto}
    with because(CHECKED), database.cursor() as cursor:
        cursor.execute(CHECK, words)
        raised, closed = cursor.fetchone()
        cursor.execute(NAME_BANKS, words)
    return raised, closed


def watch_now() -> None:
    """The whole of it at once, without the register of jobs: for the demo world and for tests."""
    with tenancy.as_system():
        for _ in watch_clients():
            pass
