"""Static files with hashed names, compressed, and the style sheets made one (decision 0003).

`static/css/app.css` names its parts with `@import`, so that it works as it stands. When files are
collected the parts are put in its place, and a browser asks once instead of twenty times.
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from django.contrib.staticfiles.finders import find
from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

STYLES = "css/app.css"
IMPORT = re.compile(r'@import url\("([\w-]+\.css)"\)(?: layer\(([\w-]+)\))?;')
COMMENT = re.compile(r"/\*.*?\*/\s*", re.DOTALL)


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
    return COMMENT.sub("", IMPORT.sub(_part, _text(STYLES)))


def _part(found: re.Match[str]) -> str:
    text, layer = _text(str(PurePosixPath(STYLES).with_name(found[1]))), found[2]
    return f"@layer {layer} {{\n{text}}}\n" if layer else text


def _text(name: str) -> str:
    path = find(name)
    with open(str(path), encoding="utf-8") as file:
        return file.read()
