"""Reports > Access reviews: the list, starting one, signing it off (F-225)."""

from typing import Any

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_http_methods

from clients.actions.reviews import sign_review, start_review
from clients.forms.reviews import ReviewStartForm
from clients.models import AccessReview, Decision
from clients.models.matrix import reported_branches
from clients.permissions import REVOKE_ACCESS
from clients.views.reporting import require_reports
from practice.errors import Refused
from practice.http import FirmRequest, chosen_branch, render_page, require, stream
from practice.models import Branch
from practice.models.firms import BranchQuerySet
from practice.paging import Order, paginate
from practice.permissions import MANAGE_TEAM, Standing
from practice.spreadsheets import CSV_TYPE, csv_rows

NEWEST_FIRST = Order(("started_at", "id"), is_descending=True)
LIST_HEADER = [
    "Branch",
    "Quarter",
    "Started by",
    "Started",
    "Due on",
    "Lines",
    "To decide",
    "Removed",
    "Signed off by",
    "Signed off",
]


def readable(standing: Standing) -> QuerySet[AccessReview]:
    branches = reported_branches(standing).order_by().values("pk")
    return AccessReview.objects.filter(firm_id=standing.firm_id, branch__in=branches)


def get_review(request: FirmRequest, review_id: int) -> AccessReview:
    require_reports(request)
    rows = readable(request.standing).select_related("branch", "started_by", "signed_off_by")
    review = rows.filter(pk=review_id).first()
    if review is None:
        raise Http404("No such review.")
    return review


def require_reviewer(request: FirmRequest, row: Branch | AccessReview) -> None:
    """Who may remove people from clients, and answers for the team of the branch."""
    for permission in (MANAGE_TEAM, REVOKE_ACCESS):
        require(request.user, permission, row)


def may_review(request: FirmRequest) -> BranchQuerySet:
    branches: BranchQuerySet = Branch.objects.open()
    for permission in (MANAGE_TEAM, REVOKE_ACCESS):
        branches = branches.where(request.standing, permission)
    return branches


def why_not_review(request: FirmRequest, branch_id: int | None = None) -> str:
    """ "" or the permission that is missing, for a button; without a branch: on any."""
    holds, anywhere = request.standing.holds, request.standing.holds_anywhere
    for permission in (MANAGE_TEAM, REVOKE_ACCESS):
        if not (holds(permission, branch_id) if branch_id else anywhere(permission)):
            return f"You need the permission “{permission.label}”."
    return ""


@require_GET
def review_list(request: FirmRequest) -> HttpResponseBase:
    require_reports(request)
    rows = with_counts(readable(request.standing))
    if request.GET.get("format") == "csv":
        return stream(
            request,
            lambda: csv_rows(LIST_HEADER, map(list_line, rows.iterator(chunk_size=500))),
            content_type=CSV_TYPE,
            filename="access-reviews.csv",
        )
    context = {
        "page": paginate(rows, NEWEST_FIRST, request.GET),
        "lacks": why_not_review(request),
    }
    return render_page(request, "clients/review_list.html", context)


def with_counts(rows: QuerySet[AccessReview]) -> QuerySet[AccessReview]:
    return rows.select_related("branch", "started_by", "signed_off_by").annotate(
        total=Count("items"),
        undecided=Count("items", filter=Q(items__decision="")),
        removed=Count("items", filter=Q(items__decision=Decision.REMOVE)),
    )


def list_line(review: Any) -> list[object]:
    return [
        review.branch.name,
        review.quarter,
        str(review.started_by),
        review.started_at,
        review.due_on,
        review.total,
        review.undecided,
        review.removed,
        str(review.signed_off_by or ""),
        review.signed_off_at,
    ]


@require_http_methods(["GET", "POST"])
def review_start(request: FirmRequest) -> HttpResponse:
    require_reports(request)
    branches = may_review(request)
    if why_not_review(request) or not branches.exists():
        require_reviewer_anywhere(request)
    form = ReviewStartForm(
        request.POST if request.method == "POST" else None,
        branches=branches,
        initial={"branch": chosen_branch(request)},
    )
    if form.is_valid():
        try:
            review = start_review(by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"The review {review.quarter} has started.")
            return redirect("clients:review-detail", request.firm.slug, review.pk)
    status = 422 if form.is_bound else 200
    return render_page(request, "clients/review_start.html", {"form": form}, status=status)


def require_reviewer_anywhere(request: FirmRequest) -> None:
    """Both on one branch; a firm without branches shows an empty choice to its Super Admin."""
    for permission in (MANAGE_TEAM, REVOKE_ACCESS):
        require(request.user, permission, request.firm)


@require_http_methods(["GET", "POST"])
def review_sign(request: FirmRequest, review_id: int) -> HttpResponse:
    review = get_review(request, review_id)
    require_reviewer(request, review)
    refused = ""
    if request.method == "POST":
        try:
            sign_review(review, by=request.user)
        except Refused as refusal:
            refused = str(refusal)
        else:
            messages.success(request, f"The review {review.quarter} is signed off.")
            return redirect("clients:review-detail", request.firm.slug, review.pk)
    counted = with_counts(AccessReview.objects.filter(pk=review.pk)).get()
    context = {"review": counted, "refused": refused}
    status = 422 if refused else 200
    return render_page(request, "clients/review_sign.html", context, status=status)
