"""Message Client: whom, how, what; a preview; then it goes out (F-092…F-092c)."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from clients import permissions as p
from clients.actions.correspondence import write_to_contacts
from clients.actions.letters import letters_for
from clients.forms.correspondence import MessageForm, kept
from clients.http import get_connection
from clients.models import Connection, ContactAccess, MessageTemplate
from clients.views.client_emails import emails_url
from practice.actions.texts import NO_GATEWAY, has_text_gateway
from practice.errors import Refused
from practice.http import FirmRequest, render_page, require
from practice.models import Channel


@require_http_methods(["GET", "POST"])
def client_message(request: FirmRequest, connection_id: int) -> HttpResponse:
    """The empty form; sent with POST, the message itself."""
    connection = get_writable(request, connection_id)
    if request.method != "POST":
        return show(request, connection, empty_form(connection))
    form = filled_form(request, connection)
    if form.is_valid() and send(request, connection, form):
        return redirect(emails_url(request, connection))
    return show(request, connection, form, status=422)


def get_writable(request: FirmRequest, connection_id: int) -> Connection:
    connection = get_connection(request, connection_id)
    require(request.user, p.UPDATE_CLIENTS, connection)
    return connection


def send(request: FirmRequest, connection: Connection, form: MessageForm) -> bool:
    try:
        sent = write_to_contacts(
            connection, by=request.user, key=str(form.cleaned_data["key"]), **answers(form)
        )
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    who = str(sent[0].contact) if len(sent) == 1 else f"{len(sent)} people"
    messages.success(request, f"The message to {who} is on its way.")
    return True


@require_POST
def client_message_preview(request: FirmRequest, connection_id: int) -> HttpResponse:
    """Exactly what each recipient would get. Nothing is sent."""
    connection = get_writable(request, connection_id)
    form = filled_form(request, connection)
    if form.is_valid():
        try:
            letters = letters_for(connection, by=request.user, **answers(form))
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            context = {
                "connection": connection,
                "form": form,
                "letters": letters,
                "answers": list(typed(form)),
            }
            return render_page(request, "clients/client_message_preview.html", context)
    return show(request, connection, form, status=422)


@require_POST
def client_message_draft(request: FirmRequest, connection_id: int) -> HttpResponse:
    """The same form for another channel, with a template put in, or back from the preview."""
    connection = get_writable(request, connection_id)
    initial = kept(request.POST)
    if template := chosen_template(request, connection):
        initial["subject"] = template.subject or initial["subject"]
        initial["body"] = template.body
    return show(request, connection, empty_form(connection, **initial))


def chosen_template(request: FirmRequest, connection: Connection) -> MessageTemplate | None:
    asked = request.POST.get("template", "")
    if not (asked.isascii() and asked.isdigit() and len(asked) < 19):
        return None
    template: MessageTemplate | None = templates_of(connection).filter(pk=asked).first()
    return template


def empty_form(connection: Connection, **initial: Any) -> MessageForm:
    first = {"channel": Channel.EMAIL, "key": uuid4()}
    return MessageForm(
        accesses=accesses_of(connection),
        templates=templates_of(connection),
        initial={**first, **initial},
    )


def filled_form(request: FirmRequest, connection: Connection) -> MessageForm:
    return MessageForm(
        request.POST, accesses=accesses_of(connection), templates=templates_of(connection)
    )


def answers(form: MessageForm) -> dict[str, Any]:
    data = form.cleaned_data
    return {
        "contacts": list(data["contacts"]),
        "subject": data["subject"],
        "body": data["body"],
        "channel": Channel(data["channel"]),
    }


def typed(form: MessageForm) -> Iterator[tuple[str, object]]:
    """The form again, unseen: with the merge fields as they were typed."""
    for name in ("channel", "subject", "body", "key"):
        yield name, form.cleaned_data[name]
    for contact in form.cleaned_data["contacts"]:
        yield "contacts", contact.pk


def accesses_of(connection: Connection) -> list[ContactAccess]:
    rows = ContactAccess.objects.filter(connection=connection).select_related("contact")
    return list(rows.order_by("-is_primary", "contact__name", "pk"))


def templates_of(connection: Connection) -> Any:
    return MessageTemplate.objects.filter(firm_id=connection.firm_id)


def show(
    request: FirmRequest, connection: Connection, form: MessageForm, *, status: int = 200
) -> HttpResponse:
    field: Any = form.fields["contacts"]
    context = {
        "connection": connection,
        "form": form,
        "has_contacts": bool(field.names),
        "has_templates": templates_of(connection).exists(),
        "no_gateway": NO_GATEWAY if form.is_text and not has_text_gateway() else "",
    }
    template = "clients/client_message.html"
    return render_page(request, template, context, fragment="form", status=status)
