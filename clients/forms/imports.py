"""Giving a file, and saying what its columns mean."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat

from clients.roles import BillingModel
from clients.tables import FIELDS, SHARED_FIELDS
from practice.models import Branch

TOO_LARGE = "The file is larger than {}. Split it, or keep only the columns about clients."
TWICE = "“{}” is this already. Choose one of the two."


class ImportForm(forms.Form):
    """A file of clients for one branch."""

    branch = forms.ModelChoiceField(queryset=Branch.objects.none(), empty_label=None)
    billing_model = forms.ChoiceField(
        choices=[
            (BillingModel.BILL_US, "Charge Us (Bill Us): your firm pays the subscription"),
            (BillingModel.CLIENT_PAYS, "Client Pays: the client pays its own subscription"),
        ],
        widget=forms.RadioSelect,
        initial=BillingModel.BILL_US,
        help_text="For the clients that are new. It cannot be changed later.",
    )
    file = forms.FileField(
        help_text=(
            "CSV (commas, semicolons or tabs) or XLSX, as QuickBooks, Xero and spreadsheets"
            " export it. The next page shows what each column was taken for."
        ),
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx"}),
        allow_empty_file=True,
    )
    is_headless = forms.BooleanField(
        label="The first row is a client, not headings", required=False
    )

    def __init__(self, *args: Any, branches: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["branch"].queryset = branches  # type: ignore[attr-defined]

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > settings.IMPORT_MAX_BYTES:
            raise forms.ValidationError(TOO_LARGE.format(filesizeformat(settings.IMPORT_MAX_BYTES)))
        return file


class ColumnsForm(forms.Form):
    """One choice for each column of the file."""

    def __init__(self, columns: Sequence[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.columns = columns
        for index, label in enumerate(columns):
            self.fields[f"column_{index}"] = forms.ChoiceField(
                label=label, choices=[("", "Do not import"), *FIELDS.items()], required=False
            )

    @property
    def chosen(self) -> list[str]:
        return [self.cleaned_data.get(f"column_{i}", "") for i in range(len(self.columns))]

    def clean(self) -> dict[str, Any]:
        first: dict[str, int] = {}
        for index, field in enumerate(self.chosen):
            if field and field not in SHARED_FIELDS and field in first:
                self.add_error(f"column_{index}", TWICE.format(self.columns[first[field]]))
            first.setdefault(field, index)
        return self.cleaned_data
