"""The test database: made and cleared by the owner of its tables, used as the application's role.

A test run as owner or superuser would prove nothing about row-level security, and Django's own
runner connects as whoever made the database. So we make it here, once per worker.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import TransactionTestCase
from psycopg import sql

# Rows that `migrate` writes and nobody changes.
KEPT = {"django_migrations", "django_content_type", "auth_permission"}


def owner_address(name: str) -> dict[str, Any]:
    owner = settings.DATABASE_OWNER
    if owner is None:
        raise RuntimeError("The tests need DATABASE_OWNER_URL: `manage.py test` sets it.")
    known = {"host": owner["HOST"], "port": owner["PORT"], "user": owner["USER"]}
    known |= {"password": owner["PASSWORD"], "dbname": name}
    return {key: value for key, value in known.items() if value}


def as_maintainer() -> psycopg.Connection[Any]:
    return psycopg.connect(**owner_address("postgres"), autocommit=True)


def create(maintainer: psycopg.Connection[Any], name: str, template: str = "template1") -> None:
    words = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    maintainer.execute(words.format(sql.Identifier(name), sql.Identifier(template)))


def drop(maintainer: psycopg.Connection[Any], name: str) -> None:
    words = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
    maintainer.execute(words.format(sql.Identifier(name)))


def migrate(name: str) -> None:
    """Bring the database up to date as its owner, on the connection that the tests will use."""
    connection.settings_dict["NAME"] = name
    with as_owner():
        call_command("migrate", verbosity=0, interactive=False)


def migrations() -> dict[str, str]:
    """Each file that a migrated database is made of, ours or a dependency's, with its digest."""
    ours = sorted(settings.BASE_DIR.glob("*/migrations/*.py"))
    files = [*ours, settings.BASE_DIR / "requirements" / "app.txt"]
    return {
        str(file.relative_to(settings.BASE_DIR)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in files
    }


def template_database(maintainer: psycopg.Connection[Any]) -> str:
    """A migrated, empty database to copy from, kept until a migration changes: copying is quick.

    Where migrations were only added, the new one begins as a copy of the old one.
    """
    family, present = f"{settings.DATABASES['default']['NAME']}_template_", migrations()
    facts = json.dumps(present, sort_keys=True)
    name = family + hashlib.sha256(facts.encode()).hexdigest()[:12]
    maintainer.execute("SELECT pg_advisory_lock(238)")
    found = maintainer.execute(
        "SELECT datname, shobj_description(oid, 'pg_database') FROM pg_database"
        " WHERE starts_with(datname, %s)",
        [family],
    )
    known = {each: json.loads(made_of or "null") for each, made_of in found.fetchall()}
    if name not in known:
        older = [each for each, made_of in known.items() if made_of and is_part(made_of, present)]
        fresh = f"{name}_unfinished"
        drop(maintainer, fresh)
        create(maintainer, fresh, older[0] if older else "template1")
        migrate(fresh)
        for old in known.keys() - {fresh}:
            drop(maintainer, old)
        note = sql.SQL("COMMENT ON DATABASE {} IS {}")
        maintainer.execute(note.format(sql.Identifier(fresh), sql.Literal(facts)))
        rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
        maintainer.execute(rename.format(sql.Identifier(fresh), sql.Identifier(name)))
    return name


def is_part(made_of: dict[str, str], present: dict[str, str]) -> bool:
    return made_of.items() <= present.items()


def own_name(worker: str) -> str:
    suffix = os.environ.get("PYTEST_DB_SUFFIX", "")
    return "_".join(filter(None, ["test", settings.DATABASES["default"]["NAME"], suffix, worker]))


@contextmanager
def fresh_database(worker: str) -> Iterator[None]:
    """The `default` connection on a database of this worker's own, dropped at the end."""
    connection.close()
    before, name = dict(connection.settings_dict), own_name(worker)
    with as_maintainer() as maintainer:
        drop(maintainer, name)
        create(maintainer, name, template_database(maintainer))
    try:
        migrate(name)  # nothing is left to apply; installs today's policies and triggers
        yield
    finally:
        connection.close()
        connection.settings_dict.update(before)
        with as_maintainer() as maintainer:
            drop(maintainer, name)


@contextmanager
def as_owner() -> Iterator[None]:
    """The `default` connection under the role that owns the tables, for a while."""
    connection.close()
    person = {key: connection.settings_dict[key] for key in ("USER", "PASSWORD")}
    connection.settings_dict.update({key: settings.DATABASE_OWNER[key] for key in person})
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(person)


def clear_database(_: object = None) -> None:
    """Empty every table after a test that commits: the application's role may not truncate.

    A request that a browser left behind may still be reading: PostgreSQL then ends one of the two.
    """
    for _attempt in range(5):
        with suppress(psycopg.errors.DeadlockDetected):
            truncate_tables()
            return
    truncate_tables()


def truncate_tables() -> None:
    with psycopg.connect(**owner_address(connection.settings_dict["NAME"])) as owner:
        owner.execute("SET LOCAL lock_timeout = '10s'")
        found = owner.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = sorted({name for (name,) in found.fetchall()} - KEPT)
        listed = sql.SQL(", ").join(map(sql.Identifier, tables))
        owner.execute(sql.SQL("TRUNCATE {}").format(listed))


def let_owner_clear() -> None:
    """Replace the flush of Django's transactional tests."""
    TransactionTestCase._fixture_teardown = clear_database  # type: ignore[method-assign]
