"""Sign-in by address, however it was typed."""

from allauth.account.adapter import get_adapter
from allauth.account.forms import LoginForm


class SignInForm(LoginForm):
    """Continues with the stored address, so that limits and checks see one and the same."""

    def clean_login(self) -> str:
        return str(get_adapter().clean_email(super().clean_login()))
