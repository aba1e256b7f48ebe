"""Forms of tasks and important dates."""

from datetime import date
from typing import Any

from django import forms

from clients.actions.reminders import MOST_DAYS
from clients.models import KeyDate, Task
from practice.forms.fields import TidyField
from practice.models import User

YEARS = range(2000, 2100)


class DayField(forms.DateField):
    def __init__(self, **options: Any) -> None:
        widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        super().__init__(widget=widget, **options)

    def clean(self, value: Any) -> date | None:
        day: date | None = super().clean(value)
        if day and day.year not in YEARS:
            raise forms.ValidationError(f"Choose a day between {YEARS[0]} and {YEARS[-1]}.")
        return day


class TaskForm(forms.Form):
    """`people` may see the client; they are all that can be chosen."""

    title = TidyField(label="Task", max_length=200)
    assignee = forms.ModelChoiceField(
        queryset=User.objects.none(),
        label="Assigned to",
        required=False,
        empty_label="Nobody yet",
        help_text="Who may see this client. They get one mail.",
        error_messages={"invalid_choice": "This person may not see the client. Choose another."},
    )
    due_on = DayField(label="Due date", required=False)
    details = forms.CharField(
        max_length=5_000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )

    def __init__(self, *args: Any, people: list[int], **options: Any) -> None:
        super().__init__(*args, **options)
        offered = User.objects.filter(pk__in=people).order_by("full_name", "pk")
        self.fields["assignee"].queryset = offered  # type: ignore[attr-defined]

    @classmethod
    def initial_for(cls, task: Task) -> dict[str, Any]:
        names = ("title", "due_on", "details")
        return {"assignee": task.assignee_id, **{name: getattr(task, name) for name in names}}


class KeyDateForm(forms.Form):
    title = TidyField(label="What", max_length=200, help_text="As in “Year end”.")
    on = DayField(label="Date")
    is_yearly = forms.BooleanField(
        label="Every year", required=False, help_text="Once it has passed, it names the next one."
    )
    remind_days = forms.IntegerField(
        label="Remind, days before",
        required=False,
        min_value=0,
        max_value=MOST_DAYS,
        help_text="By mail to who is assigned, or to you when nobody is. Empty: no reminder.",
    )

    @classmethod
    def initial_for(cls, key_date: KeyDate) -> dict[str, Any]:
        return {name: getattr(key_date, name) for name in cls.base_fields}
