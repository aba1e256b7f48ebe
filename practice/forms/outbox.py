"""The filter of the outbox."""

from django import forms
from django.db.models import Q

from practice.models import MessageState
from practice.models.outbox import MessageQuerySet


class OutboxFilterForm(forms.Form):
    q = forms.CharField(
        required=False,
        max_length=200,
        label="Search",
        widget=forms.TextInput({"type": "search", "placeholder": "Recipient or subject"}),
    )
    state = forms.ChoiceField(
        required=False, label="State", choices=[("", "All states"), *MessageState.choices]
    )

    @property
    def is_filtered(self) -> bool:
        return any(self.data.get(name) for name in self.fields)

    def narrow(self, rows: MessageQuerySet) -> MessageQuerySet:
        """What the valid part of the form asks for."""
        self.is_valid()
        text, state = (self.cleaned_data.get(name, "") for name in ("q", "state"))
        if text:
            rows = rows.filter(Q(recipient__icontains=text) | Q(subject__icontains=text))
        return rows.filter(state=state) if state else rows
