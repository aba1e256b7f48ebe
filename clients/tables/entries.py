"""From the cells of one row to what they say about a client, with all that is wrong with it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from clients.tables.columns import FIELDS
from practice.countries import find_country
from practice.text import fold, tidy

LONGEST = {
    "name": 300,
    "client_number": 40,
    "contact_name": 200,
    "contact_email": 254,
    "phone": 60,
    "website": 300,
    "tax_id": 60,
    "address": 2000,
    "industry": 120,
    "internal_notes": 20_000,
}
LONGEST_TAG = 40
NUMBERS = ("client_number", "tax_id", "phone")
LOST = "\ufffd"
SHEET_FAULTS = {"#N/A", "#REF!", "#NAME?", "#VALUE!", "#DIV/0!", "#NULL!", "#NUM!"}
SCIENTIFIC = re.compile(r"(\d)(?:[.,](\d+))?E\+?(\d{1,3})", re.IGNORECASE)
WHOLE_FLOAT = re.compile(r"(\d+)\.0")
NEUTRALISED = re.compile(r"'(?=[=+\-@\t\r])")  # our own exports, and others', disarm formulas so
SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:(?!\d)", re.IGNORECASE)

MISSING = "The company name is missing."
TOO_LONG = "{} is longer than {:,} characters."
TOO_MANY_CELLS = (
    "The row has more values than there are headings. Put a value with a separator in it into"
    " quotation marks."
)
SPOILT = "{} holds letters that could not be read. Save the file as “CSV UTF-8”."
SHEET_FAULT = "{} holds the spreadsheet error {}."
SHORTENED = (
    "{} is {}: a spreadsheet has shortened the number. Format the column as text and export again."
)
BAD_EMAIL = "“{}” is no e-mail address."
BAD_WEBSITE = "The website must begin with http:// or https://."


@dataclass
class Entry:
    """What one row says. Empty texts say nothing, and change nothing."""

    name: str = ""
    client_number: str = ""
    contact_name: str = ""
    contact_email: str = ""
    phone: str = ""
    website: str = ""
    tax_id: str = ""
    address: str = ""
    country: str = ""
    industry: str = ""
    internal_notes: str = ""
    tags: tuple[str, ...] = ()
    problems: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    @property
    def name_key(self) -> str:
        return fold(self.name)

    @property
    def number_key(self) -> str:
        return fold(self.client_number)

    @property
    def email_key(self) -> str:
        return fold(self.contact_email)


Cells = Mapping[str, list[str]]  # meaning → the values of its columns that hold anything


def read_entry(fields: Sequence[str], cells: Sequence[str]) -> Entry:
    """`fields` has a meaning, or nothing, for each column."""
    said: dict[str, list[str]] = {}
    for meaning, cell in zip(fields, cells, strict=False):
        text = NEUTRALISED.sub("", cell.strip(), count=1) if meaning else ""
        if text:
            said.setdefault(meaning, []).append(text)
    entry = Entry()
    entry.problems.extend(faults(fields, cells, said))
    read_company(entry, said)
    read_contact(entry, said)
    read_address(entry, said)
    entry.problems.extend(excesses(entry))
    return entry


def faults(fields: Sequence[str], cells: Sequence[str], said: Cells) -> Iterator[str]:
    if any(cell.strip() for cell in cells[len(fields) :]):
        yield TOO_MANY_CELLS
    for meaning, texts in said.items():
        for text in texts:
            if LOST in text:
                yield SPOILT.format(FIELDS[meaning])
            if text in SHEET_FAULTS:
                yield SHEET_FAULT.format(FIELDS[meaning], text)


def first(said: Cells, meaning: str) -> str:
    return tidy(said[meaning][0]) if meaning in said else ""


def read_company(entry: Entry, said: Cells) -> None:
    entry.name = first(said, "name")
    entry.client_number = number(entry, said, "client_number")
    entry.tax_id = number(entry, said, "tax_id")
    entry.phone = number(entry, said, "phone")
    entry.website = website(entry, said)
    entry.industry = first(said, "industry")
    entry.internal_notes = "\n".join(map(paragraphs, said.get("internal_notes", [])))
    words = [tidy(word) for text in said.get("tags", []) for word in re.split(r"[,;|\n]", text)]
    entry.tags = tuple({fold(word): word for word in reversed(words) if word}.values())[::-1]


def paragraphs(text: str) -> str:
    return "\n".join(tidy(line) for line in text.splitlines()).strip()


def number(entry: Entry, said: Cells, meaning: str) -> str:
    """A number as it was meant: 1001 for 1001.0; digits that a spreadsheet cut off are gone."""
    text = first(said, meaning)
    if whole := WHOLE_FLOAT.fullmatch(text):
        return whole[1]
    found = SCIENTIFIC.fullmatch(text)
    if not found or "+" not in text:
        return text
    digits, zeros = found[1] + (found[2] or ""), int(found[3]) - len(found[2] or "")
    if not zeros:
        return digits
    entry.problems.append(SHORTENED.format(FIELDS[meaning], text))
    return text


def website(entry: Entry, said: Cells) -> str:
    text = first(said, "website")
    if SCHEME.match(text) and not text.lower().startswith(("http://", "https://")):
        entry.problems.append(BAD_WEBSITE)
    return text


def read_contact(entry: Entry, said: Cells) -> None:
    parts = [first(said, "contact_first"), first(said, "contact_last")]
    entry.contact_name = first(said, "contact_name") or " ".join(filter(None, parts))
    if not entry.name and entry.contact_name:
        entry.name = entry.contact_name
        entry.remarks.append("No company name: the contact's name is used.")
    addresses = [each for each in re.split(r"[,;\s]+", first(said, "contact_email")) if each]
    entry.contact_email = addresses[0] if addresses else ""
    if len(addresses) > 1 and all("@" in each for each in addresses):
        entry.remarks.append("Several e-mail addresses: the first is used.")
    elif len(addresses) > 1:
        entry.contact_email = " ".join(addresses)
    if entry.contact_email and not is_email(entry.contact_email):
        entry.problems.append(BAD_EMAIL.format(entry.contact_email[:80]))


def is_email(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def read_address(entry: Entry, said: Cells) -> None:
    """Lines of an address; a country that nobody knows stays in it as a word."""
    country = first(said, "country")
    entry.country = find_country(country) if country else ""
    place = " ".join(filter(None, [first(said, "region"), first(said, "postcode")]))
    lines = [
        *(paragraphs(text) for text in said.get("street", [])[:1]),
        *(paragraphs(text) for text in said.get("street_more", [])),
        ", ".join(filter(None, [first(said, "city"), place])),
        country if not entry.country else "",
    ]
    entry.address = "\n".join(line for line in lines if line)


def excesses(entry: Entry) -> Iterator[str]:
    """What is missing or does not fit; folding may make a text longer."""
    if not entry.name:
        yield MISSING
    for meaning, most in LONGEST.items():
        text = getattr(entry, meaning)
        long = len(text) > most or (meaning == "client_number" and len(fold(text)) > most)
        if long:
            yield TOO_LONG.format(FIELDS.get(meaning, "Address"), most)
    for tag in entry.tags:
        if len(tag) > LONGEST_TAG or len(fold(tag)) > 2 * LONGEST_TAG:
            yield TOO_LONG.format(f"The tag “{tag[:30]}…”", LONGEST_TAG)
