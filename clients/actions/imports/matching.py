"""Which client a row speaks of, and what it would change there.

Rights are asked as everywhere, of `explain`; what the person may not see does not exist for their
file either (F-040), except that a Client ID taken at the firm stays taken.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from clients import permissions as p
from clients.actions.opening import TAKEN
from clients.models import ClientAccount, Connection, ImportRun, RowOutcome, Tag, TeamAssignment
from clients.roles import BillingModel
from clients.tables import FIELDS, Entry
from practice.auth import explain, find_standing
from practice.errors import Refused
from practice.models import User
from practice.text import fold, sort_key, tidy

AMBIGUOUS = (
    "{} of your clients are called “{}”. Put the Client ID into this row to say which one is meant."
)
CLAIMED = "Row {} speaks of this client already."
KEPT_BY_CLIENT = "{} differs: kept, edited in the client's account."
KEPT = "{} differs: kept. {}"
COMPANY_FIELDS = ("phone", "website", "address", "country", "industry")
LABELS = {**FIELDS, "address": "Address"}
NEEDS = {"contact_email": p.EDIT_CONTACT_EMAIL, "internal_notes": p.UPDATE_CLIENT_NOTES}


@dataclass
class Decision:
    """What is to happen with one row: values for the connection, for the account, and new tags."""

    outcome: RowOutcome
    reason: str = ""
    connection: Connection | None = None
    changes: dict[str, Any] = field(default_factory=dict)
    company: dict[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()


def with_rights(user_id: int, firm_id: int) -> User:
    """The person with today's rights: those of the last batch may be gone."""
    user = User.objects.get(pk=user_id)
    user.known_standings = {firm_id: find_standing(user, firm_id)}
    return user


class Matcher:
    """The clients that a batch of entries may speak of, read in a handful of queries."""

    def __init__(
        self, run: ImportRun, user_id: int, entries: Iterable[Entry], *, locking: bool = False
    ) -> None:
        self.run, self.user = run, with_rights(user_id, run.firm_id)
        self.claims: dict[int, int] = {}  # connection → number of the row that speaks of it
        told = [entry for entry in entries if not entry.problems]
        self.rows = list(self._candidates(told, locking=locking))
        self._add_ties()
        self.by_number = {row.client_number_key: row for row in self.rows}
        self.by_name: dict[str, list[Connection]] = defaultdict(list)
        for row in self.rows:
            self.by_name[fold(row.name)].append(row)

    def _candidates(self, entries: Sequence[Entry], *, locking: bool) -> Iterator[Connection]:
        rows = Connection.objects.filter(firm_id=self.run.firm_id)
        numbers = {entry.number_key for entry in entries if entry.number_key}
        names = {sort_key(entry.name) for entry in entries}
        found = {
            *rows.filter(client_number_key__in=numbers).values_list("pk", flat=True),
            *rows.filter(name_sort__in=names).values_list("pk", flat=True),
        }
        rows = rows.filter(pk__in=found).select_related("branch").order_by("pk")
        yield from rows.select_for_update(of=("self",)) if locking else rows

    def _add_ties(self) -> None:
        """The person's tie to each candidate, so that the rules need no query of their own."""
        ties = TeamAssignment.objects.of(self.user.pk, self.run.firm_id)
        found = ties.filter(content_object_id__in=[row.pk for row in self.rows])
        roles = dict(found.values_list("content_object_id", "role"))
        for row in self.rows:
            row.__dict__["known_ties"] = {self.user.pk: roles.get(row.pk)}

    @cached_property
    def accounts(self) -> dict[int, ClientAccount]:
        """Accounts of disconnected clients are out of reach and absent."""
        return ClientAccount.objects.in_bulk({row.account_id for row in self.rows})

    @cached_property
    def tag_keys(self) -> dict[int, str]:
        ids = {tag_id for row in self.rows for tag_id in row.tag_ids}
        return dict(Tag.objects.filter(pk__in=ids).values_list("pk", "name_key"))

    @cached_property
    def refusal_to_open(self) -> str:
        """Why the person may not add clients to the branch; empty when they may."""
        for permission in (p.CREATE_CLIENTS, p.UPDATE_CLIENTS):
            verdict = explain(self.user, permission, self.run.branch)
            if not verdict.allowed:
                return verdict.reason
        return "This branch is archived." if self.run.branch.is_archived else ""

    def sees(self, row: Connection) -> bool:
        return explain(self.user, p.VIEW_CLIENT, row).allowed

    def decide(self, number: int, entry: Entry, clash: str = "") -> Decision:
        """`clash` says what is wrong with the row beside the other rows of its file."""
        problem = " ".join(entry.problems) or clash
        if problem:
            return Decision(RowOutcome.ERROR, problem)
        try:
            connection = self.match(entry)
        except Refused as refusal:
            return Decision(RowOutcome.ERROR, str(refusal))
        if connection is None:
            return self.decide_new(entry)
        return self.decide_known(number, entry, connection)

    def decide_new(self, entry: Entry) -> Decision:
        if self.refusal_to_open:
            return Decision(RowOutcome.ERROR, self.refusal_to_open)
        return Decision(RowOutcome.NEW, " ".join(entry.remarks))

    def decide_known(self, number: int, entry: Entry, connection: Connection) -> Decision:
        verdict = explain(self.user, p.UPDATE_CLIENTS, connection)
        if not verdict.allowed:
            return Decision(RowOutcome.ERROR, verdict.reason, connection)
        first = self.claims.setdefault(connection.pk, number)
        if first != number:
            return Decision(RowOutcome.ERROR, CLAIMED.format(first), connection)
        return Difference(self, entry, connection).decision()

    def match(self, entry: Entry) -> Connection | None:
        """By Client ID, else by company name, where the e-mail tells namesakes apart."""
        held = self.by_number.get(entry.number_key) if entry.number_key else None
        if held:
            if self.sees(held):
                return held
            raise Refused(TAKEN)
        found = self.namesakes(entry)
        if len(found) > 1 and entry.email_key:
            same = [row for row in found if fold(row.contact_email) == entry.email_key]
            found = same if len(same) == 1 else found
        if len(found) > 1:
            raise Refused(AMBIGUOUS.format(len(found), entry.name))
        return found[0] if found else None

    def namesakes(self, entry: Entry) -> list[Connection]:
        """Open clients of this name, else the former ones. A row with a Client ID of its own
        means another client than one that has a different Client ID."""
        found = [row for row in self.by_name.get(entry.name_key, ()) if self.sees(row)]
        if entry.number_key:
            return [row for row in found if row.is_open and not row.client_number_key]
        return [row for row in found if row.is_open] or found


