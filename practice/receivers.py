"""What follows here from news of the packages that let people in."""

from functools import partial

from allauth.account.signals import user_logged_in
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest

from practice.actions.sign_ins import note_country
from practice.http import country_of
from practice.models import User


@receiver(user_logged_in)
def note_country_of_sign_in(*, request: HttpRequest, user: User, **_: object) -> None:
    """Once it has happened, and whatever becomes of the note: nobody stays outside for its sake."""
    if country := country_of(request):
        transaction.on_commit(partial(note_country, user, country), robust=True)
