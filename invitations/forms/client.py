"""Client Invitations: the filter of the list, and the firm's no (F-112, F-113a)."""

from typing import Any

from django import forms
from django.db.models import Q

from invitations.models.client import ClientInvitationQuerySet
from invitations.roles import InvitationSource, InvitationStatus

ALL = "all"
STATUSES = [
    ("", "Waiting for an answer"),
    (ALL, "All statuses"),
    *((value, label) for value, label in InvitationStatus.choices if value != "pending"),
]


class ClientInvitationFilterForm(forms.Form):
    q = forms.CharField(
        required=False,
        max_length=200,
        label="Search",
        widget=forms.TextInput({"type": "search", "placeholder": "Company, name or email"}),
    )
    status = forms.ChoiceField(required=False, label="Status", choices=STATUSES)
    source = forms.ChoiceField(
        required=False,
        label="How it came",
        choices=[("", "Any way"), *InvitationSource.choices],
    )

    @property
    def is_filtered(self) -> bool:
        return any(self.data.get(name) for name in self.fields)

    def narrow(self, rows: ClientInvitationQuerySet) -> ClientInvitationQuerySet:
        """What the valid part of the form asks for."""
        self.is_valid()
        said: dict[str, Any] = self.cleaned_data
        if text := said.get("q"):
            name = Q(company__icontains=text) | Q(contact_name__icontains=text)
            rows = rows.filter(name | Q(contact_email__icontains=text))
        if source := said.get("source"):
            rows = rows.filter(source=source)
        return rows.with_outcome(said.get("status") or InvitationStatus.PENDING)


class RejectForm(forms.Form):
    reason = forms.CharField(
        required=False,
        max_length=1000,
        widget=forms.Textarea({"rows": 3}),
        help_text="The client reads it in the mail. You may leave it empty.",
    )