class Difference:
    """One row beside the client that it speaks of."""

    def __init__(self, matcher: Matcher, entry: Entry, connection: Connection) -> None:
        self.matcher, self.entry, self.connection = matcher, entry, connection
        self.account = matcher.accounts[connection.account_id]
        self.remarks = list(entry.remarks)

    def decision(self) -> Decision:
        self.compare_locked()
        changes, company, tags = self.own_changes(), self.company_changes(), self.new_tags()
        labels = [LABELS[name] for name in (*changes, *company)] + (["Tags"] if tags else [])
        self.compare_place()
        outcome = RowOutcome.UPDATE if labels else RowOutcome.UNCHANGED
        says = [f"Changes {in_words(labels)}."] if labels else []
        reason = " ".join([*says, *self.remarks])
        return Decision(outcome, reason, self.connection, changes, company, tags)

    def compare_locked(self) -> None:
        """The company name and tax ID are the client's own (F-048)."""
        if fold(self.account.name) != self.entry.name_key:
            self.remarks.append(KEPT_BY_CLIENT.format("Company name"))
        if self.entry.tax_id and fold(self.account.tax_id) != fold(self.entry.tax_id):
            self.remarks.append(KEPT_BY_CLIENT.format("Tax ID"))

    def own_changes(self) -> dict[str, Any]:
        """What the firm keeps on the connection, as far as the person may change it."""
        row, entry = self.connection, self.entry
        wanted: dict[str, Any] = {}
        if entry.client_number and not row.client_number:
            wanted["client_number"] = entry.client_number
        if entry.contact_name and tidy(row.contact_name) != entry.contact_name:
            wanted["contact_name"] = entry.contact_name
        if entry.contact_email and fold(row.contact_email) != entry.email_key:
            wanted["contact_email"] = entry.contact_email
        if entry.internal_notes and lines_of(row.internal_notes) != lines_of(entry.internal_notes):
            wanted["internal_notes"] = entry.internal_notes
        return {name: value for name, value in wanted.items() if self.may_change(name)}

    def may_change(self, name: str) -> bool:
        if name not in NEEDS:
            return True
        verdict = explain(self.matcher.user, NEEDS[name], self.connection)
        if not verdict.allowed:
            self.remarks.append(KEPT.format(LABELS[name], verdict.reason))
        return verdict.allowed

    def company_changes(self) -> dict[str, str]:
        """Company details, until the client has an account owner who keeps them."""
        wanted = {
            name: getattr(self.entry, name)
            for name in COMPANY_FIELDS
            if getattr(self.entry, name)
            and lines_of(getattr(self.account, name)) != lines_of(getattr(self.entry, name))
        }
        if self.account.owner_id is None:
            return wanted
        self.remarks.extend(KEPT_BY_CLIENT.format(LABELS[name]) for name in wanted)
        return {}

    def new_tags(self) -> tuple[str, ...]:
        known = {self.matcher.tag_keys.get(tag_id) for tag_id in self.connection.tag_ids}
        return tuple(name for name in self.entry.tags if fold(name) not in known)

    def compare_place(self) -> None:
        row, run = self.connection, self.matcher.run
        if row.branch_id != run.branch_id:
            self.remarks.append(f"Stays in branch {row.branch.name}.")
        if row.billing_model != run.billing_model:
            label = BillingModel(row.billing_model).label
            self.remarks.append(f"The billing model stays {label}.")


def lines_of(text: str) -> list[str]:
    """Texts are equal whose lines are: browsers and files end lines in different ways."""
    return [tidy(line) for line in text.strip().splitlines()]


def in_words(labels: Sequence[str]) -> str:
    """company name → "a, b and c"; only Client ID and Tax ID keep their capitals."""
    small = [label if label.endswith("ID") else label[0].lower() + label[1:] for label in labels]
    return " and ".join(filter(None, [", ".join(small[:-1]), small[-1]]))
