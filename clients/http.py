"""Between a request and a client: finding it, and the page of the list that was asked for."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import OuterRef, Subquery
from django.http import Http404, QueryDict

from clients import permissions as p
from clients.filters import ClientFilter, tags_of_firm
from clients.models import Connection, Tag, TeamAssignment
from clients.models.connections import ConnectionQuerySet
from clients.models.ordering import ORDERS, Order, read_cursor, write_cursor
from practice.http import FirmRequest, chosen_branch, open_branches
from practice.permissions import Standing, Verdict

PAGE_SIZE = 50
MOST_COUNTED = 1000
MORE_FILTERS = ("subscription", "usage", "access")
COLUMNS = {
    "plan": "Plan",
    "subscription": "Subscription",
    "access": "Access Status",
    "usage": "Usage",
    "accessed": "Last accessed",
    "questions": "Questions",
    "contact": "Contact",
}
ROW_FIELDS = (
    "id firm_id branch__name branch_id status billing_model client_number name name_sort contact_name"
    " connected_on last_activity_at last_accessed_at access_disabled_at access_requested_at"
    " created_at is_restricted tag_ids plan subscription_status usage__monthly usage__last_job_at"
).split()


def get_connection(request: FirmRequest, connection_id: int) -> Connection:
    """The client, if the person may see it; 404 otherwise, the same for foreign and unknown ids."""
    rows = with_tie_role(visible(request), request.standing).select_related("branch")
    found: Any = rows.filter(pk=connection_id).first()
    if found is None:
        raise Http404("No such client.")
    connection: Connection = found
    connection.remember_tie(request.standing, found.tie_role)
    return connection


def visible(request: FirmRequest) -> ConnectionQuerySet:
    rows: ConnectionQuerySet = Connection.objects.filter(firm_id=request.firm.pk)
    return rows.for_standing(request.standing, p.VIEW_CLIENT)


def with_tie_role(rows: ConnectionQuerySet, standing: Standing) -> ConnectionQuerySet:
    ties = TeamAssignment.objects.of(standing.user_id, standing.firm_id)
    role = ties.filter(content_object=OuterRef("pk")).values("role")[:1]
    return rows.annotate(tie_role=Subquery(role))


def in_branch(request: FirmRequest, rows: ConnectionQuerySet, filters: ClientFilter) -> Any:
    """The branch of the selector narrows the list, unless the filter names branches (F-011)."""
    branch = chosen_branch(request)
    if branch is None or filters.values.get("branch"):
        return rows
    if not request.standing.parent_role and len(open_branches(request)) == 1:
        return rows  # the scope is this branch already, and clients that one kept across branches
    return rows.filter(branch_id=branch.pk)


@dataclass
class ListPage:
    """One page of the client list as the URL asks for it."""

    request: FirmRequest
    query: QueryDict

    @cached_property
    def filters(self) -> ClientFilter:
        return ClientFilter(self.query, queryset=visible(self.request))

    @cached_property
    def order(self) -> Order:
        return ORDERS.get(self.query.get("sort", ""), ORDERS["name"])

    @cached_property
    def matching(self) -> ConnectionQuerySet:
        rows: ConnectionQuerySet = in_branch(self.request, self.filters.qs, self.filters)
        return rows

    @cached_property
    def columns(self) -> list[str]:
        asked = self.query.getlist("column")
        return [name for name in COLUMNS if name in asked]

    @cached_property
    def _fetched(self) -> tuple[list[Connection], bool, bool]:
        """The rows, whether there are rows before them, and after them."""
        source = with_tie_role(self.matching, self.request.standing)
        source = source.select_related("branch", "usage").only(*ROW_FIELDS)
        before = read_cursor(self.query.get("before", ""), self.order)
        if before is not None:
            found = self.order.before(source, before, PAGE_SIZE + 1)
            if len(found) > PAGE_SIZE:
                return found[1:], True, True
            if len(found) == PAGE_SIZE:
                return found, False, True
        after = read_cursor(self.query.get("after", ""), self.order) if before is None else None
        if after is not None:
            found = self.order.after(source, after, PAGE_SIZE + 1)
        else:
            found = list(self.order.sorted(source)[: PAGE_SIZE + 1])
        return found[:PAGE_SIZE], after is not None, len(found) > PAGE_SIZE

    @cached_property
    def rows(self) -> list[Connection]:
        rows = self._fetched[0]
        for row in rows:
            self.prepare(row)
        return rows

    def prepare(self, row: Any) -> None:
        """What the row's template prints beside columns; the rules decide on the button (F-039)."""
        row.remember_tie(self.request.standing, row.tie_role)
        row.tags = [self.tags[i] for i in row.tag_ids if i in self.tags]
        facts = row.facts_for(self.request.standing)
        row.may_open = self.allows(facts, p.OPEN_ACCOUNT)
        row.may_set_up = not row.tie_role and self.allows(facts, p.GRANT_ACCESS)

    def allows(self, facts: p.ConnectionFacts, permission: str) -> bool:
        return Verdict.of(p.connection_rules(self.request.standing, facts, permission)).allowed

    @cached_property
    def tags(self) -> dict[int, Tag]:
        wanted = {tag_id for row in self._fetched[0] for tag_id in row.tag_ids}
        wanted.update(self.filters.values.get("tag", ()))
        return tags_of_firm(self.request.firm.pk, wanted) if wanted else {}

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
        return self.matching.order_by()[: MOST_COUNTED + 1].count()

    @property
    def is_capped(self) -> bool:
        return self.total > MOST_COUNTED and self.query.get("count") != "exact"

    def url(self, **changes: str | None) -> str:
        """The query string with changes, back on the first page."""
        query = self.query.copy()
        for name in ("after", "before", "start"):
            query.pop(name, None)
        for name, value in changes.items():
            query.pop(name, None) if value is None else query.__setitem__(name, value)
        return f"?{query.urlencode()}"

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
