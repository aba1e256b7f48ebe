"""Forms of handover packs (F-244)."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat

from clients.actions.handover.answers import SAY_WHO
from clients.actions.handover.starting import CHOOSE
from clients.forms.relationships import WordsForm
from clients.models.handover import PARTS

MOST_UPLOADED = 200 * 1024 * 1024
UNTICKED = frozenset({"notes"})  # internal: they stay unless somebody means it
TOO_LARGE = "The file is larger than {}. Upload its manifest.json instead."


class PackForm(forms.Form):
    """The checklist. `closed` are parts that the person may not read, each with the reason."""

    parts = forms.MultipleChoiceField(
        label="What goes in",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": CHOOSE},
        help_text="Notes are internal: neither they nor their traces in the audit trail go in,"
        " unless you tick them.",
    )

    def __init__(self, *args: Any, closed: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        opened = [(key, part.title) for key, part in PARTS.items() if key not in closed]
        field = self.fields["parts"]
        field.choices = opened  # type: ignore[attr-defined]
        field.initial = [key for key, _ in opened if key not in UNTICKED]


class SuccessorForm(WordsForm):
    name = forms.CharField(
        label="Successor’s name",
        max_length=200,
        help_text="A firm or a person. The client reads it.",
        error_messages={"required": "Enter the name of the successor."},
    )
    email = forms.EmailField(
        label="Successor’s email",
        max_length=254,
        help_text="The link goes there, once the client has consented.",
        error_messages={"required": "Enter the email address of the successor."},
    )


class YourName(forms.CharField):
    """Of who answers for the client."""

    def __init__(self, help_text: str) -> None:
        super().__init__(
            label="Your name",
            max_length=200,
            help_text=help_text,
            error_messages={"required": SAY_WHO},
            widget=forms.TextInput(attrs={"autocomplete": "name"}),
        )


class ConsentForm(WordsForm):
    name = YourName("Your name and the time are kept with your consent.")
    is_sure = forms.BooleanField(
        label="I consent to this handover, for the company",
        error_messages={"required": "Tick this to consent."},
    )


class DeclineForm(WordsForm):
    name = YourName("Your name and the time are kept; the firm sees both.")


class VerifyForm(forms.Form):
    file = forms.FileField(
        label="Handover pack or manifest.json",
        help_text="The zip as it was downloaded, or the manifest alone.",
        widget=forms.FileInput(attrs={"accept": ".zip,.json"}),
        error_messages={"required": "Choose a file."},
    )

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > MOST_UPLOADED:
            raise forms.ValidationError(TOO_LARGE.format(filesizeformat(MOST_UPLOADED)))
        return file
