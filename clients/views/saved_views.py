"""Saved views of the client list (F-038). "Default" is the bare list: it has no row to change."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clients.views.client_list import list_url
from practice.http import FirmRequest, render_page
from practice.models import SavedView
from practice.paging import CURSORS
from practice.text import fold, tidy

NOT_KEPT = (*CURSORS, "count", "view", "csrfmiddlewaretoken")


class SavedViewForm(forms.Form):
    """A name for the filters in force."""

    name = forms.CharField(max_length=60)
    is_shared = forms.BooleanField(label="Share with everybody at the firm", required=False)
    query = forms.CharField(max_length=2000, required=False, widget=forms.HiddenInput)

    def clean_name(self) -> str:
        name = tidy(self.cleaned_data["name"])
        if fold(name) == "default":
            raise forms.ValidationError(
                "“Default” is the list without filters. Choose another name."
            )
        return name


def kept_query(text: str) -> str:
    query = QueryDict(text[:2000], mutable=True)
    for name in NOT_KEPT:
        query.pop(name, None)
    return query.urlencode()


@require_GET
def saved_views(request: FirmRequest) -> HttpResponse:
    views = SavedView.objects.for_firm(request.firm).visible_to_member(request.member.pk)
    context = {
        "views": [(view, list_url(request, f"{view.query}&view={view.pk}")) for view in views],
        "default_url": list_url(request),
        "form": SavedViewForm(initial={"query": kept_query(request.META.get("QUERY_STRING", ""))}),
    }
    return render_page(request, "clients/saved_views.html", context, fragment="views")


@require_http_methods(["GET", "POST"])
def saved_view_add(request: FirmRequest) -> HttpResponse:
    initial = {"query": kept_query(request.META.get("QUERY_STRING", ""))}
    form = SavedViewForm(request.POST or None, initial=initial)
    if form.is_valid():
        answers = form.cleaned_data
        view = SavedView(
            firm=request.firm,
            member=request.member,
            name=answers["name"],
            is_shared=answers["is_shared"],
            query=kept_query(answers["query"]),
        )
        try:
            with transaction.atomic():
                view.save()
        except IntegrityError:
            form.add_error("name", "You have a view of this name already. Choose another name.")
        else:
            messages.success(request, f"View “{view.name}” is saved.")
            return redirect(list_url(request, f"{view.query}&view={view.pk}"))
    status = 422 if form.is_bound else 200
    return render_page(request, "clients/saved_view_add.html", {"form": form}, status=status)


@require_POST
def saved_view_delete(request: FirmRequest, view_id: int) -> HttpResponse:
    views = SavedView.objects.for_firm(request.firm).visible_to_member(request.member.pk)
    view = views.filter(pk=view_id).first()
    if view is None:
        raise Http404("No such view.")
    if view.member_id != request.member.pk:
        raise PermissionDenied("Only the person who shared this view may delete it.")
    view.delete()
    messages.success(request, f"View “{view.name}” is deleted.")
    return redirect(list_url(request))
