"""The filters of the client list: in the URL, combined with AND, shown as chips (F-026…F-033)."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import cache, cached_property
from typing import Any, Self

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL
from django.http import QueryDict

from clients.models import Connection, Tag
from clients.models.clocks import USUAL, Clocks
from clients.models.connections import ConnectionQuerySet
from clients.roles import AccessStatus, BillingModel, ConnectionStatus, SubscriptionStatus
from clients.search import SHORTEST, find_words, tagged_connections
from practice import clock
from practice.forms.fields import IdsField
from practice.paging import CURSORS
from practice.text import fold

# A search or tag with fewer rows than this is looked up first; a commoner one filters the walk.
# About there fetching and sorting them takes as long as walking to the fifty-first (0007).
MOST_IDS = 3000
# Few of a firm's clients: sooner all read and sorted than looked for in the list's order.
RARE = {ConnectionStatus.PAUSED, ConnectionStatus.PENDING, ConnectionStatus.RECONNECTING}
MOST_NEEDLES = 5
USAGE = [("active", "Active"), ("inactive", "In-Active")]
QUESTIONS = [("open", "Waiting on Client"), ("answered", "Answered")]
# The ids of the firm's clients with such questions. The portal, which is above, says which.
WITH_QUESTIONS: list[Callable[[Sequence[str]], QuerySet[Any, int]]] = []
STATUSES = [(s.value, s.label) for s in ConnectionStatus if s != ConnectionStatus.PENDING]
BILLING_WORDS = {
    "bill us": BillingModel.BILL_US,
    "charge us": BillingModel.BILL_US,
    "client pays": BillingModel.CLIENT_PAYS,
}


class IdsFilter(django_filters.Filter):
    field_class = IdsField


def choices(label: str, options: Iterable[tuple[str, str]], method: str) -> Any:
    return django_filters.MultipleChoiceFilter(
        label=label, choices=list(options), widget=forms.CheckboxSelectMultiple, method=method
    )


def flag(label: str) -> Any:
    """Narrows nothing by itself: it says how another filter is meant."""
    return django_filters.BooleanFilter(label=label, widget=forms.CheckboxInput, method="keep")


def day(label: str, method: str) -> Any:
    widget = forms.DateInput(attrs={"type": "date"})
    return django_filters.DateFilter(label=label, widget=widget, method=method)


class Shared(dict[str, forms.Field]):
    """The fields of a form that nothing changes: each form has these, and no copies of them."""

    def __deepcopy__(self, _memo: dict[int, Any]) -> Self:
        return self


class ClientFilterForm(forms.Form):
    """Field errors of the filters; what is wrong is left out of the query and said at the field."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        since, until = cleaned.get("since_from"), cleaned.get("since_to")
        if since and until and since > until:
            self.add_error("since_from", "The first date is after the last one.")
        return cleaned


