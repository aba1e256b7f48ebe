"""How branches and accounts pay, and whether a branch may open Bill Us clients."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
    RangeDateTimeFilter,
)

from billing.actions.charging import refund_charge
from billing.actions.verification import decide_verification
from billing.forms.verification import OperatorAnswerForm
from billing.models import (
    AccountSubscription,
    BillingVerification,
    BuiltinPayment,
    Charge,
    GatewayEvent,
    PaymentMethod,
)
from billing.roles import VerificationStatus
from practice.admin.base import HistoryAdmin, OperatorAdmin, Shown
from practice.errors import Refused


@admin.register(PaymentMethod)
class PaymentMethodAdmin(Shown, HistoryAdmin):
    list_display = ("__str__", "firm", "branch", "account", "currency", "gateway", "removed_at")
    list_filter = (
        ("firm", AutocompleteSelectFilter),
        ("gateway", ChoicesDropdownFilter),
        ("created_at", RangeDateTimeFilter),
    )
    list_select_related = ("firm", "branch", "account")
    search_fields = ("last4", "firm__name", "branch__name", "account__name")
    ordering = ("-pk",)
    sortable_by = ()


@admin.register(BillingVerification)
class BillingVerificationAdmin(HistoryAdmin):
    """Operators answer; what was asked, and by whom, is not theirs to change (F-117a)."""

    form = OperatorAnswerForm
    list_display = ("branch", "firm", "status", "requested_by", "requested_at", "decided_at")
    list_filter = (
        ("status", ChoicesDropdownFilter),
        ("firm", AutocompleteSelectFilter),
        ("requested_at", RangeDateTimeFilter),
    )
    list_select_related = ("branch", "firm", "requested_by")
    search_fields = ("branch__name", "firm__name", "requested_by__email_key")
    readonly_fields = ("firm", "branch", "reason", "requested_by", "requested_at", "decided_at")
    ordering = ("-pk",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """An answer is final: after a refusal the branch asks anew. As it is stored: a form that
        was sent has changed `obj` already."""
        pending = BillingVerification.objects.filter(status=VerificationStatus.PENDING)
        is_open = obj is None or pending.filter(pk=obj.pk).exists()
        return is_open and super().has_change_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        answers = {**form.cleaned_data, "status": VerificationStatus(form.cleaned_data["status"])}
        try:
            decide_verification(obj, **answers, by=request.user)  # type: ignore[arg-type]
        except Refused as refusal:
            self.message_user(request, str(refusal), messages.ERROR)


@admin.register(AccountSubscription)
class AccountSubscriptionAdmin(Shown, HistoryAdmin):
    """What clients that pay for themselves have subscribed to: theirs to change (F-219)."""

    list_display = ("account", "plan", "currency", "status", "started_on", "renews_on")
    list_filter = (("status", ChoicesDropdownFilter), ("created_at", RangeDateTimeFilter))
    list_select_related = ("account", "plan")
    search_fields = ("account__name",)
    ordering = ("-pk",)
    sortable_by = ()


@admin.register(Charge)
class ChargeAdmin(Shown, HistoryAdmin):
    list_display = ("key", "firm", "branch", "account", "amount", "currency", "status", "failure")
    list_filter = (
        ("status", ChoicesDropdownFilter),
        ("firm", AutocompleteSelectFilter),
        ("gateway", ChoicesDropdownFilter),
        ("created_at", RangeDateTimeFilter),
    )
    list_select_related = ("firm", "branch", "account")
    search_fields = ("key", "reference", "firm__name", "branch__name", "account__name")
    ordering = ("-pk",)
    sortable_by = ()
    actions = ("refund",)

    @admin.action(description="Refund", permissions=["view"])
    def refund(self, request: HttpRequest, charges: Any) -> None:
        for charge in charges:
            try:
                refund_charge(charge, by=request.user)  # type: ignore[arg-type]
            except Refused as refusal:
                self.message_user(request, f"{charge.key}: {refusal}", messages.ERROR)
            else:
                self.message_user(request, f"{charge.key} is refunded.")


@admin.register(GatewayEvent)
class GatewayEventAdmin(Shown, OperatorAdmin):
    list_display = ("event_id", "gateway", "kind", "reference", "received_at", "repeats", "outcome")
    list_filter = (("gateway", ChoicesDropdownFilter), ("received_at", RangeDateTimeFilter))
    search_fields = ("event_id", "reference")
    ordering = ("-pk",)
    sortable_by = ()


@admin.register(BuiltinPayment)
class BuiltinPaymentAdmin(Shown, OperatorAdmin):
    list_display = ("key", "card", "amount", "currency", "status", "turns_at", "created_at")
    list_filter = (("status", ChoicesDropdownFilter), ("created_at", RangeDateTimeFilter))
    search_fields = ("key",)
    ordering = ("-pk",)
    sortable_by = ()
