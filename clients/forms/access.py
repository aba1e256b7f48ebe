"""Forms about whose client it is and who may do what: branch, access level, restriction."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from clients.actions.access_levels import NOTHING_CHOSEN
from clients.models import Connection
from clients.roles import AccessLevel, PortalFeature
from practice.forms.fields import TidyField
from practice.models import Branch

LONGEST_REASON = 300
NO_SUCH_BRANCH = "Choose an open branch of your firm on which you hold “Change Branch”."
MEANINGS = {
    AccessLevel.FULL: "The client works alongside your firm: nothing is capped.",
    AccessLevel.VIEW_ONLY: "They see everything they may see, and change nothing."
    " Paying an invoice stays possible.",
    AccessLevel.NONE: "They cannot open this client in the portal; your firm does everything.",
    AccessLevel.CUSTOM: "Only the features that you choose below.",
}


def reason_field(**options: Any) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 2})
    return forms.CharField(label="Why", max_length=LONGEST_REASON, widget=widget, **options)


class TransferForm(forms.Form):
    """The branch to move to, and why. `branches` are those on which the person may."""

    branch = forms.ModelChoiceField(
        label="New branch",
        queryset=Branch.objects.none(),
        empty_label="Choose a branch",
        error_messages={"invalid_choice": NO_SUCH_BRANCH, "required": "Choose a branch."},
    )
    reason = reason_field(
        required=False, help_text="Kept in the history. Never sent to the client."
    )

    def __init__(
        self, *args: Any, connection: Connection, branches: "QuerySet[Branch]", **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["branch"]
        field.queryset = branches
        others = [(b.pk, f"{b.name} · {b.currency}") for b in branches if b != connection.branch]
        field.widget.choices = [("", field.empty_label), *others]
        self.has_choice = bool(others)


class BranchForm(TransferForm):
    """The first step: the branch alone, and another one than the present."""

    def __init__(self, *args: Any, connection: Connection, **kwargs: Any) -> None:
        super().__init__(*args, connection=connection, **kwargs)
        self.connection = connection
        del self.fields["reason"]

    def clean_branch(self) -> Branch:
        branch: Branch = self.cleaned_data["branch"]
        if branch == self.connection.branch:
            raise forms.ValidationError(f"{self.connection.name} is in {branch.name} already.")
        return branch


class AccessLevelForm(forms.Form):
    """One of the four client access levels, with their meaning, and why (F-052…F-055a)."""

    level = forms.ChoiceField(
        label="Client access level", choices=AccessLevel.choices, widget=forms.RadioSelect
    )
    features = forms.MultipleChoiceField(
        label="Features of Custom Access",
        choices=PortalFeature.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": NOTHING_CHOSEN},
    )
    reason = reason_field(required=False, help_text="In a year, someone will ask.")

    def levels(self) -> list[tuple[Any, str]]:
        """Each choice with its meaning."""
        return [(radio, MEANINGS[radio.data["value"]]) for radio in self["level"]]

    def clean(self) -> dict[str, Any]:
        """Other levels pick nothing, so what was ticked for them does not matter."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("level") != AccessLevel.CUSTOM:
            self.errors.pop("features", None)
            cleaned["features"] = []
        return cleaned


class AccessRequestForm(forms.Form):
    """Why the firm needs the account (F-143); `key` makes two clicks one request."""

    reason = TidyField(
        label="Reason",
        max_length=LONGEST_REASON,
        help_text="The owner of the account reads it.",
        error_messages={"required": "Say why your firm needs access."},
    )
    key = forms.UUIDField(widget=forms.HiddenInput)


class RestrictionForm(forms.Form):
    """Restrict, or lift the restriction; somebody will want to know why (F-060)."""

    is_restricted = forms.TypedChoiceField(
        choices=[("yes", "Restrict"), ("no", "Lift")],
        coerce=lambda answer: answer == "yes",
        widget=forms.HiddenInput,
    )
    reason = reason_field(error_messages={"required": "Say why."})
