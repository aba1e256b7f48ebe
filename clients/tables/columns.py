"""What a column means, by its heading: QuickBooks, Xero and plain English."""

import re
from collections import Counter
from collections.abc import Sequence

from clients.tables.lines import Line
from practice.text import fold

# Meaning → its label in the lists of the columns page.
FIELDS = {
    "name": "Company name",
    "client_number": "Client ID",
    "contact_name": "Contact name",
    "contact_first": "Contact first name",
    "contact_last": "Contact last name",
    "contact_email": "Contact email",
    "phone": "Phone",
    "website": "Website",
    "tax_id": "Tax ID",
    "street": "Address",
    "street_more": "Address, further lines",
    "city": "City",
    "region": "State or county",
    "postcode": "Postcode",
    "country": "Country",
    "industry": "Industry",
    "tags": "Tags",
    "internal_notes": "Internal notes",
}
SHARED_FIELDS = {"phone", "street_more", "tags", "internal_notes"}  # by several columns
HEADINGS = {
    "name": (
        "company name|company|business name|organisation|organization|organisation name"
        "|organization name|legal name|company legal name|trading name|client name|customer name"
        "|account name|client|customer|customer full name|display name|full name"
    ),
    "client_number": (
        "client id|client number|client no|client ref|client reference|client code|customer id"
        "|customer number|customer no|customer code|accountnumber|account number|account no"
        "|account code|account id|reference|ref|id|number|no"
    ),
    "contact_name": (
        "contact name|primary contact|primary contact name|contact person|contact"
        "|account owner name|attention|poattentionto"
    ),
    "contact_first": "firstname|first name|first|given name|contact first name|forename",
    "contact_last": "lastname|last name|last|surname|family name|contact last name",
    "contact_email": (
        "contact email|primary contact email|email|e mail|email address|emailaddress|main email"
        "|e mail address|mail|account owner email|billing email"
    ),
    "phone": (
        "phone|phone number|phonenumber|telephone|telephone number|main phone|work phone|tel"
        "|mobile|mobile number|mobilenumber|cell|mobile phone|alt phone"
    ),
    "website": "website|web site|url|web|homepage|web address",
    "tax_id": (
        "tax id|taxid|tax number|taxnumber|vat number|vat|vat no|vat id|tax reference|utr|ein|abn"
        "|gst number|tin|resale number|resale no|tax registration number|company tax id"
    ),
    "street": (
        "address|street|street address|address line 1|address 1|address1|poaddressline1"
        "|saaddressline1|billing address|billing street|billing address line 1|line 1"
    ),
    "street_more": (
        "address line 2|address 2|address2|poaddressline2|address line 3|poaddressline3"
        "|address line 4|poaddressline4|billing address line 2|line 2|address 3|address3"
    ),
    "city": "city|town|town city|pocity|sacity|billing city|suburb|locality",
    "region": "state|county|region|province|poregion|saregion|billing state|state province",
    "postcode": (
        "postcode|post code|postal code|zip|zip code|zipcode|popostalcode|sapostalcode"
        "|billing zip|billing postcode|billing postal code"
    ),
    "country": "country|pocountry|sacountry|billing country|country code",
    "industry": "industry|sector|business type|line of business|trade",
    "tags": "tags|tag|labels|label|groups|categories|category",
    "internal_notes": "internal notes|notes|note|comments|comment|remarks|memo",
}
RANKS = {
    heading.replace(" ", ""): (field, rank)
    for field, words in HEADINGS.items()
    for rank, heading in enumerate(words.split("|"))
}
EITHER = ("name", "contactname")  # a company where no other column is one, else a person
SEARCHED = 10  # lines in which headings may stand


def squeezed(heading: str) -> str:
    """The heading in lower case, without spaces, signs or Xero's star."""
    return re.sub(r"[\W_]+", "", fold(heading))


def recognise(headings: Sequence[str]) -> list[str]:
    """The meaning of each column; empty where nothing is known or the meaning has gone already."""
    known = meanings([squeezed(heading) for heading in headings])
    best: dict[str, tuple[int, int]] = {}
    for index, found in enumerate(known):
        if found:
            field, rank = found
            best[field] = min(best.get(field, (rank, index)), (rank, index))
    return [
        found[0] if found and may_have(found, index, best) else ""
        for index, found in enumerate(known)
    ]


def may_have(found: tuple[str, int], index: int, best: dict[str, tuple[int, int]]) -> bool:
    field, rank = found
    return field in SHARED_FIELDS or best[field] == (rank, index)


def meanings(keys: list[str]) -> list[tuple[str, int] | None]:
    """Meaning and rank of each heading. QuickBooks has `Name` beside `Company`, Xero calls the
    company `ContactName`, and elsewhere `Name` is the company."""
    known = [RANKS.get(key) for key in keys]
    has_company = any(found and found[0] == "name" for found in known)
    if has_company and "name" in keys:
        known[keys.index("name")] = ("contact_name", len(RANKS))
    for key in EITHER:
        if not has_company and key in keys:
            known[keys.index(key)] = ("name", 0)
            has_company = True
    return known


def heading_index(lines: Sequence[Line]) -> int | None:
    """Which of the first lines holds the headings; None when no line is recognised as such."""
    counts = [sum(map(bool, recognise(line.cells))) for line in lines[:SEARCHED]]
    most = max(counts, default=0)
    return counts.index(most) if most else None


def label_headings(headings: Sequence[str]) -> list[str]:
    """Headings to show: none of them blank, none of them twice."""
    seen: Counter[str] = Counter()
    labels = []
    for index, heading in enumerate(headings):
        label = " ".join(heading.split())[:80] or f"Column {letters(index)}"
        seen[fold(label)] += 1
        count = seen[fold(label)]
        labels.append(label if count == 1 else f"{label} ({count})")
    return labels


def letters(index: int) -> str:
    """A, B … Z, AA, as a spreadsheet names its columns."""
    name = ""
    index += 1
    while index:
        index, digit = divmod(index - 1, 26)
        name = chr(ord("A") + digit) + name
    return name
