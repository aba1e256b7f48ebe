"""Client Invitations: what waits for an answer."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from practice.http import FirmRequest


@require_safe
def invitation_list(request: FirmRequest) -> HttpResponse:
    return render(request, "invitations/invitation_list.html")
