"""The form of one note (F-089, F-089b)."""

from typing import Any

from django import forms

from clients.actions.notes import SAY_SOMETHING, SAY_WHEN
from clients.models import Note, NoteKind
from practice.text import tidy


class NoteForm(forms.Form):
    """Internal, or of a meeting: then with the day, and who was there."""

    kind = forms.TypedChoiceField(
        choices=NoteKind, coerce=NoteKind, widget=forms.RadioSelect, initial=NoteKind.INTERNAL
    )
    met_on = forms.DateField(
        label="Date of the meeting",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="For meeting notes.",
    )
    attendees = forms.CharField(
        max_length=400, required=False, help_text="Who was there. For meeting notes."
    )
    text = forms.CharField(
        label="Note",
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text="Hidden from the client.",
        error_messages={"required": SAY_SOMETHING},
    )
    seen = forms.CharField(widget=forms.HiddenInput, max_length=40, required=False)

    @classmethod
    def initial_for(cls, note: Note) -> dict[str, Any]:
        return {
            "kind": note.kind,
            "met_on": note.met_on,
            "attendees": note.attendees,
            "text": note.text,
            "seen": note.stamp,
        }

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"]
        if not tidy(text):
            raise forms.ValidationError(SAY_SOMETHING)
        return text

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        is_meeting = cleaned.get("kind") == NoteKind.MEETING
        if is_meeting and not cleaned.get("met_on") and "met_on" not in self.errors:
            self.add_error("met_on", SAY_WHEN)
        return cleaned
