"""What stands in the database: clients, what hangs on them, and what history has gained."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

from django.db import connection as database

CHECK_CONSTRAINTS = "SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED"
NAME = "soak_states_{}"  # of a prepared statement
HISTORY = {  # table → what names the row: a client, or an account, and a person
    "client": ("clients_historicalconnection", "id", "NULL::bigint"),
    "tie": ("clients_historicalteamassignment", "content_object_id", "user_id"),
    "period": ("clients_historicalconnectionperiod", "connection_id", "NULL::bigint"),
    "note": ("clients_historicalnote", "connection_id", "NULL::bigint"),
    "account": ("clients_historicalclientaccount", "id", "NULL::bigint"),
    "invitation": ("invitations_historicalreconnectinvitation", "connection_id", "NULL::bigint"),
}
GROWN = " UNION ALL ".join(
    [
        f"SELECT '{name}', history_id, {row}, {person}, history_type, history_user_id,"
        f" history_change_reason FROM {table} WHERE history_id > %s"
        for name, (table, row, person) in HISTORY.items()
    ]
    + [
        "SELECT 'event', id, connection_id, NULL::bigint, kind, actor_id, text"
        " FROM clients_activityevent WHERE id > %s"
    ]
)
MARKS = range(1, len(HISTORY) + 2)
LAST = " UNION ALL ".join(
    [f"SELECT '{name}', max(history_id) FROM {table}" for name, (table, *_) in HISTORY.items()]
    + ["SELECT 'event', max(id) FROM clients_activityevent"]
)
FACTS = (
    "status access_level access_features access_reason is_restricted billing_model created_at"
    " connected_on paused_at paused_until disconnected_at disconnect_reason disconnect_note"
    " last_accessed_at"
).split()
# What no move touches: tags, notes, names, and the grant of access by the client.
KEPT = (
    "name client_number contact_name contact_email internal_notes tag_ids account_id"
    " access_disabled_at access_requested_at"
).split()
CLIENTS = (
    f"SELECT c.id, b.name, c.supersedes_id, c.account_id, a.name, a.archived_at,"
    f" {', '.join(f'c.{name}' for name in [*FACTS, *KEPT])} FROM clients_connection c"
    " JOIN practice_branch b ON b.id = c.branch_id"
    " JOIN clients_clientaccount a ON a.id = c.account_id WHERE c.firm_id = %s ORDER BY c.id"
)
TIES = (
    "SELECT content_object_id, user_id, role, ends_at FROM clients_teamassignment"
    " WHERE firm_id = %s"
)
PERIODS = (
    "SELECT connection_id, opened_on, closed_on, close_reason FROM clients_connectionperiod"
    " WHERE firm_id = %s ORDER BY id"
)
INVITATIONS = (
    "SELECT connection_id, kind, ends_at, billing_model, status"
    " FROM invitations_reconnectinvitation WHERE firm_id = %s ORDER BY id"
)
SEEN = {
    "grown": GROWN,
    "clients": CLIENTS,
    "ties": TIES,
    "periods": PERIODS,
    "invitations": INVITATIONS,
}


def fetch(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with database.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def prepare() -> None:
    """On this connection, once: planning costs seven times what is read after a step."""
    known = {name for (name,) in fetch("SELECT name FROM pg_prepared_statements")}
    with database.cursor() as cursor:
        for name, statement in SEEN.items():
            if NAME.format(name) not in known:
                numbered = reduce(
                    lambda words, n: words.replace("%s", f"${n}", 1), MARKS, statement
                )
                cursor.execute(f"PREPARE {NAME.format(name)} AS {numbered}")


def plan_once() -> None:
    """For the rest of the transaction, whatever the parameters are."""
    with database.cursor() as cursor:
        cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan")


def look(firm_id: int, marks: Sequence[int]) -> list[list[tuple[Any, ...]]]:
    """The constraints checked, then the rows of each of `SEEN`, in one round trip."""
    values = {name: str(firm_id) for name in SEEN} | {"grown": ", ".join(map(str, marks))}
    asked = [f"EXECUTE {NAME.format(name)} ({values[name]})" for name in SEEN]
    found = []
    with database.cursor() as cursor:
        cursor.execute("; ".join([CHECK_CONSTRAINTS, *asked]))
        while True:
            if cursor.description:
                found.append(list(cursor.fetchall()))
            if not cursor.nextset():
                return found


@dataclass(frozen=True)
class Row:
    """A client as it stands in the database."""

    pk: int
    branch: str
    replaces: int | None
    account_id: int
    account: str
    archived_at: Any
    facts: dict[str, Any]
    kept: tuple[Any, ...]


def row_of(pk: int, branch: str, replaces: Any, account_id: int, name: str, *rest: Any) -> Row:
    archived_at, *values = rest
    facts, kept = dict(zip(FACTS, values, strict=False)), tuple(values[len(FACTS) :])
    return Row(pk, branch, replaces, account_id, name, archived_at, facts, kept)


def grouped(
    rows: Iterable[tuple[Any, ...]], numbers: dict[int, int]
) -> dict[int, list[tuple[Any, ...]]]:
    found: dict[int, list[tuple[Any, ...]]] = {}
    for pk, *facts in rows:
        found.setdefault(numbers[pk], []).append(tuple(facts))
    return found
