"""Between a request and a client: finding it, and the page of the list that was asked for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import OuterRef, Subquery
from django.http import Http404, QueryDict

from clients import permissions as p
from clients.filters import ClientFilter
from clients.models import Connection, TeamAssignment
from clients.models.clocks import Clocks
from clients.models.connections import ConnectionQuerySet
from clients.models.listing import PRIMARY, Reading, Ties, count_rows
from clients.models.ordering import ORDERS, Order, read_cursor, write_cursor
from clients.roles import ConnectionStatus
from practice.auth import explain
from practice.http import FirmRequest, Forbidden, chosen_branch, require, require_anywhere
from practice.models import Branch
from practice.models.firms import BranchQuerySet
from practice.paging import with_params
from practice.permissions import Permission, Rule, Standing, Verdict

PAGE_SIZE = 50
# Elsewhere nobody is assigned anew, whatever their rights: the row offers no button.
OPEN_TO_ENTER = frozenset({ConnectionStatus.ACTIVE})
MOST_COUNTED = 1000
MORE_FILTERS = ("subscription", "usage", "access", "questions")
COLUMNS = {
    "plan": "Plan",
    "subscription": "Subscription",
    "access": "Access Status",
    "usage": "Usage",
    "accessed": "Last accessed",
    "questions": "Questions",
    "contact": "Contact",
    "primary": "Primary accountant",
    "ended": "Disconnected",
}
READ_FOR = {
    "plan": ("plan",),
    "subscription": ("subscription_status",),
    "accessed": ("last_accessed_at",),
    "contact": ("contact_name",),
    "primary": (PRIMARY,),
    "ended": ("disconnected_at", "disconnect_reason"),
}
# What an app above shows in a column, for the ids of a page; one query where it is chosen.
LOOKED_UP: dict[str, Callable[[list[int]], Mapping[int, Any]]] = {}


def get_connection(request: FirmRequest, connection_id: int) -> Connection:
    """The client, if the person may see it; 404 otherwise, the same for foreign and unknown ids.

    Who was assigned to it once knows that it exists, and is told why it is closed now: 403 (F-051).
    """
    rows = with_tie_role(visible(request), request.standing).select_related("branch")
    found: Any = rows.filter(pk=connection_id).first()
    if found is None:
        tell_former_assignee(request, connection_id)
        raise Http404("No such client.")
    connection: Connection = found
    connection.remember_tie(request.standing, found.tie_role)
    connection.firm = request.firm
    request.opened = connection  # type: ignore[attr-defined]  # for `clients.middleware`
    return connection


def may_bring_back(request: FirmRequest, connection: Connection) -> Verdict:
    """Whether the person may ask an ended client back, or end the asking (F-080, F-081)."""
    for permission in p.TO_BRING_BACK:
        verdict = explain(request.user, permission, connection.branch)
        if not verdict.allowed:
            break
    return verdict


def require_bring_back(request: FirmRequest, connection: Connection) -> None:
    for permission in p.TO_BRING_BACK:
        require(request.user, permission, connection.branch)


def branches_with(request: FirmRequest, *permissions: Permission) -> BranchQuerySet:
    """Open branches on which the person holds all of them."""
    rows: BranchQuerySet = Branch.objects.open()
    for permission in permissions:
        rows = rows.where(request.standing, permission)
    return rows


def get_branch_to_add(request: FirmRequest, branch_id: int) -> Branch:
    """One to add clients to; 404 for another firm's, 403 without the permission."""
    branch = Branch.objects.for_firm(request.firm).open().filter(pk=branch_id).first()
    if branch is None:
        raise Http404("No such branch.")
    require(request.user, p.CREATE_CLIENTS, branch)
    return branch


def tell_former_assignee(request: FirmRequest, connection_id: int) -> None:
    if not was_assigned(request, connection_id):
        return
    connection = Connection.objects.get(pk=connection_id)
    if not connection.is_open:
        ended = Rule("State", False, p.NO_LONGER_CONNECTED)
        raise Forbidden(Verdict((ended,)), p.VIEW_CLIENT, connection)
    require(request.user, p.VIEW_CLIENT, connection)


def was_assigned(request: FirmRequest, connection_id: int) -> bool:
    ties = TeamAssignment.history.filter(firm_id=request.firm.pk, user_id=request.user.pk)
    return bool(ties.filter(content_object_id=connection_id).exists())


