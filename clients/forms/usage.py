"""A file of usage events, and sending on what was checked of it (F-229)."""

import json
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat

from clients.actions.usage import MOST_ROWS

LARGEST = 2 * 1024 * 1024  # bytes
TOO_LARGE = f"The file is larger than {filesizeformat(LARGEST)}. Split it into several files."
BROKEN = "The page was not sent as a whole. Upload the file again."


class UsageFileForm(forms.Form):
    file = forms.FileField(
        help_text="CSV or XLSX, with the columns named in the first row.",
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx"}),
        allow_empty_file=True,
    )

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > LARGEST:
            raise forms.ValidationError(TOO_LARGE)
        return file


class UsageEventsForm(forms.Form):
    """The events of the file that was checked. They are judged again: nothing here is believed."""

    events = forms.CharField(
        widget=forms.HiddenInput, strip=False, error_messages={"required": BROKEN}
    )

    def clean_events(self) -> list[Any]:
        try:
            events = json.loads(self.cleaned_data["events"])
        except (ValueError, RecursionError) as wrong:
            raise forms.ValidationError(BROKEN) from wrong
        if not isinstance(events, list) or not 1 <= len(events) <= MOST_ROWS:
            raise forms.ValidationError(BROKEN)
        return events
