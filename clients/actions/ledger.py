"""Writing the client's ledger, closing it in blocks, and verifying it (F-245)."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from itertools import groupby
from typing import Any

from django.db import connection as database
from django.db import transaction

from clients import permissions as p
from clients.models import ClientAccount, Connection, LedgerBlock, LedgerEntry, LedgerPage
from clients.models.ledger import LONGEST_REASON, window_of
from practice import clock
from practice.auth import explain
from practice.models import ApiKey, User
from practice.tenancy import as_system

ACCOUNTS = 500  # in one transaction
ENTRIES = 20_000
EXPORTED = "{You} exported the firm’s list of clients."
BY_KEY = "{{You}} created the API key “{}”, with which a program read your name and status."
BRACES = str.maketrans("{}", "()")  # these mark the person in a reason

ALTERED = "Block {}, closed on {:%-d %B %Y, %H:%M} UTC: an entry was changed, added or taken away."
REWRITTEN = "Block {} does not follow from the block before it."
MISSING = "Block {} is missing."
ASTRAY = "Entries of yours stand in a block that is not yours."
UNKNOWN_SEAL = (
    "The seal that you kept is not in the chain: blocks were taken away or rewritten since then."
)


def record_opening(
    connection: Connection, page: LedgerPage, *, by: User, permission: str = p.VIEW_CLIENT
) -> None:
    """One statement. What the same person opens again within a quarter of an hour is one entry."""
    now = clock.now()
    entry = LedgerEntry(
        firm_id=connection.firm_id,
        connection_id=connection.pk,
        account_id=connection.account_id,
        user_id=by.pk,
        page=page,
        reason=explain(by, permission, connection).decisive.words[:LONGEST_REASON],
        at=now,
        window=window_of(now),
    )
    LedgerEntry.objects.bulk_create([entry], ignore_conflicts=True)


INSERT = """
INSERT INTO clients_ledgerentry
  (firm_id, connection_id, account_id, user_id, page, reason, at, "window")
SELECT firm_id, id, account_id, %s, %s, %s, %s, %s FROM clients_connection WHERE id = ANY (%s)
ORDER BY id ON CONFLICT DO NOTHING
"""


def record_list_export(rows: Iterable[Connection], *, by: User) -> None:
    """An entry for each client of a batch that leaves as lines of a file."""
    record_reading(rows, LedgerPage.LIST_EXPORT, EXPORTED, user_id=by.pk)


def record_api_reading(rows: Iterable[Connection], key: ApiKey) -> None:
    """An entry for each client that a program was told of. The key's maker answers for it."""
    name = key.name.translate(BRACES)
    record_reading(rows, LedgerPage.API, BY_KEY.format(name), user_id=key.created_by_id)


def record_reading(
    rows: Iterable[Connection], page: LedgerPage, reason: str, *, user_id: int
) -> None:
    """One statement. In the order of the ids, so that two readers never wait in a ring."""
    now = clock.now()
    facts: list[Any] = [user_id, page.value, reason[:LONGEST_REASON], now, window_of(now)]
    with database.cursor() as cursor:
        cursor.execute(INSERT, [*facts, [row.pk for row in rows]])


def close_ledgers() -> int:
    """Put every open entry into a block of its account; how many blocks there were."""
    blocks = 0
    while closed := close_some():
        blocks += closed
    return blocks


@transaction.atomic
def close_some() -> int:
    """Accounts are locked, so that of two workers one closes and the other finds nothing."""
    with as_system():
        waiting = LedgerEntry.objects.open().order_by().values("account_id").distinct()
        accounts = ClientAccount.objects.filter(pk__in=waiting).order_by("pk")
        free = accounts.select_for_update(no_key=True, skip_locked=True)
        ids = list(free.values_list("pk", flat=True)[:ACCOUNTS])
        rows = LedgerEntry.objects.open().filter(account_id__in=ids).order_by("account_id", "pk")
        entries = list(rows[:ENTRIES])
        ends = ends_of(ids)
        blocks = [
            next_block(account_id, list(group), ends.get(account_id))
            for account_id, group in groupby(entries, lambda entry: entry.account_id)
        ]
        LedgerBlock.objects.bulk_create(blocks)
        put_into(entries, {block.account_id: block.pk for block in blocks})
    return len(blocks)


