"""How allauth behaves here.

People are compared by folded address and written to at the stored one; mails wait in the outbox;
links in them begin with SITE_URL, never with the Host header of a request.
"""

import uuid
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.urls import reverse

from practice.actions.outbox import post_message
from practice.emails import site_link
from practice.history import because
from practice.models import User
from practice.models.security import LAST_FACTOR, is_last_factor_needed
from practice.text import fold, tidy


class AccountAdapter(DefaultAccountAdapter):
    """Sign-up, sign-in and mails of allauth, by our rules."""

    def clean_email(self, email: str) -> str:
        """The stored spelling of a known address; a new one as it was typed, in lower case."""
        key = fold(email)
        stored = User.objects.filter(email_key=key).values_list("email", flat=True).first()
        return (stored or tidy(email)).lower()

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        super().save_user(request, user, form, commit=False)
        user.full_name = form.cleaned_data["full_name"]
        user.email_key = fold(user.email)
        if commit:
            self.save_once(request, user)
        return user

    def save_once(self, request: HttpRequest, user: User) -> None:
        """The second click of a double click is told what the first was told."""
        try:
            with transaction.atomic(), because("Registered at Countinghouse."):
                user.save()
        except IntegrityError as taken:
            answer = self.respond_email_verification_sent(request, None)
            raise ImmediateHttpResponse(answer) from taken

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        with because("Confirmed their email address."):
            return bool(super().confirm_email(request, email_address))

    def get_email_confirmation_url(
        self, request: HttpRequest, emailconfirmation: EmailConfirmationHMAC
    ) -> str:
        return site_link("account_confirm_email", key=emailconfirmation.key)

    def get_reset_password_from_key_url(self, key: str) -> str:
        uid, token = key.split("-", 1)
        return site_link("account_reset_password_from_key", uidb36=uid, key=token)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("practice:home")

    def get_reauthentication_methods(self, user: User) -> list[dict[str, Any]]:
        words = {"mfa_reauthenticate:webauthn": "Use a passkey"}
        methods = super().get_reauthentication_methods(user)
        return [{**way, "description": words.get(way["id"], way["description"])} for way in methods]

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        facts = {**context, **addresses(), "email": email}
        mail = self.render_mail(template_prefix, email, facts)
        key = f"{template_prefix}:{uuid.uuid4()}"
        post_message(key=key, recipient=email, subject=mail.subject, body=f"{mail.body}\n")


class SecondFactorAdapter(DefaultMFAAdapter):
    """Second factors, in our words and by our rules (F-022, F-022a)."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "cannot_delete_authenticator": LAST_FACTOR,
        "incorrect_code": "This code is not correct.",
    }

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        return not is_last_factor_needed(authenticator.user_id)

    def generate_authenticator_name(self, user: User, type: str) -> str:  # noqa: A002
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return f"Passkey {number}" if number > 1 else "Passkey"

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {**super().get_public_key_credential_rp_entity(), "name": "Countinghouse"}


def addresses() -> dict[str, str]:
    """What allauth would have built from the request's Host header."""
    return {
        "site_url": settings.SITE_URL,
        "signup_url": site_link("account_signup"),
        "reset_page": site_link("account_reset_password"),
    }
