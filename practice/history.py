"""Who changed what, when and why. PostgreSQL writes the rows; this module says the why.

`History()` gives a model simple-history's table, admin page and `as_of` queries. The rows come from
one statement-level trigger per table (`practice.database`), so `update()`, bulk work and raw SQL
are recorded too, and a change that nobody explained is refused by the database.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from django.db import connection as database
from django.db import models
from simple_history.models import HistoricalRecords

from practice import clock

if TYPE_CHECKING:
    from practice.models import User


class HistoryFacts(models.Model):
    """What every history row says beside the columns of its source."""

    on_behalf_of_id = models.BigIntegerField(null=True, editable=False)
    request_id = models.CharField(max_length=36, editable=False)
    ip = models.GenericIPAddressField(null=True, editable=False)

    class Meta:
        abstract = True


class History(HistoricalRecords):
    """Historical records that the database writes; none of simple-history's signals are heard."""

    def __init__(self, *, excluded_fields: list[str] | None = None) -> None:
        super().__init__(
            bases=[HistoryFacts],
            user_db_constraint=False,
            history_change_reason_field=models.TextField(null=True),
            excluded_fields=excluded_fields or [],
        )

    def copy_fields(self, model: type[models.Model]) -> "dict[str, models.Field[Any, Any]]":
        """Few indexes: the object, and the firm or connection by date (see `get_meta_options`)."""
        fields: dict[str, models.Field[Any, Any]] = super().copy_fields(model)
        for name, field in fields.items():
            field.db_index = name == model._meta.pk.name  # type: ignore[attr-defined]
        return fields

    def get_meta_options(self, model: type[models.Model]) -> dict[str, Any]:
        options: dict[str, Any] = super().get_meta_options(model)
        names = {field.name for field in self.fields_included(model)}
        options["indexes"] = [
            models.Index(
                fields=[owner, "-history_date"], name=f"{model._meta.model_name}_h_{owner}"[:30]
            )
            for owner in ("firm", "connection")
            if owner in names
        ]
        return options

    def post_save(self, *_: Any, **__: Any) -> None: ...

    def pre_delete(self, *_: Any, **__: Any) -> None: ...

    def post_delete(self, *_: Any, **__: Any) -> None: ...


@dataclass(frozen=True)
class Facts:
    """What the middleware knows about a request; empty in jobs."""

    request_id: str = ""
    ip: str = ""
    on_behalf_of_id: int | None = None


@dataclass(frozen=True)
class Cause:
    reason: str = ""
    user_id: int | None = None


request_facts: ContextVar[Facts] = ContextVar("request_facts", default=Facts())
_cause: ContextVar[Cause] = ContextVar("cause", default=Cause())

TELL = (
    "SELECT set_config('app.cause', %s, true), set_config('app.actor_id', %s, true),"
    " set_config('app.on_behalf_of_id', %s, true), set_config('app.request_id', %s, true),"
    " set_config('app.ip', %s, true), set_config('app.now', %s, true)"
)


def _tell_database(cause: Cause) -> None:
    facts = request_facts.get()
    with database.cursor() as cursor:
        cursor.execute(
            TELL,
            [
                cause.reason,
                str(cause.user_id or ""),
                str(facts.on_behalf_of_id or ""),
                facts.request_id,
                facts.ip,
                clock.now().isoformat(),
            ],
        )


@contextmanager
def because(reason: str, by: "User | None" = None) -> Iterator[None]:
    """Explain every audited change made inside, by receivers and bulk statements too.

    `reason` is a sentence the client could read in a dispute. Jobs that nobody started leave `by`
    out. Runs inside the caller's transaction; an inner block wins over an outer one.
    """
    if not database.in_atomic_block:
        raise RuntimeError("because() explains changes of the running transaction; there is none.")
    before = _cause.get()
    cause = replace(before, reason=reason, user_id=by.pk if by else before.user_id)
    token = _cause.set(cause)
    _tell_database(cause)
    try:
        yield
        if not database.needs_rollback:
            _tell_database(before)
    finally:
        _cause.reset(token)