class ClientFilter(django_filters.FilterSet):
    """Narrow the connections that a person may see. `branch_names` and `tag_names` label chips."""

    q = django_filters.CharFilter(label="Search", method="by_text", max_length=200)
    status = choices("Status", STATUSES, "by_status")
    branch = IdsFilter(label="Branch", method="by_branch")
    all_branches = flag("All branches")
    model = choices("Billing model", BillingModel.choices, "by_model")
    activity = choices("Activity", USUAL.activity, "by_activity")
    tag = IdsFilter(label="Tags", method="by_tag")
    tags_all = flag("with all of these tags")
    since_from = day("Connected from", "by_since_from")
    since_to = day("Connected to", "by_since_to")
    subscription = choices("Subscription", SubscriptionStatus.choices, "by_subscription")
    usage = choices("Usage", USAGE, "by_usage")
    access = choices("Access Status", AccessStatus.choices, "by_access")
    questions = choices("Questions", QUESTIONS, "by_questions")

    class Meta:
        model = Connection
        form = ClientFilterForm
        fields: list[str] = []

    def __init__(
        self,
        data: Any,
        queryset: ConnectionQuerySet,
        *,
        is_short: bool = False,
        clocks: Clocks = USUAL,
    ) -> None:
        """Without the copies that django-filter makes of filters that nothing here changes.

        `is_short`: the rows are few to begin with, or a search or tag has left at most `MOST_IDS`;
        then nothing needs to be looked up first, and sorting them is best.
        """
        self.data, self.queryset, self.filters = data, queryset, self.base_filters
        self.is_bound, self.request, self.form_prefix = True, None, None
        self.is_short, self.clocks = is_short, clocks

    def options(self, name: str) -> Any:
        """What can be chosen, as this firm says it: the form is the same for all of them."""
        if name == "activity":
            return self.clocks.activity
        return self.form.fields[name].choices

    @cached_property
    def values(self) -> dict[str, Any]:
        """What was asked for and is sound, empty values left out."""
        self.form.is_valid()
        cleaned = self.form.cleaned_data
        return {name: cleaned[name] for name in self.filters if cleaned.get(name)}

    @classmethod
    @cache
    def _form_class(cls) -> type[forms.Form]:
        fields = {name: one.field for name, one in cls.base_filters.items()}
        form = type("ClientFilterForm", (ClientFilterForm,), fields)
        form.base_fields = Shared(form.base_fields)  # type: ignore[attr-defined]
        return form

    def get_form_class(self) -> type[forms.Form]:
        """Made once: nothing in it depends on the request."""
        return self._form_class()

    @property
    def qs(self) -> ConnectionQuerySet:
        rows: ConnectionQuerySet = self.queryset
        values = self.values
        if "status" not in values:
            rows = rows.exclude(status=ConnectionStatus.DISCONNECTED)
        for name, value in values.items():
            rows = getattr(self, self.filters[name].method)(rows, name, value)
        return rows

    @property
    def is_narrowed(self) -> bool:
        return bool(self.values)

    def keep(self, rows: ConnectionQuerySet, _name: str, _value: Any) -> ConnectionQuerySet:
        return rows

    def by_text(self, rows: ConnectionQuerySet, _name: str, value: str) -> ConnectionQuerySet:
        words = sorted(fold(value).split(), key=len, reverse=True)
        if not words:
            return rows
        if fold(value) in BILLING_WORDS:
            return rows.filter(billing_model=BILLING_WORDS[fold(value)])
        needles = [word for word in words if len(word) >= SHORTEST][:MOST_NEEDLES]
        found = None if self.is_short or not needles else find_words(needles, MOST_IDS + 1)
        if found is not None and len(found) <= MOST_IDS:
            rows, words = self.among(rows, found), words[len(needles) :]
        elif self.values.get("status") and set(self.values["status"]) <= RARE:
            self.is_short = True
        for word in words:
            rows = rows.filter(search_text__contains=word)
        return rows

    def among(self, rows: ConnectionQuerySet, ids: list[int]) -> ConnectionQuerySet:
        self.is_short = True
        return rows.filter(pk__in=RawSQL("SELECT unnest(%s::bigint[])", [ids]))

    def by_tag(self, rows: ConnectionQuerySet, _name: str, value: list[int]) -> ConnectionQuerySet:
        found = None if self.is_short else tagged_connections(value, MOST_IDS)
        if found is not None:
            rows = self.among(rows, found)
        elif not self.values.get("tags_all"):
            return rows.filter(tag_ids__overlap=value)
        return rows.filter(tag_ids__contains=value) if self.values.get("tags_all") else rows

    def by_status(self, rows: ConnectionQuerySet, _n: str, value: list[str]) -> ConnectionQuerySet:
        return rows.filter(status__in=value)

    def by_branch(self, rows: ConnectionQuerySet, _n: str, value: list[int]) -> ConnectionQuerySet:
        return rows.filter(branch_id__in=value)

    def by_model(self, rows: ConnectionQuerySet, _n: str, value: list[str]) -> ConnectionQuerySet:
        return rows.filter(billing_model__in=value)

    def by_subscription(
        self, rows: ConnectionQuerySet, _n: str, value: list[str]
    ) -> ConnectionQuerySet:
        return rows.filter(subscription_status__in=value)

    def by_since_from(self, rows: ConnectionQuerySet, _n: str, value: date) -> ConnectionQuerySet:
        return rows.filter(connected_on__gte=value)

    def by_since_to(self, rows: ConnectionQuerySet, _n: str, value: date) -> ConnectionQuerySet:
        return rows.filter(connected_on__lte=value)

    def by_activity(
        self, rows: ConnectionQuerySet, _n: str, value: list[str]
    ) -> ConnectionQuerySet:
        """The three exclude each other: by default under 30, 30 to 89, 90 days and more or never
        (C26)."""
        inactive, dormant = clock.now() - self.clocks.inactive, clock.now() - self.clocks.dormant
        buckets = {
            "active": Q(last_activity_at__gt=inactive),
            "inactive": Q(last_activity_at__lte=inactive, last_activity_at__gt=dormant),
            "dormant": Q(last_activity_at__lte=dormant) | Q(last_activity_at=None),
        }
        return rows.filter(any_of(buckets[name] for name in value))

    def by_usage(self, rows: ConnectionQuerySet, _n: str, value: list[str]) -> ConnectionQuerySet:
        limit = clock.now() - self.clocks.usage
        buckets = {
            "active": Q(usage__last_job_at__gt=limit),
            "inactive": Q(usage__last_job_at__lte=limit) | Q(usage__last_job_at=None),
        }
        return rows.filter(any_of(buckets[name] for name in value))

    def by_questions(
        self, rows: ConnectionQuerySet, _n: str, value: list[str]
    ) -> ConnectionQuerySet:
        """Looked up first, as searches are (F-024a)."""
        for asked in (find(value) for find in WITH_QUESTIONS):
            found = None if self.is_short else list(asked[: MOST_IDS + 1])
            if found is not None and len(found) <= MOST_IDS:
                rows = self.among(rows, found)
            else:
                rows = rows.filter(pk__in=asked)
        return rows

    def by_access(self, rows: ConnectionQuerySet, _n: str, value: list[str]) -> ConnectionQuerySet:
        limit = clock.now() - self.clocks.access
        enabled = Q(access_disabled_at=None)
        settled = enabled & Q(access_requested_at=None)
        fresh = Q(last_accessed_at__gt=limit) | Q(last_accessed_at=None, created_at__gt=limit)
        buckets = {
            AccessStatus.DISABLED: Q(access_disabled_at__isnull=False),
            AccessStatus.REQUESTED: enabled & Q(access_requested_at__isnull=False),
            AccessStatus.ACTIVE: settled & fresh,
            AccessStatus.EXPIRED: settled & ~fresh,
        }
        return rows.filter(any_of(buckets[AccessStatus(name)] for name in value))


def any_of(conditions: Iterable[Q]) -> Q:
    joined = Q()
    for condition in conditions:
        joined |= condition
    return joined


def matching(query: str, rows: ConnectionQuerySet, clocks: Clocks = USUAL) -> ConnectionQuerySet:
    """Those of the rows that the list shows with this query string, on all of its pages."""
    return ClientFilter(QueryDict(query), queryset=rows, clocks=clocks).qs


def without(query: QueryDict, name: str, value: Any = None) -> str:
    """The query string less one filter (or one of its values), back on the first page."""
    rest = query.copy()
    kept = [v for v in rest.getlist(name) if value is not None and v != str(value)]
    rest.setlist(name, kept) if kept else rest.pop(name, None)
    for cursor in CURSORS:
        rest.pop(cursor, None)
    return rest.urlencode()


def tags_of_firm(firm_id: int, tag_ids: Iterable[int]) -> dict[int, Tag]:
    return Tag.objects.filter(firm_id=firm_id, pk__in=set(tag_ids)).in_bulk()


def tag_names(firm_id: int, tag_ids: Iterable[int]) -> list[str]:
    found = Tag.objects.filter(firm_id=firm_id, pk__in=set(tag_ids))
    return list(found.values_list("name", flat=True))
