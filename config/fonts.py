"""Inter, cut to the letters most pages need: a sixth of the bytes, made when files are collected.

The whole fonts come with django-unfold. A page with other letters fetches the whole of a weight
beside its part (`unicode-range` in `static/css/fonts.css`, which names the same ranges).
"""

import hashlib
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import AppDirectoriesFinder, BaseFinder
from django.core.files.storage import FileSystemStorage
from fontTools.subset import Options, Subsetter, load_font, parse_unicodes, save_font

WEIGHTS = {"400": "Regular", "500": "Medium", "600": "SemiBold"}
LETTERS = (
    "20-7e,a0-17f,218-21b,2010-2015,2018-201e,2020-2022,2026,2030,2032-2033,2039-203a,20ac,2122,"
    "2190-2193,2212,22ef,2605"
)


class PartsOfInter(BaseFinder):
    """Finds `fonts/inter-400.woff2` and its like, making them where they are missing."""

    def check(self, **_: Any) -> list[Any]:
        return []

    def find(self, path: str, find_all: bool = False) -> str | list[str]:  # type: ignore[override]
        if path not in {name_of(weight) for weight in WEIGHTS}:
            return [] if find_all else ""
        found = str(made() / path)
        return [found] if find_all else found

    def list(self, _ignored: Any) -> Iterator[tuple[str, FileSystemStorage]]:
        storage = FileSystemStorage(location=made())
        yield from ((name_of(weight), storage) for weight in WEIGHTS)


def name_of(weight: str) -> str:
    return f"fonts/inter-{weight}.woff2"


@cache
def made() -> Path:
    """The folder of the parts, made once for these letters and these fonts."""
    sources = {weight: whole(style) for weight, style in WEIGHTS.items()}
    stamp = hashlib.sha256(LETTERS.encode())
    for source in sources.values():
        stamp.update(source.read_bytes())
    folder: Path = settings.BASE_DIR / ".local" / "fonts" / stamp.hexdigest()[:12]
    for weight, source in sources.items():
        target = folder / name_of(weight)
        if not target.exists():
            cut(source, target)
    return folder


def whole(style: str) -> Path:
    return Path(str(AppDirectoriesFinder().find(f"unfold/fonts/inter/Inter-{style}.woff2")))


def cut(source: Path, target: Path) -> None:
    """Written beside and moved, so that two processes at once do no harm."""
    target.parent.mkdir(parents=True, exist_ok=True)
    options = Options(flavor="woff2", layout_features=["kern", "liga", "tnum", "calt", "ccmp"])
    unfinished = target.with_suffix(f".{os.getpid()}")
    with load_font(str(source), options) as font:
        subsetter = Subsetter(options)
        subsetter.populate(unicodes=parse_unicodes(LETTERS))
        subsetter.subset(font)
        save_font(font, str(unfinished), options)
    unfinished.replace(target)