def require_of_a_client(request: FirmRequest, permission: Permission) -> None:
    """Held on one branch at least, or by a tie to one client (pages over many clients)."""
    if request.standing.holds_anywhere(permission):
        return
    rows = Connection.objects.filter(firm_id=request.firm.pk)
    if not rows.for_standing(request.standing, permission).exists():
        require_anywhere(request, permission)


def visible(request: FirmRequest) -> ConnectionQuerySet:
    rows: ConnectionQuerySet = Connection.objects.filter(firm_id=request.firm.pk)
    return rows.for_standing(request.standing, p.VIEW_CLIENT)


def with_tie_role(rows: ConnectionQuerySet, standing: Standing) -> ConnectionQuerySet:
    ties = TeamAssignment.objects.of(standing.user_id, standing.firm_id)
    role = ties.filter(content_object=OuterRef("pk")).values("role")[:1]
    return rows.annotate(tie_role=Subquery(role))


def in_branch(request: FirmRequest, rows: ConnectionQuerySet, filters: ClientFilter) -> Any:
    """The branch of the selector narrows the list, unless the filter says which (F-011)."""
    branch = context_branch(request, filters)
    return rows.filter(branch_id=branch.pk) if branch else rows


def context_branch(request: FirmRequest, filters: ClientFilter) -> Branch | None:
    """The branch that narrows the list beside its filters; None where none does."""
    branch = chosen_branch(request)
    if branch is None or filters.values.get("branch") or filters.values.get("all_branches"):
        return None
    if not request.standing.parent_role and len(request.standing.branches) == 1:
        return None  # the scope is this branch already, and clients that one kept across branches
    return branch


