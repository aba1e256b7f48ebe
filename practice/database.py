"""What PostgreSQL enforces, derived from the models and (re)installed after each `migrate`.

Row-level security with its policies, composite foreign keys that keep children in their firm,
history triggers, and the rights of the application's role. All statements may run twice.
"""

from collections.abc import Iterator
from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.db import connections, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from practice.history import HistoryFacts
from practice.tenancy import firm_owned_models, is_firm_owned

FUNCTIONS = """
CREATE SCHEMA IF NOT EXISTS app;
CREATE OR REPLACE FUNCTION app.realm() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS
  $$ SELECT coalesce(current_setting('app.realm', true), '') $$;
CREATE OR REPLACE FUNCTION app.firm_id() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS
  $$ SELECT nullif(current_setting('app.firm_id', true), '')::bigint $$;
CREATE OR REPLACE FUNCTION app.user_id() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS
  $$ SELECT nullif(current_setting('app.user_id', true), '')::bigint $$;
CREATE OR REPLACE FUNCTION app.portal_firm_id() RETURNS bigint
  LANGUAGE sql STABLE PARALLEL SAFE AS
  $$ SELECT nullif(current_setting('app.portal_firm_id', true), '')::bigint $$;
CREATE OR REPLACE FUNCTION app.contact_id() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS
  $$ SELECT nullif(current_setting('app.contact_id', true), '')::bigint $$;
CREATE OR REPLACE FUNCTION app.portal_connections() RETURNS bigint[]
  LANGUAGE sql STABLE PARALLEL SAFE AS
  $$ SELECT coalesce(nullif(current_setting('app.portal_connections', true), ''),
    '{}')::bigint[] $$;
CREATE OR REPLACE FUNCTION app.setting(name text) RETURNS text LANGUAGE sql STABLE AS
  $$ SELECT nullif(current_setting('app.' || name, true), '') $$;
"""

COLUMNS = (
    "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
)
OWN_FIRM = "firm_id = (SELECT app.firm_id())"


def realms(*names: str) -> str:
    listed = ", ".join(f"'{name}'" for name in names)
    return f"(SELECT app.realm()) IN ({listed})"


