"""An embedded Valkey: the queue's bell, on a unix socket, without TCP."""

import os
import signal
import socket

from config.local import binaries, commands, say
from config.local.places import Profile
from config.local.say import Problem

START_SECONDS = 20.0


class Valkey:
    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.program = binaries.valkey()
        self.data = profile.folder / "valkey"
        self.address = profile.sockets / "valkey.sock"
        self.log = profile.logs / "valkey.log"

    def ensure(self) -> None:
        """Adopt the running server or start one; it replaces a stale socket by itself."""
        if self.is_ready():
            return
        self.stop()
        with say.step("Starting Valkey"):
            self.start()

    def is_ready(self) -> bool:
        return self.ask("PING").startswith("+PONG")

    def ask(self, question: str) -> str:
        """One inline command, answered in at most 64 kB; empty when nothing answers."""
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(2.0)
                connection.connect(str(self.address))
                connection.sendall(f"{question}\r\n".encode())
                return connection.recv(65536).decode(errors="replace")
        except OSError:
            return ""

    @property
    def pid(self) -> int | None:
        pid = commands.read_pid(self.data / "valkey.pid")
        command = commands.command_of(pid) if pid else None
        return pid if command and str(self.address) in command else None

    def start(self) -> None:
        self.data.mkdir(parents=True, exist_ok=True)
        server = commands.leave_running(self.command(), log=self.log, cwd=self.data, env=os.environ)
        commands.wait_until(lambda: self.is_ready() or server.poll() is not None, START_SECONDS)
        if not self.is_ready():
            raise Problem(
                commands.explain(self.log.read_text(), failure="Valkey did not start", log=self.log)
            )

    def command(self) -> list[str]:
        options = {
            "port": "0",
            "unixsocket": str(self.address),
            "unixsocketperm": "700",
            "dir": str(self.data),
            "pidfile": str(self.data / "valkey.pid"),
            "daemonize": "no",
            "maxmemory-policy": "noeviction",
            "save": "" if self.profile.is_throwaway else "300 1",
            "proc-title-template": "{title} {unixsocket}",
        }
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        return [str(self.program), *words]

    def stop(self) -> None:
        if pid := self.pid:
            commands.end(pid, first=signal.SIGTERM, then=signal.SIGKILL, patience=10.0)
