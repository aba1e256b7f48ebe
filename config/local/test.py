"""`manage.py test`: every check this project has, each to its end; arguments go to pytest alone."""

import fcntl
import shutil
import subprocess
import time
import xml.etree.ElementTree as ET  # nosec B405
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from config.local import chromium, environment, say
from config.local.places import ROOT, TEST, VENV
from config.local.servers import Servers, is_embedded_needed
from config.local.variables import variables

SLOTS = 8
NO_TESTS = 5


@dataclass(frozen=True)
class Step:
    name: str
    command: tuple[str, ...]
    is_live: bool = False


@dataclass(frozen=True)
class Result:
    step: Step
    status: int
    seconds: float


@dataclass(frozen=True)
class Counts:
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    @property
    def closing_line(self) -> str:
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        return f"{self.passed} passed, {self.failed} failed{skipped}"


def main(words: Sequence[str]) -> int:
    sets = ["test", "embedded"] if is_embedded_needed() else ["test"]
    environment.ensure(sets)
    browser = chromium.find() if words else chromium.ensure()
    TEST.prepare()
    with slot() as number:
        database = TEST.database if number == 0 else f"{TEST.database}_{number}"
        with Servers.of(TEST, database).running() as servers:
            env = variables(servers, environment="test", is_owner=True, queue=number)
            if browser:
                env["CHROMIUM"] = browser
            report = TEST.folder / f"junit-{number}.xml"
            if words:
                return run(pytest(words, report), env, 0).status
            return run_all(steps(report), env, report)


@contextmanager
def slot() -> Iterator[int]:
    """A number of our own among runs at the same time, so that each has its own database."""
    for number in range(SLOTS):
        with (TEST.folder / f"slot-{number}.lock").open("a") as file:
            last = number == SLOTS - 1
            try:
                fcntl.flock(file, fcntl.LOCK_EX | (0 if last else fcntl.LOCK_NB))
            except BlockingIOError:
                continue
            yield number
            return


def steps(report: Path) -> list[Step]:
    return [
        Step("import contracts", ("lint-imports",)),
        Step("ruff check", ("ruff", "check", ".")),
        Step("ruff format", ("ruff", "format", "--check", ".")),
        Step("templates", ("djlint", "--lint", "--quiet", "templates")),
        Step("types", ("mypy", ".")),
        Step("security", ("bandit", "--quiet", "-r", ".", "-c", "pyproject.toml")),
        Step("migrations", ("python", "manage.py", "makemigrations", "--check", "--dry-run")),
        pytest(["-p", "xdist", "-n", "2", "--dist", "worksteal"], report),
    ]


def pytest(words: Sequence[str], report: Path) -> Step:
    command = ("python", "-m", "pytest", f"--junit-xml={report}", *words)
    return Step("tests", command, is_live=True)


def run_all(all_steps: Sequence[Step], env: Mapping[str, str], report: Path) -> int:
    report.unlink(missing_ok=True)
    results = [run(step, env, number) for number, step in enumerate(all_steps, start=1)]
    failed = [result for result in results if result.status]
    print("\nSummary")
    for result in results:
        verdict = "FAILED" if result.status else "ok"
        print(f"  {verdict:<8}{result.step.name:<20}{result.seconds:7.1f} s")
    counts = count(report)
    others = sum(not result.step.is_live for result in failed)
    tests_broke = any(result.step.is_live for result in failed) and not counts.failed
    counts = Counts(counts.passed, counts.failed + others + tests_broke, counts.skipped)
    print(f"\n{counts.closing_line}", flush=True)
    return 1 if failed else 0


def run(step: Step, env: Mapping[str, str], number: int) -> Result:
    """Run one step. Its output is shown as it comes when live, else only when it fails."""
    program = shutil.which(step.command[0], path=str(VENV / "bin")) or step.command[0]
    command = [program, *step.command[1:]]
    started = time.monotonic()
    if step.is_live:
        status = execute(command, env)
    else:
        log = TEST.logs / f"{number}-{step.name.replace(' ', '-')}.log"
        with say.step(step.name):
            status = execute(command, env, log)
        if status:
            print(f"\n{step.name} failed: {' '.join(step.command)}\n{log.read_text()}", flush=True)
    return Result(step, status, time.monotonic() - started)


def execute(command: Sequence[str], env: Mapping[str, str], log: Path | None = None) -> int:
    if log is None:
        return wait(subprocess.Popen(command, env=env, cwd=ROOT))
    with log.open("w") as file:
        return wait(subprocess.Popen(command, env=env, cwd=ROOT, stdout=file, stderr=file))


def wait(process: subprocess.Popen[bytes]) -> int:
    """Ctrl-C reaches the step itself: let it clean up before we stop the servers."""
    try:
        return process.wait()
    except BaseException:
        process.terminate()
        process.wait()
        raise


def count(report: Path) -> Counts:
    """What pytest wrote about its run; nothing passed when it never came that far."""
    try:
        suites = list(ET.parse(report).iter("testsuite"))  # noqa: S314  # nosec B314
    except (OSError, ET.ParseError):
        return Counts()
    numbers = {
        name: sum(int(suite.get(name, 0)) for suite in suites)
        for name in ("tests", "failures", "errors", "skipped")
    }
    failed = numbers["failures"] + numbers["errors"]
    passed = numbers["tests"] - failed - numbers["skipped"]
    return Counts(max(0, passed), failed, numbers["skipped"])
