"""Update team assignments (F-086b): people and roles for many clients."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property

from clients.actions.assignments import (
    ASSIGNED,
    CHANGED,
    UNCHANGED,
    Step,
    refuse_past,
    steps_of,
    write,
)
from clients.actions.bulk.plans import Facts, Plan, Work, before_of
from clients.actions.events import record_lines
from clients.actions.expiry import end_expired
from clients.actions.limits import Giver
from clients.actions.places import strangers
from clients.models import BulkItem, BulkOutcome, Connection, EventKind, TeamAssignment
from clients.roles import ClientRole
from practice.errors import Refused
from practice.history import because
from practice.models import User
from practice.permissions import Verdict

GONE = "One of these people is not on your team."


class TeamWork(Work):
    """Who is assigned already keeps their role, unless `changes_roles`."""

    @cached_property
    def roles(self) -> dict[int, ClientRole]:
        return {int(pk): ClientRole(role) for pk, role in self.parameters["roles"].items()}

    @cached_property
    def people(self) -> dict[int, User]:
        found = User.objects.in_bulk(self.roles)
        if len(found) < len(self.roles):
            raise Refused(GONE)
        return found

    @cached_property
    def ends_at(self) -> datetime | None:
        text = self.parameters.get("ends_at")
        return datetime.fromisoformat(text) if text else None

    def read(self, rows: Sequence[Connection]) -> None:
        ties = TeamAssignment.objects.filter(
            content_object_id__in=[row.pk for row in rows], user_id__in=self.roles
        )
        while self.is_writing and end_expired(ties):
            pass
        running = list(ties.running())
        self.steps: dict[int, list[Step]] = defaultdict(list)
        self.ties: dict[int, dict[int, TeamAssignment]] = defaultdict(dict)
        for tie in running:
            self.ties[tie.content_object_id][tie.user_id] = tie
        for step in steps_of(rows, self.people, self.roles, self.ends_at, running):
            if step.before is None or self.parameters.get("changes_roles"):
                self.steps[step.connection.pk].append(step)
        new = [(s.connection, s.user) for each in self.steps.values() for s in each if not s.before]
        self.strangers = strangers(new)
        self.giver = Giver.of(self.user, rows) if rows else None

    def state(self, row: Connection) -> Facts:
        return {str(user_id): terms(self.ties[row.pk].get(user_id)) for user_id in self.roles}

    def plan(self, row: Connection, _verdict: Verdict) -> Plan:
        before = self.state(row)
        doing = self.doing(row.pk)
        if not doing:
            return Plan(BulkOutcome.UNCHANGED, self.already(row), before, before)
        try:
            refuse_past(self.ends_at)
            for step in doing:
                self.refuse(step)
        except Refused as refusal:
            return Plan(BulkOutcome.SKIPPED, str(refusal), before, before)
        ends_at = self.ends_at.isoformat() if self.ends_at else None
        after = before | {str(step.user.pk): [step.role.value, ends_at] for step in doing}
        return Plan(BulkOutcome.WILL_CHANGE, "; ".join(map(in_words, doing)), before, after)

    def doing(self, connection_id: int) -> list[Step]:
        return [step for step in self.steps[connection_id] if step.outcome != UNCHANGED]

    def refuse(self, step: Step) -> None:
        says = self.strangers.get((step.connection.pk, step.user.pk))
        if says:
            raise Refused(says)
        assert self.giver is not None
        self.giver.refuse_change(
            step.connection, step.user.pk, step.before, step.role, self.ends_at
        )

    def already(self, row: Connection) -> str:
        known = self.ties[row.pk].items()
        names = sorted(f"{self.people[pk]}, {tie.get_role_display()}" for pk, tie in known)
        return "assigned already: " + "; ".join(names)

    def write(self, rows: Sequence[Connection]) -> None:
        doing = [step for row in rows for step in self.doing(row.pk)]
        with because(self.run.reason or "Assigned to the client.", by=self.user):
            write(doing, by=self.user, reason=self.run.reason)
        lines = ((step.connection, step.line(self.user)) for step in doing)
        record_lines(lines, EventKind.ACCESS, by=self.user)

    def refusals(self, rows: Iterable[Connection], items: Mapping[int, BulkItem]) -> dict[int, str]:
        """Taking back is narrowing or widening too: nobody does more than they may."""
        found = {}
        for row in rows:
            try:
                for user_id, wanted in before_of(items[row.pk]).items():
                    self.refuse_return(row, int(user_id), wanted)
            except Refused as refusal:
                found[row.pk] = str(refusal)
        return found

    def refuse_return(self, row: Connection, user_id: int, wanted: list[str | None] | None) -> None:
        assert self.giver is not None
        tie = self.ties[row.pk].get(user_id)
        if terms(tie) == wanted or tie is None:
            return
        if wanted is None:
            if user_id != self.user.pk:
                self.giver.refuse_taking(row)
            return
        role, ends_at = wanted[0] or "", moment(wanted[1])
        self.giver.refuse_change(row, user_id, tie, role, ends_at)

    def restore(self, rows: Sequence[Connection], items: Mapping[int, BulkItem]) -> None:
        """New assignments end; changed ones get back their role and end."""
        ended: list[int] = []
        changed: dict[tuple[str | None, str | None], list[int]] = defaultdict(list)
        lines = []
        for row in rows:
            for user_id, wanted in before_of(items[row.pk]).items():
                tie = self.ties[row.pk].get(int(user_id))
                if tie is None or terms(tie) == wanted:
                    continue
                if wanted is None:
                    ended.append(tie.pk)
                else:
                    changed[wanted[0], wanted[1]].append(tie.pk)
                person = self.people[tie.user_id]
                lines.append((row, f"{self.user} undid the assignment of {person}"))
        with because(self.undo_reason, by=self.user):
            gone = TeamAssignment.objects.filter(pk__in=ended)
            gone._raw_delete(gone.db)  # one statement; triggers keep the past
            for (role, ends_at), ids in changed.items():
                ties = TeamAssignment.objects.filter(pk__in=ids)
                ties.update(role=role, ends_at=moment(ends_at))
        record_lines(lines, EventKind.ACCESS, by=self.user)


def terms(tie: TeamAssignment | None) -> list[str | None] | None:
    if tie is None:
        return None
    return [str(tie.role), tie.ends_at.isoformat() if tie.ends_at else None]


def moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def in_words(step: Step) -> str:
    if step.outcome == ASSIGNED or step.before is None:
        return f"{step.user}: {step.role.label}"
    assert step.outcome == CHANGED
    return f"{step.user}: {step.before.get_role_display()} → {step.role.label}"
