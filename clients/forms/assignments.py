"""Forms of Team Assignments: who, in which role, until when."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone

from clients.models import TeamAssignment
from clients.models.access_requests import Window
from clients.roles import ClientRole
from practice import clock
from practice.forms.fields import TidyField
from practice.models import TeamMember

LATEST_YEAR = 2100
DEFAULT_ROLE = ClientRole.LIMITED
MEANS = {
    ClientRole.FULL: "Complete management: edit, pause and assign others.",
    ClientRole.LIMITED: "View and basic edits: contact name, tags and notes.",
    ClientRole.VIEW_ONLY: "Reads everything, changes nothing.",
}
NO_REASON = "Stands in the access history."


class EndDateField(forms.DateField):
    """The last day of an assignment, as the instant at which it ends."""

    def __init__(self, **options: Any) -> None:
        widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        super().__init__(label="Until", required=False, widget=widget, **options)

    def clean(self, value: Any) -> datetime | None:
        day: date | None = super().clean(value)
        if day is None:
            return None
        if day < clock.today():
            raise forms.ValidationError("Choose today or a later day.")
        if day.year >= LATEST_YEAR:
            raise forms.ValidationError(f"Choose a day before the year {LATEST_YEAR}.")
        return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))


class TeamAddForm(forms.Form):
    """Several people at once, each with a role of their own in `role-<member id>` (S0.30)."""

    person = forms.ModelMultipleChoiceField(
        queryset=TeamMember.objects.none(),
        label="Team members",
        error_messages={
            "required": "Choose at least one team member.",
            "invalid_choice": "One of these people cannot be assigned here. Choose from the list.",
            "invalid_pk_value": "One of these people is not on the list.",
        },
    )
    ends_at = EndDateField(help_text="Their access ends by itself after this day.")
    reason = TidyField(max_length=300, required=False, help_text=NO_REASON)

    def __init__(self, *args: Any, offered: QuerySet[TeamMember], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = offered  # type: ignore[attr-defined]

    def role_of(self, member_id: int) -> str:
        role = str(self.data.get(f"role-{member_id}", DEFAULT_ROLE))
        return role if role in ClientRole.values else DEFAULT_ROLE

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for member in cleaned.get("person", ()):
            if self.data.get(f"role-{member.pk}") not in ClientRole.values:
                self.add_error("person", f"Choose a role for {member}.")
        return cleaned

    @property
    def roles(self) -> dict[int, ClientRole]:
        """User id → role, of a valid form."""
        people = self.cleaned_data["person"]
        return {member.user_id: ClientRole(self.role_of(member.pk)) for member in people}


class AssignmentForm(forms.Form):
    """Role, end and mark of one person who is assigned."""

    role = forms.ChoiceField(
        label="Role for this client (staff)", choices=ClientRole.choices, widget=forms.RadioSelect
    )
    ends_at = EndDateField(help_text="Empty: no end.")
    is_primary = forms.BooleanField(
        label="Primary accountant",
        required=False,
        help_text="One per client; the one before loses the star.",
    )
    reason = TidyField(max_length=300, required=False, help_text=NO_REASON)

    @classmethod
    def initial_for(cls, tie: TeamAssignment) -> dict[str, Any]:
        return {"role": tie.role, "ends_at": tie.last_day, "is_primary": tie.is_primary}


class AssignmentRequestForm(forms.Form):
    """To be assigned for some hours (F-240); `key` makes two clicks one request."""

    client = TidyField(
        max_length=300, help_text="Its Client ID, or the whole company name as it is written."
    )
    hours = forms.TypedChoiceField(label="For how long", choices=Window.choices, coerce=int)
    reason = TidyField(
        max_length=300,
        help_text="Whoever decides reads it, and it stays in the access history.",
        error_messages={"required": "Say why you need access."},
    )
    key = forms.UUIDField(widget=forms.HiddenInput)


class GrantForm(forms.Form):
    """The answer to one: `roles` are those that the person may give, the widest first."""

    role = forms.ChoiceField(label="Role for this client (staff)", widget=forms.RadioSelect)
    hours = forms.TypedChoiceField(label="For how long", choices=Window.choices, coerce=int)

    def __init__(self, *args: Any, roles: Sequence[ClientRole], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["role"]
        field.choices = [(role.value, role.label) for role in roles]
        field.initial = roles[-1].value if roles else None


class RemovalForm(forms.Form):
    reason = TidyField(max_length=300, required=False, help_text=NO_REASON)
