"""The Notes tab, and one note: writing, editing, deleting, earlier texts (F-089…F-089c)."""

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from clients import permissions as p
from clients.actions.notes import add_note, delete_note, edit_note
from clients.forms.notes import NoteForm
from clients.http import get_connection
from clients.models import Connection, Note, NoteKind
from clients.models.notes import NoteQuerySet
from clients.views.client_detail import workspace
from practice.auth import explain
from practice.errors import Conflict, Refused
from practice.http import FirmRequest, render_page, require, stream
from practice.paging import numbered, with_params
from practice.permissions import VIEW_AUDIT
from practice.spreadsheets import CSV_TYPE, csv_rows

HEADER = ("Kind", "Date of the meeting", "Attendees", "Note", "Written by", "Written", "Edited")
LABELS = {
    "kind": "Kind",
    "met_on": "Date of the meeting",
    "attendees": "Attendees",
    "text": "Note",
}
DELETED = "deleted"
LONGEST_NEEDLE = 200


@require_GET
def client_notes(request: FirmRequest, connection_id: int) -> HttpResponse:
    """Seen by the assigned and by holders of View Client Notes (C27); never by the client."""
    connection = get_connection(request, connection_id)
    require(request.user, p.VIEW_CLIENT_NOTES, connection)
    may_look_back = explain(request.user, VIEW_AUDIT, connection.branch).allowed
    are_deleted = may_look_back and request.GET.get("kind") == DELETED
    notes = deleted(connection) if are_deleted else asked_for(request, connection)
    context = {
        **workspace(request, connection, "notes"),
        "page": numbered(notes, request.GET),
        "are_deleted": are_deleted,
        "kinds": kind_chips(request, may_look_back=may_look_back),
        "kind": kind_asked(request),
        "needle": needle_of(request),
        "write": explain(request.user, p.UPDATE_CLIENT_NOTES, connection),
        "may_look_back": may_look_back,
        "export_query": with_params(request.GET, page=""),
    }
    return render_page(request, "clients/client_notes.html", context, fragment="notes")


@require_GET
def client_notes_export(request: FirmRequest, connection_id: int) -> HttpResponseBase:
    connection = get_connection(request, connection_id)
    require(request.user, p.VIEW_CLIENT_NOTES, connection)
    notes = asked_for(request, connection)
    return stream(
        request,
        lambda: csv_rows(HEADER, cells(notes)),
        content_type=CSV_TYPE,
        filename=f"notes-{connection.pk}.csv",
    )


def asked_for(request: FirmRequest, connection: Connection) -> NoteQuerySet:
    notes: NoteQuerySet = Note.objects.about(connection.pk).select_related("author")
    if kind := kind_asked(request):
        notes = notes.filter(kind=kind)
    if needle := needle_of(request):
        notes = notes.saying(needle)
    return notes


def deleted(connection: Connection) -> Any:
    """As they were last, by the history."""
    last = Note.history.filter(connection_id=connection.pk, history_type="-")
    return last.select_related("history_user").order_by("-history_date", "-history_id")


def kind_asked(request: FirmRequest) -> str:
    kind = request.GET.get("kind", "")
    return kind if kind in NoteKind.values else ""


def needle_of(request: FirmRequest) -> str:
    return request.GET.get("words", "").replace("\0", "").strip()[:LONGEST_NEEDLE]


def kind_chips(request: FirmRequest, *, may_look_back: bool) -> list[tuple[str, str, bool]]:
    """Words, URL, and whether it is on."""
    choices = [("", "All notes"), *((kind.value, f"{kind.label}s") for kind in NoteKind)]
    if may_look_back:
        choices.append((DELETED, "Deleted notes"))
    asked = request.GET.get("kind", "")
    chosen = asked if asked in dict(choices) else ""
    return [
        (label, with_params(request.GET, kind=value, page=""), value == chosen)
        for value, label in choices
    ]


def cells(notes: NoteQuerySet) -> Iterator[list[object]]:
    for note in notes.iterator():
        yield [
            note.get_kind_display(),
            note.met_on,
            note.attendees,
            note.text,
            note.author or "",
            note.created_at,
            note.edited_at,
        ]