class Installer:
    """Writes the statements for one database through a connection of its owner."""

    def __init__(self, cursor: CursorWrapper) -> None:
        self.cursor = cursor
        self.columns: dict[str, set[str]] = {}
        for table, column in self.read(COLUMNS):
            self.columns.setdefault(table, set()).add(column)
        self.constraints = {name for (name,) in self.read("SELECT conname FROM pg_constraint")}

    def run(self, statement: str) -> None:
        self.cursor.execute(statement)

    def read(self, statement: str) -> list[tuple[Any, ...]]:
        self.run(statement)
        return list(self.cursor.fetchall())

    def install(self) -> None:
        self.run(FUNCTIONS)
        for model in self.present(firm_owned_models()):
            self.isolate(model)
        for model in self.present(policied_models()):
            self.policy(model, model.row_policy)  # type: ignore[attr-defined]
        for history in self.present(history_models()):
            self.audit(history)
        for statement in self.app_statements():
            self.run(statement)
        self.grant()

    def present(self, candidates: list[type[models.Model]]) -> list[type[models.Model]]:
        """Models whose table exists and is complete: during a partial migrate some are not yet."""
        return [model for model in candidates if self.is_complete(model)]

    def is_complete(self, model: type[models.Model]) -> bool:
        there = self.columns.get(model._meta.db_table, set())
        return there >= {field.column for field in model._meta.concrete_fields}

    def app_statements(self) -> Iterator[str]:
        """An app's own database code: functions, constraints, in `AppConfig.database_code`."""
        for config in apps.get_app_configs():
            models_of_app = list(config.get_models())
            if len(self.present(models_of_app)) == len(models_of_app):
                yield from getattr(config, "database_code", ())

    def isolate(self, model: type[models.Model]) -> None:
        if not hasattr(model, "row_policy"):
            operator = () if is_client_content(model) else ("operator",)
            self.policy(model, f"{OWN_FIRM} OR {realms('system', *operator)}")
        if not issubclass(model, HistoryFacts):
            for field in owned_references(model):
                self.composite_key(model, field)

    def policy(self, model: type[models.Model], using: str, check: str = "") -> None:
        table = model._meta.db_table
        self.run(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        self.run(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        self.run(f"DROP POLICY IF EXISTS tenant ON {table}")
        check = check or getattr(model, "row_check", using)
        self.run(f"CREATE POLICY tenant ON {table} USING ({using}) WITH CHECK ({check})")
        self.open_to_portal(model)

    def open_to_portal(self, model: type[models.Model]) -> None:
        """For reading alone: what a contact does is written inside the firm, by an action."""
        table = model._meta.db_table
        self.run(f"DROP POLICY IF EXISTS portal ON {table}")
        if rows := getattr(model, "portal_policy", ""):
            using = f"{realms('portal')} AND ({rows})"
            self.run(f"CREATE POLICY portal ON {table} FOR SELECT USING ({using})")

    def composite_key(self, model: type[models.Model], field: "models.Field[Any, Any]") -> None:
        table, column = model._meta.db_table, field.column
        target = field.related_model._meta.db_table  # type: ignore[union-attr]
        name = f"{table}_{column}_same_firm"[:63]
        self.run(f"CREATE UNIQUE INDEX IF NOT EXISTS {target}_id_firm ON {target} (id, firm_id)")
        if name not in self.constraints:
            self.run(
                f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY ({column}, firm_id)"
                f" REFERENCES {target} (id, firm_id) DEFERRABLE INITIALLY DEFERRED"
            )

    def audit(self, history: type[models.Model]) -> None:
        source = history.instance_type._meta.db_table  # type: ignore[attr-defined]
        table, columns = history._meta.db_table, audited_columns(history)
        if not is_firm_owned(history):
            self.policy(history, history_policy(history), check="true")
        self.run(audit_function(source, table, columns))
        for event, images in TRIGGERS.items():
            name = f"audit_{event.lower()}"
            self.run(f"DROP TRIGGER IF EXISTS {name} ON {source}")
            self.run(
                f"CREATE TRIGGER {name} AFTER {event} ON {source} REFERENCING {images}"
                f" FOR EACH STATEMENT EXECUTE FUNCTION app.audit_{source}()"
            )

    def grant(self) -> None:
        role = settings.APPLICATION_ROLE
        self.run(f"GRANT USAGE ON SCHEMA public, app TO {role}")
        self.run(f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA app TO {role}")
        self.run(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}")
        self.run(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}")
        for history in self.present(history_models()):
            self.run(
                f"REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON {history._meta.db_table} FROM {role}"
            )
        self.run(f"REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {role}")


TRIGGERS = {
    "INSERT": "NEW TABLE AS new_rows",
    "UPDATE": "OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "DELETE": "OLD TABLE AS old_rows",
}

AUDIT = """
CREATE OR REPLACE FUNCTION app.audit_{source}() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
  written bigint;
BEGIN
  IF TG_OP = 'INSERT' THEN
    {insert} SELECT {values_n}, '+', {facts} FROM new_rows n;
  ELSIF TG_OP = 'DELETE' THEN
    {insert} SELECT {values_o}, '-', {facts} FROM old_rows o;
  ELSE
    {insert} SELECT {values_n}, '~', {facts} FROM new_rows n JOIN old_rows o ON o.{pk} = n.{pk}
    WHERE ({values_n}) IS DISTINCT FROM ({values_o});
  END IF;
  GET DIAGNOSTICS written = ROW_COUNT;
  IF written > 0 AND app.setting('cause') IS NULL THEN
    RAISE EXCEPTION 'a change to {source} must be explained: use because()'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;
"""

FACT_COLUMNS = {
    "history_date": "app.setting('now')::timestamptz",
    "history_change_reason": "app.setting('cause')",
    "history_user_id": "app.setting('actor_id')::bigint",
    "on_behalf_of_id": "app.setting('on_behalf_of_id')::bigint",
    "request_id": "coalesce(app.setting('request_id'), '')",
    "ip": "app.setting('ip')::inet",
}


def audit_function(source: str, table: str, columns: list[str]) -> str:
    quoted = [f'"{column}"' for column in columns]
    target = ", ".join([*quoted, "history_type", *FACT_COLUMNS])
    facts = dict(FACT_COLUMNS)
    facts["history_date"] = f"coalesce({facts['history_date']}, clock_timestamp())"
    return AUDIT.format(
        source=source,
        insert=f"INSERT INTO {table} ({target})",
        values_n=", ".join(f"n.{column}" for column in quoted),
        values_o=", ".join(f"o.{column}" for column in quoted),
        facts=", ".join(facts.values()),
        pk=quoted[0],
    )


def audited_columns(history: type[models.Model]) -> list[str]:
    """The source's columns that its history keeps, primary key first."""
    source: type[models.Model] = history.instance_type  # type: ignore[attr-defined]
    kept = {field.column for field in history._meta.concrete_fields}
    fields = sorted(source._meta.concrete_fields, key=lambda field: not field.primary_key)
    return [str(field.column) for field in fields if field.column in kept]


def history_models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if issubclass(model, HistoryFacts)]


def history_policy(history: type[models.Model]) -> str:
    """The past of a row without a firm is read by whoever may read the row."""
    source: type[models.Model] = history.instance_type  # type: ignore[attr-defined]
    policy: str = getattr(source, "row_policy", realms("system", "operator"))
    return policy.replace(source._meta.db_table, history._meta.db_table)


def is_client_content(model: type[models.Model]) -> bool:
    """What a firm writes about a client: operators do not read it, nor its past (design 1)."""
    return bool(getattr(getattr(model, "instance_type", model), "is_client_content", False))


def policied_models() -> list[type[models.Model]]:
    """Models that state a policy of their own in `row_policy`."""
    return [m for m in apps.get_models() if hasattr(m, "row_policy")]


def owned_references(model: type[models.Model]) -> "list[models.Field[Any, Any]]":
    """Foreign keys of a firm-owned row to another firm-owned row."""
    return [
        field
        for field in model._meta.concrete_fields
        if field.is_relation
        and field.name != "firm"
        and field.related_model is not None
        and is_firm_owned(field.related_model)
    ]


def install(using: str) -> None:
    with connections[using].cursor() as cursor:
        Installer(cursor).install()


def install_after_migrate(using: str, app_config: AppConfig, **_: object) -> None:
    """Receiver of `post_migrate`, which is sent for each app: once, for the last of them.

    A role that owns nothing leaves all as it is.
    """
    told = [config for config in apps.get_app_configs() if config.models_module]
    if app_config is told[-1] and owns_tables(connections[using]):
        install(using)


def owns_tables(connection: BaseDatabaseWrapper) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tableowner = current_user FROM pg_tables WHERE tablename = 'django_migrations'"
        )
        found = cursor.fetchone()
    return bool(found and found[0])


class PrivilegedRole(Exception):
    """The process is connected as a role that row-level security does not hold."""


def require_unprivileged_role(using: str = "default") -> None:
    """Raise `PrivilegedRole` unless the role is bound by every policy (design 3, isolation)."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT rolsuper OR rolbypassrls OR EXISTS (SELECT FROM pg_tables"
            " WHERE tableowner = current_user AND schemaname = 'public')"
            " FROM pg_roles WHERE rolname = current_user"
        )
        privileged = cursor.fetchone()[0]
    connections[using].close()
    if privileged:
        raise PrivilegedRole(
            "The database role owns tables or bypasses row-level security. Set DATABASE_URL to the"
            " application's role, which owns nothing."
        )
