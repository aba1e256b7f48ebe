"""Changes a person makes to themselves."""

from django.db import transaction

from practice.history import because
from practice.models import User


@transaction.atomic
def update_profile(user: User, *, full_name: str, time_zone: str) -> User:
    """Save the person's own name and time zone."""
    user = User.objects.select_for_update().get(pk=user.pk)
    user.full_name, user.time_zone = full_name, time_zone
    with because("Changed their own profile.", by=user):
        user.save(update_fields=["full_name", "time_zone"])
    return user
