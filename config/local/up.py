"""`manage.py up`: everything on this machine, until Ctrl-C."""

import argparse
import errno
import fcntl
import http.client
import json
import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from config.local import changes, commands, environment, processes, say
from config.local.places import ROOT, UP, VENV
from config.local.processes import Child, Crew
from config.local.say import Problem
from config.local.servers import Servers, is_embedded_needed
from config.local.variables import EVERY_ADDRESS, variables

WEB_SECONDS = 60.0
GUNICORN = ("-m", "gunicorn", "-c", "config/deploy/gunicorn.py", "config.wsgi")
WORKER = ("-m", "celery", "-A", "config", "worker", "--without-gossip", "--without-mingle")
BEAT = ("-m", "celery", "-A", "config", "beat")


def main(words: Sequence[str]) -> int:
    options = parse(words)
    with only_one(options.host, options.port):
        check_port(options.host, options.port)
        prepare_environment()
        UP.prepare()
        processes.sweep(UP.folder / "processes.json")
        with Servers.of(UP).running() as servers:
            prepare_application(servers)
            serve(servers, options.host, options.port)
    return 0


def parse(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="manage.py up", description=__doc__)
    parser.add_argument("--port", type=port, default=8000, help="the port of the web pages (8000)")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (127.0.0.1)")
    return parser.parse_args(words)


def port(word: str) -> int:
    number = int(word)
    if not 0 < number < 65536:
        raise argparse.ArgumentTypeError(f"a port is a number from 1 to 65535, not {word}")
    return number


@contextmanager
def only_one(host: str, port: int) -> Iterator[None]:
    """One `up` per folder: a second would fight over the data, so it is told where the first is."""
    UP.folder.mkdir(parents=True, exist_ok=True)
    with (UP.folder / "up.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise Problem(already_up_sentence(file.read())) from None
        file.truncate(0)
        file.write(json.dumps({"url": address(host, port), "pid": os.getpid()}))
        file.flush()
        yield


def already_up_sentence(facts: str) -> str:
    try:
        known = json.loads(facts)
        where = f"at {known['url']} (process {known['pid']})"
    except (ValueError, KeyError):
        where = "in another terminal"
    return f"Countinghouse is already up {where}: use that one, or stop it there with Ctrl-C."


def address(host: str, port: int) -> str:
    name = "localhost" if host in ("127.0.0.1", *EVERY_ADDRESS) else host
    return f"http://{name}:{port}/"


def check_port(host: str, port: int) -> None:
    try:
        probe(host, port)
    except OSError as error:
        raise Problem(port_sentence(error, host, port)) from error


def probe(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))


def port_sentence(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} is in use by another program: stop it, or choose another port, "
            f"for example: python3 manage.py up --port {free_port(host, port)}"
        )
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"Port {port} is reserved for the system: choose one above 1023 with --port."
    return f"This machine cannot listen on {host} ({error.strerror}): choose another --host."


def free_port(host: str, port: int) -> int:
    for candidate in range(port + 1, min(port + 50, 65536)):
        try:
            probe(host, candidate)
        except OSError:
            continue
        return candidate
    return 0


def prepare_environment() -> None:
    environment.ensure(["app", "embedded"] if is_embedded_needed() else ["app"])


def prepare_application(servers: Servers) -> None:
    """Static files beside migrations and the demo world; nothing when nothing changed."""
    collecting = collect(servers)
    try:
        prepare_database(servers)
    finally:
        collecting()


def collect(servers: Servers) -> Callable[[], None]:
    """Begin to collect static files; call the answer to wait for the end."""
    stamp = servers.profile.folder / "static.json"
    now = changes.of_static()
    if changes.are_noted(stamp, now):
        return lambda: None
    running = start(servers, "collectstatic", "--noinput", "--verbosity", "0")

    def finish() -> None:
        with say.step("Collecting static files"):
            wait_for(running, servers.profile.logs / "collectstatic.log")
        changes.note(stamp, now)

    return finish


