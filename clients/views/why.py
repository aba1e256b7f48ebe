"""Why can't they see it? The rules that decided, and what would decide otherwise (F-243, N5)."""

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from clients import permissions as p
from clients.actions.assignments import assign_people
from clients.forms.why import AssignForm
from clients.models import Connection
from clients.roles import ClientRole
from clients.views.client_suggest import suggestions
from clients.views.why_answer import Answer, answer_to
from clients.views.why_question import Question, contacts, people
from practice.errors import Refused
from practice.http import FirmRequest, render_page, require
from practice.models import TeamMember
from practice.text import tidy

MOST_PEOPLE = 10
ASSIGNED = "Assigned to work for the client."


@require_http_methods(["GET", "POST"])
def why(request: FirmRequest) -> HttpResponse:
    """GET answers; POST assigns the person, where that is what is missing."""
    question = Question.of(request, request.POST if request.method == "POST" else request.GET)
    answer = answer_to(request, question)
    if request.method == "POST":
        return assign(request, question, answer)
    return show(request, question, answer)


def assign(request: FirmRequest, question: Question, answer: Answer | None) -> HttpResponse:
    person, connection = question.person, question.connection
    if answer is None or person is None or connection is None:
        raise Http404("No such client.")
    require(request.user, p.GRANT_ACCESS, connection)
    form = AssignForm(request.POST, roles=answer.roles)
    if not form.is_valid():
        return show(request, question, answer, form, status=422)
    reason = form.cleaned_data["reason"] or ASSIGNED
    roles = {person.user_id: ClientRole(form.cleaned_data["role"])}
    try:
        assign_people([connection.pk], roles, by=request.user, reason=reason)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{person} is assigned to {connection.name}.")
    return redirect(question.url())


def show(
    request: FirmRequest,
    question: Question,
    answer: Answer | None,
    form: AssignForm | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {"question": question, "answer": answer}
    if answer:
        context["form"] = form or AssignForm(None, roles=answer.roles)
    if not (question.person or question.contact):
        context |= offered_people(request, question)
    if question.connection is None:
        context["clients"] = [(row, question.url(client=row.pk)) for row in found_clients(request)]
    return render_page(request, "clients/why.html", context, fragment="why", status=status)


def offered_people(request: FirmRequest, question: Question) -> dict[str, Any]:
    """The first few team members by name, or those that were searched; contacts of the client."""
    needle = tidy(request.GET.get("who", ""))
    staff = [(row, question.url(person=row.pk)) for row in found_people(request, needle)]
    theirs = contacts(question.connection) if question.connection and question.is_visible else None
    if theirs is not None and needle:
        theirs = theirs.filter(
            Q(contact__name__icontains=needle) | Q(contact__email__icontains=needle)
        )
    shown = theirs[:MOST_PEOPLE] if theirs is not None else ()
    named = [(row, question.url(contact=row.contact_id, permission=None)) for row in shown]
    return {"people": staff, "contacts": named}


def found_people(request: FirmRequest, needle: str) -> list[TeamMember]:
    found = people(request)
    if needle:
        named = Q(user__full_name__icontains=needle) | Q(user__email__icontains=needle)
        found = found.filter(named)
    return list(found.order_by("user__full_name", "pk")[:MOST_PEOPLE])


def found_clients(request: FirmRequest) -> list[Connection]:
    text = tidy(request.GET.get("find", ""))[:200]
    return suggestions(request, text) if text else []
