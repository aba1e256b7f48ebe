"""`manage.py` and `manage.py test` as a person meets them: sentences, statuses, the last line."""

import os
import shutil
import subprocess
import sys

import pytest

from config.local import test as runner
from config.local.places import ROOT
from config.local.test import Counts, Step

JUNIT = """<?xml version="1.0"?><testsuites>
<testsuite name="pytest" errors="1" failures="2" skipped="3" tests="20"/></testsuites>"""
PASS = Step("good", ("python", "-c", "print('hidden')"))
FAIL = Step("bad", ("python", "-c", "raise SystemExit('shown')"))


@pytest.fixture
def bare_copy(tmp_path):
    """The project's own part of the set-up, in a folder where nothing is installed."""
    shutil.copy(ROOT / "manage.py", tmp_path)
    (tmp_path / "config").mkdir()
    shutil.copy(ROOT / "config" / "__init__.py", tmp_path / "config")
    shutil.copytree(ROOT / "config" / "local", tmp_path / "config" / "local")
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    return tmp_path


def manage(folder, *words, prelude="pass", **environment):
    """Run a copy of manage.py with a Python that has no packages."""
    script = f"import sys, runpy; sys.argv = {['manage.py', *words]!r}; {prelude}; " + (
        "sys.path.insert(0, '.'); runpy.run_path('manage.py', run_name='__main__')"
    )
    plain = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [os.path.realpath(sys.executable), "-I", "-S", "-c", script],
        cwd=folder,
        env={**plain, **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_old_python_is_told_which_one_is_needed(bare_copy):
    result = manage(bare_copy, "up", prelude="sys.version_info = (3, 9, 2, 'final', 0)")

    assert result.returncode == 1
    assert result.stderr.startswith("Countinghouse needs Python 3.11 or newer")
    assert "Traceback" not in result.stderr


def test_folder_that_cannot_be_written_is_one_sentence(bare_copy):
    (bare_copy / ".local").write_text("in the way")

    result = manage(bare_copy, "up")

    assert result.returncode == 1
    assert ".local cannot be used: File exists." in result.stderr
    assert "Traceback" not in result.stderr


def test_missing_venv_module_is_one_sentence(bare_copy):
    hide = "import importlib.util as u; find = u.find_spec; "
    hide += "u.find_spec = lambda name, *rest: None if name == 'ensurepip' else find(name, *rest)"

    result = manage(bare_copy, "check", prelude=hide)

    assert result.returncode == 1
    assert "comes without its venv module" in result.stderr
    assert "Traceback" not in result.stderr


def test_pytest_report_is_counted(tmp_path):
    report = tmp_path / "junit.xml"
    report.write_text(JUNIT)

    counts = runner.count(report)

    assert counts == Counts(passed=14, failed=3, skipped=3)
    assert counts.closing_line == "14 passed, 3 failed, 3 skipped"


def test_report_that_was_never_written_counts_nothing(tmp_path):
    assert runner.count(tmp_path / "junit.xml") == Counts()


@pytest.mark.parametrize(
    ("steps", "status", "closing"),
    [([PASS], 0, "0 passed, 0 failed"), ([FAIL, PASS], 1, "0 passed, 1 failed")],
)
def test_every_step_runs_and_the_last_line_counts(tmp_path, capsys, steps, status, closing):
    runner.TEST.logs.mkdir(parents=True, exist_ok=True)

    result = runner.run_all(steps, os.environ, tmp_path / "junit.xml")

    output = capsys.readouterr().out
    assert result == status
    assert output.splitlines()[-1] == closing
    assert "ok      good" in output
    assert "hidden" not in output
    assert ("shown" in output) == (status == 1)


def test_runs_at_the_same_time_have_databases_of_their_own():
    runner.TEST.folder.mkdir(parents=True, exist_ok=True)

    with runner.slot() as first, runner.slot() as second:
        numbers = {first, second}

    assert len(numbers) == 2