def ends_of(account_ids: Iterable[int]) -> dict[int, LedgerBlock]:
    """The last block of each."""
    rows = LedgerBlock.objects.filter(account_id__in=account_ids)
    last = rows.order_by("account_id", "-number").distinct("account_id")
    return {block.account_id: block for block in last}


def next_block(
    account_id: int, entries: Sequence[LedgerEntry], end: LedgerBlock | None
) -> LedgerBlock:
    block = LedgerBlock(
        account_id=account_id,
        number=end.number + 1 if end else 1,
        closed_at=clock.now(),
        entries=len(entries),
        previous=end.seal if end else "",
    )
    block.seal = seal_of(block, entries)
    return block


def put_into(entries: Sequence[LedgerEntry], blocks: dict[int, int]) -> None:
    with database.cursor() as cursor:
        cursor.execute(
            "UPDATE clients_ledgerentry e SET block_id = n.block_id"
            " FROM unnest(%s::bigint[], %s::bigint[]) AS n(id, block_id) WHERE e.id = n.id",
            [[entry.pk for entry in entries], [blocks[entry.account_id] for entry in entries]],
        )


def seal_of(block: LedgerBlock, entries: Iterable[LedgerEntry]) -> str:
    """SHA-256 of the seal before, what the block says, and a line for each entry, by number."""
    digest = sha256(
        as_line([block.previous, block.account_id, block.number, stamp(block.closed_at)])
    )
    for entry in entries:
        whose = (entry.pk, entry.firm_id, entry.connection_id, entry.user_id)
        what = (entry.page, entry.reason, stamp(entry.at), entry.window)
        digest.update(as_line([*whose, *what]))
    return digest.hexdigest()


def as_line(facts: Sequence[object]) -> bytes:
    return f"{json.dumps(facts, separators=(',', ':'))}\n".encode()


def stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


@dataclass
class Chain:
    """What verifying found. `broken` is "" where every seal fits."""

    blocks: int = 0
    entries: int = 0
    open: int = 0  # entries that the next block will hold
    seal: str = ""  # of the last block
    broken: str = ""

    @property
    def is_intact(self) -> bool:
        return not self.broken


def verify(account: ClientAccount, kept_seal: str = "") -> Chain:
    """Recompute every seal of the account, from its entries as they stand now."""
    with as_system():
        blocks = {block.pk: block for block in LedgerBlock.objects.filter(account=account)}
        rows = LedgerEntry.objects.about(account)
        chain = Chain(blocks=len(blocks), open=rows.open().count())
        closed = rows.exclude(block=None).order_by("block__number", "block_id", "pk")
        groups = groupby(closed.iterator(chunk_size=2000), lambda entry: entry.block_id)
        chain.broken = walked(chain, blocks, groups)
    if kept_seal and not chain.broken and kept_seal not in {b.seal for b in blocks.values()}:
        chain.broken = UNKNOWN_SEAL
    return chain


def walked(
    chain: Chain,
    blocks: dict[int, LedgerBlock],
    groups: Iterable[tuple[int | None, Iterator[LedgerEntry]]],
) -> str:
    """Along the chain, block by block; "" or where it breaks first."""
    waiting = iter(sorted(blocks.values(), key=lambda block: block.number))
    for expected, (block_id, group) in enumerate(groups, start=1):
        entries = list(group)
        if block_id not in blocks:
            return ASTRAY
        block = next(waiting)
        if block.number != expected:
            return MISSING.format(expected)
        if block.previous != chain.seal:
            return REWRITTEN.format(block.number)
        if block.pk != block_id or len(entries) != block.entries:
            return ALTERED.format(block.number, block.closed_at)
        if seal_of(block, entries) != block.seal:
            return ALTERED.format(block.number, block.closed_at)
        chain.seal, chain.entries = block.seal, chain.entries + len(entries)
    left = next(waiting, None)
    return ALTERED.format(left.number, left.closed_at) if left else ""
