"""One question in the practice: what was said, replying, assigning, resolving (F-173b, F-174)."""

from collections.abc import Callable
from uuid import uuid4

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from clients.http import get_connection
from clients.models import Connection
from clients.permissions import MANAGE_QUESTIONS
from portal.actions.questions import (
    assign_question,
    reopen_question,
    resolve_question,
    respond_to_question,
)
from portal.forms.questions import AnswerForm, AssignForm
from portal.models import Question, QuestionSettings
from portal.models.questions import replies_of
from portal.views.client_questions import questions_of
from practice.auth import explain
from practice.errors import Refused
from practice.http import FirmRequest, render_page, require


@require_http_methods(["GET", "POST"])
def client_question(request: FirmRequest, connection_id: int, question_id: int) -> HttpResponse:
    connection = get_connection(request, connection_id)
    question = get_question(connection, question_id)
    form = AnswerForm(initial={"key": uuid4()})
    if request.method == "POST":
        require(request.user, MANAGE_QUESTIONS, connection)
        form = AnswerForm(request.POST)
        if form.is_valid():
            try:
                respond_to_question(question, by=request.user, **form.cleaned_data)
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, "Your reply stands below, for the client to read.")
                return back(request, question)
    return show(request, question, form)


def show(
    request: FirmRequest, question: Question, form: AnswerForm, assigning: AssignForm | None = None
) -> HttpResponse:
    connection = question.connection
    if assigning is None and QuestionSettings.of(connection).are_assignable:
        first = {"assignee": question.assignee_id}
        assigning = AssignForm(connection=connection, initial=first)
    context = {
        "connection": connection,
        "question": question,
        "replies": replies_of(question),
        "form": form,
        "assigning": assigning,
        "write": explain(request.user, MANAGE_QUESTIONS, connection),
    }
    is_bound = form.is_bound or bool(assigning and assigning.is_bound)
    status = 422 if is_bound else 200
    return render_page(request, "portal/client_question.html", context, status=status)


@require_POST
def client_question_assign(
    request: FirmRequest, connection_id: int, question_id: int
) -> HttpResponse:
    connection = get_connection(request, connection_id)
    question = get_question(connection, question_id)
    require(request.user, MANAGE_QUESTIONS, connection)
    form = AssignForm(request.POST, connection=connection)
    if not form.is_valid():
        return show(request, question, AnswerForm(initial={"key": uuid4()}), form)
    whom = form.cleaned_data["assignee"]
    try:
        assign_question(question, whom, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"The question is assigned to {whom or 'nobody'}.")
    return back(request, question)


@require_POST
def client_question_resolve(
    request: FirmRequest, connection_id: int, question_id: int
) -> HttpResponse:
    return changed(request, connection_id, question_id, resolve_question, "resolved")


@require_POST
def client_question_reopen(
    request: FirmRequest, connection_id: int, question_id: int
) -> HttpResponse:
    return changed(request, connection_id, question_id, reopen_question, "open again")


def changed(
    request: FirmRequest,
    connection_id: int,
    question_id: int,
    act: Callable[..., Question],
    says: str,
) -> HttpResponse:
    """Each is the way back from the other."""
    connection = get_connection(request, connection_id)
    question = get_question(connection, question_id)
    require(request.user, MANAGE_QUESTIONS, connection)
    try:
        act(question, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"The question is {says}.")
    return back(request, question)


def get_question(connection: Connection, question_id: int) -> Question:
    found: Question | None = questions_of(connection).filter(pk=question_id).first()
    if found is None:
        raise Http404("No such question.")
    found.connection = connection
    return found


def back(request: FirmRequest, question: Question) -> HttpResponse:
    return redirect(
        "portal:client-question", request.firm.slug, question.connection_id, question.pk
    )
