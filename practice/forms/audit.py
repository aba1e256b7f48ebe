"""The filter of the audit trail."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.validators import MaxLengthValidator
from django.db.models import Q

from practice.models import User
from practice.models.trail import AuditFilter, Viewer, find_clients, sources

SYSTEM_WORDS = {"system", "the system"}
MOST_PEOPLE = 100


class AuditFilterForm(forms.Form):
    client = forms.CharField(
        required=False, label="Client", help_text="", validators=[MaxLengthValidator(100)]
    )
    person = forms.CharField(required=False, label="Person", validators=[MaxLengthValidator(100)])
    kind = forms.ChoiceField(required=False, label="Kind")
    since = forms.DateField(
        required=False, label="From", widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )
    until = forms.DateField(
        required=False, label="To", widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )
    client_id = forms.IntegerField(
        required=False, min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput
    )

    def __init__(self, data: Any, *, viewer: Viewer, time_zone: str) -> None:
        super().__init__(data)
        self.viewer = viewer
        self.zone = ZoneInfo(time_zone)
        kinds = sorted((source.label, source.key) for source in sources())
        kind: Any = self.fields["kind"]
        kind.choices = [("", "All kinds"), *((key, label) for label, key in kinds)]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and until < since:
            self.add_error("until", "The last day lies before the first.")
        return cleaned

    def wanted(self) -> AuditFilter:
        """What the valid form asks for; the last day is included."""
        facts = self.cleaned_data
        by_system = facts["person"].casefold() in SYSTEM_WORDS
        return AuditFilter(
            kind=facts["kind"],
            clients=self._clients(facts["client_id"], facts["client"]),
            people=None if by_system else self._people(facts["person"]),
            by_system=by_system,
            since=self._midnight(facts["since"]),
            until=self._midnight(facts["until"], days=1),
        )

    def _clients(self, client_id: int | None, text: str) -> list[int] | None:
        if client_id:
            return [client_id]
        return find_clients(self.viewer, text) if text else None

    def _people(self, text: str) -> list[int] | None:
        if not text:
            return None
        people = User.objects.filter(team_members__firm_id=self.viewer.firm_id)
        named = people.filter(Q(full_name__icontains=text) | Q(email__icontains=text))
        return list(named.order_by().values_list("pk", flat=True).distinct()[:MOST_PEOPLE])

    def _midnight(self, day: Any, *, days: int = 0) -> datetime | None:
        if day is None:
            return None
        return datetime.combine(day + timedelta(days=days), time(), self.zone).astimezone(UTC)
