"""Who held what in a firm at an instant, rebuilt from history (F-242, N4).

Each history table is read once and answers for every instant; all that follows is pure. What the
roles include is today's table in code, and so are second factors and logins: neither has a past
that the firm may read.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator

from practice import auth
from practice.models.firms import Branch, BranchMembership, Firm, TeamMember
from practice.models.users import User
from practice.permissions import Standing

Change = Any  # one row of a history table: the columns asked for, when, by whom and why
WHO_AND_WHY = ("history_type", "history_date", "history_user_id", "history_change_reason")


def changes(rows: Any, *columns: str) -> list[Change]:
    """The history rows of a queryset, oldest first, with these columns of their source."""
    ordered = rows.order_by("history_date", "history_id")
    return list(ordered.values_list("id", *columns, *WHO_AND_WHY, named=True))


def alive(rows: Iterable[Change], at: datetime) -> dict[int, list[Change]]:
    """Id → its changes up to the instant, oldest first; what was deleted by then is left out."""
    known: dict[int, list[Change]] = {}
    for row in rows:
        if row.history_date <= at:
            known.setdefault(row.id, []).append(row)
    return {pk: past for pk, past in known.items() if past[-1].history_type != "-"}


def since(past: Sequence[Change], holds: Callable[[Change], bool]) -> Change:
    """The change that began the unbroken run, up to the last change, of rows that hold."""
    first = past[-1]
    for row in reversed(past):
        if not holds(row):
            break
        first = row
    return first


@dataclass(frozen=True)
class PersonPast:
    """One active team member at an instant, and the changes that made them what they were."""

    standing: Standing
    membership: list[Change]
    on_branch: Mapping[int, list[Change]] = field(default_factory=dict)


@dataclass(frozen=True)
class FirmPast:
    """All changes to a firm's people and branches, and what is known of the present alone."""

    firm_id: int
    members: list[Change]
    memberships: list[Change]
    branches: list[Change]
    must_enrol: frozenset[int] = frozenset()
    switched_off: frozenset[int] = frozenset()

    @classmethod
    def of(cls, firm: Firm) -> "FirmPast":
        """Five queries, whatever the size of the firm; one more where a second factor is a must."""
        members = changes(
            TeamMember.history.filter(firm_id=firm.pk), "user_id", "parent_role", "is_active"
        )
        people = {row.user_id for row in members}
        off = User.objects.filter(pk__in=people, is_active=False).values_list("pk", flat=True)
        return cls(
            firm_id=firm.pk,
            members=members,
            memberships=changes(
                BranchMembership.history.filter(firm_id=firm.pk),
                *("member_id", "branch_id", "role", "added", "withdrawn"),
            ),
            branches=changes(Branch.history.filter(firm_id=firm.pk), "name", "is_archived"),
            must_enrol=without_second_factor(people)
            if firm.requires_second_factor
            else frozenset(),
            switched_off=frozenset(off),
        )

    def people_at(self, at: datetime) -> dict[int, PersonPast]:
        """User id → who worked at the firm at the instant."""
        branches = self.branches_at(at)
        places: dict[int, list[list[Change]]] = {}
        for past in alive(self.memberships, at).values():
            if past[-1].branch_id in branches:
                places.setdefault(past[-1].member_id, []).append(past)
        members = alive(self.members, at).values()
        return {
            past[-1].user_id: self._person(past, places.get(past[-1].id, []), branches)
            for past in members
            if past[-1].is_active
        }

    def people_now(self, now: datetime) -> dict[int, PersonPast]:
        """The same as `auth.find_standing` for everybody: logins and second factors count."""
        people = self.people_at(now)
        return {
            user_id: self._must_enrol(person) if user_id in self.must_enrol else person
            for user_id, person in people.items()
            if user_id not in self.switched_off
        }

    def branches_at(self, at: datetime) -> dict[int, str]:
        """Id → the name that it bore, of branches in use."""
        rows = (past[-1] for past in alive(self.branches, at).values())
        return {row.id: row.name for row in rows if not row.is_archived}

    def branch_names_at(self, at: datetime) -> dict[int, str]:
        """Of archived branches too: clients may still stand on one."""
        return {pk: past[-1].name for pk, past in alive(self.branches, at).items()}

    def _person(
        self, past: list[Change], places: list[list[Change]], branches: Mapping[int, str]
    ) -> PersonPast:
        latest = [place[-1] for place in places]
        roles = [(r.branch_id, branches[r.branch_id], r.role, r.added, r.withdrawn) for r in latest]
        return PersonPast(
            standing=auth.standing_with(self._member(past[-1]), roles),
            membership=past,
            on_branch={place[-1].branch_id: place for place in places},
        )

    def _must_enrol(self, person: PersonPast) -> PersonPast:
        member = self._member(person.membership[-1])
        return PersonPast(auth.standing_with(member, (), must_enrol=True), person.membership)

    def _member(self, row: Change) -> TeamMember:
        return TeamMember(
            pk=row.id, firm_id=self.firm_id, user_id=row.user_id, parent_role=row.parent_role
        )


def without_second_factor(user_ids: Iterable[int]) -> frozenset[int]:
    """Those who have neither an authenticator app nor a passkey."""
    wanted = set(user_ids)
    factors = Authenticator.objects.filter(user_id__in=wanted, type__in=auth.SECOND_FACTORS)
    return frozenset(wanted - set(factors.values_list("user_id", flat=True)))
