"""Where the embedded servers live, how they are addressed, and how they survive being killed."""

import os
import shutil
import signal
from pathlib import Path

import dj_database_url
import psycopg
import pytest
from kombu.connection import Connection

from config.local import binaries, places, servers, variables
from config.local.places import Profile
from config.local.say import Problem
from config.local.servers import Servers


@pytest.fixture
def profile(tmp_path, monkeypatch):
    """A profile of our own, embedded even where this run was given other servers."""
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    place = tmp_path / "Büro 2"
    profile = Profile("trial", is_throwaway=True, shared_buffers="16MB", parent=place)
    yield profile
    if not profile.sockets.is_relative_to(tmp_path):
        shutil.rmtree(profile.sockets, ignore_errors=True)


@pytest.fixture
def embedded(profile):
    try:
        return Servers.of(profile)
    except Problem as problem:
        pytest.skip(str(problem))


def test_short_paths_keep_their_sockets_inside():
    folder = Path("/srv/countinghouse/.local/up")

    assert places.socket_folder(folder) == folder / "run"


def test_long_paths_get_a_short_socket_folder_of_their_own():
    folder = Path("/srv") / ("ü" * 60) / "up"

    sockets = places.socket_folder(folder)

    assert len(os.fsencode(sockets / ".s.PGSQL.5432.lock")) <= places.LONGEST_SOCKET_ADDRESS
    assert sockets != places.socket_folder(folder.with_name("test"))


def test_socket_folder_is_private(tmp_path):
    places.make_private(tmp_path / "run")

    assert (tmp_path / "run").stat().st_mode & 0o777 == 0o700


def test_socket_folder_that_somebody_else_planted_is_refused(tmp_path):
    (tmp_path / "theirs").mkdir()
    (tmp_path / "run").symlink_to(tmp_path / "theirs")

    with pytest.raises(Problem, match="belongs to somebody else"):
        places.make_private(tmp_path / "run")


def test_database_address_is_read_as_it_was_meant():
    folder = Path("/srv/Büro 2/Run")

    settings = dj_database_url.parse(variables.database_url("countinghouse", folder, "books"))

    assert (settings["HOST"], settings["USER"], settings["NAME"]) == (
        str(folder),
        "countinghouse",
        "books",
    )


@pytest.mark.parametrize("is_owner", [True, False])
def test_owner_address_goes_only_to_whom_it_is_meant_for(profile, monkeypatch, is_owner):
    monkeypatch.setenv("DATABASE_OWNER_URL", "postgresql://owner@elsewhere/db")

    values = variables.variables(Servers(profile, databases=["db"]), is_owner=is_owner)

    assert ("DATABASE_OWNER_URL" in values) == is_owner


def test_secret_key_is_made_once_and_private(tmp_path):
    first = variables.secret_key(tmp_path / "secret_key")

    second = variables.secret_key(tmp_path / "secret_key")

    assert first == second
    assert len(first) >= 50
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600


def test_half_given_addresses_are_refused(profile, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://app@elsewhere/db")

    with pytest.raises(Problem, match="without DATABASE_OWNER_URL"):
        servers.check_addresses()


@pytest.mark.parametrize(
    ("folder", "version"),
    [("/usr/lib/postgresql/17/bin", 17), ("/usr/pgsql-16/bin", 16), ("/usr/local/bin", 99)],
)
def test_version_of_the_machines_own_postgres(folder, version):
    assert binaries.version_in(Path(folder)) == version


def test_servers_survive_kill_and_stop_with_their_last_user(embedded, profile):
    with embedded.running(), Servers.of(profile).running() as other:
        killed = [embedded.postgres.pid, int((embedded.valkey.data / "valkey.pid").read_text())]
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        other.ensure()
        restarted = [embedded.postgres.pid, embedded.valkey.pid]
    assert embedded.are_well() is False
    assert None not in restarted
    assert not set(killed) & set(restarted)


def test_leftover_pid_file_of_another_process_is_ignored(embedded, profile):
    with embedded.running():
        lines = (embedded.postgres.data / "postmaster.pid").read_text().splitlines()
    leftover = "\n".join([str(os.getpid()), *lines[1:]]) + "\n"
    (embedded.postgres.data / "postmaster.pid").write_text(leftover)
    (profile.sockets / ".s.PGSQL.5432.lock").write_text(leftover)
    (embedded.valkey.data / "valkey.pid").write_text(f"{os.getpid()}\n")

    with embedded.running():
        were_well = embedded.are_well()

    assert were_well


def test_first_one_out_leaves_the_servers_to_the_others(embedded, profile):
    with embedded.running():
        with Servers.of(profile).running():
            pass
        were_well = embedded.are_well()

    assert were_well


def test_both_roles_and_the_queue_are_reached_at_their_addresses(embedded):
    with embedded.running():
        values = variables.variables(embedded, is_owner=True, queue=2)
        urls = [values["DATABASE_URL"], values["DATABASE_OWNER_URL"]]
        roles = [role_at(url) for url in urls]
        with Connection(values["REDIS_URL"]) as queue:
            number = queue.default_channel.client.connection_pool.connection_kwargs["db"]
            answer = queue.default_channel.client.ping()

    assert roles == [
        ("countinghouse", False, False, False),
        ("countinghouse_owner", False, False, True),
    ]
    assert (number, answer) == (2, True)


def role_at(url):
    """Who one is there: name, superuser, above row-level security, owner of the database."""
    settings = dj_database_url.parse(url)
    query = """
        SELECT rolname, rolsuper, rolbypassrls, datdba = pg_roles.oid
        FROM pg_roles, pg_database
        WHERE rolname = current_user AND datname = current_database()
    """
    with psycopg.connect(
        dbname=settings["NAME"], user=settings["USER"], host=settings["HOST"]
    ) as connection:
        return connection.execute(query).fetchone()
