"""Ports, addresses and children of `manage.py up`."""

import errno
import os
import signal
import socket
import subprocess
import sys
import time

import pytest

from config.local import processes, up, variables
from config.local.places import VENV
from config.local.processes import Child, Crew
from config.local.say import Problem


@pytest.fixture
def taken_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


@pytest.fixture
def crew(tmp_path):
    """Makes a crew of one child that runs some Python."""
    crews = []

    def make(script: str) -> Crew:
        command = [sys.executable, "-c", script]
        child = Child("web", command, dict(os.environ), tmp_path / "web.log")
        crews.append(Crew([child], tmp_path / "processes.json"))
        crews[-1].start("web")
        return crews[-1]

    yield make
    for each in crews:
        each.stop()


def test_taken_port_is_named_with_a_free_one(taken_port):
    with pytest.raises(Problem, match=f"Port {taken_port} is in use .* --port \\d+"):
        up.check_port("127.0.0.1", taken_port)


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.EACCES, "reserved for the system"), (errno.EADDRNOTAVAIL, "choose another --host")],
)
def test_refused_ports_say_what_to_choose(number, words):
    error = OSError(number, os.strerror(number))

    sentence = up.port_sentence(error, "192.0.2.1", 80)

    assert words in sentence


def test_second_up_is_told_where_the_first_is():
    sentence = up.already_up_sentence('{"url": "http://localhost:8000/", "pid": 42}')

    assert "already up at http://localhost:8000/ (process 42)" in sentence


def test_second_up_is_told_even_when_the_first_wrote_nothing():
    assert "already up in another terminal" in up.already_up_sentence("")


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://localhost:8000/"),
        ("0.0.0.0", "http://localhost:8000/"),
        ("192.0.2.7", "http://192.0.2.7:8000/"),
    ],
)
def test_printed_address_can_be_opened(host, url):
    assert up.address(host, 8000) == url


def test_only_the_listening_names_are_allowed():
    assert variables.allowed_hosts("127.0.0.1") == ["localhost", "127.0.0.1", "[::1]"]


def test_dead_child_is_started_again(crew, capsys):
    web = crew("raise SystemExit(3)")
    child = web.children[0]
    first = child.process.pid
    child.process.wait()

    web.check()
    child.resume_at = time.monotonic()
    web.check()

    assert child.process.pid != first
    assert "The web stopped (exit status 3); starting it again in 1 s" in capsys.readouterr().err


def test_child_that_keeps_dying_ends_it_all_with_its_last_words(crew):
    web = crew("raise ValueError('no such thing')")
    child = web.children[0]
    child.short_lives = processes.SHORT_LIVES_ALLOWED
    child.process.wait()

    with pytest.raises(
        Problem, match=r"The web keeps stopping: ValueError: no such thing \(its log"
    ):
        web.check()


def test_stopping_leaves_nothing_behind(crew):
    web = crew("import time; time.sleep(60)")

    web.stop()

    assert not web.children[0].is_running
    assert not web.register.exists()


def test_children_of_a_killed_supervisor_are_swept_up(tmp_path):
    script = "import time; time.sleep(60)"
    left = subprocess.Popen([VENV / "bin" / "python", "-c", script])
    stranger = subprocess.Popen(["sleep", "60"])
    register = tmp_path / "processes.json"
    register.write_text(f'{{"web": {left.pid}, "worker": {stranger.pid}, "beat": 999999999}}')

    processes.sweep(register)

    strangers_state = stranger.poll()
    stranger.kill()
    stranger.wait()
    assert strangers_state is None
    assert left.wait() in (0, -signal.SIGTERM)
    assert not register.exists()
