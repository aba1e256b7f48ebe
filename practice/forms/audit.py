"""The filter of the audit trail."""

from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.validators import MaxLengthValidator
from django.db.models import Q

from practice.forms.days import DaysForm
from practice.models import User
from practice.models.trail import AuditFilter, Viewer, find_clients, sources

SYSTEM_WORDS = {"system", "the system"}
MOST_PEOPLE = 100


class AuditFilterForm(DaysForm):
    client = forms.CharField(
        required=False, label="Client", help_text="", validators=[MaxLengthValidator(100)]
    )
    person = forms.CharField(required=False, label="Person", validators=[MaxLengthValidator(100)])
    kind = forms.ChoiceField(required=False, label="Kind")
    client_id = forms.IntegerField(
        required=False, min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput
    )

    field_order = ("client", "person", "kind", "since", "until", "client_id")

    def __init__(self, data: Any, *, viewer: Viewer, time_zone: str) -> None:
        super().__init__(data)
        self.viewer = viewer
        self.zone = ZoneInfo(time_zone)
        kinds = sorted((source.label, source.key) for source in sources())
        kind: Any = self.fields["kind"]
        kind.choices = [("", "All kinds"), *((key, label) for label, key in kinds)]

    def wanted(self) -> AuditFilter:
        """What the valid form asks for; the last day is included."""
        facts = self.cleaned_data
        since, until = self.instants(self.zone)
        by_system = facts["person"].casefold() in SYSTEM_WORDS
        return AuditFilter(
            kind=facts["kind"],
            clients=self._clients(facts["client_id"], facts["client"]),
            people=None if by_system else self._people(facts["person"]),
            by_system=by_system,
            since=since,
            until=until,
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
