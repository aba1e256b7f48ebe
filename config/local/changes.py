"""Whether preparing the application again could change anything: the second `up` asks first."""

import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path

from config.local.places import REQUIREMENTS, ROOT

ELSEWHERE = {"tests", "docs", "requirements", "node_modules", "__pycache__"}


def of_code() -> str:
    """A digest that changes with any Python file of the applications, or with the locks."""
    return digest(path for path in files() if path.suffix in (".py", ".sql", ".csv", ".json"))


def of_static() -> str:
    return digest(path for path in files() if "static" in path.parts)


def files() -> Iterable[Path]:
    for folder, inner, names in os.walk(ROOT):
        inner[:] = sorted(n for n in inner if not n.startswith(".") and n not in ELSEWHERE)
        yield from (Path(folder, name).relative_to(ROOT) for name in sorted(names))


def digest(paths: Iterable[Path]) -> str:
    """Names, sizes and times: reading every file would cost what this saves."""
    facts = hashlib.sha256()
    for path in paths:
        status = (ROOT / path).stat()
        facts.update(f"{path} {status.st_size} {status.st_mtime_ns}\n".encode())
    for lock in sorted(REQUIREMENTS.glob("*.txt")):
        facts.update(lock.read_bytes())
    return facts.hexdigest()


def are_noted(stamp: Path, value: str) -> bool:
    try:
        return bool(json.loads(stamp.read_text()) == value)
    except (OSError, ValueError):
        return False


def note(stamp: Path, value: str) -> None:
    stamp.write_text(json.dumps(value))
