"""Forms of alerts: narrowing the list, and what is done to some of them (F-100, F-101)."""

from collections.abc import Sequence
from typing import Any

from django import forms

from clients.actions.alerts import LONGEST_SNOOZE
from clients.models import AlertKind, AlertState
from practice.forms.fields import IdsField
from practice.models import Branch, User

ALL = "all"
USUAL_SNOOZE = 14
MOST_IN_SELECT = 50  # a firm may have five hundred branches; those have the selector


class AlertFilterForm(forms.Form):
    """What is unknown narrows nothing. Without a branch in the address the selector's counts."""

    state = forms.ChoiceField(required=False, choices=AlertState)
    kind = forms.ChoiceField(required=False, choices=[("", "All kinds"), *AlertKind.choices])
    branch = forms.ChoiceField(required=False)
    mine = forms.BooleanField(label="Assigned to me", required=False)

    def __init__(self, data: Any, *, branches: Sequence[Branch], chosen: Branch | None) -> None:
        known = {str(branch.pk): branch.name for branch in branches}
        usual = {"state": AlertState.OPEN, "branch": str(chosen.pk) if chosen else ALL}
        merged = {**usual, **{name: data[name] for name in self.base_fields if name in data}}
        super().__init__(merged, auto_id="alert-%s")
        if 1 < len(known) <= MOST_IN_SELECT:
            choices = [(ALL, "All branches"), *known.items()]
            self.fields["branch"].choices = choices  # type: ignore[attr-defined]
        else:
            self.fields["branch"].widget = forms.HiddenInput()
            self.fields["branch"].choices = [(ALL, ALL), *known.items()]  # type: ignore[attr-defined]

    @property
    def asked(self) -> dict[str, Any]:
        """What was asked for and is sound."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    @property
    def state_asked(self) -> str:
        return str(self.asked.get("state", AlertState.OPEN))

    @property
    def is_narrow(self) -> bool:
        return any(self.asked.get(name) for name in ("kind", "mine"))

    def narrow(self, alerts: Any, user: User) -> Any:
        asked = self.asked
        alerts = alerts.in_state(self.state_asked)
        if kind := asked.get("kind"):
            alerts = alerts.filter(kind=kind)
        if (branch := asked.get("branch", ALL)) != ALL:
            alerts = alerts.filter(branch_id=int(branch))
        return alerts.filter(assignee=user) if asked.get("mine") else alerts


class ChosenForm(forms.Form):
    """Alerts that were ticked; `filters` is the list that one came from, `back` the page."""

    alert = IdsField(error_messages={"required": "Tick at least one alert."})
    filters = forms.CharField(required=False, max_length=500)
    back = forms.ChoiceField(required=False, choices=[("", ""), ("alert", "")])


class SnoozeForm(ChosenForm):
    days = forms.IntegerField(
        label="Days",
        min_value=1,
        max_value=LONGEST_SNOOZE,
        error_messages={
            "required": "Say for how many days.",
            "invalid": "Say for how many days, in figures.",
            "min_value": "Snooze for one day at least.",
            "max_value": f"Snooze for {LONGEST_SNOOZE} days at most.",
        },
    )


class AssignForm(forms.Form):
    """`people` may see the client; they are all that can be chosen."""

    assignee = forms.ModelChoiceField(
        queryset=User.objects.none(),
        label="Assigned to",
        required=False,
        empty_label="Nobody yet",
        error_messages={"invalid_choice": "This person may not see the client. Choose another."},
    )

    def __init__(self, *args: Any, people: Sequence[int], **options: Any) -> None:
        super().__init__(*args, **options)
        offered = User.objects.filter(pk__in=people).order_by("full_name", "pk")
        self.fields["assignee"].queryset = offered  # type: ignore[attr-defined]
