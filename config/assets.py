"""Static files with hashed names, compressed, and the style sheets made one (decision 0003).

`static/css/app.css` names its parts with `@import`, so that it works as it stands. When files are
collected the parts are put in its place, and a browser asks once instead of twenty times.
"""

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from django.contrib.staticfiles.finders import find
from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

STYLES = "css/app.css"
IMPORT = re.compile(r'@import url\("([\w-]+\.css)"\)(?: layer\(([\w-]+)\))?;')
# Comments, and the white space that a browser does not need.
SPACE = [
    (re.compile(r"/\*.*?\*/", re.DOTALL), ""),
    (re.compile(r"\s+"), " "),
    (re.compile(r" ?([{};,]) ?"), r"\1"),
    (re.compile(r";(?=})|(?<=[{}]);"), ""),
    (re.compile(r": "), ":"),
]


class Storage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """What whitenoise does, after `app.css` has been put together."""

    def post_process(self, paths: dict[str, Any], **options: Any) -> Iterator[Any]:
        if STYLES in paths and not options.get("dry_run"):
            self.delete(STYLES)
            self._save(STYLES, ContentFile(one_sheet().encode()))
            paths[STYLES] = (self, STYLES)
        yield from super().post_process(paths, **options)


def one_sheet() -> str:
    """`app.css` with its parts in their layers; relative addresses stay right in the same folder."""
    sheet = IMPORT.sub(_part, _text(STYLES))
    for pattern, instead in SPACE:
        sheet = pattern.sub(instead, sheet)
    return sheet


def _part(found: re.Match[str]) -> str:
    text, layer = _text(str(PurePosixPath(STYLES).with_name(found[1]))), found[2]
    return f"@layer {layer}{{{text}}}" if layer else text


def _text(name: str) -> str:
    return Path(str(find(name))).read_text(encoding="utf-8")
