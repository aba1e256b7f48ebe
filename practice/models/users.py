"""People. The e-mail address is the login, unique without regard to case or look."""

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.utils import timezone
from django.utils.crypto import salted_hmac

from practice import auth
from practice.history import History
from practice.text import fold


class UserManager(BaseUserManager["User"]):
    """Creates people and finds them by address, however it was typed."""

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email_key=fold(username or ""))

    def create_user(self, email: str, password: str | None = None, **facts: Any) -> "User":
        user = self.model(email=email, email_key=fold(email), **facts)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **facts: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **facts)


class User(AbstractBaseUser, PermissionsMixin):
    """A login. It may be a team member, a client's person and an operator, in several firms."""

    email = models.EmailField("email address", max_length=254)
    email_key = models.CharField(max_length=254, unique=True, editable=False)
    full_name = models.CharField("name", max_length=200)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField("operator", default=False)
    time_zone = models.CharField(max_length=60, default="Europe/London")
    language = models.CharField(max_length=10, default="en")
    date_joined = models.DateTimeField(default=timezone.now)
    # Counted up to end every session of the person: it is part of what a session proves.
    session_version = models.PositiveIntegerField(default=0, db_default=0, editable=False)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["full_name"]

    # What the middleware found out for this request; nothing outlives it.
    known_standings: dict[int, Any]

    history = History(excluded_fields=["password", "last_login"])
    objects = UserManager()

    def __str__(self) -> str:
        return self.full_name or self.email

    def clean(self) -> None:
        super().clean()
        self.email_key = fold(self.email)

    def get_full_name(self) -> str:
        return str(self)

    @property
    def initials(self) -> str:
        words = str(self).split()
        return "".join(word[0] for word in [*words[:1], *words[1:][-1:]]).upper()

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Of the password and the version: a session that knows another one has ended."""
        salt, proves = "practice.models.users.session", f"{self.password}:{self.session_version}"
        return salted_hmac(salt, proves, secret=secret, algorithm="sha256").hexdigest()

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """About a row: the verdict of `explain`, for superusers too. Without: Django admin's."""
        if obj is None:
            return super().has_perm(perm)
        return auth.allows(self, perm, obj)
