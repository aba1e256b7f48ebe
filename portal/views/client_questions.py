"""Questions of one client in the practice: the list, its export, and asking (F-157a, F-173b)."""

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_http_methods

from clients.http import get_connection
from clients.models import Connection
from clients.permissions import MANAGE_QUESTIONS
from clients.views.client_detail import walk_of, workspace
from portal.actions.questions import ask_questions
from portal.forms.questions import AskForm, AskManyForm, AskOneForm, QuestionFilterForm
from portal.models import Question, QuestionSettings
from practice.auth import explain
from practice.errors import Refused
from practice.http import FirmRequest, render_page, require, stream
from practice.paging import Order, paginate, with_params
from practice.spreadsheets import CSV_TYPE, csv_rows

HEADER = (
    "Question", "From", "Asked by", "Asked (UTC)", "State", "Since (UTC)", "Assigned to",
    "Answer by", "Overdue", "Transaction date", "Amount", "Currency", "Description",
)  # fmt: skip
PEOPLE = ("asked_by", "contact", "assignee")
NEWEST_FIRST = Order(("id",), is_descending=True)


@require_GET
def client_questions(request: FirmRequest, connection_id: int) -> HttpResponse:
    connection = get_connection(request, connection_id)
    settings = QuestionSettings.of(connection)
    form = QuestionFilterForm(request.GET, connection=connection)
    context = {
        **workspace(request, connection, "questions"),
        "form": form,
        "page": paginate(form.narrow(questions_of(connection)), NEWEST_FIRST, request.GET),
        "kept": QueryDict(walk_of(request).removeprefix("?")).lists(),
        "export_query": with_params(request.GET),
        "settings": settings,
        "to_assign": questions_of(connection).unassigned().count()
        if settings.are_assignable
        else 0,
        "ask": explain(request.user, MANAGE_QUESTIONS, connection),
    }
    return render_page(request, "portal/client_questions.html", context)


def questions_of(connection: Connection) -> Any:
    return Question.objects.filter(connection=connection).select_related(*PEOPLE)


@require_GET
def client_questions_export(request: FirmRequest, connection_id: int) -> HttpResponseBase:
    connection = get_connection(request, connection_id)
    form = QuestionFilterForm(request.GET, connection=connection)
    rows = form.narrow(questions_of(connection))

    def lines() -> Iterable[str]:
        return csv_rows(HEADER, map(cells, rows.iterator(chunk_size=500)))

    name = f"questions-{connection.pk}.csv"
    return stream(request, lines, content_type=CSV_TYPE, filename=name)


def cells(question: Question) -> Iterator[object]:
    yield question.text
    yield "Client" if question.is_from_client else "Firm"
    yield question.author
    yield question.created_at
    yield question.get_state_display()
    yield question.moved_at
    yield question.assignee_name
    yield question.due_on
    yield question.is_overdue
    yield question.paid_on
    yield question.amount
    yield question.currency
    yield question.description


@require_http_methods(["GET", "POST"])
def client_question_ask(request: FirmRequest, connection_id: int) -> HttpResponse:
    """One question, maybe about a transaction."""
    connection = get_connection(request, connection_id)
    currency = connection.branch.currency
    return asking(request, connection, AskOneForm, "Ask a question", currency=currency)


@require_http_methods(["GET", "POST"])
def client_questions_ask(request: FirmRequest, connection_id: int) -> HttpResponse:
    """Several at once, one a line."""
    connection = get_connection(request, connection_id)
    return asking(request, connection, AskManyForm, "Ask several questions")


def asking(
    request: FirmRequest, connection: Connection, kind: Any, heading: str, **options: Any
) -> HttpResponse:
    require(request.user, MANAGE_QUESTIONS, connection)
    form: AskForm = kind(
        request.POST if request.method == "POST" else None,
        connection=connection,
        is_assignable=QuestionSettings.of(connection).are_assignable,
        initial={"key": uuid4()},
        **options,
    )
    if form.is_valid():
        try:
            asked = ask_questions(connection, form.texts, by=request.user, **form.facts)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            says = "The question is asked." if len(asked) == 1 else f"{len(asked)} questions asked."
            messages.success(request, says)
            return redirect("portal:client-questions", request.firm.slug, connection.pk)
    context = {"connection": connection, "form": form, "heading": heading}
    status = 422 if form.is_bound else 200
    return render_page(request, "portal/question_ask.html", context, status=status)
