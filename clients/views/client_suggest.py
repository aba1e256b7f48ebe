"""Suggestions as one types: the palette, and the pickers of the filters."""

from typing import Literal

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from clients.filters import ClientFilter
from clients.http import ListPage, visible
from clients.models import Connection, Tag
from practice.http import FirmRequest, open_branches, render_page
from practice.paging import CURSORS
from practice.text import fold, sort_key

MOST = 8
LAST_CHARACTER = "\U0010ffff"
MOST_OPTIONS = 30
FilterKind = Literal["branch", "tag"]
ALL_OF = {"branch": "all_branches", "tag": "tags_all"}


@require_GET
def client_suggest(request: FirmRequest) -> HttpResponse:
    """The best few clients for what was typed; nothing outside the person's scope (F-040)."""
    text = request.GET.get("q", "")[:200]
    found = suggestions(request, text) if text.strip() else []
    return render_page(
        request,
        "clients/client_suggest.html",
        {"rows": found, "text": text},
        fragment="suggestions",
    )


def suggestions(request: FirmRequest, text: str) -> list[Connection]:
    """Names that begin with the text come first, then whatever else it is found in."""
    matching = ClientFilter({"q": text}, queryset=visible(request)).qs.select_related("branch")
    key = sort_key(text)
    first = matching.filter(name_sort__gte=key, name_sort__lt=key + LAST_CHARACTER)
    found = list(first.order_by("name_sort", "pk")[:MOST])
    rest = matching.exclude(pk__in=[row.pk for row in found]).order_by("name_sort", "pk")
    return found + list(rest[: MOST - len(found)])


@require_GET
def filter_options(request: FirmRequest, kind: FilterKind) -> HttpResponse:
    """Branches or tags to tick, thirty at most, narrowed by what is typed in `find`."""
    page = ListPage(request, request.GET)
    needle = fold(request.GET.get("find", "")[:60])
    if kind == "branch":
        options = [(b.pk, b.name) for b in open_branches(request) if needle in fold(b.name)]
    else:
        tags = Tag.objects.for_firm(request.firm).filter(name_key__contains=needle)
        options = list(tags.values_list("pk", "name")[: MOST_OPTIONS + 1])
    chosen = set(page.filters.values.get(kind, ()))
    flag = ALL_OF[kind]
    kept = [
        (name, value)
        for name in request.GET
        if name not in {kind, "find", flag, *CURSORS}
        for value in request.GET.getlist(name)
    ]
    context = {
        "kind": kind,
        "title": "Branch" if kind == "branch" else "Tags",
        "options": [(pk, name, pk in chosen) for pk, name in options[:MOST_OPTIONS]],
        "has_more": len(options) > MOST_OPTIONS,
        "find": request.GET.get("find", ""),
        "flag": page.filters.form[flag],
        "kept": kept,
    }
    return render_page(request, "clients/filter_options.html", context, fragment="options")
