"""Passkeys, and the reset of a colleague's second factor (F-022, F-022a).

allauth's forms read what a browser's passkey answers; ours say in plain words what was wrong with
it, and take an answer that cannot be read for a wrong one.
"""

import struct
from typing import Any

from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    EditWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django import forms
from django.core.exceptions import ValidationError

from practice.forms.fields import TidyField

LONGEST_NAME = 60
NO_ANSWER = "Your browser did not answer for a passkey. This needs JavaScript."
NOT_ACCEPTED = "This passkey could not be added. Try again, or use another one."
NOT_KNOWN = "This passkey was not recognised."
UNREADABLE = (
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    IndexError,
    OverflowError,
    RecursionError,
    struct.error,
)


def answer_field() -> forms.JSONField:
    """What the browser says for the passkey."""
    said = {"required": NO_ANSWER, "invalid": NO_ANSWER}
    return forms.JSONField(label="Passkey", widget=forms.HiddenInput, error_messages=said)


def in_our_words(wrong: Exception, words: str) -> ValidationError:
    """No code was typed, so none is incorrect. Other refusals stay as they are."""
    if isinstance(wrong, ValidationError) and wrong.code != "incorrect_code":
        return wrong
    return ValidationError(words)


class PasskeyAddForm(AddWebAuthnForm):
    name = TidyField(
        label="Name",
        max_length=LONGEST_NAME,
        required=False,
        help_text="By which you tell your passkeys apart.",
    )
    credential = answer_field()
    passwordless = forms.BooleanField(
        label="Sign in with this passkey alone, without a password",
        required=False,
        initial=True,
        help_text="The device then asks for your finger, your face or its PIN.",
    )

    def clean(self) -> Any:
        try:
            return super().clean()
        except (ValidationError, *UNREADABLE) as wrong:
            raise in_our_words(wrong, NOT_ACCEPTED) from wrong


class PasskeyRenameForm(EditWebAuthnForm):
    name = TidyField(label="Name", max_length=LONGEST_NAME)


class PasskeyAnswer(forms.Form):
    """The part that signing in, its second step and the question "is it still you?" share."""

    credential = answer_field()

    def clean_credential(self) -> Any:
        try:
            return super().clean_credential()  # type: ignore[misc]
        except (ValidationError, *UNREADABLE) as wrong:
            raise in_our_words(wrong, NOT_KNOWN) from wrong


class PasskeyLoginForm(PasskeyAnswer, LoginWebAuthnForm):
    pass


class PasskeyCodeForm(PasskeyAnswer, AuthenticateWebAuthnForm):
    pass


class PasskeyAgainForm(PasskeyAnswer, ReauthenticateWebAuthnForm):
    pass


class FactorResetForm(forms.Form):
    reason = TidyField(
        label="Reason",
        max_length=300,
        help_text="It is on record, and in the mail to the person.",
    )
