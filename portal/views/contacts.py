"""Portal Settings > Contacts: the people of one client (F-148…F-152a)."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clients.contact_rules import OPEN_CLIENT
from clients.http import get_connection
from clients.models import Connection, ContactAccess
from clients.permissions import MANAGE_CONTACTS, PREVIEW_PORTAL
from portal.actions.contacts import (
    SHARED,
    AddressKnown,
    add_contact,
    block_contact,
    edit_contact,
    lacking,
)
from portal.forms.contacts import ContactForm
from portal.models.entering import MARK
from portal.settings_tabs import client_tabs
from practice.auth import explain
from practice.errors import Refused
from practice.http import FirmRequest, render_page, require, stream
from practice.paging import numbered
from practice.spreadsheets import CSV_TYPE, csv_rows

HEADER = (
    "Contact", "Email", "Phone", "Primary contact", "Billing contact", "Contact permissions",
    "Client access level", "Portal", "Status", "Last seen (UTC)",
)  # fmt: skip


@require_safe
def portal_contacts(request: FirmRequest, connection_id: int) -> HttpResponse:
    """Everybody who sees the client reads it; what one may not do says why."""
    connection = get_connection(request, connection_id)
    page = numbered(people_of(connection), request.GET)
    context = {
        **frame(request, connection, "contacts"),
        "page": page,
        "lines": [Line(access, request.firm.slug) for access in with_client(page.rows, connection)],
        "manage": explain(request.user, MANAGE_CONTACTS, connection),
        "preview": explain(request.user, PREVIEW_PORTAL, connection),
        "may_see_all": request.standing.holds_anywhere(MANAGE_CONTACTS),
    }
    return render_page(request, "portal/portal_contacts.html", context)


@require_safe
def portal_contacts_export(request: FirmRequest, connection_id: int) -> StreamingHttpResponse:
    connection = get_connection(request, connection_id)
    people = with_client(people_of(connection), connection)
    rows = [list(cells(access)) for access in people]
    return stream(
        request, lambda: csv_rows(HEADER, rows), content_type=CSV_TYPE, filename="contacts.csv"
    )


class Line:
    """A contact with both layers: their permissions, and what the client access level leaves."""

    def __init__(self, access: ContactAccess, firm_slug: str) -> None:
        self.access = access
        self.closed = opening(access)
        self.preview_url = reverse("portal:home", args=[f"{firm_slug}{MARK}{access.pk}"])


def cells(access: ContactAccess) -> Iterable[object]:
    yield from (access.contact.name, access.contact.email, access.contact.phone)
    yield from (access.is_primary, access.is_billing)
    yield ", ".join(access.permission_names)
    yield access.connection.get_access_level_display()
    yield opening(access) or "open"
    yield from (access.status.label, access.last_seen_at)


def frame(request: FirmRequest, connection: Connection, tab: str) -> dict[str, Any]:
    """What every tab of Portal Settings shows."""
    tabs = client_tabs(request.firm.slug, connection.pk)
    return {"connection": connection, "tabs": tabs, "tab": tab}


def people_of(connection: Connection) -> Any:
    rows = ContactAccess.objects.filter(connection=connection).select_related("contact__user")
    return rows.order_by("-is_primary", "contact__name", "pk")


def with_client(rows: Iterable[ContactAccess], connection: Connection) -> Sequence[ContactAccess]:
    found = list(rows)
    for access in found:
        access.connection = connection
    return found


def opening(access: ContactAccess) -> str:
    """Why the portal of this client is closed to the contact; "" where it is open (C10)."""
    verdict = access.explain(OPEN_CLIENT)
    return "" if verdict.allowed else verdict.decisive.about(access.contact.name)


@require_http_methods(["GET", "HEAD", "POST"])
def portal_contact_add(request: FirmRequest, connection_id: int) -> HttpResponse:
    connection = get_connection(request, connection_id)
    require(request.user, MANAGE_CONTACTS, connection)
    form = ContactForm(request.POST if request.method == "POST" else None)
    is_known = False
    if form.is_valid():
        try:
            access = add_contact(connection, by=request.user, **form.answers)
        except Refused as refusal:
            is_known = isinstance(refusal, AddressKnown)
            form.add_error("email" if is_known else None, str(refusal))
        else:
            says = f"{access.contact} is a contact of {connection.name}. No mail was sent."
            messages.success(request, says)
            return to_contacts(request, connection_id)
    return form_page(request, connection, form, is_known=is_known)


@require_http_methods(["GET", "HEAD", "POST"])
def portal_contact(request: FirmRequest, connection_id: int, access_id: int) -> HttpResponse:
    access = get_contact_access(request, connection_id, access_id)
    data = request.POST if request.method == "POST" else None
    form = ContactForm(data, initial=ContactForm.initial_for(access))
    form.fields["email"].required = bool(access.contact.email)
    if lacking(clients_beside(access), request.user):
        form.keep_person(SHARED)
    is_known = False
    if form.is_valid():
        try:
            edit_contact(access, by=request.user, **form.answers)
        except Refused as refusal:
            is_known = isinstance(refusal, AddressKnown)
            form.add_error("email" if is_known else None, str(refusal))
        else:
            messages.success(request, "Changes saved. They count from the contact’s next click.")
            return to_contacts(request, connection_id)
    return form_page(request, access.connection, form, access=access, is_known=is_known)


def form_page(
    request: FirmRequest,
    connection: Connection,
    form: ContactForm,
    *,
    access: ContactAccess | None = None,
    is_known: bool = False,
) -> HttpResponse:
    may_see_all = request.standing.holds_anywhere(MANAGE_CONTACTS)
    context = {
        "connection": connection,
        "access": access,
        "form": form,
        "known": form["email"].value() if is_known and may_see_all else "",
    }
    status = 422 if form.is_bound else 200
    return render_page(request, "portal/portal_contact.html", context, status=status)


@require_POST
def portal_contact_block(request: FirmRequest, connection_id: int, access_id: int) -> HttpResponse:
    return set_blocked(request, connection_id, access_id, is_blocked=True)


@require_POST
def portal_contact_unblock(
    request: FirmRequest, connection_id: int, access_id: int
) -> HttpResponse:
    return set_blocked(request, connection_id, access_id, is_blocked=False)


def set_blocked(
    request: FirmRequest, connection_id: int, access_id: int, *, is_blocked: bool
) -> HttpResponse:
    access = get_contact_access(request, connection_id, access_id)
    did = "blocked, from their next click" if is_blocked else "no longer blocked"
    try:
        block_contact(access, by=request.user, is_blocked=is_blocked)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{access.contact} is {did} at {access.connection.name}.")
    return to_contacts(request, connection_id)


def get_contact_access(request: FirmRequest, connection_id: int, access_id: int) -> ContactAccess:
    """One of the client's contacts, for those who manage them; 404 for a foreign one, then 403."""
    connection = get_connection(request, connection_id)
    access = people_of(connection).filter(pk=access_id).first()
    if access is None:
        raise Http404("No such contact.")
    require(request.user, MANAGE_CONTACTS, connection)
    access.connection = connection
    found: ContactAccess = access
    return found


def clients_beside(access: ContactAccess) -> list[Connection]:
    """The other clients of the person."""
    rows = ContactAccess.objects.filter(contact=access.contact).exclude(pk=access.pk)
    found = Connection.objects.filter(pk__in=rows.values("connection_id"))
    return list(found.select_related("branch").order_by("name_sort", "pk"))


def to_contacts(request: FirmRequest, connection_id: int) -> HttpResponse:
    return redirect("portal:portal-contacts", request.firm.slug, connection_id)
