"""Whose rows a piece of work may touch.

PostgreSQL enforces it: row-level security compares every firm-owned row with three settings that
live as long as the transaction (`app.realm`, `app.firm_id`, `app.user_id`). No context, no rows.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from django.apps import apps
from django.db import connection as database
from django.db import models, transaction
from django.db.backends.utils import CursorWrapper

if TYPE_CHECKING:
    from practice.models import Firm


class Realm(StrEnum):
    NONE = ""
    STAFF = "staff"
    PORTAL = "portal"
    OPERATOR = "operator"
    SYSTEM = "system"


@dataclass(frozen=True)
class Scope:
    """What a contact of a firm reaches in its portal: some of the clients, and nothing else."""

    firm_id: int
    contact_id: int
    connection_ids: tuple[int, ...]


@dataclass(frozen=True)
class Context:
    """`firm_id` opens the whole of a firm and is for its staff; `scope` is a contact's."""

    realm: Realm = Realm.NONE
    firm_id: int | None = None
    user_id: int | None = None
    scope: Scope | None = None


# Policies under which the portal reads a table (`Model.portal_policy`); no table opens by itself.
OF_PORTAL_CLIENT = "connection_id = ANY ((SELECT app.portal_connections())::bigint[])"
NOBODY = Context()
_current: ContextVar[Context] = ContextVar("tenancy", default=NOBODY)


def current() -> Context:
    return _current.get()


def _tell_database(context: Context) -> None:
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('app.realm', %s, true), set_config('app.firm_id', %s, true),"
            " set_config('app.user_id', %s, true)",
            [context.realm, str(context.firm_id or ""), str(context.user_id or "")],
        )
        if context.scope:
            _tell_scope(cursor, context.scope)


def _tell_scope(cursor: CursorWrapper, scope: Scope) -> None:
    """Policies read it in the portal's realm alone, so that nothing has to take it back."""
    cursor.execute(
        "SELECT set_config('app.portal_firm_id', %s, true),"
        " set_config('app.contact_id', %s, true), set_config('app.portal_connections', %s, true)",
        [str(scope.firm_id), str(scope.contact_id), array_of(scope.connection_ids)],
    )


def switch(context: Context) -> None:
    """Change the context of the running transaction (the middleware, once it knows the firm)."""
    _tell_database(context)
    told(context)


def told(context: Context) -> None:
    """The running transaction has been told already (`practice.models.arrivals`)."""
    _current.set(context)


def array_of(ids: tuple[int, ...]) -> str:
    """As PostgreSQL writes an array of numbers."""
    return "{" + ",".join(map(str, ids)) + "}"


@contextmanager
def enter(context: Context) -> Iterator[None]:
    """A transaction in which rows of this context, and no others, exist."""
    was_inside = database.in_atomic_block
    before = _current.get()
    token = _current.set(context)
    try:
        with transaction.atomic():
            if was_inside or context != NOBODY:  # a transaction begins as nobody's
                _tell_database(context)
            yield
            if was_inside and not database.needs_rollback:
                _tell_database(before)
    finally:
        _current.reset(token)


def in_firm(firm_id: int, user_id: int | None = None) -> Any:
    """The rows of one firm, for a job or a running export."""
    return enter(Context(Realm.STAFF, firm_id, user_id))


def as_system() -> Any:
    """Every firm's rows: scheduled work, sign-up, loaders. Never drift into it."""
    return enter(Context(Realm.SYSTEM))


Row = TypeVar("Row", bound="models.Model")


class FirmOwnedQuerySet(models.QuerySet[Row], Generic[Row]):
    """Questions about the rows of a firm; each begins with the tenant."""

    def for_firm(self, firm: "Firm") -> Self:
        return self.filter(firm_id=firm.pk)


class FirmOwned(models.Model):
    """A row of one firm. Row-level security and composite foreign keys are made from this base."""

    firm = models.ForeignKey("practice.Firm", on_delete=models.PROTECT, related_name="+")

    class Meta:
        abstract = True


def firm_owned_models() -> list[type[models.Model]]:
    """Every concrete firm-owned model, history tables included."""
    return [m for m in apps.get_models() if is_firm_owned(m)]


def is_firm_owned(model: type[models.Model]) -> bool:
    return any(f.attname == "firm_id" for f in model._meta.concrete_fields)
