"""Billing as operators see it: plans and prices are theirs, the rest is made by actions."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    BooleanRadioFilter,
    ChoicesDropdownFilter,
    RangeDateFilter,
    RangeDateTimeFilter,
)

from billing.actions.prices import change_price
from billing.forms.prices import PlanPriceForm
from billing.models import (
    BranchInvoice,
    BranchInvoiceLine,
    InvoiceNumbers,
    Plan,
    PlanPrice,
    Promotion,
    PromotionOffer,
    Span,
)
from practice.admin.base import HistoryAdmin, OperatorAdmin, Shown

IN_FIRM = ("firm", AutocompleteSelectFilter)
KEPT = "{} stays the price until then: the new one is valid from {}."


@admin.register(Plan)
class PlanAdmin(HistoryAdmin):
    list_display = ("name", "code", "level", "is_offered")
    list_filter = (("is_offered", BooleanRadioFilter),)
    search_fields = ("name", "code")
    ordering = ("level", "name")


@admin.register(Promotion)
class PromotionAdmin(HistoryAdmin):
    list_display = ("code", "percent", "months", "ends_on", "most_uses", "is_offered")
    list_filter = (("is_offered", BooleanRadioFilter), ("ends_on", RangeDateFilter))
    search_fields = ("code",)
    ordering = ("code",)


@admin.register(PromotionOffer)
class PromotionOfferAdmin(Shown, HistoryAdmin):
    list_display = ("promotion", "connection", "firm", "state", "given_at", "starts_on", "ends_on")
    list_filter = (
        IN_FIRM,
        ("promotion", AutocompleteSelectFilter),
        ("state", ChoicesDropdownFilter),
        ("given_at", RangeDateTimeFilter),
    )
    list_select_related = ("promotion", "connection", "firm")
    search_fields = ("promotion__code", "connection__name")
    ordering = ("-pk",)
    sortable_by = ()


@admin.register(PlanPrice)
class PlanPriceAdmin(HistoryAdmin):
    """Changing a price that is in use enters the next one: what was invoiced stays (F-128b)."""

    form = PlanPriceForm
    list_display = ("plan", "currency", "amount", "starts_on")
    list_filter = (("plan", AutocompleteSelectFilter), ("starts_on", RangeDateFilter))
    list_select_related = ("plan",)
    search_fields = ("plan__name", "currency")
    autocomplete_fields = ("plan",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("plan", "currency", "starts_on") if obj and obj.has_begun else ()

    def save_model(self, request: HttpRequest, obj: PlanPrice, form: Any, change: bool) -> None:
        if not (change and obj.has_begun):
            super().save_model(request, obj, form, change)
        elif "amount" in form.changed_data:
            wanted, was = obj.amount, form.initial["amount"]
            coming = change_price(obj.plan, obj.currency, wanted)
            obj.amount = was
            messages.info(request, KEPT.format(f"{was.normalize():f}", coming.starts_on))


@admin.register(Span)
class SpanAdmin(Shown, HistoryAdmin):
    list_display = ("connection", "plan", "branch", "firm", "starts_on", "ends_on")
    list_filter = (IN_FIRM, ("starts_on", RangeDateFilter), ("ends_on", RangeDateFilter))
    list_select_related = ("connection", "plan", "branch", "firm")
    search_fields = ("connection__name", "branch__name", "firm__name")
    ordering = ("-pk",)
    sortable_by = ()


@admin.register(BranchInvoice)
class BranchInvoiceAdmin(Shown, HistoryAdmin):
    list_display = ("firm", "number", "branch", "month", "kind", "currency", "total", "status")
    list_filter = (
        IN_FIRM,
        ("status", ChoicesDropdownFilter),
        ("kind", ChoicesDropdownFilter),
        ("month", RangeDateFilter),
        ("issued_at", RangeDateTimeFilter),
    )
    list_select_related = ("firm", "branch")
    search_fields = ("firm__name", "branch__name")
    ordering = ("-pk",)
    sortable_by = ()


@admin.register(BranchInvoiceLine)
class BranchInvoiceLineAdmin(Shown, OperatorAdmin):
    list_display = ("invoice", "firm", "client_name", "plan_name", "kind", "days", "amount")
    list_filter = (IN_FIRM, ("kind", ChoicesDropdownFilter), ("starts_on", RangeDateFilter))
    list_select_related = ("invoice", "firm")
    search_fields = ("client_name", "firm__name")
    ordering = ("-pk",)
    sortable_by = ()


@admin.register(InvoiceNumbers)
class InvoiceNumbersAdmin(Shown, OperatorAdmin):
    list_display = ("firm", "last")
    list_filter = (IN_FIRM,)
    list_select_related = ("firm",)
    search_fields = ("firm__name",)
    ordering = ("-pk",)
    sortable_by = ()
