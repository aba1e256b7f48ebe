"""What a bulk action asks: which clients, and the answers that each of the six needs (F-086)."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.db.models import QuerySet

from clients.forms.access import AccessLevelForm, reason_field
from clients.forms.assignments import TeamAddForm
from clients.forms.connections import TagsField
from clients.models import BulkAction
from clients.models.client_file import KINDS, OPTIONAL, header_of
from practice.forms.fields import IdsField
from practice.models import Branch

KEPT = "Kept in the history of each client. Never sent to the client."
NO_SUCH_BRANCH = "Choose an open branch of your firm on which you hold “Change Branch”."


class SelectionForm(forms.Form):
    """The ticked rows of the list, or everything that its query matches."""

    action = forms.ChoiceField(choices=BulkAction.choices)
    selected = IdsField(required=False)
    everything = forms.BooleanField(required=False)
    query = forms.CharField(required=False, max_length=4000)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not cleaned.get("selected") and not cleaned.get("everything"):
            raise forms.ValidationError("Tick at least one client, or all that match.")
        return cleaned


class TransferForm(forms.Form):
    branch = forms.ModelChoiceField(
        label="New branch",
        queryset=Branch.objects.none(),
        empty_label="Choose a branch",
        error_messages={"invalid_choice": NO_SUCH_BRANCH, "required": "Choose a branch."},
    )
    reason = reason_field(required=False, help_text=KEPT)

    def __init__(self, *args: Any, branches: "QuerySet[Branch]", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["branch"]
        field.queryset = branches
        named = [(branch.pk, f"{branch.name} · {branch.currency}") for branch in branches]
        field.widget.choices = [("", field.empty_label), *named]

    @property
    def parameters(self) -> dict[str, Any]:
        return {"branch": self.cleaned_data["branch"].pk}


class TeamForm(TeamAddForm):
    """Several people, each with a role of their own for all of the clients."""

    changes_roles = forms.BooleanField(
        label="Also change the role of people who are assigned already",
        required=False,
        help_text="Otherwise they keep the role that they have: “No change”.",
    )

    @property
    def parameters(self) -> dict[str, Any]:
        ends_at = self.cleaned_data["ends_at"]
        return {
            "roles": {str(user_id): role.value for user_id, role in self.roles.items()},
            "ends_at": ends_at.isoformat() if ends_at else None,
            "changes_roles": self.cleaned_data["changes_roles"],
        }


class AccessForm(AccessLevelForm):
    @property
    def parameters(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("level", "features")}


class TagsForm(forms.Form):
    """New words, and words that the firm has."""

    names = TagsField(
        label="Tags", required=False, help_text="Separate tags with commas. New words become tags."
    )
    known = forms.MultipleChoiceField(
        label="Tags of your firm", required=False, widget=forms.CheckboxSelectMultiple
    )
    reason = reason_field(required=False, help_text=KEPT)

    def __init__(self, *args: Any, known: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(name, name) for name in known]
        self.fields["known"].choices = choices  # type: ignore[attr-defined]
        if not choices:
            del self.fields["known"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and not self.chosen:
            self.add_error("names", "Name at least one tag.")
        return cleaned

    @property
    def chosen(self) -> list[str]:
        return [*self.cleaned_data.get("names", ()), *self.cleaned_data.get("known", ())]

    @property
    def parameters(self) -> dict[str, Any]:
        return {"names": self.chosen}


class ExportForm(forms.Form):
    """The columns beside those that the list always has."""

    columns = forms.MultipleChoiceField(
        label="Further columns",
        choices=list(zip(OPTIONAL, header_of(OPTIONAL), strict=True)),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Company, status, billing model, branch, tags and dates are always there.",
    )

    @property
    def parameters(self) -> dict[str, Any]:
        return {"columns": self.cleaned_data["columns"]}


class ReportForm(forms.Form):
    kind = forms.ChoiceField(
        label="Report",
        choices=[(name, f"{kind.label}: {kind.means}") for name, kind in KINDS.items()],
        widget=forms.RadioSelect,
        initial="details",
    )

    @property
    def parameters(self) -> dict[str, Any]:
        return {"kind": self.cleaned_data["kind"]}


FORMS: Mapping[str, type[forms.Form]] = {
    BulkAction.TRANSFER: TransferForm,
    BulkAction.TEAM: TeamForm,
    BulkAction.ACCESS: AccessForm,
    BulkAction.TAGS: TagsForm,
    BulkAction.EXPORT: ExportForm,
    BulkAction.REPORTS: ReportForm,
}
