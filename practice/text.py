"""How names and addresses are compared: NFKC and casefold, so that look-alikes meet."""

import unicodedata

LONGEST_SORT_KEY = 600
MARKS = {"Mn", "Me"}
INVISIBLE = {"Cf", "Cc", "Cs", "Co", "Zl", "Zp"}
BREAKS = {"Cc", "Zl", "Zp"}
KEPT_FORMATS = {"\u200c", "\u200d"}  # joiners: Persian, Indic scripts and emoji need them


def tidy(value: str) -> str:
    """One line without control or direction-override characters, runs of space made one."""
    if not (value.isascii() and value.isprintable()):
        value = "".join(_visible(character) for character in value)
    return " ".join(value.split())


def _visible(character: str) -> str:
    if character in KEPT_FORMATS or unicodedata.category(character) not in INVISIBLE:
        return character
    return " " if unicodedata.category(character) in BREAKS else ""


def fold(value: str) -> str:
    """The form in which two spellings of one thing are equal; folding it again changes nothing."""
    text = tidy(value)
    while (folded := tidy(unicodedata.normalize("NFKC", text.casefold()))) != text:
        text = folded
    return text


def sort_key(value: str) -> str:
    """Folded, accents dropped: Åland sorts beside Alphabet, in any collation of the database.

    At most 600 characters: some single characters fold to many.
    """
    apart = unicodedata.normalize("NFKD", fold(value))
    plain = "".join(c for c in apart if unicodedata.category(c) not in MARKS)
    return plain[:LONGEST_SORT_KEY]
