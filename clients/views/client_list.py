"""The client list: the page an accountant has open all day (area D)."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET

from clients import permissions as p
from clients.actions.bulk import PERMISSIONS
from clients.filters import tag_names, without
from clients.http import COLUMNS, MOST_COUNTED, ListPage
from clients.models import BulkAction, Connection
from clients.models.clocks import Clocks
from clients.roles import ClientRole
from practice.http import FirmRequest, chosen_branch, render_page
from practice.models import Branch, SavedView
from practice.paging import CURSORS
from practice.permissions import VIEW_REPORTS, Permission

NOTHING = "No client is listed, so there is nothing to export."
MOST_BARS = 500  # of about 9 kB
BARS: dict[tuple[str, str, int | None, str, Clocks], SafeString] = {}


@dataclass(frozen=True)
class Chip:
    """A filter in force, in words, with the URL that takes it off."""

    label: str
    remove: str


@require_GET
def client_list(request: FirmRequest) -> HttpResponse:
    page, view = ListPage(request, request.GET), current_view(request)
    context = {
        "page": page,
        "chips": list(chips(page)),
        "filter_bar": partial(filter_bar, page, view),
        "heads": heads(page),
        "branch": chosen_branch(request),
        "most": MOST_COUNTED,
        "walk": walk_suffix(page),
        "lacks_create": lacks(request, p.CREATE_CLIENTS),
        "may_ask": not request.standing.holds_anywhere(p.VIEW_ALL_CLIENTS),
        "lacks_import": lacks(request, p.CREATE_CLIENTS) or lacks(request, p.UPDATE_CLIENTS),
        "lacks_export": lacks_export(page),
        "bulk_actions": bulk_actions(page),
    }
    status = 422 if page.filters.form.errors else 200
    return render_page(
        request, "clients/client_list.html", context, fragment="client-table", status=status
    )


def lacks(request: FirmRequest, permission: Permission) -> str:
    """Why a button of the page is closed to this person; empty when it is open (F-007)."""
    if request.standing.holds_anywhere(permission):
        return ""
    return f"You need the permission “{permission.label}”."


def lacks_export(page: ListPage) -> str:
    """By role, or by a tie to one of the clients: those on the page are looked at first."""
    closed = lacks(page.request, p.EXPORT_CLIENTS)
    giving = {role for role, codes in p.TIE_GRANTS.items() if p.EXPORT_CLIENTS in codes}
    if not closed or any(row.tie_role in giving for row in page.rows):
        return ""
    if not page.rows:
        return NOTHING
    rows = Connection.objects.filter(firm_id=page.request.firm.pk)
    may = rows.for_standing(page.request.standing, p.EXPORT_CLIENTS).exists()
    return "" if may else closed


def bulk_actions(page: ListPage) -> list[tuple[str, str, str]]:
    """The six of F-086: value, label, and why it is closed. A tie opens some of them too; where
    ties are too many to have been read, the next page decides."""
    roles = set(ClientRole.values if page.ties.roles is None else page.ties.roles.values())
    tied = {code for role in roles for code in p.TIE_GRANTS[role]}
    found = []
    for action in BulkAction:
        needed = [PERMISSIONS[action]] if PERMISSIONS[action] not in tied else []
        if action == BulkAction.REPORTS:
            needed.append(VIEW_REPORTS)
        why = next(filter(None, (lacks(page.request, one) for one in needed)), "")
        found.append((action.value, str(action.label), why))
    return found


def walk_suffix(page: ListPage) -> str:
    """What row links carry, so that a client's page can walk this list (F-038a)."""
    kept = page.query.copy()
    for name in (*CURSORS, "count", "column"):
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


def filter_bar(page: ListPage, view: SavedView | None) -> SafeString:
    """Everything in it comes from the address, the name of the view and the firm’s clocks: drawn
    once for each (0007).

    With an error in it, it is drawn for the one who made it.
    """
    if page.filters.form.errors:
        return drawn_bar(page, view)
    asked = (
        page.request.path,
        page.url(),
        view.pk if view else None,
        str(view or ""),
        page.clocks,
    )
    bar = BARS.get(asked)  # one look: another thread may clear them
    if bar is None:
        if len(BARS) >= MOST_BARS:
            BARS.clear()
        bar = BARS[asked] = drawn_bar(page, view)
    return bar


def drawn_bar(page: ListPage, view: SavedView | None) -> SafeString:
    columns = [(name, label, name in page.columns) for name, label in COLUMNS.items()]
    context = {"page": page, "view": view, "columns": columns}
    return render_to_string("clients/client_filters.html", context, page.request)


def chips(page: ListPage) -> Iterator[Chip]:
    """One chip per filter, its values joined; X removes it (F-033)."""
    fields = page.filters.form.fields
    for name, value in page.filters.values.items():
        label = fields[name].label or name
        words = "" if value is True else ", ".join(in_words(page, name, value))
        if words or value is True:
            said = f"{label}: {words}" if words else str(label).capitalize()
            yield Chip(said, f"?{without(page.query, name)}")


def in_words(page: ListPage, name: str, value: Any) -> Iterator[str]:
    if name == "branch":
        asked = Branch.objects.open_to(page.request.standing).filter(pk__in=value)
        yield from asked.values_list("name", flat=True)
    elif name == "tag":
        yield from tag_names(page.request.firm.pk, value)
    elif isinstance(value, list):
        labels = dict(page.filters.options(name))
        yield from (str(labels[v]) for v in value)
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
