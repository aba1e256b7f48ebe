"""How names, addresses and numbers are compared: NFKC and casefold, so that look-alikes meet."""

import re
import unicodedata

LONGEST_SORT_KEY = 600
MARKS = {"Mn", "Me"}
INVISIBLE = {"Cf", "Cc", "Cs", "Co", "Zl", "Zp"}
BREAKS = {"Cc", "Zl", "Zp"}
E164 = re.compile(r"\+[1-9][0-9]{6,14}")
WRITTEN_IN_NUMBERS = re.compile(r"\(0\)|[\s().\-/–·]")
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


def is_same_mailbox(one: str, other: str) -> bool:
    """Whether a mail to either reaches the same person: equal, but for the case of plain letters.

    Stricter than `fold`, which lets look-alikes meet so that nobody takes one.
    """
    if one.isascii() and other.isascii():
        return one.lower() == other.lower()
    return one == other


def sort_key(value: str) -> str:
    """Folded, accents dropped: Åland sorts beside Alphabet, in any collation of the database.

    At most 600 characters: some single characters fold to many.
    """
    apart = unicodedata.normalize("NFKD", fold(value))
    plain = "".join(c for c in apart if unicodedata.category(c) not in MARKS)
    return plain[:LONGEST_SORT_KEY]


def phone_key(value: str) -> str:
    """The number with its country code, as networks dial it: +447700900123; "" if it is none.

    "00" in front is the plus; "(0)" is dialled at home alone. A number without its country could be
    anybody's, so it is none.
    """
    digits = WRITTEN_IN_NUMBERS.sub("", unicodedata.normalize("NFKC", tidy(value)))
    if digits.startswith("00"):
        digits = f"+{digits[2:]}"
    return digits if digits.isascii() and E164.fullmatch(digits) else ""
