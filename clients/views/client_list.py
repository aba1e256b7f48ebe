"""The client list: the page an accountant has open all day (area D)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from clients import permissions as p
from clients.filters import tag_names, without
from clients.http import COLUMNS, MOST_COUNTED, ListPage
from practice.http import FirmRequest, chosen_branch, render_page
from practice.models import Branch, SavedView


@dataclass(frozen=True)
class Chip:
    """A filter in force, in words, with the URL that takes it off."""

    label: str
    remove: str


@require_GET
def client_list(request: FirmRequest) -> HttpResponse:
    page = ListPage(request, request.GET)
    context = {
        "page": page,
        "chips": list(chips(page)),
        "columns": [(name, label, name in page.columns) for name, label in COLUMNS.items()],
        "heads": heads(page),
        "branch": chosen_branch(request),
        "most": MOST_COUNTED,
        "walk": walk_suffix(page),
        "view": current_view(request),
        "lacks_create": lacks_create(request),
    }
    status = 422 if page.filters.form.errors else 200
    return render_page(
        request, "clients/client_list.html", context, fragment="client-table", status=status
    )


def lacks_create(request: FirmRequest) -> str:
    """Why "Add Client" and "Import" are closed to this person; empty when they are open (F-007)."""
    if request.standing.holds_anywhere(p.CREATE_CLIENTS):
        return ""
    return f"You need the permission “{p.CREATE_CLIENTS.label}”."


def walk_suffix(page: ListPage) -> str:
    """What row links carry, so that a client's page can walk this list (F-038a)."""
    kept = page.query.copy()
    for name in ("after", "before", "start", "count", "column"):
        kept.pop(name, None)
    return f"?{kept.urlencode()}" if kept else ""


def heads(page: ListPage) -> list[dict[str, Any]]:
    """The three sortable headings: a click sorts up, the next one down (F-035)."""
    present = page.order
    result = []
    for key, label in (
        ("name", "Client"),
        ("activity", "Last activity"),
        ("connected", "Connected"),
    ):
        is_on = present.key.lstrip("-") == key
        following = f"-{key}" if is_on and not present.is_descending else key
        aria = ("descending" if present.is_descending else "ascending") if is_on else ""
        result.append(
            {
                "key": key,
                "label": label,
                "url": page.url(sort=following),
                "aria": aria,
            }
        )
    return result


def chips(page: ListPage) -> Iterator[Chip]:
    """One chip per filter, its values joined; X removes it (F-033)."""
    fields = page.filters.form.fields
    for name, value in page.filters.values.items():
        label = fields[name].label or name
        words = ", ".join(in_words(page, name, value))
        if words:
            yield Chip(f"{label}: {words}", f"?{without(page.query, name)}")


def in_words(page: ListPage, name: str, value: Any) -> Iterator[str]:
    if name == "branch":
        asked = Branch.objects.open_to(page.request.standing).filter(pk__in=value)
        yield from asked.values_list("name", flat=True)
    elif name == "tag":
        yield from tag_names(page.request.firm.pk, value)
    elif isinstance(value, list):
        labels = dict(page.filters.form.fields[name].choices)
        yield from (str(labels[v]) for v in value)
    elif value is True:
        yield "yes"
    else:
        yield f"{value:%-d %b %Y}" if hasattr(value, "strftime") else str(value)


def current_view(request: FirmRequest) -> SavedView | None:
    view_id = request.GET.get("view", "")
    if not (view_id.isascii() and view_id.isdigit() and len(view_id) < 19):
        return None
    views = SavedView.objects.for_firm(request.firm).visible_to_member(request.member.pk)
    return views.filter(pk=view_id).first()


def list_url(request: FirmRequest, query: str = "") -> str:
    base = reverse("clients:client-list", kwargs={"firm_slug": request.firm.slug})
    return f"{base}?{query}" if query else base
