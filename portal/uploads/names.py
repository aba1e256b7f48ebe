"""Names of files and folders as people gave them: kept, and never a path."""

import html

from portal.uploads.problems import FileRefused

LONGEST_NAME = 200
LONGEST_FOLDER = 200
OUTSIDE = "Its name points outside of its folder."
NAMELESS = "It has no name."
TOO_LONG = f"Its name is longer than {LONGEST_NAME} characters."


def readable(name: str) -> str:
    """With slashes of one kind, and without what does not print: signs that turn the direction of
    reading make "fdp.exe" of "exe.pdf"."""
    plain = html.unescape(name).replace("\\", "/")
    return "".join(char for char in plain if char.isprintable())


def parted(path: str) -> tuple[str, str]:
    """Folder and name of "Receipts/2026/May.pdf". Raises `FileRefused`."""
    parts = [part.strip() for part in readable(path).split("/")]
    refuse_outside(path)
    parts = [part for part in parts if part not in ("", ".")]
    if not parts:
        raise FileRefused(NAMELESS)
    *folders, name = parts
    if len(name) > LONGEST_NAME or len("/".join(folders)) > LONGEST_FOLDER:
        raise FileRefused(TOO_LONG)
    return "/".join(folders), name


def refuse_outside(path: str) -> None:
    """What begins at the root or at a drive, or climbs. Raises `FileRefused`."""
    plain = path.replace("\\", "/")
    is_absolute = plain.startswith("/") or plain[1:2] == ":"
    if is_absolute or ".." in [part.strip() for part in plain.split("/")] or "\0" in plain:
        raise FileRefused(OUTSIDE)


def extension_of(name: str) -> str:
    """Of the last dot on, in small letters, without the dot; "" where there is none."""
    stem, dot, extension = name.rpartition(".")
    return extension.strip().lower() if dot and stem else ""
