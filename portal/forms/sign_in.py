"""What one types to sign in: an address, a code, a new password."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password

from practice.models import User
from practice.text import tidy


class CodeField(forms.RegexField):
    """Six digits, with or without a space between them."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            r"\A[0-9]{6}\Z",
            label="Code",
            error_messages={"invalid": "Type the six digits of the mail."},
            widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "one-time-code"}),
            **options,
        )

    def to_python(self, value: object) -> str:
        return "".join(str(super().to_python(value)).split())


class AddressForm(forms.Form):
    email = forms.EmailField(
        label="Email address",
        max_length=254,
        widget=forms.EmailInput({"autocomplete": "email"}),
    )

    def clean_email(self) -> str:
        return tidy(self.cleaned_data["email"])


class CodeForm(AddressForm):
    """The code of a mail that was opened on another device."""

    code = CodeField()


class LinkForm(forms.Form):
    """What a link takes beside itself: nothing, in the browser that asked for it."""

    code = CodeField(
        help_text="You asked for this link on another device: the code is in the mail."
    )
    password = forms.CharField(
        label="New password",
        max_length=4096,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )

    def __init__(
        self, *args: Any, needs_code: bool, needs_password: bool, user: User, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        if not needs_code:
            del self.fields["code"]
        if not needs_password:
            del self.fields["password"]

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        validate_password(password, self.user)
        return password
