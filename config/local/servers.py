"""The servers of a profile, shared by every command that runs: the last one out stops them."""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from config.local import postgres
from config.local.places import Profile, locked
from config.local.postgres import Postgres
from config.local.say import Problem
from config.local.valkey import Valkey


def given(name: str, environment: Mapping[str, str] = os.environ) -> str | None:
    return environment.get(name) or None


def is_embedded_needed() -> bool:
    return not (given("DATABASE_URL") and given("REDIS_URL"))


@dataclass
class Servers:
    """PostgreSQL and Valkey of one profile; either is absent when its address was given."""

    profile: Profile
    postgres: Postgres | None = None
    valkey: Valkey | None = None
    databases: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, profile: Profile, database: str | None = None) -> "Servers":
        check_addresses()
        servers = cls(profile, databases=[database or profile.database])
        if not given("DATABASE_URL"):
            postgres.check_root_may_run_it()
            servers.postgres = Postgres(profile)
        if not given("REDIS_URL"):
            servers.valkey = Valkey(profile)
        return servers

    @property
    def migrated(self) -> Path | None:
        """Where it is noted which code the database was migrated for: beside its data."""
        return self.postgres.data / "countinghouse.json" if self.postgres else None

    def ensure(self) -> None:
        with locked(self.profile.folder / "servers.lock"):
            self._ensure()

    def _ensure(self) -> None:
        if self.postgres:
            self.postgres.ensure()
            for database in self.databases:
                self.postgres.create_database(database)
        if self.valkey:
            self.valkey.ensure()

    def are_well(self) -> bool:
        return (not self.postgres or self.postgres.pid is not None) and (
            not self.valkey or self.valkey.is_ready()
        )

    @contextmanager
    def running(self) -> Iterator["Servers"]:
        """Keep the servers running; they stop when the last command that uses them ends."""
        self.profile.prepare()
        with ExitStack() as stack:
            users = stack.enter_context((self.profile.folder / "users.lock").open("a"))
            stack.callback(self._leave, users)
            with locked(self.profile.folder / "servers.lock"):
                fcntl.flock(users, fcntl.LOCK_SH)
                self._ensure()
            yield self

    def _leave(self, users: IO[str]) -> None:
        with locked(self.profile.folder / "servers.lock"):
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            if self.valkey:
                self.valkey.stop()
            if self.postgres:
                self.postgres.stop()


def check_addresses() -> None:
    if given("DATABASE_URL") and not given("DATABASE_OWNER_URL"):
        raise Problem(
            "DATABASE_URL is given without DATABASE_OWNER_URL: migrations need the address of the "
            "role that owns the database too; give both, or neither."
        )
