"""Tasks of one client, and its important dates beside them (F-091)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import F, QuerySet
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from clients import permissions as p
from clients.actions.colleagues import who_sees
from clients.actions.work import add_task, edit_task
from clients.forms.work import TaskForm
from clients.http import get_connection
from clients.models import Connection, KeyDate, Task
from clients.views.client_detail import workspace
from practice.auth import explain
from practice.errors import Refused
from practice.http import FirmRequest, render_page, require, stream
from practice.paging import numbered
from practice.permissions import Verdict
from practice.spreadsheets import CSV_TYPE, csv_rows

HEADER = (
    "Task", "Details", "Assigned to", "Due", "Overdue", "Added by", "Added (UTC)", "Done (UTC)",
    "Done by",
)  # fmt: skip
PEOPLE = ("assignee", "created_by", "done_by")


@dataclass(frozen=True)
class Line:
    """One task as the table shows it; `close` says whether the person may tick it off."""

    task: Task
    close: Verdict


@require_GET
def client_tasks(request: FirmRequest, connection_id: int) -> HttpResponse:
    connection = get_connection(request, connection_id)
    is_done = "done" in request.GET
    tasks = tasks_of(connection)
    page = numbered(done(tasks) if is_done else tasks.open(), request.GET)
    context = {
        **workspace(request, connection, "tasks"),
        "page": page,
        "lines": lines_of(request, connection, page.rows),
        "is_done": is_done,
        "open_count": tasks.open().count(),
        "done_count": done(tasks).count(),
        "finished": finished(request, tasks),
        "dates": KeyDate.objects.filter(connection=connection),
    }
    return render_page(request, "clients/client_tasks.html", context)


def tasks_of(connection: Connection) -> Any:
    return Task.objects.filter(connection=connection).select_related(*PEOPLE)


def done(tasks: Any) -> QuerySet[Task]:
    rows: QuerySet[Task] = tasks.exclude(done_at=None).order_by(F("done_at").desc(), "-pk")
    return rows


def lines_of(request: FirmRequest, connection: Connection, tasks: Iterable[Task]) -> list[Line]:
    lines = []
    for task in tasks:
        task.connection = connection
        lines.append(Line(task, explain(request.user, p.UPDATE_CLIENTS, task)))
    return lines


def finished(request: FirmRequest, tasks: Any) -> Task | None:
    """The task that was ticked off just now, for the line that offers to undo it."""
    number = request.GET.get("finished", "")
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        return None
    task: Task | None = tasks.exclude(done_at=None).filter(pk=number).first()
    return task


@require_GET
def client_tasks_export(request: FirmRequest, connection_id: int) -> HttpResponseBase:
    connection = get_connection(request, connection_id)

    def lines() -> Iterable[str]:
        return csv_rows(HEADER, map(cells, tasks_of(connection).iterator(chunk_size=500)))

    name = f"tasks-{connection.pk}.csv"
    return stream(request, lines, content_type=CSV_TYPE, filename=name)


def cells(task: Task) -> Iterator[object]:
    yield task.title
    yield task.details
    yield task.assignee or ""
    yield task.due_on
    yield task.is_overdue
    yield task.created_by or ""
    yield task.created_at
    yield task.done_at
    yield task.done_by or ""


@require_http_methods(["GET", "POST"])
def task_add(request: FirmRequest, connection_id: int) -> HttpResponse:
    connection = get_connection(request, connection_id)
    require(request.user, p.UPDATE_CLIENTS, connection)
    people = [person.pk for person in who_sees(connection)]
    data = request.POST if request.method == "POST" else None
    form = TaskForm(data, people=people, initial={"assignee": request.user.pk})
    if form.is_valid():
        try:
            add_task(connection, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "The task is added.")
            return redirect(tasks_url(request, connection.pk))
    context = {"connection": connection, "form": form}
    status = 422 if form.is_bound else 200
    return render_page(request, "clients/task_form.html", context, status=status)


@require_http_methods(["GET", "POST"])
def task_edit(request: FirmRequest, connection_id: int, task_id: int) -> HttpResponse:
    connection = get_connection(request, connection_id)
    task = get_task(connection, task_id)
    require(request.user, p.UPDATE_CLIENTS, connection)
    people = {person.pk for person in who_sees(connection)} | {task.assignee_id or 0}
    data = request.POST if request.method == "POST" else None
    form = TaskForm(data, people=sorted(people), initial=TaskForm.initial_for(task))
    if form.is_valid():
        try:
            edit_task(task, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Changes saved.")
            return redirect(tasks_url(request, connection.pk))
    context = {"connection": connection, "task": task, "form": form}
    status = 422 if form.is_bound else 200
    return render_page(request, "clients/task_form.html", context, status=status)


def get_task(connection: Connection, task_id: int) -> Task:
    task: Task | None = tasks_of(connection).filter(pk=task_id).first()
    if task is None:
        raise Http404("No such task.")
    task.connection = connection
    return task


def tasks_url(request: FirmRequest, connection_id: int) -> str:
    kwargs = {"firm_slug": request.firm.slug, "connection_id": connection_id}
    return reverse("clients:client-tasks", kwargs=kwargs)
