"""Forms of tickets."""

from typing import Any

from django import forms

from clients.models.health import BY_KEY
from clients.models.tickets import ANSWER_WITHIN, TicketPriority
from practice.forms.fields import TidyField

STATES = [("", "All tickets"), ("open", "Open"), ("overdue", "Overdue"), ("closed", "Closed")]


def within(priority: TicketPriority) -> str:
    """Urgent: answer within 4 hours."""
    days, seconds = ANSWER_WITHIN[priority].days, ANSWER_WITHIN[priority].seconds
    number, unit = (days, "day") if days else (seconds // 3600, "hour")
    return f"{priority.label}: answer within {number} {unit}{'' if number == 1 else 's'}"


class TicketForm(forms.Form):
    """`key` makes two clicks on "Create ticket" one ticket."""

    subject = TidyField(max_length=200)
    text = forms.CharField(max_length=5_000, widget=forms.Textarea(attrs={"rows": 7}))
    priority = forms.ChoiceField(choices=[(one.value, within(one)) for one in TicketPriority])
    key = forms.UUIDField(widget=forms.HiddenInput)


class ContactForm(forms.Form):
    """What a client writes to its accountant (F-147); `key` makes two clicks one message."""

    subject = TidyField(max_length=200)
    text = forms.CharField(
        label="Message", max_length=5_000, widget=forms.Textarea(attrs={"rows": 7})
    )
    key = forms.UUIDField(widget=forms.HiddenInput)


def about(check_key: str | None) -> dict[str, str]:
    """What a ticket about a health check begins with; nothing for an unknown one."""
    check = BY_KEY.get(check_key or "")
    return {"subject": check.name, "text": check.advice} if check else {}


class ReplyForm(forms.Form):
    text = forms.CharField(
        label="Reply", max_length=5_000, widget=forms.Textarea(attrs={"rows": 4})
    )
    key = forms.UUIDField(widget=forms.HiddenInput)


class TicketFilterForm(forms.Form):
    """By state and priority; what is unknown narrows nothing."""

    state = forms.ChoiceField(required=False, choices=STATES)
    priority = forms.ChoiceField(
        required=False, choices=[("", "All priorities"), *TicketPriority.choices]
    )

    def __init__(self, data: Any) -> None:
        super().__init__(data, auto_id="ticket-%s")

    @property
    def asked(self) -> dict[str, str]:
        """What was asked for and is sound."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    def narrow(self, tickets: Any) -> Any:
        if priority := self.asked.get("priority"):
            tickets = tickets.filter(priority=priority)
        state = self.asked.get("state")
        return getattr(tickets, state)() if state else tickets
