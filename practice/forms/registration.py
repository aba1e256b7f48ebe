"""Sign-up: a person and their firm (F-002)."""

from django import forms


class RegistrationFields(forms.Form):
    """The fields that sign-up asks beside e-mail and password."""
