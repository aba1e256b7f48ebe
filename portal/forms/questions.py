"""Forms of questions, as the firm fills them in."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from clients.forms.work import DayField
from clients.models import Connection, Contact, ContactAccess
from portal.actions.questions import Payment
from portal.forms.files import files_field
from portal.models import QuestionSettings
from portal.models.questions import LONGEST
from portal.roles import QuestionState, Weekday
from portal.uploads.kinds import TAKEN
from practice.forms.fields import TidyField, TimeZoneField
from practice.money import is_whole
from practice.text import tidy

MOST_AT_ONCE = 50
STATES = [("", "Every state"), ("open", "Open"), *QuestionState.choices]
KINDS = [("", "All questions"), ("firm", "Questions to the client"),
         ("client", "Questions from client")]  # fmt: skip
NOBODY = "nobody"


def contacts_of(connection: Connection) -> QuerySet[Contact]:
    accesses = ContactAccess.objects.filter(connection=connection)
    return Contact.objects.filter(pk__in=accesses.values("contact_id")).order_by("name", "pk")


class ContactField(forms.ModelChoiceField):
    def __init__(self, **options: Any) -> None:
        super().__init__(
            queryset=Contact.objects.none(),
            required=False,
            empty_label="Nobody yet",
            error_messages={"invalid_choice": "This person is no contact of the client."},
            **options,
        )


class AskForm(forms.Form):
    """`key` makes two clicks on "Ask" one asking. With `many`, each line is a question."""

    text = forms.CharField(
        label="Question", max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 4})
    )
    assignee = ContactField(label="Assigned to", help_text="Who answers it for the client.")
    due_on = DayField(label="Answer by", required=False)
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, connection: Connection, is_assignable: bool, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        if is_assignable:
            field: Any = self.fields["assignee"]
            field.queryset = contacts_of(connection)
        else:
            del self.fields["assignee"]

    @property
    def texts(self) -> list[str]:
        return [self.cleaned_data["text"]]

    @property
    def facts(self) -> dict[str, Any]:
        names = ("due_on", "key", "assignee")
        return {name: self.cleaned_data[name] for name in names if name in self.fields}


class AskManyForm(AskForm):
    text = forms.CharField(
        label="Questions",
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 9}),
        help_text=f"One a line, {MOST_AT_ONCE} at most.",
    )

    @property
    def texts(self) -> list[str]:
        lines = (tidy(line) for line in self.cleaned_data["text"].splitlines())
        return [line for line in lines if line]

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"]
        if len(self.texts) > MOST_AT_ONCE:
            raise forms.ValidationError(
                f"These are {len(self.texts)} questions; at most {MOST_AT_ONCE} go at once."
            )
        if any(len(line) > LONGEST for line in self.texts):
            raise forms.ValidationError(f"A question has at most {LONGEST:,} characters.")
        return text


class AskOneForm(AskForm):
    """With the facts of a transaction, where the question is about one."""

    paid_on = DayField(label="Transaction date", required=False)
    amount = forms.DecimalField(
        max_digits=14,
        decimal_places=3,
        required=False,
        help_text="Of the transaction that you ask about; with a minus for money out.",
    )
    description = TidyField(label="Transaction description", max_length=200, required=False)

    def __init__(self, *args: Any, currency: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self.currency = currency
        self.fields["amount"].label = f"Amount, {currency}"

    def clean_amount(self) -> Any:
        amount = self.cleaned_data["amount"]
        if amount is not None and not is_whole(amount, self.currency):
            raise forms.ValidationError(f"There is no such amount of {self.currency}.")
        return amount

    @property
    def facts(self) -> dict[str, Any]:
        named = {name: self.cleaned_data[name] for name in ("paid_on", "amount", "description")}
        return {**super().facts, "payment": Payment(currency=self.currency, **named)}


class AnswerForm(forms.Form):
    text = forms.CharField(
        label="Reply", max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 4})
    )
    key = forms.UUIDField(widget=forms.HiddenInput)


class ContactAnswerForm(AnswerForm):
    """With files, where the answer is one; `answers` as the action takes them."""

    attached = files_field("Files")
    field_order = ("text", "attached", "key")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["attached"].help_text = f"Taken are {TAKEN}."

    @property
    def answers(self) -> dict[str, Any]:
        named = {name: self.cleaned_data[name] for name in ("text", "key")}
        return {**named, "uploads": self.cleaned_data["attached"]}


class AssignForm(forms.Form):
    assignee = ContactField(label="Assigned to")

    def __init__(self, *args: Any, connection: Connection, **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["assignee"]
        field.queryset = contacts_of(connection)


class QuestionFilterForm(forms.Form):
    """By state, kind and assignee; what is unknown narrows nothing."""

    state = forms.ChoiceField(required=False, choices=STATES)
    kind = forms.ChoiceField(required=False, choices=KINDS)
    assignee = forms.ChoiceField(label="Assigned to", required=False)

    def __init__(self, data: Any, *, connection: Connection) -> None:
        super().__init__(data, auto_id="question-%s")
        people = [(str(one.pk), str(one)) for one in contacts_of(connection)]
        field: Any = self.fields["assignee"]
        field.choices = [("", "Anybody"), (NOBODY, "Needs to be assigned"), *people]

    @property
    def asked(self) -> dict[str, str]:
        """What was asked for and is sound."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    def narrow(self, questions: Any) -> Any:
        asked = self.asked
        if state := asked.get("state"):
            questions = questions.open() if state == "open" else questions.filter(state=state)
        if kind := asked.get("kind"):
            questions = questions.filter(is_from_client=kind == "client")
        if asked.get("assignee") == NOBODY:
            return questions.unassigned()
        if whose := asked.get("assignee"):
            questions = questions.for_contact(int(whose))
        return questions


class SwitchesForm(forms.Form):
    are_assignable = forms.BooleanField(
        label="Assignable Questions",
        required=False,
        help_text="On: a contact sees the questions that are assigned to them, a Client admin all."
        " Off: every contact sees every question.",
    )
    takes_questions = forms.BooleanField(
        label="Questions for Us",
        required=False,
        help_text="The client’s contacts may ask you questions in the portal.",
    )

    @classmethod
    def initial_for(cls, settings: QuestionSettings) -> dict[str, Any]:
        return {name: getattr(settings, name) for name in cls.base_fields}


class RemindersForm(forms.Form):
    has_reminders = forms.BooleanField(
        label="Reminders",
        required=False,
        help_text="One mail a week to each contact who has questions that are not answered.",
    )
    remind_day = forms.TypedChoiceField(label="Day", choices=Weekday.choices, coerce=int)
    remind_hour = forms.TypedChoiceField(
        label="Hour", choices=[(hour, f"{hour}:00") for hour in range(24)], coerce=int
    )
    time_zone = TimeZoneField()

    @classmethod
    def initial_for(cls, settings: QuestionSettings) -> dict[str, Any]:
        facts = {name: getattr(settings, name) for name in cls.base_fields}
        return {**facts, "time_zone": settings.time_zone or settings.firm.time_zone}


class QuestionForm(forms.Form):
    """What a client’s contact asks the firm (F-174)."""

    text = forms.CharField(
        label="Your question", max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 5})
    )
    key = forms.UUIDField(widget=forms.HiddenInput)


class HandOnForm(AssignForm):
    """A Client admin gives a question to somebody, never to nobody (F-172)."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["assignee"]
        field.required, field.empty_label = True, "Choose a person"
