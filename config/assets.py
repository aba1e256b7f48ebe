"""Static files with hashed names, compressed, and the style sheets made one (decision 0004).

`static/css/app.css` names its parts with `@import`, so that it works as it stands. When files are
collected the parts are put in its place, and a browser asks once instead of twenty times.
"""

import re
from collections.abc import Iterator
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any

from django.contrib.staticfiles.finders import find
from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

STYLES = "css/app.css"
IMPORT = re.compile(r'@import url\("(?P<file>[\w-]+\.css)"\)(?: layer\((?P<layer>\w+)\))?;')
# Comments, and the white space that a browser does not need.
SPACE = [
    (re.compile(r"/\*.*?\*/", re.DOTALL), ""),
    (re.compile(r"\s+"), " "),
    (re.compile(r" ?([{};,]) ?"), r"\1"),
    (re.compile(r";(?=})|(?<=[{}]);"), ""),
    (re.compile(r": "), ":"),
]


class Storage(CompressedManifestStaticFilesStorage):
    """What whitenoise does, after `app.css` has been put together."""

    @cached_property
    def known(self) -> dict[str, str]:
        return {}

    def url(self, name: str, force: bool = False) -> str:
        """Every page asks for nine of them, and they last as long as the process."""
        if name not in self.known:
            self.known[name] = super().url(name, force)
        return self.known[name]

    def post_process(self, paths: dict[str, Any], **options: Any) -> Iterator[Any]:
        if STYLES in paths and not options.get("dry_run"):
            self.delete(STYLES)
            self._save(STYLES, ContentFile(one_sheet().encode()))
            paths[STYLES] = (self, STYLES)
        yield from super().post_process(paths, **options)


def one_sheet() -> str:
    """`app.css` with its parts in their layers; addresses in them stay right in the same folder."""
    index = _text(STYLES)
    parts = groupby(IMPORT.finditer(index), key=lambda found: found["layer"])
    sheet = "".join([IMPORT.sub("", index), *(_layer(name, found) for name, found in parts)])
    for pattern, instead in SPACE:
        sheet = pattern.sub(instead, sheet)
    return sheet


def _layer(name: str | None, parts: Iterator[re.Match[str]]) -> str:
    text = "".join(_text(f"css/{part['file']}") for part in parts)
    return f"@layer {name}{{{text}}}" if name else text


def _text(name: str) -> str:
    return Path(str(find(name))).read_text(encoding="utf-8")
