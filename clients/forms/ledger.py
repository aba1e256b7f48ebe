"""The seal that a client kept, to be looked for in the chain (F-245)."""

import re

from django import forms

from clients.models.ledger import SEAL

SHAPE = re.compile(r"[0-9a-f]{64}")
NO_SEAL = f"A seal has {SEAL} characters, digits and the letters a to f."


class SealForm(forms.Form):
    seal = forms.CharField(
        label="A seal that you kept",
        required=False,
        max_length=200,
        help_text="From an earlier look at this page, or from an export. It may be left empty.",
    )

    def clean_seal(self) -> str:
        seal = "".join(self.cleaned_data["seal"].split()).lower()
        if seal and not SHAPE.fullmatch(seal):
            raise forms.ValidationError(NO_SEAL)
        return seal
