"""Forms that pause, resume and end a relationship (F-063…F-079)."""

from datetime import date
from typing import Any

from django import forms

from clients.actions.relationships import PAUSE_OVER, SAY_WHAT, SAY_WHY
from clients.models.external import ConnectedFirm
from clients.roles import DisconnectReason
from practice import clock
from practice.text import tidy

LONGEST_REASON = 1000
LONGEST_NOTE = 5000
LATEST_YEAR = 2100
DISABLE, DISCONNECT, REQUEST = "disable", "disconnect", "request"
DISABLE_SAYS = "Disable: nobody at the firm opens the account; you can reinstate it at any time"
DISCONNECT_SAYS = "Disconnect: the connection ends for good, and the firm is told"
REQUEST_SAYS = "Request disconnection: the firm pays for the account, so it ends the connection"
CHECKLIST = (  # before a client leaves (S0.39)
    ("work", "Outstanding work done"),
    ("reports", "Final reports"),
    ("export", "Data export if asked"),
    ("handover", "Handover documented"),
    ("timeline", "Client told the timeline"),
)


def note_field(label: str, longest: int, **options: Any) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 3})
    return forms.CharField(label=label, max_length=longest, widget=widget, **options)


class WordsForm(forms.Form):
    """Text of invisible characters alone counts as empty."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name, value in list(cleaned.items()):
            if isinstance(value, str) and not tidy(value):
                cleaned[name] = ""
                if self.fields[name].required and name not in self.errors:
                    self.add_error(name, str(self.fields[name].error_messages["required"]))
        return cleaned


class PauseForm(WordsForm):
    reason = note_field(
        "Reason",
        LONGEST_REASON,
        help_text="Kept in the internal notes. The client never sees it.",
        error_messages={"required": SAY_WHY},
    )
    until = forms.DateField(
        label="Pause until",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="On this day the relationship resumes by itself. Leave it empty to resume by"
        " hand.",
    )

    def clean_until(self) -> date | None:
        day: date | None = self.cleaned_data["until"]
        if day and day < clock.today():
            raise forms.ValidationError(PAUSE_OVER)
        if day and day.year >= LATEST_YEAR:
            raise forms.ValidationError(f"Choose a day before the year {LATEST_YEAR}.")
        return day


class ResumeForm(WordsForm):
    reason = note_field(
        "Reason", LONGEST_REASON, required=False, help_text="Kept in the history of the client."
    )


class DisconnectForm(WordsForm):
    """The checklist warns and does not block; reason, notes, and a tick that means it."""

    done = forms.MultipleChoiceField(
        label="Before you disconnect",
        choices=CHECKLIST,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    reason = forms.TypedChoiceField(
        label="Reason",
        choices=[("", "Choose a reason"), *DisconnectReason.choices],
        coerce=DisconnectReason,
        error_messages={"required": "Choose a reason."},
    )
    note = note_field(
        "Internal notes",
        LONGEST_NOTE,
        required=False,
        help_text="Needed for “Other”. The client never sees them.",
    )
    is_sure = forms.BooleanField(
        label="I understand that this cannot be undone",
        error_messages={"required": "Tick this to confirm."},
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("reason") == DisconnectReason.OTHER and not cleaned.get("note"):
            self.add_error("note", SAY_WHAT)
        return cleaned

    @property
    def undone(self) -> list[str]:
        """What of the checklist was left open, in its words."""
        done = set(self["done"].value() or ())
        return [label for key, label in CHECKLIST if key not in done]


class DisconnectionRequestForm(WordsForm):
    """The owner of a Bill Us account asks the firm to end the connection (C3)."""

    message = note_field(
        "Message", LONGEST_REASON, required=False, help_text="Your accountant reads it."
    )


class RemoveFirmForm(forms.Form):
    """The wizard behind "Remove": close the account to the firm, or end the connection (F-218a)."""

    how = forms.ChoiceField(
        label="What shall happen?",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose one of the two."},
    )

    def __init__(self, *args: Any, firm: ConnectedFirm, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [] if firm.is_disabled else [(DISABLE, DISABLE_SAYS)]
        choices.append(
            (REQUEST, REQUEST_SAYS) if firm.is_bill_us else (DISCONNECT, DISCONNECT_SAYS)
        )
        self.fields["how"].choices = choices  # type: ignore[attr-defined]
