"""Why can't they see a question? The rules that decided, and "Assign to Tom" (F-243)."""

from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from clients.actions.remedies import Remedy, remedy_for_contact
from clients.contact_rules import VIEW_OWN_QUESTIONS
from clients.http import get_connection
from clients.models import ContactAccess
from clients.permissions import MANAGE_QUESTIONS
from clients.views.why_answer import Answer, helpers_of, what_lacks
from clients.views.why_question import contacts, find_contact, read_id
from portal.models import Question, QuestionSettings
from portal.models.questions import SWITCH
from portal.views.client_question import get_question
from practice.auth import explain
from practice.http import FirmRequest, render_page
from practice.permissions import Verdict

ASSIGN = (
    "The question would have to be assigned to {you}, or Assignable Questions switched off."
    " A Client admin sees it without."
)


@require_GET
def client_question_why(request: FirmRequest, connection_id: int, question_id: int) -> HttpResponse:
    """Of the contact that `contact` names; without one, the client's contacts to choose from."""
    connection = get_connection(request, connection_id)
    question = get_question(connection, question_id)
    context: dict[str, Any] = {"connection": connection, "question": question}
    if contact_id := read_id(request.GET, "contact"):
        access = find_contact(connection, contact_id)
        verdict = question.explain(access, QuestionSettings.of(connection))
        context |= {
            "access": access,
            "answer": answer_about(request, question, access, verdict),
            "is_for_assigning": not verdict.allowed and verdict.decisive.name == SWITCH,
            "write": explain(request.user, MANAGE_QUESTIONS, connection),
        }
    else:
        context["contacts"] = contacts(connection)
    return render_page(request, "portal/question_why.html", context)


def answer_about(
    request: FirmRequest, question: Question, access: ContactAccess, verdict: Verdict
) -> Answer:
    remedy = None if verdict.allowed else remedy_of(verdict)
    return Answer(
        name=str(access.contact),
        is_self=False,
        deed="see this question",
        verdict=verdict,
        remedy=remedy,
        lacks=what_lacks(request, remedy, question.connection),
        helpers=helpers_of(remedy, question.connection),
    )


def remedy_of(verdict: Verdict) -> Remedy:
    if verdict.decisive.name == SWITCH:
        return Remedy(ASSIGN, permission=MANAGE_QUESTIONS)
    return remedy_for_contact(VIEW_OWN_QUESTIONS, verdict)
