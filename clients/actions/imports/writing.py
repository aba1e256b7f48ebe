"""The import itself: batches of rows, each written whole or not at all.

A batch is one transaction with the marks on its rows, so a killed worker goes on where it was and
nothing comes twice. Every row is decided again against the present: what differs from the dry run
that the person saw is not written, and says so.
"""

from collections.abc import Iterator, Sequence

from clients.actions.contacts import keep_primary_contacts
from clients.actions.imports.checking import entry_of
from clients.actions.imports.matching import LABELS, Decision, Matcher, in_words
from clients.actions.opening import NewClient, lock_firm, open_connections
from clients.models import (
    ActivityEvent,
    ClientAccount,
    Connection,
    EventKind,
    ImportRow,
    ImportRun,
    ImportState,
    RowOutcome,
    Tag,
)
from clients.models.imports import WRITING
from clients.search import search_text
from clients.tables import Entry
from practice import clock
from practice.actions.jobs import Progress
from practice.history import because
from practice.models import Firm, User
from practice.text import fold

BATCH = 500
STALE = "This changed since the check. Upload the file again to see what it would do now."

Decided = tuple[ImportRow, Entry, Decision]


def write_rows(run_id: int, user_id: int) -> Iterator[Progress]:
    """Write what the dry run announced, batch by batch, going on after an interruption."""
    run = ImportRun.objects.select_related("branch").get(pk=run_id)
    if run.state != ImportState.IMPORTING:
        return
    written = run.rows.filter(is_written=True, connection__isnull=False)
    claims = dict(written.values_list("connection_id", "number"))
    while write_batch(run, user_id, claims):
        yield Progress(run.done, run.total)
    run.state, run.finished_at = ImportState.DONE, clock.now()
    run.done = run.total = run.rows.count()
    run.save(update_fields=["state", "done", "total", "finished_at"])


def write_batch(run: ImportRun, user_id: int, claims: dict[int, int]) -> bool:
    """Decide and write the next rows; False when none is left. Locks run, firm, connections.

    `claims` remembers which row spoke of which connection.
    """
    ImportRun.objects.locked(run.pk)
    firm = Firm.objects.get(pk=run.firm_id)
    rows = list(run.rows.to_write().order_by("number")[:BATCH])
    if not rows:
        return False
    lock_firm(firm)
    decided = decide_again(run, user_id, rows, claims)
    user = User.objects.get(pk=user_id)
    open_new(run, firm, [each for each in decided if each[2].outcome == RowOutcome.NEW], user)
    update_known(run, [each for each in decided if each[2].outcome == RowOutcome.UPDATE], user)
    ImportRow.objects.save_outcomes(rows)
    claims.update((row.connection_id, row.number) for row in rows if row.connection_id)
    run.done += len(rows)
    run.save(update_fields=["done"])
    return True


def decide_again(
    run: ImportRun, user_id: int, rows: Sequence[ImportRow], claims: dict[int, int]
) -> list[Decided]:
    entries = [entry_of(run, row) for row in rows]
    matcher = Matcher(run, user_id, entries, locking=True)
    matcher.claims = claims
    decided = []
    for row, entry in zip(rows, entries, strict=True):
        decision = as_announced(row, matcher.decide(row.number, entry))
        row.outcome, row.reason = decision.outcome, decision.reason
        row.connection = decision.connection
        row.is_written = decision.outcome in WRITING
        decided.append((row, entry, decision))
    return decided


def as_announced(row: ImportRow, decision: Decision) -> Decision:
    """A change that the person did not see in the dry run is no change they asked for."""
    seen = (row.outcome, row.reason, row.connection_id)
    now = (decision.outcome, decision.reason, decision.connection and decision.connection.pk)
    if decision.outcome in WRITING and now != seen:
        return Decision(RowOutcome.ERROR, STALE, decision.connection)
    return decision


