"""The filter of a client's timeline."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone

from clients.models import ActivityEvent, EventKind
from practice.forms.days import DaysForm


class EventFilterForm(DaysForm):
    """By kind, and from a day to a day in the reader's zone (F-093)."""

    kind = forms.ChoiceField(required=False, choices=[("", "All events"), *EventKind.choices])

    field_order = ("kind", "since", "until")

    def __init__(self, data: Any) -> None:
        super().__init__(data, auto_id="event-%s")

    def narrow(self, events: QuerySet[ActivityEvent]) -> QuerySet[ActivityEvent]:
        """Nothing while the form makes no sense."""
        if not self.is_valid():
            return events.none()
        since, until = self.instants(timezone.get_current_timezone())
        if kind := self.cleaned_data["kind"]:
            events = events.filter(kind=kind)
        events = events.filter(at__gte=since) if since else events
        return events.filter(at__lt=until) if until else events

    @property
    def is_narrow(self) -> bool:
        return any(self.data.get(name) for name in self.fields)
