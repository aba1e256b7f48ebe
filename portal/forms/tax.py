"""The forms of tax returns (F-180, F-181)."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from django import forms

from clients.models import Connection, ContactAccess
from portal.models import ClientFile, FileState, TaxReturn
from portal.roles import TaxStep
from portal.states import TAX_TRANSITIONS
from practice import clock
from practice.forms.fields import TidyField

YEARS = (1990, 2100)


class TaxReturnForm(forms.Form):
    title = TidyField(max_length=120, help_text="As “Corporation tax”.")
    year = forms.IntegerField(min_value=YEARS[0], max_value=YEARS[1])
    due_on = forms.DateField(
        label="To be filed by",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    file = forms.ModelChoiceField(
        queryset=ClientFile.objects.none(),
        required=False,
        empty_label="None yet",
        help_text="What the client is to approve. It must lie in the folder “Tax return”.",
    )
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(
        self, data: Any = None, *, connection: Connection, tax_return: TaxReturn | None = None
    ) -> None:
        initial: dict[str, Any] = {"key": uuid4(), "year": clock.today().year - 1}
        if tax_return:
            names = ("title", "year", "due_on", "file")
            initial |= {name: getattr(tax_return, name) for name in names}
        super().__init__(data, initial=initial)
        field: Any = self.fields["file"]
        field.queryset = (
            ClientFile.objects.of(connection.pk)
            .kept()
            .filter(folder__kind="tax_return")
            .exclude(state=FileState.REFUSED)
        )
        if tax_return:
            del self.fields["key"]


class MoveForm(forms.Form):
    """To which step; for “Ready to sign” whom to tell, for “Filed” that it was approved."""

    step = forms.TypedChoiceField(coerce=TaxStep, widget=forms.RadioSelect)
    tell = forms.TypedMultipleChoiceField(
        label="Notify when it is ready to sign",
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Tick nobody, and nobody is written to.",
    )
    was_approved = forms.BooleanField(
        label="The client approved it outside the portal", required=False
    )

    def __init__(
        self, data: Any = None, *, tax_return: TaxReturn, people: Sequence[ContactAccess]
    ) -> None:
        super().__init__(data)
        moves = TAX_TRANSITIONS.moves[tax_return.step]
        field: Any = self.fields["step"]
        field.choices = [(step.value, step.label) for step in TaxStep if step in moves]
        field = self.fields["tell"]
        field.choices = [(a.pk, f"{a.contact.name} ({a.contact.email})") for a in people]
        if TaxStep.READY not in moves or not people:
            del self.fields["tell"]
        if TaxStep.FILED not in moves or tax_return.approved_at:
            del self.fields["was_approved"]


class ApproveForm(forms.Form):
    """`sha256` is of the file that was on the page."""

    has_read = forms.BooleanField(
        label="I have read this tax return, and it is complete and correct as far as I know.",
        error_messages={"required": "Tick that you have read it."},
    )
    sha256 = forms.RegexField(r"^[0-9a-f]{64}$", widget=forms.HiddenInput)
