"""Practice Settings > Tags: the firm's list of tags (F-088b)."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.db.models import BigIntegerField, Count, F, Func
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_http_methods

from clients.actions.tags import (
    STARTER_SETS,
    add_starter_set,
    add_tag,
    delete_tag,
    edit_tag,
    merge_tags,
)
from clients.forms.tags import MergeForm, StarterSetForm, TagForm
from clients.models import Connection, Tag
from clients.models.tags import FirmTags
from clients.permissions import MANAGE_TAGS
from practice.auth import explain
from practice.errors import Refused
from practice.http import FirmRequest, render_page, require, require_anywhere, stream
from practice.paging import numbered, with_params
from practice.permissions import MANAGE_ORGANISATION
from practice.spreadsheets import CSV_TYPE, csv_rows
from practice.text import fold
from practice.views.settings import settings_tabs

HEADER = ("Tag", "Group", "Clients")
MOST_SUGGESTED = 200
LONGEST_NEEDLE = 80


@require_GET
def tag_list(request: FirmRequest) -> HttpResponse:
    """Read with Manage Tags on any branch; each change takes it on all of them (`FirmTags`)."""
    require_anywhere(request, MANAGE_TAGS)
    page = numbered(asked_for(request), request.GET)
    counts = clients_with(request, [tag.pk for tag in page.rows])
    context = {
        "page": page,
        "lines": [(tag, counts.get(tag.pk, 0)) for tag in page.rows],
        "needle": needle_of(request),
        "manage": explain(request.user, MANAGE_TAGS, FirmTags(request.firm.pk)),
        "tabs": settings_tabs(request) if request.standing.holds(MANAGE_ORGANISATION) else [],
        "export_query": with_params(request.GET, page=""),
    }
    return render_page(request, "clients/tag_list.html", context, fragment="tag-table")


@require_GET
def tag_export(request: FirmRequest) -> HttpResponseBase:
    require_anywhere(request, MANAGE_TAGS)
    tags = list(asked_for(request))
    counts = clients_with(request, [tag.pk for tag in tags])
    rows = [[tag.name, tag.group, counts.get(tag.pk, 0)] for tag in tags]
    return stream(
        request, lambda: csv_rows(HEADER, rows), content_type=CSV_TYPE, filename="tags.csv"
    )


def asked_for(request: FirmRequest) -> Any:
    tags = Tag.objects.for_firm(request.firm).order_by("name_key", "pk")
    return tags.called(needle_of(request)) if needle_of(request) else tags


def needle_of(request: FirmRequest) -> str:
    return request.GET.get("q", "").replace("\0", "").strip()[:LONGEST_NEEDLE]


def clients_with(request: FirmRequest, tag_ids: Iterable[int]) -> dict[int, int]:
    """Tag id → how many of the clients that the person sees; one statement for any number."""
    each = Func(F("tag_ids"), function="unnest", output_field=BigIntegerField(), set_returning=True)
    rows = Connection.objects.visible_to(request.user, request.firm.pk).order_by()
    tagged = rows.filter(tag_ids__overlap=list(tag_ids)).annotate(each_tag=each)
    return dict(
        tagged.values("each_tag").annotate(clients=Count("pk")).values_list("each_tag", "clients")
    )


@require_http_methods(["GET", "POST"])
def tag_add(request: FirmRequest) -> HttpResponse:
    require(request.user, MANAGE_TAGS, FirmTags(request.firm.pk))
    form = TagForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            tag = add_tag(request.firm.pk, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, f"The tag “{tag.name}” is added.")
            return redirect("clients:tag-list", request.firm.slug)
    context = {"form": form, "groups": groups(request), "heading": "Add tag"}
    return form_page(request, "clients/tag_form.html", form, context)


@require_http_methods(["GET", "POST"])
def tag_edit(request: FirmRequest, tag_id: int) -> HttpResponse:
    """Rename it, or put it in a group; a name that another tag has leads to merging the two."""
    tag = get_tag(request, tag_id)
    initial = {"name": tag.name, "group": tag.group}
    form = TagForm(request.POST if request.method == "POST" else None, initial=initial)
    same = None
    if form.is_valid():
        try:
            edit_tag(tag, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            same = same_name(tag, form.cleaned_data["name"])
            form.add_error("name", str(refusal))
        else:
            messages.success(request, "The tag is saved.")
            return redirect("clients:tag-list", request.firm.slug)
    context = {
        "tag": tag,
        "form": form,
        "same": same,
        "groups": groups(request),
        "heading": "Rename tag",
    }
    return form_page(request, "clients/tag_form.html", form, context)


def same_name(tag: Tag, name: str) -> Tag | None:
    others = Tag.objects.filter(firm_id=tag.firm_id).exclude(pk=tag.pk)
    return others.filter(name_key=fold(name)).first()


@require_http_methods(["GET", "POST"])
def tag_merge(request: FirmRequest, tag_id: int) -> HttpResponse:
    tag = get_tag(request, tag_id)
    data = request.POST if request.method == "POST" else None
    form = MergeForm(data, tag=tag, initial={"into": request.GET.get("into", "")[:80]})
    if form.is_valid():
        into = form.cleaned_data["into"]
        try:
            count = merge_tags(tag, into, by=request.user)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            said = f"“{tag.name}” is merged into “{into.name}” on {in_clients(count)}."
            messages.success(request, said)
            return redirect("clients:tag-list", request.firm.slug)
    others = Tag.objects.for_firm(request.firm).exclude(pk=tag.pk)
    known = others.values_list("name", flat=True)[:MOST_SUGGESTED]
    context = {"tag": tag, "form": form, "known": known, "clients": in_clients(carriers(tag))}
    return form_page(request, "clients/tag_merge.html", form, context)


@require_http_methods(["GET", "POST"])
def tag_delete(request: FirmRequest, tag_id: int) -> HttpResponse:
    tag = get_tag(request, tag_id)
    if request.method == "POST":
        try:
            count = delete_tag(tag, by=request.user)
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"“{tag.name}” is deleted: {in_clients(count)} had it.")
        return redirect("clients:tag-list", request.firm.slug)
    context = {"tag": tag, "clients": in_clients(carriers(tag))}
    return render_page(request, "clients/tag_delete.html", context)


@require_http_methods(["GET", "POST"])
def tag_starter(request: FirmRequest) -> HttpResponse:
    """Ready-made words for service type, industry, engagement level and status."""
    require(request.user, MANAGE_TAGS, FirmTags(request.firm.pk))
    form = StarterSetForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        group = form.cleaned_data["group"]
        try:
            count = add_starter_set(request.firm.pk, group, by=request.user)
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            new = f"{count} new tag{'' if count == 1 else 's'}" if count else "nothing was missing"
            messages.success(request, f"Starter set “{group}”: {new}.")
        return redirect("clients:tag-list", request.firm.slug)
    return form_page(request, "clients/tag_starter.html", form, {"form": form})


def get_tag(request: FirmRequest, tag_id: int) -> Tag:
    """404 for a tag of another firm before 403 for who may not change the list."""
    tag: Tag | None = Tag.objects.for_firm(request.firm).filter(pk=tag_id).first()
    if tag is None:
        raise Http404("No such tag.")
    require(request.user, MANAGE_TAGS, FirmTags(request.firm.pk))
    return tag


def carriers(tag: Tag) -> int:
    """All of the firm's: that is whom the change reaches."""
    return Connection.objects.filter(firm_id=tag.firm_id, tag_ids__contains=[tag.pk]).count()


def in_clients(count: int) -> str:
    return f"{count:,} client{'' if count == 1 else 's'}"


def groups(request: FirmRequest) -> list[str]:
    used = Tag.objects.for_firm(request.firm).exclude(group="").order_by("group")
    return list(dict.fromkeys([*STARTER_SETS, *used.values_list("group", flat=True).distinct()]))


def form_page(
    request: FirmRequest, template: str, form: Any, context: dict[str, Any]
) -> HttpResponse:
    return render_page(request, template, context, status=422 if form.is_bound else 200)
