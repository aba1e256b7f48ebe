"""Error pages in the design, with a way back (F-235c).

They carry no form and nothing about the request: a foreign id and an unknown one answer with the
same bytes.
"""

from django.http import HttpRequest, HttpResponse, HttpResponseServerError
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse

from practice.http import Forbidden
from practice.permissions import Permission

HELP_TOPIC = "managing-team-members"


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    return render(request, "400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """For `Forbidden`: which permission was asked for, and the rule that decided."""
    context: dict[str, object] = {"says": str(exception)}
    if isinstance(exception, Forbidden):
        label = Permission.label_of(exception.permission)
        context = {"verdict": exception.verdict, "label": label, **ways_on(request, exception)}
    return render(request, "403.html", context, status=403)


def ways_on(request: HttpRequest, refusal: Forbidden) -> dict[str, str]:
    """Where the refusal is explained further: a row's own page of reasons, or a help topic."""
    if not hasattr(request, "firm") or not hasattr(request, "member"):
        return {}
    slug = request.firm.slug
    if ask := getattr(refusal.row, "why_url", None):
        return {"why_url": ask(slug, request.member.pk, refusal.permission)}
    kwargs = {"firm_slug": slug, "topic": HELP_TOPIC}
    return {"help_url": reverse("practice:help-topic", kwargs=kwargs)}


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    return render(request, "404.html", status=404)


def server_error(_request: HttpRequest) -> HttpResponse:
    """Without the request: its transaction may be broken, and the page must not ask it."""
    return HttpResponseServerError(render_to_string("500.html"))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001
    return render(request, "403_csrf.html", status=403)
