"""Tasks of clients: what is to be done, by whom, until when (F-091)."""

from datetime import date

from django.db import transaction
from django.db.models import Q

from clients.actions.colleagues import who_sees
from clients.actions.correspondence import keep_messages
from clients.models import Connection, Task
from practice import clock
from practice.actions.outbox import post_mail
from practice.emails import site_link
from practice.errors import Refused
from practice.history import because
from practice.models import User
from practice.text import tidy

ENDED = "This relationship has ended: its records are read-only."


@transaction.atomic
def add_task(
    connection: Connection,
    *,
    by: User,
    title: str,
    assignee: User | None = None,
    due_on: date | None = None,
    details: str = "",
) -> Task:
    """Raises `Refused` when the relationship has ended, or the assignee may not see the client."""
    connection = lock_open(connection.pk)
    refuse_blind(connection, assignee)
    task = Task(
        firm_id=connection.firm_id,
        connection=connection,
        title=tidy(title),
        details=details.strip(),
        assignee=assignee,
        due_on=due_on,
        created_by=by,
    )
    with because("Added a task.", by=by):
        task.save()
    if assignee:
        tell_assignee(task, by)
    return task


@transaction.atomic
def edit_task(
    task: Task,
    *,
    by: User,
    title: str,
    assignee: User | None,
    due_on: date | None,
    details: str,
) -> Task:
    """Another assignee is told by mail; saving what is there already leaves no trace."""
    task = lock_task(task)
    before = task.assignee_id
    wanted = {
        "title": tidy(title),
        "assignee": assignee,
        "due_on": due_on,
        "details": details.strip(),
    }
    changed = [name for name, value in wanted.items() if getattr(task, name) != value]
    if "assignee" in changed:
        refuse_blind(task.connection, assignee)
    for name in changed:
        setattr(task, name, wanted[name])
    if changed:
        with because("Edited a task.", by=by):
            task.save(update_fields=changed)
    if assignee and assignee.pk != before and not task.done_at:
        tell_assignee(task, by)
    return task


@transaction.atomic
def finish_task(task: Task, *, by: User) -> Task:
    """A second click changes nothing."""
    task = lock_task(task)
    if task.done_at is None:
        task.done_at, task.done_by = clock.now(), by
        with because("Marked a task as done.", by=by):
            task.save(update_fields=["done_at", "done_by"])
    return task


@transaction.atomic
def reopen_task(task: Task, *, by: User) -> Task:
    task = lock_task(task)
    if task.done_at is not None:
        task.done_at = task.done_by = None
        with because("Opened a task again.", by=by):
            task.save(update_fields=["done_at", "done_by"])
    return task


def lock_open(connection_id: int) -> Connection:
    """The client, locked. Raises `Refused` when the relationship has ended."""
    rows = Connection.objects.select_related("branch", "firm")
    connection = rows.select_for_update(of=("self",)).get(pk=connection_id)
    if not connection.is_open:
        raise Refused(ENDED)
    return connection


def lock_task(task: Task) -> Task:
    """The client first, then the task."""
    connection = lock_open(task.connection_id)
    task = Task.objects.select_for_update().get(pk=task.pk)
    task.connection = connection
    return task


def refuse_blind(connection: Connection, assignee: User | None) -> None:
    if assignee and not who_sees(connection, Q(user=assignee)):
        raise Refused(f"{assignee} may not see {connection.name}, so the task cannot be theirs.")


def tell_assignee(task: Task, by: User) -> None:
    """One mail each time that somebody gives the task to somebody else."""
    assignee, connection = task.assignee, task.connection
    if assignee is None or assignee.pk == by.pk:
        return
    words = {"firm_slug": connection.firm.slug, "connection_id": connection.pk}
    message = post_mail(
        "clients/task_assigned",
        key=f"task:{task.pk}:{assignee.pk}:{clock.now():%Y%m%d%H%M%S%f}",
        recipient=assignee.email,
        firm=connection.firm,
        task=task,
        by=by,
        link=site_link("clients:client-tasks", **words),
    )
    keep_messages([message], [connection], by=by)
