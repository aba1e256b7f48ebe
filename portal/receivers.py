"""What follows in the portal from news of the apps below."""

from typing import Any

from allauth.account.signals import user_logged_in
from django.dispatch import receiver

from portal.actions.signing_in import claim_contacts
from practice.models import User


@receiver(user_logged_in)
def claim(*, user: User, **_: Any) -> None:
    """Signing in takes a proved address; its contacts are the person's own from then on."""
    claim_contacts(user)
