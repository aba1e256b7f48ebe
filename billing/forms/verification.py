"""Asking for billing verification, and answering it."""

from django import forms

from billing.models import BillingVerification
from billing.roles import VerificationStatus
from practice import clock
from practice.text import tidy

ANSWERS = [
    (VerificationStatus.APPROVED.value, "Approve"),
    (VerificationStatus.REFUSED.value, "Refuse"),
]


class VerificationForm(forms.Form):
    reason = forms.CharField(
        label="Reason",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Which clients will you pay for, and about how many?",
    )

    def clean_reason(self) -> str:
        return visible(self.cleaned_data["reason"], "Write a reason.")


class AnswerForm(forms.Form):
    """An operator's answer, or the test gateway's."""

    status = forms.ChoiceField(label="Answer", choices=ANSWERS, widget=forms.RadioSelect)
    answer = forms.CharField(
        label="Text",
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="The branch reads it. A refusal needs one.",
    )

    def clean(self) -> dict[str, str]:
        cleaned = super().clean() or self.cleaned_data
        is_refusal = cleaned.get("status") == VerificationStatus.REFUSED
        if is_refusal and not tidy(cleaned.get("answer", "")):
            self.add_error("answer", "Say why: the branch reads it.")
        return cleaned


class OperatorAnswerForm(AnswerForm, forms.ModelForm):
    """The same in Django admin."""

    class Meta:
        model = BillingVerification
        fields = ["status", "answer"]

    def clean(self) -> dict[str, str]:
        self.instance.decided_at = clock.now()  # as the action will, for the constraints
        return super().clean()


def visible(text: str, otherwise: str) -> str:
    """Raises `ValidationError` when nothing visible is left."""
    if not tidy(text):
        raise forms.ValidationError(otherwise)
    return text.strip()
