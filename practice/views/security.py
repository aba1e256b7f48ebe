"""Practice Settings > Security: who has a second factor, requiring one, resetting one (F-022a)."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_safe

from practice.actions.security import (
    OWN_FIRST,
    require_second_factor,
    reset_second_factor,
    stop_requiring_second_factor,
    why_not_reset,
)
from practice.actions.unusual import unusual
from practice.auth import has_second_factor
from practice.errors import Refused
from practice.forms.security import FactorResetForm
from practice.http import FirmRequest, render_page, require, stream
from practice.models import TeamMember
from practice.paging import numbered
from practice.permissions import MANAGE_SECURITY
from practice.spreadsheets import CSV_TYPE, csv_rows
from practice.views.settings import settings_tabs

HEADER = ("Name", "Email", "Second factor", "Authenticator app", "Passkey", "Last sign-in (UTC)")
SHOWN = 10  # of what was unusual; the audit trail has the rest
NAMED = 12  # names on the confirmation; the list has the others
WITHOUT = "none"  # ?factor=none


@require_safe
def security_settings(request: FirmRequest) -> HttpResponse:
    require(request.user, MANAGE_SECURITY, request.firm)
    team, only_without = team_of(request), is_without(request)
    context = {
        "tabs": settings_tabs(request),
        "page": numbered(without_factor(team) if only_without else team, request.GET),
        "without_count": without_factor(team).count(),
        "only_without": only_without,
        "watches_countries": bool(settings.COUNTRY_HEADER),
        "unusual": unusual(request.firm).select_related("member__user")[:SHOWN],
        "export_query": f"?{urlencode({'factor': WITHOUT})}" if only_without else "",
    }
    return render_page(request, "practice/security_settings.html", context)


@require_safe
def security_export(request: FirmRequest) -> StreamingHttpResponse:
    require(request.user, MANAGE_SECURITY, request.firm)
    team = team_of(request)
    members = without_factor(team) if is_without(request) else team

    def lines() -> Iterable[str]:
        return csv_rows(HEADER, map(cells, members.iterator(chunk_size=500)))

    return stream(request, lines, content_type=CSV_TYPE, filename="second-factors.csv")


@require_http_methods(["GET", "HEAD", "POST"])
def security_require(request: FirmRequest) -> HttpResponse:
    """Says first whom it stops: those who have none yet."""
    require(request.user, MANAGE_SECURITY, request.firm)
    if request.method == "POST":
        try:
            require_second_factor(request.firm, by=request.user)
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, "Two-factor sign-in is required now.")
        return redirect("practice:security-settings", firm_slug=request.firm.slug)
    missing = without_factor(team_of(request))
    context = {
        "missing": list(missing[:NAMED]),
        "missing_count": missing.count(),
        "why_not": "" if has_second_factor(request.user.pk) else OWN_FIRST,
    }
    return render_page(request, "practice/security_require.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def security_relax(request: FirmRequest) -> HttpResponse:
    require(request.user, MANAGE_SECURITY, request.firm)
    if request.method == "POST":
        stop_requiring_second_factor(request.firm, by=request.user)
        messages.success(request, "Two-factor sign-in is up to each person now.")
        return redirect("practice:security-settings", firm_slug=request.firm.slug)
    return render_page(request, "practice/security_relax.html", {})


@require_http_methods(["GET", "HEAD", "POST"])
def security_reset(request: FirmRequest, member_id: int) -> HttpResponse:
    """For a colleague who lost theirs. There is no way back, so it asks."""
    require(request.user, MANAGE_SECURITY, request.firm)
    member = get_object_or_404(team_of(request), pk=member_id)
    form = FactorResetForm(request.POST or None)
    if form.is_valid():
        try:
            reset_second_factor(member, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"The second factor of {member} is reset; they were told.")
        return redirect("practice:security-settings", firm_slug=request.firm.slug)
    context = {
        "form": form,
        "member": member,
        "why_not": why_not_reset(member, by=request.user),
    }
    status = 422 if form.is_bound else 200
    return render_page(request, "practice/security_reset.html", context, status=status)


def team_of(request: FirmRequest) -> QuerySet[Any]:
    """Everybody who works at the firm, by name, with the factors that they have."""
    members = TeamMember.objects.for_firm(request.firm).filter(is_active=True)
    rows: QuerySet[Any] = members.select_related("user").annotate(
        has_app=has_factor(Authenticator.Type.TOTP),
        has_passkey=has_factor(Authenticator.Type.WEBAUTHN),
    )
    return rows.order_by("user__full_name", "pk")


def has_factor(kind: str) -> Exists:
    return Exists(Authenticator.objects.filter(user_id=OuterRef("user_id"), type=kind))


def without_factor(members: QuerySet[Any]) -> QuerySet[Any]:
    return members.filter(has_app=False, has_passkey=False)


def is_without(request: FirmRequest) -> bool:
    return request.GET.get("factor") == WITHOUT


def cells(member: Any) -> list[object]:
    return [
        member.user.full_name,
        member.user.email,
        member.has_app or member.has_passkey,
        member.has_app,
        member.has_passkey,
        member.user.last_login,
    ]
