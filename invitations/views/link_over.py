"""What is said of a public link that is off, was rotated, or never was: always the same."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

LINK_OVER = "This link is no longer valid."


def link_over(request: HttpRequest) -> HttpResponse:
    return render(request, "invitations/link_over.html", {"says": LINK_OVER}, status=410)