@dataclass
class ListPage:
    """One page of the client list as the URL asks for it."""

    request: FirmRequest
    query: QueryDict

    @cached_property
    def ties(self) -> Ties:
        return Ties.of(self.request.standing)

    @cached_property
    def clocks(self) -> Clocks:
        return Clocks.of(self.request.firm)

    @cached_property
    def filters(self) -> ClientFilter:
        rows, is_short = self.ties.visible(), self.ties.are_the_scope
        return ClientFilter(self.query, queryset=rows, is_short=is_short, clocks=self.clocks)

    @cached_property
    def order(self) -> Order:
        return ORDERS.get(self.query.get("sort", ""), ORDERS["name"])

    @cached_property
    def matching(self) -> ConnectionQuerySet:
        rows: ConnectionQuerySet = in_branch(self.request, self.filters.qs, self.filters)
        return rows

    @cached_property
    def columns(self) -> list[str]:
        """Those that were chosen; who filters by Disconnected sees when and why (F-072b)."""
        asked = {*self.query.getlist("column")}
        if self.filters.values.get("status") == [ConnectionStatus.DISCONNECTED]:
            asked.add("ended")
        return [name for name in COLUMNS if name in asked]

    @cached_property
    def branches(self) -> tuple[int, ...]:
        """The branches that all rows belong to; empty where that is not known, or all of them."""
        asked = self.filters.values.get("branch")
        if asked:
            return tuple(asked)
        held = self.request.standing.branches_with(p.VIEW_ALL_CLIENTS)
        return tuple(sorted(held)) if held and not self.ties.roles else ()

    @cached_property
    def reading(self) -> Reading:
        columns = dict.fromkeys(field for name in self.columns for field in READ_FOR.get(name, ()))
        standing, is_short = self.request.standing, self.filters.is_short
        spans = (self.clocks.usage, self.clocks.access)
        return Reading(standing, tuple(columns), self.branches, is_short, *spans)

    @cached_property
    def _fetched(self) -> tuple[list[Any], bool, bool]:
        """The rows, whether there are rows before them, and after them."""
        before = read_cursor(self.query.get("before", ""), self.order)
        if before is not None:
            found = self.order.before(self.matching, before, PAGE_SIZE + 1, self.reading)
            if len(found) > PAGE_SIZE:
                return found[1:], True, True
            if len(found) == PAGE_SIZE:
                return found, False, True
        after = read_cursor(self.query.get("after", ""), self.order) if before is None else None
        if after is not None:
            found = self.order.after(self.matching, after, PAGE_SIZE + 1, self.reading)
        else:
            found = self.order.first(self.matching, PAGE_SIZE + 1, self.reading)
        return found[:PAGE_SIZE], after is not None, len(found) > PAGE_SIZE

    @cached_property
    def rows(self) -> list[Any]:
        rows = self._fetched[0]
        for row in rows:
            self.prepare(row)
        for name in LOOKED_UP.keys() & set(self.columns):
            found = LOOKED_UP[name]([row.id for row in rows])
            for row in rows:
                setattr(row, name, found.get(row.id))
        return rows

    def prepare(self, row: Any) -> None:
        """What the row's template prints beside columns; the rules decide on the button (F-039)."""
        lacks_open, lacks_grant = self.why_not(row)
        row.may_open = not lacks_open
        row.may_set_up = not row.tie_role and not lacks_grant
        row.lacks = lacks_open if row.tie_role else lacks_grant
        row.is_closed = row.status not in OPEN_TO_ENTER

    def why_not(self, row: Any) -> tuple[str, str]:
        """Why the account is not opened, and not set up; "" where it is. Rows that are alike to the
        rules are asked about once."""
        place = row.branch_id if row.branch_id in self.request.standing.branches else None
        alike = (place, row.status, row.is_restricted, row.tie_role, row.access_status)
        answers = self._answers.get(alike)
        if answers is None:
            answers = self._ask(p.OPEN_ACCOUNT, row), self._ask(p.GRANT_ACCESS, row)
            self._answers[alike] = answers
        return answers

    @cached_property
    def _answers(self) -> dict[tuple[Any, ...], tuple[str, str]]:
        return {}

    def _ask(self, permission: str, row: Any) -> str:
        standing = self.request.standing
        facts = p.ConnectionFacts(
            firm_id=standing.firm_id,
            branch_id=row.branch_id,
            branch_name=row.branch_name,
            status=row.status,
            is_restricted=row.is_restricted,
            tie_role=row.tie_role,
            access_status=row.access_status,
            access_days=self.request.firm.access_days,
        )
        verdict = Verdict.of(p.connection_rules(standing, facts, permission))
        return "" if verdict.allowed else verdict.reason

    @property
    def start(self) -> int:
        """The number of the first row, as the links count it along."""
        text = self.query.get("start", "")
        known = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 1
        return max(1, known) if self._fetched[1] else 1

    @property
    def end(self) -> int:
        return self.start + len(self.rows) - 1

    @cached_property
    def total(self) -> int:
        """Exact up to 1,000, and on demand; beyond that 1,000 stands for more (design 7)."""
        if not self._fetched[1] and not self._fetched[2]:
            return len(self._fetched[0])
        if self.query.get("count") == "exact":
            return self.matching.count()
        rows = self.ties.to_count(self.matching)
        return count_rows(rows, MOST_COUNTED + 1, is_short=self.filters.is_short)

    @property
    def is_capped(self) -> bool:
        return self.total > MOST_COUNTED and self.query.get("count") != "exact"

    def url(self, **changes: str) -> str:
        """The query string with changes, back on the first page."""
        return with_params(self.query, **changes)

    @property
    def exact_url(self) -> str:
        return self.url(count="exact")

    @property
    def chip_filters(self) -> list[Any]:
        """The filters that stand in the bar by themselves, as bound fields."""
        return [self.filters.form[name] for name in ("status", "model", "activity")]

    @property
    def more_filters(self) -> list[Any]:
        """Those under "Filter", beside tags and dates."""
        return [self.filters.form[name] for name in MORE_FILTERS]

    @property
    def has_more_filters(self) -> bool:
        names = {"tag", "since_from", "since_to", *MORE_FILTERS}
        return not names.isdisjoint(self.filters.values)

    @property
    def next_url(self) -> str:
        if not self._fetched[2]:
            return ""
        cursor = write_cursor(self.order.cursor_of(self.rows[-1]))
        return self.url(after=cursor, start=str(self.end + 1))

    @property
    def previous_url(self) -> str:
        if not self._fetched[1]:
            return ""
        cursor = write_cursor(self.order.cursor_of(self.rows[0]))
        return self.url(before=cursor, start=str(max(1, self.start - PAGE_SIZE)))
