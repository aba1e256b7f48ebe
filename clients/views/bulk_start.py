"""Bulk Actions from the list: what exactly shall happen, then the dry run (F-085, F-086)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from clients import permissions as p
from clients.actions.bulk import PERMISSIONS, start_run
from clients.forms.assignments import DEFAULT_ROLE, MEANS
from clients.forms.bulk import FORMS, SelectionForm
from clients.http import ListPage, context_branch, require_of_a_client
from clients.models import BulkAction, Tag
from clients.models.client_file import OPTIONAL
from clients.roles import ClientRole
from clients.views.bulk_runs import bulk_url
from clients.views.client_list import list_url
from clients.views.client_team_add import MOST, is_id, named
from practice.http import FirmRequest, render_page, require_anywhere
from practice.models import Branch, TeamMember
from practice.paging import CURSORS
from practice.permissions import VIEW_REPORTS
from practice.text import tidy

TAGS_OFFERED = 60
OF_ONE_PAGE = (*CURSORS, "count", "column")


@dataclass(frozen=True)
class Selection:
    """What was ticked in the list, for as long as the form is filled in."""

    request: FirmRequest
    answers: Mapping[str, Any]

    @property
    def action(self) -> BulkAction:
        return BulkAction(self.answers["action"])

    @property
    def is_everything(self) -> bool:
        return bool(self.answers["everything"])

    @property
    def ids(self) -> list[int]:
        return [] if self.is_everything else sorted(set(self.answers["selected"]))

    @property
    def query(self) -> QueryDict:
        return QueryDict(self.answers["query"].removeprefix("?"), mutable=True)

    @property
    def filters(self) -> str:
        """What the list's query narrows, with the branch of the selector in it."""
        query = self.query
        for name in OF_ONE_PAGE:
            query.pop(name, None)
        branch = context_branch(self.request, ListPage(self.request, query).filters)
        if branch:
            query["branch"] = str(branch.pk)
        return query.urlencode()

    @property
    def count(self) -> str:
        """218, or 1,000+ where counting on would be slow."""
        if not self.is_everything:
            return f"{len(self.ids):,}"
        page = ListPage(self.request, QueryDict(self.filters))
        return "1,000+" if page.is_capped else f"{page.total:,}"


def selection_of(request: FirmRequest) -> Selection | HttpResponse:
    """What was chosen, if the person may do this to any client; else back to the list."""
    form = SelectionForm(request.POST)
    if not form.is_valid():
        says = form.non_field_errors() or ["Choose one of the bulk actions."]
        messages.error(request, str(says[0]))
        return redirect(list_url(request, request.POST.get("query", "").removeprefix("?")))
    action = form.cleaned_data["action"]
    require_of_a_client(request, PERMISSIONS[action])
    if action == BulkAction.REPORTS:
        require_anywhere(request, VIEW_REPORTS)
    return Selection(request, form.cleaned_data)


@require_POST
def bulk_start(request: FirmRequest) -> HttpResponse:
    """The questions of the action; nothing happens yet. `find` looks for people to assign."""
    selection = selection_of(request)
    if isinstance(selection, HttpResponse):
        return selection
    return answer(request, selection, form_of(selection, None))


@require_POST
def bulk_configure(request: FirmRequest) -> HttpResponse:
    """The answers; with all of them the dry run begins."""
    selection = selection_of(request)
    if isinstance(selection, HttpResponse):
        return selection
    form: Any = form_of(selection, request.POST)
    if not form.is_valid():
        return answer(request, selection, form)
    run = start_run(
        request.firm,
        by=request.user,
        action=selection.action,
        parameters=form.parameters,
        reason=form.cleaned_data.get("reason", ""),
        selected_ids=selection.ids,
        query=selection.filters if selection.is_everything else "",
    )
    return redirect(bulk_url(request, "bulk-detail", run))


def form_of(selection: Selection, data: QueryDict | None) -> forms.Form:
    """Its choices are narrowed to what the person may choose."""
    request, action = selection.request, selection.action
    options: dict[str, Any] = {}
    if action == BulkAction.TRANSFER:
        options["branches"] = Branch.objects.open().where(request.standing, p.CHANGE_BRANCH)
    elif action == BulkAction.TEAM:
        options["offered"] = offered(request)
        options["initial"] = request.POST.dict()
    elif action == BulkAction.TAGS:
        tags = Tag.objects.for_firm(request.firm).values_list("name", flat=True)
        options["known"] = tags[:TAGS_OFFERED]
    elif action == BulkAction.EXPORT:
        shown = selection.query.getlist("column")
        options["initial"] = {"columns": [name for name in OPTIONAL if name in shown]}
    return FORMS[action](data, **options)


def offered(request: FirmRequest) -> QuerySet[TeamMember]:
    """Active people of the branches that one works on; with a parent role, of all of them."""
    members = TeamMember.objects.filter(
        firm_id=request.firm.pk, is_active=True, user__is_active=True
    )
    if request.standing.parent_role is None:
        members = members.filter(memberships__branch_id__in=request.standing.branches)
    else:
        members = members.filter(memberships__isnull=False)
    placed = members.select_related("user").prefetch_related("memberships__branch")
    return placed.order_by("user__full_name", "pk").distinct()


def answer(request: FirmRequest, selection: Selection, form: Any) -> HttpResponse:
    context: dict[str, Any] = {
        "selection": selection,
        "action": selection.action,
        "form": form,
        "back": list_url(request, selection.query.urlencode()),
    }
    if selection.action == BulkAction.TEAM:
        context |= people(request)
    status = 422 if form.is_bound else 200
    return render_page(request, "clients/bulk_configure.html", context, status=status)


def people(request: FirmRequest) -> dict[str, Any]:
    """Who can be ticked: those who are first, also where the search does not find them."""
    needle = tidy(request.POST.get("find", ""))[:200]
    ticked = {int(pk) for pk in request.POST.getlist("person") if is_id(pk)}
    chosen = list(offered(request).filter(pk__in=ticked)) if ticked else []
    found = list(named(offered(request).exclude(pk__in=ticked), needle)[: MOST + 1])
    return {
        "needle": needle,
        "candidates": [
            (member, member.pk in ticked, request.POST.get(f"role-{member.pk}", DEFAULT_ROLE))
            for member in [*chosen, *found[:MOST]]
        ],
        "has_more": len(found) > MOST,
        "roles": [(role.value, role.label, MEANS[role]) for role in ClientRole],
    }
