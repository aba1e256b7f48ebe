"""The lines of an access review: reading, confirming or removing them, the file (F-225)."""

from collections.abc import Iterator, Sequence

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from clients.actions.reviews import decide_items
from clients.forms.reviews import DecisionsForm
from clients.models import AccessReview, AccessReviewItem, Decision
from clients.models.matrix import reportable
from clients.views.reporting import query_of, standing_of_now
from clients.views.reviews import get_review, readable, require_reviewer, why_not_review
from practice.errors import Refused
from practice.http import STOPPED, FirmRequest, render_page, stream
from practice.paging import Order, paginate, with_params
from practice.permissions import Standing
from practice.spreadsheets import CSV_TYPE, csv_rows
from practice.text import tidy

IN_ITS_ORDER = Order(("place", "id"))
BATCH = 1000
PLACE = ("show", "q", "after", "before")
SHOWS = (
    ("", "All", Q()),
    ("open", "To decide", Q(decision="")),
    ("unused", "Unused for 90 days", Q(is_unused=True)),
    ("keep", "Keep", Q(decision=Decision.KEEP)),
    ("remove", "Remove", Q(decision=Decision.REMOVE)),
)
HEADER = [
    "Person",
    "Email",
    "Client",
    "Client ID",
    "Role at the start",
    "Since",
    "Last used at the start",
    "Unused for 90 days",
    "Decision",
    "Decided by",
    "Decided",
    "Note",
    "Signed off by",
    "Signed off",
]


def items_of(review: AccessReview, standing: Standing) -> QuerySet[AccessReviewItem]:
    """Lines about clients that one may read about: a restricted client stays closed here too."""
    clients = reportable(standing).order_by().values("pk")
    return review.items.filter(connection__in=clients).order_by("place")


@require_GET
def review_detail(request: FirmRequest, review_id: int) -> HttpResponse:
    return show(request, get_review(request, review_id), DecisionsForm(QueryDict()))


def show(request: FirmRequest, review: AccessReview, form: DecisionsForm) -> HttpResponse:
    """One page of lines; of a form that was refused with what was chosen in it."""
    seen = items_of(review, request.standing)
    counts = seen.aggregate(
        **{
            f"n_{key}": Count("pk", filter=wanted) if key else Count("pk")
            for key, _, wanted in SHOWS
        }
    )
    rows, needle = narrowed(request, seen)
    related = rows.select_related("user", "connection", "decided_by")
    page = paginate(related, IN_ITS_ORDER, request.GET)
    whole = review.items.aggregate(total=Count("pk"), undecided=Count("pk", filter=Q(decision="")))
    context = {
        "review": review,
        "page": page,
        "lines": [(item, form.asked.get(str(item.pk), item.decision)) for item in page],
        "shows": [
            (
                f"{label} {counts[f'n_{key}']:,}",
                with_params(request.GET, show=key),
                key == shown(request),
            )
            for key, label, _ in SHOWS
        ],
        "to_confirm": [item for item in page if not item.decision],
        "needle": needle,
        "show": shown(request),
        "counts": counts,
        "undecided": whole["undecided"],
        "total": whole["total"],
        "hidden": whole["undecided"] - counts["n_open"],
        "lacks": why_not_review(request, review.branch_id),
        "form": form,
        "errors": form.errors if request.method == "POST" else {},
        "query": query_of(request.GET, PLACE),
    }
    status = 422 if request.method == "POST" else 200
    return render_page(request, "clients/review_detail.html", context, status=status)


def shown(request: FirmRequest) -> str:
    asked = request.GET.get("show", "")
    return asked if asked in [key for key, *_ in SHOWS] else ""


def narrowed(
    request: FirmRequest, rows: QuerySet[AccessReviewItem]
) -> tuple[QuerySet[AccessReviewItem], str]:
    [wanted] = [condition for key, _, condition in SHOWS if key == shown(request)]
    needle = tidy(request.GET.get("q", ""))[:200]
    if needle:
        wanted &= Q(user__full_name__icontains=needle) | Q(connection__name__icontains=needle)
    return rows.filter(wanted), needle


@require_POST
def review_decide(request: FirmRequest, review_id: int) -> HttpResponse:
    """The choices of one page. Lines that are not this review's, or not seen, are nobody's: 404."""
    review = get_review(request, review_id)
    require_reviewer(request, review)
    form = DecisionsForm(request.POST)
    if form.is_valid():
        decisions: dict[int, str] = form.cleaned_data["decisions"]
        seen = items_of(review, request.standing).filter(pk__in=decisions).count()
        if seen < len(decisions):
            raise Http404("No such line.")
        try:
            done = decide_items(review, decisions, by=request.user, note=form.cleaned_data["note"])
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{done.kept:,} confirmed, {done.removed:,} removed.")
            back = query_of(request.GET, PLACE)
            return redirect(review_url(request, review) + back)
    return show(request, review, form)


def review_url(request: FirmRequest, review: AccessReview) -> str:
    return reverse("clients:review-detail", args=[request.firm.slug, review.pk])


@require_GET
def review_export(request: FirmRequest, review_id: int) -> HttpResponseBase:
    """Every line with its decision; who signed the whole, and when, beside each."""
    review = get_review(request, review_id)
    return stream(
        request,
        lambda: csv_rows(HEADER, file_lines(request, review)),
        content_type=CSV_TYPE,
        filename=f"access-review-{review.quarter.replace(' ', '-')}-{review.pk}.csv",
    )


def file_lines(request: FirmRequest, review: AccessReview) -> Iterator[Sequence[object]]:
    place = 0
    while True:
        standing = standing_of_now(request)
        if standing is None or not readable(standing).filter(pk=review.pk).exists():
            yield [STOPPED]
            return
        rows = items_of(review, standing).filter(place__gt=place)
        batch = list(rows.select_related("user", "connection", "decided_by")[:BATCH])
        yield from (cells(review, item) for item in batch)
        if len(batch) < BATCH:
            return
        place = batch[-1].place


def cells(review: AccessReview, item: AccessReviewItem) -> list[object]:
    return [
        item.user.full_name,
        item.user.email,
        item.connection.name,
        item.connection.client_number,
        item.get_role_display(),
        item.granted_at,
        item.last_used_at,
        item.is_unused,
        item.get_decision_display() if item.decision else "",
        str(item.decided_by or ""),
        item.decided_at,
        item.note,
        str(review.signed_off_by or ""),
        review.signed_off_at,
    ]