def prepare_database(servers: Servers, *, has_demo: bool = True) -> None:
    """`has_demo`: measurements load a world of their own."""
    stamp = servers.migrated
    now = changes.of_code()
    if stamp and changes.are_noted(stamp, now):
        return
    with say.step("Migrating the database"):
        manage(servers, "migrate", "--noinput", is_owner=True)
    if has_demo and has_command("demo"):
        with say.step("Loading the demo world, once"):
            manage(servers, "demo", "--once")
    if stamp:
        changes.note(stamp, now)


def has_command(name: str) -> bool:
    return any(ROOT.glob(f"*/management/commands/{name}.py"))


def manage(servers: Servers, *words: str, is_owner: bool = False) -> None:
    commands.run(
        [VENV / "bin" / "python", ROOT / "manage.py", *words],
        log=servers.profile.logs / f"{words[0]}.log",
        failure=f"manage.py {words[0]} failed",
        env=variables(servers, is_owner=is_owner),
        cwd=ROOT,
    )


def start(servers: Servers, *words: str) -> subprocess.Popen[bytes]:
    with (servers.profile.logs / f"{words[0]}.log").open("w") as log:
        return subprocess.Popen(
            [VENV / "bin" / "python", ROOT / "manage.py", *words],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=variables(servers),
            cwd=ROOT,
        )


def wait_for(running: subprocess.Popen[bytes], log: Path) -> None:
    if running.wait():
        raise Problem(
            commands.explain(log.read_text(), failure="manage.py collectstatic failed", log=log)
        )


def serve(servers: Servers, host: str, port: int) -> None:
    crew = Crew(children(servers, host, port), servers.profile.folder / "processes.json")
    try:
        with say.step("Starting web, worker and beat"):
            crew.start("web")
            wait_for_web(crew, host, port)
            crew.start("worker", "quick", "beat")
        announce(host, port, servers.profile.folder / "logins.txt")
        watch(servers, crew)
    finally:
        with say.step("Stopping"):
            crew.stop()


def children(servers: Servers, host: str, port: int) -> list[Child]:
    env = variables(servers, host=host, port=port)
    bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    web_env = {**env, "WEB_BIND": bind, "DATABASE_POOL": "1"}
    folder, logs = servers.profile.folder, servers.profile.logs
    # The tick and the mail have a worker of their own, so that no long job holds them up.
    quick = (*WORKER, "-Q", "quick", "--pool", "solo", "-n", "quick@%h", "--loglevel", "INFO")
    worker = (*WORKER, "-Q", "jobs", "--concurrency", "1", "-n", "jobs@%h", "--loglevel", "INFO")
    beat = (*BEAT, "--schedule", str(folder / "beat-schedule"), "--pidfile=", "--loglevel", "INFO")
    python = str(VENV / "bin" / "python")
    return [
        Child("web", [python, *GUNICORN], web_env, logs / "web.log"),
        Child("worker", [python, *worker], env, logs / "worker.log"),
        Child("quick", [python, *quick], env, logs / "quick.log"),
        Child("beat", [python, *beat], env, logs / "beat.log"),
    ]


def wait_for_web(crew: Crew, host: str, port: int) -> None:
    deadline = time.monotonic() + WEB_SECONDS
    web = crew.children[0]
    while not answers(host, port):
        if not web.is_running or time.monotonic() > deadline:
            raise Problem(processes.obituary(web).replace("keeps stopping", "did not start"))
        time.sleep(0.1)


def answers(host: str, port: int) -> bool:
    target = "127.0.0.1" if host == "0.0.0.0" else host  # noqa: S104  # nosec B104
    connection = http.client.HTTPConnection(target, port, timeout=10)
    try:
        connection.request("GET", "/healthz", headers={"Host": f"localhost:{port}"})
        return connection.getresponse().status < 600
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def announce(host: str, port: int, logins: Path) -> None:
    say.line(f"\nCountinghouse is up: {address(host, port)}")
    if logins.exists():
        say.line("\n" + logins.read_text().rstrip())
    say.line(f"\nLogs are in {UP.logs}. Stop everything with Ctrl-C.")


def watch(servers: Servers, crew: Crew) -> None:
    while True:
        time.sleep(1.0)
        crew.check()
        if not servers.are_well():
            say.line("  A server stopped; starting it again.")
            servers.ensure()
