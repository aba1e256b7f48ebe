"""Edit Client (F-047…F-049a, F-237)."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from clients import permissions as p
from clients.actions.connections import edit_connection
from clients.filters import tags_of_firm
from clients.forms.connections import ClientEditForm
from clients.http import get_connection
from clients.models import ClientAccount, Connection, Tag
from clients.views.client_detail import client_url
from practice.auth import explain
from practice.errors import Conflict
from practice.http import FirmRequest, render_page, require
from practice.text import fold

TAGS_NAMED = 10
FIXED = (
    "The billing model of a connection cannot change. “Switch Billing Model” under More Actions"
    " shows the way: the relationship ends, and a new one begins under the other model."
)


@require_http_methods(["GET", "POST"])
def client_edit(request: FirmRequest, connection_id: int) -> HttpResponse:
    connection = get_connection(request, connection_id)
    require(request.user, p.UPDATE_CLIENTS, connection)
    tags = list(tags_of_firm(connection.firm_id, connection.tag_ids).values())
    initial = ClientEditForm.initial_for(connection, tags)
    form = ClientEditForm(request.POST or None, initial=initial)
    narrow(form, request, connection)
    form.name_tags(list(Tag.objects.for_firm(request.firm)[:TAGS_NAMED]))
    theirs: dict[str, Any] = {}
    is_forged = forges_model(request, connection)
    if is_forged:
        form.add_error(None, FIXED)
    elif form.is_valid():
        try:
            edit_connection(connection, by=request.user, **form.cleaned_data)
        except Conflict as conflict:
            theirs = difference(form, conflict)
            form = with_version(form, request, connection)
            form.add_error(None, str(conflict))
        else:
            messages.success(request, "Changes saved.")
            return redirect(client_url(request, connection.pk))
    context = {
        "connection": connection,
        "account": ClientAccount.objects.filter(pk=connection.account_id).first(),
        "form": form,
        "theirs": theirs,
    }
    status = (409 if theirs or is_forged else 422) if form.is_bound and form.errors else 200
    return render_page(request, "clients/client_edit.html", context, status=status)


def forges_model(request: FirmRequest, connection: Connection) -> bool:
    """No form offers another billing model, so whoever sends one made it up (F-082, C2)."""
    asked = request.POST.get("billing_model", connection.billing_model)
    return bool(asked != connection.billing_model)


def narrow(form: ClientEditForm, request: FirmRequest, connection: Connection) -> None:
    """Limited Access edits basics: the address stays; notes one may not read are absent."""
    if not explain(request.user, p.VIEW_CLIENT_NOTES, connection).allowed:
        form.hide_notes()
    for field, permission in (
        ("contact_email", p.EDIT_CONTACT_EMAIL),
        ("internal_notes", p.UPDATE_CLIENT_NOTES),
    ):
        verdict = explain(request.user, permission, connection)
        if field in form.fields and not verdict.allowed:
            form.fields[field].disabled = True
            form.fields[field].help_text = verdict.reason


def difference(form: ClientEditForm, conflict: Conflict) -> dict[str, tuple[Any, Any]]:
    """Field label → (theirs, yours), where the two differ."""
    theirs = dict(conflict.theirs)
    tag_ids = theirs.pop("tag_ids")
    names = Tag.objects.filter(pk__in=tag_ids).values_list("name", flat=True)  # type: ignore[misc]
    pairs = {
        str(form.fields[name].label or name.replace("_", " ").capitalize()): (
            value,
            form.cleaned_data[name],
        )
        for name, value in theirs.items()
    }
    pairs["Tags"] = (", ".join(names), ", ".join(sorted(form.cleaned_data["tag_names"], key=fold)))
    return {label: pair for label, pair in pairs.items() if pair[0] != pair[1]}


def with_version(
    form: ClientEditForm, request: FirmRequest, connection: Connection
) -> ClientEditForm:
    """The same answers against the present version: saving again is a decision, not an accident."""
    connection.refresh_from_db(fields=["version"])
    data = request.POST.copy()
    data["version"] = str(connection.version)
    again = ClientEditForm(data, initial=form.initial)
    narrow(again, request, connection)
    again.is_valid()
    return again
