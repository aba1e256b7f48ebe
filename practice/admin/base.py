"""How every page of operators behaves.

Rows that actions keep in step with others are shown, not edited: a change by hand would leave the
rest behind. What an operator does change is explained as theirs.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.utils.functional import cached_property
from simple_history.admin import SimpleHistoryAdmin
from unfold.admin import ModelAdmin

from practice.history import because

CAUSE = "Changed by an operator in Django admin."
COUNTED = 10_000


class CappedPaginator(Paginator):
    """Counts no further than anybody pages: of a million rows, the first ten thousand."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows[:COUNTED].count())


class OperatorAdmin(ModelAdmin):
    """A model without a history table of its own."""

    paginator = CappedPaginator
    list_per_page = 50
    show_full_result_count = False
    list_filter_submit = True
    compressed_fields = True
    actions: Sequence[str] | None = None

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with because(CAUSE, by=request.user):  # type: ignore[arg-type]
            response: HttpResponse = super().changeform_view(request, *args, **kwargs)
        return response

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with because(CAUSE, by=request.user):  # type: ignore[arg-type]
            response: HttpResponse = super().delete_view(request, *args, **kwargs)
        return response

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """We archive; nothing of a firm is deleted."""
        return False


class HistoryAdmin(SimpleHistoryAdmin, OperatorAdmin):
    """An audited model: its versions are read here, and never brought back by hand."""

    kept_from_operators: Sequence[str] = ()

    def get_exclude(self, request: HttpRequest, obj: object = None) -> list[str]:
        return [*(super().get_exclude(request, obj) or ()), *self.kept_from_operators]

    def revert_disabled(self, request: HttpRequest, obj: object = None) -> bool:
        return True

    def history_form_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method not in {"GET", "HEAD"}:
            raise PermissionDenied("A version of the past is not edited.")
        response: HttpResponse = super().history_form_view(request, *args, **kwargs)
        return response

    def set_history_delta_changes(
        self, request: HttpRequest, historical_records: Any, foreign_keys_are_objs: bool = True
    ) -> None:
        """What each version changed, without the columns kept from operators."""
        records = list(historical_records)
        for newer, older in pairwise(records):
            delta = newer.diff_against(
                older,
                excluded_fields=self.kept_from_operators,
                foreign_keys_are_objs=foreign_keys_are_objs,
            )
            helper = self.get_historical_record_context_helper(request, newer)
            newer.history_delta_changes = helper.context_for_delta_changes(delta)


class Shown:
    """A mixin: listed and opened, not changed."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False