@require_http_methods(["GET", "POST"])
def note_add(request: FirmRequest, connection_id: int) -> HttpResponse:
    connection = get_connection(request, connection_id)
    require(request.user, p.UPDATE_CLIENT_NOTES, connection)
    form = NoteForm(request.POST) if request.method == "POST" else NoteForm()
    if form.is_valid():
        answers = {name: form.cleaned_data[name] for name in LABELS}
        try:
            add_note(connection, by=request.user, **answers)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "The note is saved.")
            return redirect(notes_url(request, connection))
    context = {"connection": connection, "form": form, "heading": "Add Note"}
    status = 422 if form.is_bound else 200
    return render_page(request, "clients/note_form.html", context, status=status)


@require_http_methods(["GET", "POST"])
def note_edit(request: FirmRequest, connection_id: int, note_id: int) -> HttpResponse:
    connection, note = get_note(request, connection_id, note_id)
    require(request.user, p.UPDATE_CLIENT_NOTES, connection)
    initial = NoteForm.initial_for(note)
    form = NoteForm(request.POST if request.method == "POST" else None, initial=initial)
    theirs: dict[str, Any] = {}
    if form.is_valid():
        try:
            edit_note(note, by=request.user, **form.cleaned_data)
        except Conflict as conflict:
            theirs = difference(form, conflict)
            form = with_stamp(request, note, initial)
            form.add_error(None, str(conflict))
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "The note is saved.")
            return redirect(notes_url(request, connection))
    context = {"connection": connection, "form": form, "theirs": theirs, "heading": "Edit Note"}
    status = (409 if theirs else 422) if form.is_bound else 200
    return render_page(request, "clients/note_form.html", context, status=status)


def difference(form: NoteForm, conflict: Conflict) -> dict[str, tuple[Any, Any]]:
    """Label → (theirs, yours), where the two differ."""
    yours = form.cleaned_data
    differing = {name: value for name, value in conflict.theirs.items() if value != yours[name]}
    pairs = {LABELS[name]: (value, yours[name]) for name, value in differing.items()}
    if "kind" in differing:
        pairs["Kind"] = (NoteKind(str(differing["kind"])).label, yours["kind"].label)
    return pairs or {"Note": (conflict.theirs["text"], yours["text"])}


def with_stamp(request: FirmRequest, note: Note, initial: dict[str, Any]) -> NoteForm:
    """The same answers against the present note: saving again is a decision, not an accident."""
    note.refresh_from_db(fields=["edited_at"])
    data = request.POST.copy()
    data["seen"] = note.stamp
    again = NoteForm(data, initial=initial)
    again.is_valid()
    return again


@require_http_methods(["GET", "POST"])
def note_delete(request: FirmRequest, connection_id: int, note_id: int) -> HttpResponse:
    connection, note = get_note(request, connection_id, note_id)
    require(request.user, p.UPDATE_CLIENT_NOTES, connection)
    if request.method == "POST":
        try:
            delete_note(note, by=request.user)
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, "The note is deleted.")
        return redirect(notes_url(request, connection))
    return render_page(
        request, "clients/note_delete.html", {"connection": connection, "note": note}
    )


@require_GET
def note_history(request: FirmRequest, connection_id: int, note_id: int) -> HttpResponse:
    """Earlier texts, for who reads the notes and holds View Audit Trail; of deleted ones too."""
    connection = get_connection(request, connection_id)
    require(request.user, p.VIEW_CLIENT_NOTES, connection)
    versions = Note.history.filter(connection_id=connection.pk, id=note_id)
    if not versions.exists():
        raise Http404("No such note.")
    require(request.user, VIEW_AUDIT, connection.branch)
    newest_first = versions.select_related("history_user").order_by("-history_date", "-history_id")
    page = numbered(newest_first, request.GET)
    context = {"connection": connection, "page": page}
    return render_page(request, "clients/note_history.html", context)


def get_note(request: FirmRequest, connection_id: int, note_id: int) -> tuple[Connection, Note]:
    """404 unless the person sees the client and it has the note; 403 when its notes are closed."""
    connection = get_connection(request, connection_id)
    require(request.user, p.VIEW_CLIENT_NOTES, connection)
    note = Note.objects.about(connection.pk).select_related("connection", "author")
    found: Note | None = note.filter(pk=note_id).first()
    if found is None:
        raise Http404("No such note.")
    return connection, found


def notes_url(request: FirmRequest, connection: Connection) -> str:
    kwargs = {"firm_slug": request.firm.slug, "connection_id": connection.pk}
    return reverse("clients:client-notes", kwargs=kwargs)
