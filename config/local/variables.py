"""The environment that the settings read (`.env.example` lists it), for each kind of process."""

import os
import secrets
import socket
from pathlib import Path
from urllib.parse import quote

from config.local.places import VENV
from config.local.postgres import APPLICATION, OWNER
from config.local.servers import Servers, given

EVERY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104  # nosec B104
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


def database_url(role: str, folder: Path, database: str) -> str:
    return f"postgresql://{role}@{quote(str(folder), safe='')}/{database}"


def redis_url(address: Path, number: int = 0) -> str:
    return f"redis+socket://{quote(str(address))}?virtual_host={number}"


def variables(
    servers: Servers,
    *,
    environment: str = "development",
    is_owner: bool = False,
    queue: int = 0,
    host: str = "127.0.0.1",
    port: int = 8000,
) -> dict[str, str]:
    """The environment of one process. Only migrations, tests and loaders get the owner's URL."""
    database = servers.databases[0]
    sockets = servers.profile.sockets
    values = dict(os.environ)
    values.update(
        ENVIRONMENT=environment,
        PATH=f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        VIRTUAL_ENV=str(VENV),
        PYTHONUNBUFFERED="1",
        DATABASE_URL=given("DATABASE_URL") or database_url(APPLICATION, sockets, database),
        REDIS_URL=given("REDIS_URL") or redis_url(sockets / "valkey.sock", queue),
    )
    values.setdefault("SECRET_KEY", secret_key(servers.profile.folder / "secret_key"))
    values.setdefault("SITE_URL", f"http://localhost:{port}")
    values.setdefault("ALLOWED_HOSTS", ",".join(allowed_hosts(host)))
    values.setdefault("STATIC_ROOT", str(servers.profile.folder / "static"))
    values.setdefault("FILES_ROOT", str(servers.profile.folder / "files"))
    values.setdefault("LOGINS_FILE", str(servers.profile.folder / "logins.txt"))
    values.pop("DATABASE_OWNER_URL", None)
    if is_owner:
        values["DATABASE_OWNER_URL"] = given("DATABASE_OWNER_URL") or database_url(
            OWNER, sockets, database
        )
    return values


def allowed_hosts(host: str) -> list[str]:
    """Names under which this machine may be asked for; the network's only when it listens there."""
    if host in EVERY_ADDRESS:
        return [*LOOPBACK, socket.gethostname(), socket.getfqdn(), *own_addresses()]
    return list(dict.fromkeys([*LOOPBACK, host]))


def own_addresses() -> list[str]:
    try:
        found = socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)
    except OSError:
        return []
    return sorted({str(each[4][0]) for each in found})


def secret_key(path: Path) -> str:
    """A key of this folder's own, made once, so that sessions outlive a restart."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".new")
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(50))
        fresh.replace(path)
    return path.read_text().strip()
