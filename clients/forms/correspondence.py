"""Forms of messages to clients and of their templates."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from clients.actions.correspondence import CHOOSE
from clients.actions.letters import IN_WORDS, unknown_fields, why_unreachable
from clients.models import Contact, ContactAccess, MessageTemplate
from practice.actions.texts import LONGEST
from practice.forms.fields import TidyField
from practice.models import Channel

LONGEST_MAIL = 10_000


def refuse_unknown_fields(text: str) -> None:
    if says := unknown_fields(text):
        raise ValidationError(says)


class RecipientBoxes(forms.CheckboxSelectMultiple):
    """Who cannot be reached is greyed, with the reason."""

    closed: Mapping[int, str] = {}

    def create_option(self, name: str, value: Any, *args: Any, **options: Any) -> dict[str, Any]:
        option: dict[str, Any] = super().create_option(name, value, *args, **options)
        if why := self.closed.get(int(str(value)), ""):
            option["attrs"]["disabled"] = True
            option["label"] = f"{option['label']} – {why}"
        return option


class RecipientField(forms.ModelMultipleChoiceField):
    names: Mapping[int, str] = {}

    def label_from_instance(self, obj: Any) -> str:
        return self.names.get(obj.pk, str(obj))


class MessageForm(forms.Form):
    """`accesses` are the contacts of the client; `key` makes two clicks on Send one effect."""

    channel = forms.ChoiceField(choices=Channel.choices, widget=forms.RadioSelect)
    contacts = RecipientField(
        queryset=Contact.objects.none(),
        label="Send To",
        widget=RecipientBoxes,
        error_messages={
            "required": CHOOSE,
            "invalid_choice": "One of these people is no contact of this client any more.",
        },
    )
    template = forms.ModelChoiceField(
        queryset=MessageTemplate.objects.none(), required=False, empty_label="Choose a template"
    )
    subject = TidyField(
        max_length=200,
        validators=[refuse_unknown_fields],
        error_messages={"required": "An email needs a subject."},
    )
    body = forms.CharField(
        label="Text",
        max_length=LONGEST_MAIL,
        widget=forms.Textarea(attrs={"rows": 9}),
        validators=[refuse_unknown_fields],
        help_text=f"Filled in for each recipient: {IN_WORDS}.",
    )
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        accesses: Sequence[ContactAccess],
        templates: Any,
        **options: Any,
    ) -> None:
        super().__init__(data, **options)
        self.fields["template"].queryset = templates  # type: ignore[attr-defined]
        self.fields["subject"].required = not self.is_text
        self.offer(accesses)

    @property
    def chosen_channel(self) -> Channel:
        asked = self["channel"].value()
        return Channel(asked) if asked in Channel.values else Channel.EMAIL

    @property
    def is_text(self) -> bool:
        return self.chosen_channel == Channel.TEXT

    def offer(self, accesses: Sequence[ContactAccess]) -> None:
        field: Any = self.fields["contacts"]
        people = [access.contact for access in accesses]
        field.queryset = Contact.objects.filter(pk__in=[one.pk for one in people])
        field.queryset = field.queryset.order_by("name", "pk")
        field.names = {access.contact_id: self.named(access) for access in accesses}
        closed = {one.pk: why_unreachable(one, self.chosen_channel) for one in people}
        field.widget.closed = {pk: why for pk, why in closed.items() if why}
        if not self.is_bound:
            asked = self.initial.get("contacts") or primary_of(accesses)
            self.initial["contacts"] = [pk for pk in asked if pk in closed and not closed[pk]]

    def named(self, access: ContactAccess) -> str:
        contact = access.contact
        address = contact.phone if self.is_text else contact.email
        name = f"{contact.name} (primary contact)" if access.is_primary else contact.name
        return f"{name} · {address}" if address else name

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.is_text and len(cleaned.get("body", "")) > LONGEST:
            self.add_error("body", f"A text message has at most {LONGEST:,} characters.")
        return cleaned


def primary_of(accesses: Sequence[ContactAccess]) -> list[int]:
    return [access.contact_id for access in accesses if access.is_primary]


def kept(data: QueryDict) -> dict[str, Any]:
    """What was typed, as the initial of a form that is shown again and judges nothing."""
    asked = [int(pk) for pk in data.getlist("contacts") if pk.isascii() and pk.isdigit()]
    words = {name: data.get(name, "") for name in ("channel", "subject", "body")}
    return {**words, "contacts": asked or [0], "key": as_key(data.get("key", ""))}


def as_key(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return uuid4()


class TemplateForm(forms.Form):
    name = TidyField(max_length=120, help_text="For your team; the client never sees it.")
    subject = TidyField(
        max_length=200,
        required=False,
        validators=[refuse_unknown_fields],
        help_text="Not used in text messages.",
    )
    body = forms.CharField(
        label="Text",
        max_length=LONGEST_MAIL,
        widget=forms.Textarea(attrs={"rows": 9}),
        validators=[refuse_unknown_fields],
        help_text=f"Merge fields: {IN_WORDS}.",
    )

    @classmethod
    def initial_for(cls, template: MessageTemplate) -> dict[str, Any]:
        return {name: getattr(template, name) for name in cls.base_fields}
