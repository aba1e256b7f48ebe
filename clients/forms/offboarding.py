"""Who takes over from somebody who leaves (F-241)."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from clients.models.leftovers import BranchTies
from practice.forms.fields import TidyField

END = ("", "Nobody: end the assignments")


class OffboardForm(forms.Form):
    """One choice per branch that has assignments, and the reason that history keeps."""

    def __init__(
        self, data: Any, *, ties: Sequence[BranchTies], colleagues: Mapping[int, list[Any]]
    ) -> None:
        super().__init__(data)
        self.ties = [one for one in ties if one.can_pass]
        for one in self.ties:
            plural = "" if one.can_pass == 1 else "s"
            self.fields[self.name_of(one)] = forms.TypedChoiceField(
                label=f"Who takes over {one.can_pass:,} client{plural} of {one.name}",
                choices=[END, *((user.pk, str(user)) for user in colleagues[one.branch_id])],
                coerce=int,
                empty_value=None,
                required=False,
            )
        self.fields["reason"] = TidyField(
            label="Reason", max_length=300, initial="Left the firm.", required=True
        )

    @staticmethod
    def name_of(one: BranchTies) -> str:
        return f"branch_{one.branch_id}"

    @property
    def heirs(self) -> dict[int, int]:
        """Branch id → user id, where somebody takes over."""
        chosen = {one.branch_id: self.cleaned_data.get(self.name_of(one)) for one in self.ties}
        return {branch_id: user_id for branch_id, user_id in chosen.items() if user_id}

    @property
    def answers(self) -> list[tuple[str, int, str]]:
        """Branch, how many clients, and the colleague's name or ""; for the confirmation."""
        labels = [dict(self.fields[self.name_of(one)].choices) for one in self.ties]  # type: ignore[attr-defined]
        chosen = [self.cleaned_data.get(self.name_of(one)) for one in self.ties]
        return [
            (one.name, one.can_pass, label.get(user_id, "") if user_id else "")
            for one, label, user_id in zip(self.ties, labels, chosen, strict=True)
        ]
