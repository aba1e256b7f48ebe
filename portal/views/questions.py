"""Questions in the portal: what is asked, answering, handing on, and asking the firm
(F-167…F-174)."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clients.contact_rules import (
    ANSWER_OWN_QUESTIONS,
    REASSIGN_QUESTIONS,
    VIEW_ALL_QUESTIONS,
    VIEW_FILES,
    VIEW_OWN_QUESTIONS,
)
from clients.models import ContactAccess
from portal.actions.answers import answer_question, ask_firm, reassign_question
from portal.forms.questions import ContactAnswerForm, HandOnForm, QuestionForm
from portal.http import PortalRequest, get_access, require_contact
from portal.models import Question, QuestionSettings
from portal.models.questions import replies_of
from portal.roles import QuestionState
from portal.todo import TodoItem
from portal.uploads import receives_files
from practice.errors import Refused
from practice.http import render_page
from practice.paging import Order, paginate, with_params
from practice.spreadsheets import CSV_TYPE, csv_rows

NEWEST_FIRST = Order(("id",), is_descending=True)
PEOPLE = ("asked_by", "contact", "assignee")
HEADER = ("Question", "Asked by", "Asked (UTC)", "State", "Assigned to", "Answer by")
MOST_TO_DO = 200


def questions_to_answer(accesses: Sequence[ContactAccess]) -> list[TodoItem]:
    """What waits for the contact: a Client admin’s own alone, where questions are assigned."""
    by_client = {one.connection_id: one for one in accesses}
    rows = Question.objects.waiting().filter(connection_id__in=by_client).with_switch()
    found = []
    for question in rows.order_by("pk")[:MOST_TO_DO]:
        access = by_client[question.connection_id]
        settings = QuestionSettings(are_assignable=question.is_assignable)
        is_own = not question.is_assignable or question.assignee_id == access.contact_id
        if is_own and question.explain(access, settings, is_write=True).allowed:
            found.append(
                TodoItem(
                    connection_id=question.connection_id,
                    kind="Question",
                    icon="message-circle-question-mark",
                    title=shortened(question.text),
                    detail=question.description,
                    action="Answer",
                    url_name="question",
                    url_args=(question.pk,),
                    due_on=question.due_on,
                    since=question.moved_at,
                )
            )
    return found


def shortened(text: str) -> str:
    first = " ".join(text.split())
    return first if len(first) <= 120 else f"{first[:119]}…"


@require_safe
def questions(request: PortalRequest, connection_id: int) -> HttpResponse:
    """Of a Client admin those that are assigned to them first, and with "all" the others too
    (F-171)."""
    access, settings = come_in(request, connection_id)
    rows, chosen = narrowed(request, access, settings)
    context = {
        **chosen,
        "settings": settings,
        "page": paginate(rows, NEWEST_FIRST, request.GET),
        "may_ask": settings.takes_questions and access.explain(ANSWER_OWN_QUESTIONS).allowed,
        "export_query": with_params(request.GET),
    }
    return render_page(request, "portal/questions.html", context)


@require_safe
def questions_export(request: PortalRequest, connection_id: int) -> HttpResponse:
    access, settings = come_in(request, connection_id)
    rows, _ = narrowed(request, access, settings)
    lines = csv_rows(HEADER, map(cells, rows.iterator(chunk_size=500)))
    response = HttpResponse("".join(lines), content_type=CSV_TYPE)
    response["Content-Disposition"] = 'attachment; filename="questions.csv"'
    return response


def cells(question: Question) -> Iterator[object]:
    yield question.text
    yield question.author
    yield question.created_at
    yield question.get_state_display()
    yield question.assignee_name
    yield question.due_on


def come_in(request: PortalRequest, connection_id: int) -> tuple[ContactAccess, QuestionSettings]:
    access = get_access(request, connection_id)
    require_contact(access, VIEW_OWN_QUESTIONS)
    return access, QuestionSettings.of(access.connection)


def narrowed(
    request: PortalRequest, access: ContactAccess, settings: QuestionSettings
) -> tuple[Any, dict[str, Any]]:
    rows = Question.objects.visible_to(access, settings).select_related(*PEOPLE)
    has_toggle = settings.are_assignable and access.explain(VIEW_ALL_QUESTIONS).allowed
    is_all, is_done = request.GET.get("show") == "all", request.GET.get("state") == "done"
    if has_toggle and not is_all:
        rows = rows.for_contact(access.contact_id)
    rows = rows.filter(state=QuestionState.RESOLVED) if is_done else rows.open()
    return rows, {"has_toggle": has_toggle, "is_all": is_all, "is_done": is_done}


@receives_files
@require_http_methods(["GET", "HEAD", "POST"])
def question(request: PortalRequest, connection_id: int, question_id: int) -> HttpResponse:
    access, settings = come_in(request, connection_id)
    found = get_question(access, settings, question_id)
    form = ContactAnswerForm(initial={"key": uuid4()})
    if request.method == "POST":
        require_contact(access, ANSWER_OWN_QUESTIONS)
        form = ContactAnswerForm(request.POST, request.FILES)
        if form.is_valid():
            try:
                answer_question(found, access, by=request.user, **form.answers)
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, f"{request.portal.firm.name} has your answer.")
                return redirect(request.portal.url("question", connection_id, question_id))
    return show(request, access, settings, found, form)


def show(
    request: PortalRequest,
    access: ContactAccess,
    settings: QuestionSettings,
    found: Question,
    form: ContactAnswerForm,
    handing: HandOnForm | None = None,
) -> HttpResponse:
    may_hand_on = settings.are_assignable and access.explain(REASSIGN_QUESTIONS).allowed
    if may_hand_on and found.is_open and not found.is_from_client and handing is None:
        first = {"assignee": found.assignee_id}
        handing = HandOnForm(connection=access.connection, initial=first)
    context = {
        "question": found,
        "replies": replies_of(found),
        "file_url": "portal:file" if access.explain(VIEW_FILES).allowed else "",
        "form": form,
        "handing": handing,
        "settings": settings,
        "write": found.explain(access, settings, is_write=True),
    }
    status = 422 if form.is_bound or (handing and handing.is_bound) else 200
    return render_page(request, "portal/question.html", context, status=status)


@require_POST
def question_reassign(request: PortalRequest, connection_id: int, question_id: int) -> HttpResponse:
    """404 for whoever is no Client admin, and where questions are not assigned at all."""
    access, settings = come_in(request, connection_id)
    require_contact(access, REASSIGN_QUESTIONS)
    found = get_question(access, settings, question_id)
    if not settings.are_assignable:
        raise Http404("Questions are not assigned here.")
    form = HandOnForm(request.POST, connection=access.connection)
    if not form.is_valid():
        blank = ContactAnswerForm(initial={"key": uuid4()})
        return show(request, access, settings, found, blank, form)
    whom = form.cleaned_data["assignee"]
    try:
        reassign_question(found, access, whom, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"The question is assigned to {whom}.")
    return redirect(request.portal.url("question", connection_id, question_id))


@require_http_methods(["GET", "HEAD", "POST"])
def question_ask(request: PortalRequest, connection_id: int) -> HttpResponse:
    """A question for the firm, where it takes them (F-174)."""
    access, settings = come_in(request, connection_id)
    if not settings.takes_questions:
        raise Http404("No such page.")
    require_contact(access, ANSWER_OWN_QUESTIONS)
    posted = request.POST if request.method == "POST" else None
    form = QuestionForm(posted, initial={"key": uuid4()})
    if form.is_valid():
        try:
            asked = ask_firm(access, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{request.portal.firm.name} has your question.")
            return redirect(request.portal.url("question", connection_id, asked.pk))
    status = 422 if form.is_bound else 200
    return render_page(request, "portal/question_for_us.html", {"form": form}, status=status)


def get_question(access: ContactAccess, settings: QuestionSettings, question_id: int) -> Question:
    """404 for what the contact does not see, as for what never was (F-173a)."""
    rows = Question.objects.visible_to(access, settings).select_related(*PEOPLE)
    found: Question | None = rows.filter(pk=question_id).first()
    if found is None:
        raise Http404("No such question.")
    found.connection = access.connection
    return found
