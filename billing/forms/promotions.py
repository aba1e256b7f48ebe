"""The code of a promotion."""

from django import forms

from practice.forms.fields import TidyField


class PromotionCodeForm(forms.Form):
    code = TidyField(
        label="Promotion code", max_length=40, help_text="As in SPRING20; small letters will do."
    )
