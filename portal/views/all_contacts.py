"""Practice Settings > Client Portal > All Contacts (F-153…F-153b)."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.db.models import Exists, OuterRef, Prefetch, Q
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from clients.http import visible
from clients.models import Connection, Contact, ContactAccess, ContactStatus
from clients.permissions import MANAGE_CONTACTS
from clients.views.client_suggest import suggestions
from portal.actions.contact_clients import set_clients
from portal.forms.contacts import ClientsForm
from portal.settings_tabs import firm_tabs
from practice.errors import Refused
from practice.http import FirmRequest, render_page, require_anywhere, stream
from practice.paging import Order, paginate, with_params
from practice.permissions import MANAGE_ORGANISATION
from practice.spreadsheets import CSV_TYPE, csv_rows
from practice.text import fold
from practice.views.settings import settings_tabs

HEADER = ("Contact", "Email", "Phone", "Client(s)", "Status", "Last seen (UTC)")
BY_NAME = Order(("name", "id"))
LONGEST_NEEDLE = 80
CLIENTS_SHOWN = 3


@require_safe
def all_contacts(request: FirmRequest) -> HttpResponse:
    """All contacts of the firm; a branch's admins see those of its clients."""
    require_anywhere(request, MANAGE_CONTACTS)
    page = paginate(asked_for(request), BY_NAME, request.GET)
    context = {
        **frame(request),
        "page": page,
        "lines": [Line(contact) for contact in page.rows],
        "needle": needle_of(request, "q"),
        "export_query": with_params(request.GET),
    }
    return render_page(request, "portal/all_contacts.html", context, fragment="contact-table")


@require_safe
def all_contacts_export(request: FirmRequest) -> StreamingHttpResponse:
    require_anywhere(request, MANAGE_CONTACTS)
    contacts = asked_for(request).order_by(*BY_NAME.columns())

    def lines() -> Iterable[str]:
        return csv_rows(HEADER, (Line(row).cells for row in contacts.iterator(chunk_size=500)))

    return stream(request, lines, content_type=CSV_TYPE, filename="all-contacts.csv")


@require_safe
def all_contacts_add(request: FirmRequest) -> HttpResponse:
    """A contact belongs to a client: which one comes first."""
    require_anywhere(request, MANAGE_CONTACTS)
    needle = needle_of(request, "find")
    rows = suggestions(request, needle) if needle else []
    context = {**frame(request), "find": needle, "rows": rows}
    return render_page(request, "portal/all_contacts_add.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def contact_clients(request: FirmRequest, contact_id: int) -> HttpResponse:
    """The "Client(s)" cell: tick what the contact shall see; `?find` looks for further clients."""
    contact = get_contact(request, contact_id)
    form = ClientsForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            set_clients(contact, by=request.user, **form.answers)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"The clients of {contact} are saved, from the next click.")
            return redirect("portal:all-contacts", request.firm.slug)
    needle = needle_of(request, "find")
    had = [access.connection for access in contact.places]
    context = {
        **frame(request),
        "contact": contact,
        "form": form,
        "had": had,
        "options": list(options(request, form, had, needle)),
        "unseen": ContactAccess.objects.filter(contact=contact).count() - len(had),
        "find": needle,
    }
    status = 422 if form.is_bound else 200
    return render_page(request, "portal/contact_clients.html", context, status=status)


def options(
    request: FirmRequest, form: ClientsForm, had: list[Connection], needle: str
) -> Iterable[tuple[Connection, bool]]:
    """Their clients, what was ticked beside them, and what was found; each with its tick."""
    ticks = {row.pk for row in had}
    if form.is_bound:
        ticks = {int(pk) for pk in form.data.getlist("clients") if pk.isascii() and pk.isdigit()}  # type: ignore[attr-defined]
    known = {row.pk for row in had}
    asked = visible(request).filter(pk__in=ticks - known).select_related("branch")
    found = suggestions(request, needle) if needle else []
    for row in {row.pk: row for row in (*had, *asked, *found)}.values():
        yield row, row.pk in ticks


def frame(request: FirmRequest) -> dict[str, Any]:
    """The tabs of Practice Settings, for those who may turn its gear, and of Client Portal."""
    outer = settings_tabs(request) if request.standing.holds(MANAGE_ORGANISATION) else []
    return {"tabs": outer, "inner_tabs": firm_tabs(request.firm.slug)}


def asked_for(request: FirmRequest) -> Any:
    rows, needle = listed(request), needle_of(request, "q")
    if not needle:
        return rows
    return rows.filter(Q(name__icontains=needle) | Q(email_key__contains=fold(needle)))


def listed(request: FirmRequest) -> Any:
    """With those of their clients that the person sees, as `places`."""
    seen = visible(request).order_by()
    rows = Contact.objects.for_firm(request.firm).filter(deleted_at=None)
    if not request.standing.holds(MANAGE_CONTACTS):
        mine = seen.filter(branch_id__in=request.standing.branches_with(MANAGE_CONTACTS) or ())
        of_mine = ContactAccess.objects.filter(contact=OuterRef("pk"), connection__in=mine)
        rows = rows.filter(Exists(of_mine))
    places = ContactAccess.objects.filter(connection__in=seen).select_related("connection__branch")
    places = places.order_by("connection__name_sort", "pk")
    return rows.prefetch_related(Prefetch("accesses", queryset=places, to_attr="places"))


def get_contact(request: FirmRequest, contact_id: int) -> Any:
    require_anywhere(request, MANAGE_CONTACTS)
    contact = listed(request).filter(pk=contact_id).first()
    if contact is None:
        raise Http404("No such contact.")
    return contact


def needle_of(request: FirmRequest, name: str) -> str:
    return request.GET.get(name, "").replace("\0", "").strip()[:LONGEST_NEEDLE]


class Line:
    """One contact as the list and its file show them."""

    def __init__(self, contact: Any) -> None:
        self.contact = contact
        self.names = [access.connection.name for access in contact.places]

    @property
    def shown(self) -> str:
        more = len(self.names) - CLIENTS_SHOWN
        return ", ".join(self.names[:CLIENTS_SHOWN]) + (f" and {more} more" if more > 0 else "")

    @property
    def last_seen_at(self) -> Any:
        seen = [access.last_seen_at for access in self.contact.places if access.last_seen_at]
        return max(seen, default=None)

    @property
    def status(self) -> ContactStatus:
        """Blocked where each of their clients is; else how far they have come at any."""
        places = self.contact.places
        if places and all(access.blocked_at for access in places):
            return ContactStatus.BLOCKED
        if self.last_seen_at:
            return ContactStatus.ACTIVE
        is_invited = self.contact.invited_at is not None
        return ContactStatus.INVITED if is_invited else ContactStatus.NEVER_INVITED

    @property
    def cells(self) -> list[object]:
        contact = self.contact
        names = ", ".join(self.names)
        return [
            contact.name, contact.email, contact.phone, names, self.status.label, self.last_seen_at
        ]  # fmt: skip
