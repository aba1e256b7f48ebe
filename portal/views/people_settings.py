"""Practice Settings > Client Portal > People: whether clients invite colleagues (F-158)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from portal.actions.colleagues import let_contacts_invite
from portal.forms.contacts import InvitingForm
from portal.models.settings import portal_settings
from portal.views.all_contacts import frame
from practice.http import FirmRequest, render_page, require
from practice.permissions import MANAGE_ORGANISATION


@require_http_methods(["GET", "HEAD", "POST"])
def people_settings(request: FirmRequest) -> HttpResponse:
    require(request.user, MANAGE_ORGANISATION, request.firm)
    initial = {"lets_contacts_invite": portal_settings(request.firm).lets_contacts_invite}
    form = InvitingForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        let_contacts_invite(request.firm, by=request.user, **form.cleaned_data)
        messages.success(request, "Changes saved.")
        return redirect("portal:people-settings", request.firm.slug)
    context = {**frame(request), "form": form}
    return render_page(request, "portal/people_settings.html", context)
