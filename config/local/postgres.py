"""An embedded PostgreSQL: one cluster per profile, on a unix socket, without TCP.

Roles: `countinghouse` runs the application and owns nothing, so that row-level security holds it;
`countinghouse_owner` owns the databases; `postgres` is the superuser that nobody connects as.
"""

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence

from config.local import binaries, commands, say
from config.local.places import Profile
from config.local.say import Problem

OWNER = "countinghouse_owner"
APPLICATION = "countinghouse"
START_SECONDS = 90.0
STOP_SECONDS = 30.0
SILENT_SECONDS = 5.0
READY, STARTING, SILENT = 0, 1, 2  # what pg_isready answers
# PostgreSQL refuses to run as root, so root runs it in a user namespace; its files stay root's.
AS_NOBODY = ("unshare", "--user", "--map-user=1000", "--map-group=1000", "--")

COMMON = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "jit": "off",
    "random_page_cost": "1.1",
    "work_mem": "16MB",
    "effective_cache_size": "4GB",
    "max_locks_per_transaction": "256",
    "max_wal_size": "4GB",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
THROWAWAY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "checkpoint_timeout": "30min",
}
ROLES_AND_DATABASE = f"""
SELECT 'CREATE ROLE {OWNER} LOGIN' WHERE to_regrole('{OWNER}') IS NULL \\gexec
SELECT 'CREATE ROLE {APPLICATION} LOGIN' WHERE to_regrole('{APPLICATION}') IS NULL \\gexec
ALTER ROLE {OWNER} NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOREPLICATION CREATEDB;
ALTER ROLE {APPLICATION} NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOREPLICATION NOCREATEDB;
GRANT {APPLICATION} TO {OWNER};
SELECT 'CREATE DATABASE %(database)s OWNER {OWNER}'
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '%(database)s') \\gexec
"""  # noqa: S608  # nosec B608


class Postgres:
    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.programs = binaries.postgres()
        self.data = profile.folder / "postgres"
        self.log = profile.logs / "postgres.log"

    def ensure(self) -> None:
        """Adopt the running server or start one, whatever a killed predecessor left behind."""
        if self.is_ready() or self.will_be_ready():
            return
        self.clear_remains()
        if not (self.data / "PG_VERSION").exists():
            with say.step("Creating the database cluster"):
                self.create_cluster()
        self.check_version()
        with say.step("Starting PostgreSQL"):
            self.start()

    def is_ready(self) -> bool:
        return self.pid is not None and self._answer() == READY

    @property
    def pid(self) -> int | None:
        """The living server's process, if the pid file is not a leftover."""
        pid = commands.read_pid(self.data / "postmaster.pid")
        command = commands.command_of(pid) if pid else None
        return pid if command and str(self.data) in command else None

    def will_be_ready(self) -> bool:
        """Wait for a server that is starting or recovering; a silent one gets a few seconds."""
        if self.pid is None:
            return False
        commands.wait_until(lambda: self._answer() != SILENT or self.pid is None, SILENT_SECONDS)
        commands.wait_until(lambda: self._answer() != STARTING, START_SECONDS)
        return self.is_ready()

    def clear_remains(self) -> None:
        """End a server that nobody can reach; drop the files that name a dead one."""
        self.stop()
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        for remains in self.profile.sockets.glob(".s.PGSQL.*"):
            remains.unlink(missing_ok=True)

    def create_cluster(self) -> None:
        fresh = self.data.with_name("postgres.new")
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.rmtree(self.data, ignore_errors=True)
        # "trust" is safe: nobody else may enter the socket's folder
        command = [self.programs.initdb, "-D", fresh, "-U", "postgres", "-E", "UTF8", "-A", "trust"]
        if self.programs_version() >= 17:
            command += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        else:
            command += ["--locale=C.UTF-8"]
        if self.profile.is_throwaway:
            command.append("--no-sync")
        commands.run(
            self._wrapped(command),
            log=self.log,
            failure="The database cluster could not be created",
            env=self._environment(),
        )
        fresh.rename(self.data)

    def programs_version(self) -> int:
        command = [self.programs.postgres, "--version"]
        words = commands.run(
            command, log=self.log, failure="PostgreSQL does not run", env=self._environment()
        )
        return int(words.split()[2].split(".")[0])

    def check_version(self) -> None:
        written = (self.data / "PG_VERSION").read_text().strip()
        if int(written) != (running := self.programs_version()):
            raise Problem(
                f"The data in {self.data} were written by PostgreSQL {written}, and this is "
                f"{running}: move that folder away to start afresh, or dump and restore it."
            )

    def start(self) -> None:
        command = [str(word) for word in self._wrapped([self.programs.postgres, "-D", self.data])]
        for name, value in self.settings().items():
            command += ["-c", f"{name}={value}"]
        server = commands.leave_running(
            command, log=self.log, cwd=self.data, env=self._environment()
        )
        commands.wait_until(
            lambda: self._answer() == READY or server.poll() is not None, START_SECONDS
        )
        if server.poll() is not None or self._answer() != READY:
            raise Problem(
                commands.explain(
                    self.log.read_text(), failure="PostgreSQL did not start", log=self.log
                )
            )

    def settings(self) -> dict[str, str]:
        chosen = {
            **COMMON,
            "unix_socket_directories": str(self.profile.sockets),
            "shared_buffers": self.profile.shared_buffers,
            "maintenance_work_mem": self.profile.maintenance_work_mem,
        }
        return chosen | (THROWAWAY if self.profile.is_throwaway else {})

    def create_database(self, database: str) -> None:
        """Make the roles and one database; leaves what is there as it is."""
        options = ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", "-"]
        target = ["-h", self.profile.sockets, "-U", "postgres", "-d", "postgres"]
        commands.run(
            [self.programs.psql, *target, *options],
            log=self.profile.logs / "roles.log",
            failure="The database could not be created",
            env=self._environment(),
            text=ROLES_AND_DATABASE % {"database": database},
        )

    def stop(self) -> None:
        if pid := self.pid:
            commands.end(pid, first=signal.SIGINT, then=signal.SIGQUIT, patience=STOP_SECONDS)

    def _answer(self) -> int:
        """READY, STARTING, or SILENT when nothing answers."""
        return subprocess.run(
            [self.programs.pg_isready, "-q", "-h", self.profile.sockets, "-U", "postgres"],
            env=self._environment(),
            check=False,
        ).returncode

    def _environment(self) -> dict[str, str]:
        mine = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        return {**mine, **self.programs.environment, "LC_MESSAGES": "C"}

    @staticmethod
    def _wrapped(command: Sequence[object]) -> Sequence[object]:
        return [*AS_NOBODY, *command] if os.getuid() == 0 else command


def check_root_may_run_it() -> None:
    if os.getuid():
        return
    probe = [*AS_NOBODY, "true"]
    has_unshare = shutil.which("unshare") is not None
    if not has_unshare or subprocess.run(probe, capture_output=True, check=False).returncode:
        raise Problem(
            "PostgreSQL refuses to run as root and this machine allows root no user namespace: "
            "run this as an ordinary user, or give DATABASE_URL and DATABASE_OWNER_URL."
        )