def open_new(run: ImportRun, firm: Firm, decided: Sequence[Decided], user: User) -> None:
    if not decided:
        return
    clients = [new_client(entry, run.billing_model) for _, entry, _ in decided]
    opened = open_connections(
        firm,
        run.branch,
        clients,
        by=user,
        reason=f"Imported from {run.file_name}.",
        event=EventKind.IMPORTED,
    )
    for (row, _, _), connection in zip(decided, opened, strict=True):
        row.connection = connection


def new_client(entry: Entry, billing_model: str) -> NewClient:
    return NewClient(
        name=entry.name,
        billing_model=billing_model,
        client_number=entry.client_number,
        contact_name=entry.contact_name,
        contact_email=entry.contact_email,
        tax_id=entry.tax_id,
        phone=entry.phone,
        website=entry.website,
        address=entry.address,
        country=entry.country,
        industry=entry.industry,
        internal_notes=entry.internal_notes,
        tags=entry.tags,
    )


def update_known(run: ImportRun, decided: Sequence[Decided], user: User) -> None:
    """Change many clients with one statement per table."""
    if not decided:
        return
    decisions = [decision for _, _, decision in decided]
    with because(f"Updated by importing {run.file_name}.", by=user):
        tags = tags_for(run, decisions)
        rows = [apply(decision, tags) for decision in decisions]
        Connection.objects.bulk_update(rows, COLUMNS, batch_size=BATCH)
        update_companies(decisions)
        named = [d.connection for d in decisions if d.connection and CONTACT & set(d.changes)]
        keep_primary_contacts(named)
    ActivityEvent.objects.bulk_create([event_of(run, each, user) for each in decisions])


COLUMNS = [
    "client_number",
    "client_number_key",
    "contact_name",
    "contact_email",
    "internal_notes",
    "tag_ids",
    "search_text",
    "version",
]
CONTACT = {"contact_name", "contact_email"}


def tags_for(run: ImportRun, decisions: Sequence[Decision]) -> dict[int | str, Tag]:
    """The firm's tags by id and by folded name: those to add, and those the clients have."""
    names = [name for decision in decisions for name in decision.tags]
    new = Tag.objects.named(run.firm_id, names) if names else []
    held = {i for each in decisions if each.connection for i in each.connection.tag_ids}
    present = Tag.objects.filter(firm_id=run.firm_id, pk__in=held)
    return {tag.pk: tag for tag in present} | {tag.name_key: tag for tag in new}


def apply(decision: Decision, tags: dict[int | str, Tag]) -> Connection:
    row = decision.connection
    assert row is not None
    for name, value in decision.changes.items():
        setattr(row, name, value)
    row.client_number_key = fold(row.client_number)
    own = [tags[i] for i in row.tag_ids if i in tags]
    own += [tags[fold(name)] for name in decision.tags]
    row.tag_ids = sorted({tag.pk for tag in own})
    row.search_text = search_text(
        row.name, row.client_number, row.contact_name, row.contact_email, *(t.name for t in own)
    )
    row.version += 1
    return row


def update_companies(decisions: Sequence[Decision]) -> None:
    changed = {d.connection.account_id: d.company for d in decisions if d.connection and d.company}
    accounts = list(ClientAccount.objects.select_for_update().filter(pk__in=changed))
    for account in accounts:
        for name, value in changed[account.pk].items():
            setattr(account, name, value)
    columns = sorted({name for company in changed.values() for name in company})
    if columns:
        ClientAccount.objects.bulk_update(accounts, columns, batch_size=BATCH)


def event_of(run: ImportRun, decision: Decision, user: User) -> ActivityEvent:
    assert decision.connection is not None
    labels = [LABELS[name] for name in (*decision.changes, *decision.company)]
    words = in_words([*labels, *(["Tags"] if decision.tags else [])])
    return ActivityEvent(
        firm_id=run.firm_id,
        connection=decision.connection,
        kind=EventKind.EDITED,
        actor=user,
        text=f"{user} changed {words} by importing {run.file_name}"[:400],
    )
