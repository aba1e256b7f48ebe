"""“Pay now”."""

from django import forms


class PayForm(forms.Form):
    """The attempt that the page offered: pressed twice, it is one."""

    attempt = forms.IntegerField(min_value=1, max_value=1000, widget=forms.HiddenInput)
