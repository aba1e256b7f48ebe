"""One's own open tasks: the page, the panel of the dashboard, and ticking them off (F-091)."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from clients import permissions as p
from clients.actions.work import finish_task, reopen_task
from clients.http import get_connection, visible
from clients.models import Task
from clients.roles import ConnectionStatus
from clients.views.tasks import finished, get_task, tasks_url
from practice import clock
from practice.errors import Refused
from practice.http import FirmRequest, render_page, require, stream
from practice.paging import Order, paginate
from practice.spreadsheets import CSV_TYPE, csv_rows

BY_DUE_DATE = Order(("due_on", "id"), nulls_last=True)
HEADER = ("Client", "Client ID", "Branch", "Task", "Details", "Due", "Overdue", "Added by")
IN_PANEL = 6
MINE = "mine"  # where a form came from, and goes back to
PANEL = "panel"


@require_GET
def task_list(request: FirmRequest) -> HttpResponse:
    """Overdue first, then by due date; tasks of clients that one no longer sees are gone."""
    tasks = my_tasks(request)
    context = {
        "page": paginate(tasks.open(), BY_DUE_DATE, request.GET),
        "overdue": overdue(tasks).count(),
        "finished": finished(request, tasks),
    }
    return render_page(request, "clients/task_list.html", context)


@require_GET
def task_list_export(request: FirmRequest) -> HttpResponseBase:
    rows = my_tasks(request).open().order_by(*BY_DUE_DATE.columns())

    def lines() -> Iterable[str]:
        return csv_rows(HEADER, map(cells, rows.iterator(chunk_size=500)))

    return stream(request, lines, content_type=CSV_TYPE, filename="my-tasks.csv")


def cells(task: Task) -> Iterator[object]:
    connection = task.connection
    yield connection.name
    yield connection.client_number
    yield connection.branch.name
    yield task.title
    yield task.details
    yield task.due_on
    yield task.is_overdue
    yield task.created_by or ""


@require_GET
def task_panel(request: FirmRequest) -> HttpResponse:
    return panel(request)


def panel(request: FirmRequest, just_done: Task | None = None) -> HttpResponse:
    tasks = my_tasks(request)
    context = {
        "tasks": tasks.open().order_by(*BY_DUE_DATE.columns())[:IN_PANEL],
        "total": tasks.open().count(),
        "overdue": overdue(tasks).count(),
        "finished": just_done,
    }
    return render_page(request, "clients/task_panel.html", context, fragment="panel")


def my_tasks(request: FirmRequest) -> Any:
    clients = visible(request).exclude(status=ConnectionStatus.DISCONNECTED).order_by()
    rows = Task.objects.for_firm(request.firm).of(request.user.pk)
    mine = rows.filter(connection__in=clients.values("pk"))
    return mine.select_related("connection__branch", "created_by")


def overdue(tasks: Any) -> Any:
    return tasks.open().filter(due_on__lt=clock.today())


@require_POST
def task_done(request: FirmRequest, connection_id: int, task_id: int) -> HttpResponse:
    task = get_closable(request, connection_id, task_id)
    try:
        task = finish_task(task, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect(back(request, connection_id))
    if request.htmx and request.POST.get("back") == PANEL:
        return panel(request, task)
    return redirect(f"{back(request, connection_id)}?finished={task.pk}")


@require_POST
def task_reopen(request: FirmRequest, connection_id: int, task_id: int) -> HttpResponse:
    task = get_closable(request, connection_id, task_id)
    try:
        reopen_task(task, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        if request.htmx and request.POST.get("back") == PANEL:
            return panel(request)
        messages.success(request, f"“{task.title}” is open again.")
    return redirect(back(request, connection_id))


def get_closable(request: FirmRequest, connection_id: int, task_id: int) -> Task:
    connection = get_connection(request, connection_id)
    task = get_task(connection, task_id)
    require(request.user, p.UPDATE_CLIENTS, task)
    return task


def back(request: FirmRequest, connection_id: int) -> str:
    """To one's own tasks, or to the client's."""
    if request.POST.get("back") in {MINE, PANEL}:
        return reverse("clients:task-list", kwargs={"firm_slug": request.firm.slug})
    return tasks_url(request, connection_id)
