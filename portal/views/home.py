"""The portal's home: what waits for the person, of one business and of all (F-167, N9)."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from portal.http import PortalRequest, get_access
from portal.models.entering import contacts_of
from portal.todo import TodoItem, waiting
from portal.views.sign_in import ask_for_link
from practice import tenancy
from practice.models import User


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """To the firm that was asked for, the one that there is, or to a choice (F-164).

    Who is not signed in asks for a link, and the mail leads to the firm.
    """
    if not isinstance(request.user, User):
        return ask_for_link(request, None)
    with tenancy.as_system():
        contacts = list(contacts_of(request.user).order_by("firm__name", "pk"))
    wanted = request.GET.get("firm")
    chosen = [each for each in contacts if each.firm.slug == wanted] or contacts
    if len(chosen) == 1:
        return redirect("portal:home", chosen[0].firm.slug)
    return render(request, "portal/start.html", {"contacts": contacts})


@require_safe
def home(request: PortalRequest) -> HttpResponse:
    """All businesses; with one alone, its own page."""
    accesses = request.portal.accesses
    if len(accesses) == 1:
        return redirect("portal:business", request.portal.slug, accesses[0].connection_id)
    names = {access.connection_id: access.connection.name for access in accesses}
    items = waiting(request.portal.open_accesses)
    context = {"items": [Line(request, item, names[item.connection_id]) for item in items]}
    return render(request, "portal/home.html", context)


@require_safe
def business(request: PortalRequest, connection_id: int) -> HttpResponse:
    access = get_access(request, connection_id)
    context = {"items": [Line(request, item) for item in waiting([access])]}
    return render(request, "portal/home.html", context)


class Line:
    """An item as the page shows it, with its address."""

    def __init__(self, request: PortalRequest, item: TodoItem, business: str = "") -> None:
        self.item = item
        self.business = business
        self.url = request.portal.url(item.url_name, item.connection_id, *item.url_args)
