"""People of a business, in the portal: who they are, and inviting a colleague (F-158)."""

from allauth.core.ratelimit import consume_or_429
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from clients.contact_rules import INVITE_COLLEAGUES, VIEW_PEOPLE
from clients.models import ContactAccess
from portal.actions.colleagues import SWITCHED_OFF, invite_colleague
from portal.forms.contacts import ColleagueForm
from portal.http import PortalRequest, get_access, require_contact
from portal.models.settings import portal_settings
from practice import tenancy
from practice.errors import Refused
from practice.http import render_page
from practice.paging import numbered


@require_safe
def people(request: PortalRequest, connection_id: int) -> HttpResponse:
    access = get_access(request, connection_id)
    require_contact(access, VIEW_PEOPLE)
    rows = ContactAccess.objects.filter(connection_id=connection_id).select_related("contact")
    context = {
        "page": numbered(rows.order_by("contact__name", "pk"), request.GET),
        "why_not": why_not_invite(request, access),
    }
    return render_page(request, "portal/people.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def people_invite(request: PortalRequest, connection_id: int) -> HttpResponse:
    access = get_access(request, connection_id)
    require_contact(access, INVITE_COLLEAGUES)
    form = ColleagueForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        too_often: HttpResponse | None = consume_or_429(request, action="invite_colleague")
        if too_often:
            return too_often
    if form.is_valid():
        try:
            added = invite_colleague(access, by=request.user, **form.answers)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{added.contact} is invited. {request.portal.firm} is told.")
            return redirect("portal:people", request.portal.slug, connection_id)
    context = {"form": form, "why_not": why_not_invite(request, access)}
    status = 422 if form.is_bound else 200
    return render_page(request, "portal/people_invite.html", context, status=status)


def why_not_invite(request: PortalRequest, access: ContactAccess) -> str:
    """For the button; the action asks again."""
    verdict = access.explain(INVITE_COLLEAGUES)
    if not verdict.allowed:
        return verdict.reason
    firm = request.portal.firm
    with tenancy.in_firm(firm.pk, request.user.pk):
        is_on = portal_settings(firm).lets_contacts_invite
    return "" if is_on else SWITCHED_OFF.format(firm)
