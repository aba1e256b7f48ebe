"""What if: a client is added, paused, resumed, disconnected or given another plan (F-250)."""

from datetime import date, timedelta
from typing import Any

from django import forms

from billing.models import Plan
from billing.proration import Move
from clients.filters import ClientFilter
from clients.models import Connection
from clients.models.connections import ConnectionQuerySet
from practice.forms.fields import TidyField
from practice.models import Branch
from practice.text import fold

FARTHEST = timedelta(days=366)
SHOWN = 5
MOVES = [
    (Move.ADD.value, "Add a client"),
    (Move.PAUSE.value, "Pause a client"),
    (Move.RESUME.value, "Resume a client"),
    (Move.DISCONNECT.value, "Disconnect a client"),
    (Move.CHANGE_PLAN.value, "Change the plan of a client"),
]
WITH_PLAN = {Move.ADD, Move.CHANGE_PLAN}


class SimulatorForm(forms.Form):
    """`clients` are the Bill Us clients of the branch that the person may see."""

    move = forms.ChoiceField(label="What happens", choices=MOVES)
    client = TidyField(
        required=False,
        label="Client",
        max_length=200,
        help_text="Name or Client ID. Leave it empty when you add one.",
    )
    plan = forms.ModelChoiceField(
        required=False,
        queryset=Plan.objects.none(),
        label="Plan",
        empty_label="As it is",
        help_text="For a client that is added or given another plan.",
    )
    on = forms.DateField(label="Day", widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))

    def __init__(
        self, data: Any, *, branch: Branch, clients: ConnectionQuerySet, today: date, client: str
    ) -> None:
        super().__init__(data, initial={"client": client, "on": today, "move": initial(client)})
        self.branch, self.clients, self.today = branch, clients, today
        plan: Any = self.fields["plan"]
        plan.queryset = Plan.objects.offered().priced_in(branch.currency)

    def clean_on(self) -> date:
        on: date = self.cleaned_data["on"]
        if not self.today <= on <= self.today + FARTHEST:
            raise forms.ValidationError("Choose a day from today on, within a year.")
        return on

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or {}
        move = facts.get("move")
        if move in WITH_PLAN and not facts.get("plan") and "plan" not in self.errors:
            self.add_error("plan", "Choose the plan.")
        if move and move != Move.ADD and "client" not in self.errors:
            facts["connection"] = self._connection(facts.get("client", ""))
        return facts

    def _connection(self, text: str) -> Connection | None:
        """By Client ID, by the whole name, or by what is found in one client alone."""
        found = self._named(text) if text else []
        if len(found) == 1:
            return found[0]
        if not text:
            says = "Say which client."
        elif found:
            named = ", ".join(str(row.client_number or row.name) for row in found[:SHOWN])
            says = f"Several clients fit. Write the Client ID of one: {named}."
        else:
            says = f"No Bill Us client of {self.branch} is found by this."
        self.add_error("client", says)
        return None

    def _named(self, text: str) -> list[Connection]:
        by_number = list(self.clients.filter(client_number_key=fold(text))[:2])
        by_name = by_number or list(self.clients.filter(name__iexact=text)[:2])
        rows = ClientFilter({"q": text}, queryset=self.clients).qs
        return by_name or list(rows.order_by("name_sort", "pk")[: SHOWN + 1])


def initial(client: str) -> str:
    return Move.PAUSE.value if client else Move.ADD.value
