"""The dry run: what would happen to each row, and why."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from clients.actions.imports.matching import Matcher
from clients.models import ImportRow, ImportRun, ImportState
from clients.tables import Entry, read_entry
from practice.actions.jobs import Progress

BATCH = 1000
SAME_NUMBER = "Row {} has this Client ID already."
SAME_NAME = (
    "Row {} has this company name too."
    " Give this row a Client ID, so that the two can be told apart."
)


@dataclass
class Namesakes:
    """The rows of a file that share a company name."""

    numbers: list[int] = field(default_factory=list)
    has_client_id: bool = False


@dataclass
class Survey:
    """What the rows of one file say about each other."""

    by_number: dict[str, int] = field(default_factory=dict)  # Client ID → its first row
    by_name: dict[str, Namesakes] = field(default_factory=dict)

    def add(self, number: int, entry: Entry) -> None:
        if entry.number_key:
            self.by_number.setdefault(entry.number_key, number)
        same = self.by_name.setdefault(entry.name_key, Namesakes())
        same.numbers.append(number)
        same.has_client_id |= bool(entry.number_key)

    def clash(self, number: int, entry: Entry) -> str:
        """A second row with one Client ID; a row that nothing tells apart from its namesake."""
        if entry.number_key:
            first = self.by_number[entry.number_key]
            return SAME_NUMBER.format(first) if first != number else ""
        same = self.by_name[entry.name_key]
        if len(same.numbers) == 1 or (same.numbers[0] == number and not same.has_client_id):
            return ""
        return SAME_NAME.format(next(other for other in same.numbers if other != number))


def check_rows(run_id: int, user_id: int) -> Iterator[Progress]:
    """Decide about every row, batch by batch; started again, it begins anew."""
    run = ImportRun.objects.select_related("branch").get(pk=run_id)
    if run.state != ImportState.CHECKING:
        return
    survey = survey_of(run)
    claims: dict[int, int] = {}
    last = done = 0
    while batch := list(run.rows.filter(number__gt=last).order_by("number")[:BATCH]):
        entries = [entry_of(run, row) for row in batch]
        matcher = Matcher(run, user_id, entries)
        matcher.claims = claims
        decide(matcher, survey, batch, entries)
        last, done = batch[-1].number, done + len(batch)
        ImportRun.objects.filter(pk=run.pk).update(done=done)
        yield Progress(done, run.total)
    ImportRun.objects.filter(pk=run.pk).update(state=ImportState.CHECKED, done=run.total)


def survey_of(run: ImportRun) -> Survey:
    survey = Survey()
    for row in run.rows.order_by("number").iterator(chunk_size=BATCH):
        survey.add(row.number, entry_of(run, row))
    return survey


def entry_of(run: ImportRun, row: ImportRow) -> Entry:
    return Entry(problems=[row.problem]) if row.problem else read_entry(run.fields, row.cells)


def decide(
    matcher: Matcher, survey: Survey, rows: Sequence[ImportRow], entries: Sequence[Entry]
) -> None:
    for row, entry in zip(rows, entries, strict=True):
        decision = matcher.decide(row.number, entry, survey.clash(row.number, entry))
        row.outcome, row.reason = decision.outcome, decision.reason
        row.connection = decision.connection
    ImportRow.objects.save_outcomes(rows)
