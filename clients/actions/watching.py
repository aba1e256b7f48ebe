"""The night's work on alerts: raise what crossed a threshold, close what is cured (F-095…F-099a).

In sets, some ten thousand clients per transaction, by the same conditions in both directions: what
is raised by one of them is closed when it no longer holds. Run again, it changes nothing. Paused
clients get no new alert, and their old ones are muted (F-067); those of ended ones are closed.
"""

from collections.abc import Iterator
from typing import Any

from django.db import connection as database

from clients.models import AlertKind, AlertOutcome, Connection
from clients.models.engagement import SCORE
from clients.roles import BillingModel, ConnectionStatus, SubscriptionStatus, UsageKind
from practice import clock, tenancy
from practice.actions.jobs import Progress
from practice.history import because

BATCH = 20_000
RAISED = "The nightly check of the clients raised it."
CLOSED = "The nightly check of the clients found it over."
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
SINCE = {K.NO_LOGIN: "u.last_login_at", K.NO_TRANSACTIONS: "u.last_transaction_at"}
LIMITS = {
    K.NO_LOGIN: "f.login_alert_days",
    K.NO_TRANSACTIONS: "f.transaction_alert_days",
    K.LOW_ENGAGEMENT: "f.low_engagement",
}
# The names of the feeds whose last event says that they expired.
BANKS = f"""
(SELECT left(string_agg(l.name, ', ' ORDER BY l.name), 200) FROM (
  SELECT DISTINCT ON (e.name) e.name, e.kind FROM clients_usageevent e
  WHERE e.connection_id = c.id AND e.kind IN (
    '{UsageKind.BANK_CONNECTED}', '{UsageKind.BANK_EXPIRED}', '{UsageKind.BANK_REMOVED}')
  ORDER BY e.name, e.at DESC, e.id DESC
) l WHERE l.kind = '{UsageKind.BANK_EXPIRED}')
"""  # nosec B608
DETAILS = {
    K.BANK_EXPIRED: BANKS,
    K.SUBSCRIPTION: "CASE WHEN b.branch_id IS NULL THEN 'The subscription is past due'"
    " ELSE 'A payment of the branch has failed' END",
    K.LOW_ENGAGEMENT: f"({SCORE})::text",
}
SOURCES = """
JOIN practice_firm f ON f.id = c.firm_id
LEFT JOIN clients_usagesnapshot u ON u.connection_id = c.id
LEFT JOIN app.branches_in_arrears() b ON b.branch_id = c.branch_id
"""
IN_BATCH = "c.id > %(after)s AND c.id <= %(upto)s"
VALUES = ", ".join(
    f"('{kind}', {SINCE.get(kind, 'NULL::timestamptz')}, {LIMITS.get(kind, 'NULL::smallint')},"
    f" {condition})"
    for kind, condition in CONDITIONS.items()
)
DETAIL = " ".join(f"WHEN '{kind}' THEN {detail}" for kind, detail in DETAILS.items())
HOLDS = " ".join(f"WHEN '{kind}' THEN {condition}" for kind, condition in CONDITIONS.items())
HAS_ENDED = f"c.status IN ('{S.DISCONNECTED}', '{S.RECONNECTING}')"

RAISE = f"""
INSERT INTO clients_alert
  (firm_id, connection_id, branch_id, kind, detail, since, threshold, raised_at, outcome)
SELECT c.firm_id, c.id, c.branch_id, k.kind, coalesce(CASE k.kind {DETAIL} END, ''), k.since,
  k.threshold, %(now)s, ''
FROM clients_connection c {SOURCES}
CROSS JOIN LATERAL (VALUES {VALUES}) k(kind, since, threshold, holds)
WHERE c.status = '{S.ACTIVE}' AND {IN_BATCH} AND k.holds AND NOT EXISTS (
  SELECT FROM clients_alert a
  WHERE a.connection_id = c.id AND a.kind = k.kind AND a.resolved_at IS NULL
)
ORDER BY c.id
ON CONFLICT (connection_id, kind) WHERE resolved_at IS NULL DO NOTHING
"""  # nosec B608

# An alert that somebody has in hand at this moment waits for the next night.
CLOSE = f"""
WITH done AS (
  SELECT a.id, {HAS_ENDED} AS has_ended
  FROM clients_alert a JOIN clients_connection c ON c.id = a.connection_id {SOURCES}
  WHERE a.resolved_at IS NULL AND {IN_BATCH}
    AND ({HAS_ENDED} OR NOT coalesce(CASE a.kind {HOLDS} ELSE true END, false))
  FOR UPDATE OF a SKIP LOCKED
)
UPDATE clients_alert a SET resolved_at = %(now)s, outcome = CASE
  WHEN done.has_ended THEN '{AlertOutcome.ENDED}' ELSE '{AlertOutcome.CURED}' END
FROM done WHERE a.id = done.id
"""  # nosec B608

# A second bank may expire while the alert about the first is open.
NAME_BANKS = f"""
WITH named AS (
  SELECT a.id, {BANKS} AS names
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
    while ids := batch_after(after):
        watch_batch(after, ids[-1])
        done, after = done + len(ids), ids[-1]
        yield Progress(min(done, total), total)


def batch_after(after: int) -> list[int]:
    rows = Connection.objects.filter(pk__gt=after).order_by("pk")
    return list(rows.values_list("pk", flat=True)[:BATCH])


def watch_batch(after: int, upto: int) -> tuple[int, int]:
    """How many alerts of these clients were raised and closed. In the running transaction."""
    words: dict[str, Any] = {"now": clock.now(), "after": after, "upto": upto}
    with database.cursor() as cursor:
        with because(CLOSED):
            cursor.execute(CLOSE, words)
            closed = cursor.rowcount
            cursor.execute(NAME_BANKS, words)
        with because(RAISED):
            cursor.execute(RAISE, words)
            return cursor.rowcount, closed


def watch_now() -> None:
    """The whole of it at once, without the register of jobs: for the demo world and for tests."""
    with tenancy.as_system():
        for _ in watch_clients():
            pass
