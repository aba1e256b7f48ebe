"""What one row says about a client, and what is wrong with it."""

import pytest

from clients.tables import Entry, read_entry

FIELDS = {
    "name": "Acme",
    "client_number": "1",
    "contact_email": "a@acme.test",
}


def entry(**said: str) -> Entry:
    cells = FIELDS | said
    return read_entry(list(cells), list(cells.values()))


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({"name": " \u200b "}, "The company name is missing."),
        ({"name": "x" * 301}, "Company name is longer than 300 characters."),
        ({"client_number": "1" * 41}, "Client ID is longer than 40 characters."),
        ({"client_number": "ﷺ" * 10}, "Client ID is longer than 40 characters."),
        ({"contact_email": "anna"}, "“anna” is no e-mail address."),
        ({"contact_email": "Anna <a@b.test>"}, "“Anna <a@b.test>” is no e-mail address."),
        (
            {"client_number": "1.23457E+12"},
            "Client ID is 1.23457E+12: a spreadsheet has shortened the number. Format the column"
            " as text and export again.",
        ),
        ({"tax_id": "#REF!"}, "Tax ID holds the spreadsheet error #REF!."),
        (
            {"name": "Caf\ufffd"},
            "Company name holds letters that could not be read. Save the file as “CSV UTF-8”.",
        ),
        ({"website": "javascript:alert(1)"}, "The website must begin with http:// or https://."),
        ({"tags": "y" * 41}, f"The tag “{'y' * 30}…” is longer than 40 characters."),
    ],
)
def test_problems(said, problem):
    assert entry(**said).problems == [problem]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ({"name": "x" * 300}, {"name": "x" * 300}),
        ({"name": "=cmd|'/C calc'!A1"}, {"name": "=cmd|'/C calc'!A1"}),
        ({"name": "'=1+1"}, {"name": "=1+1"}),
        ({"name": "شركة 🧾 \u202e Ltd"}, {"name": "شركة 🧾 Ltd"}),
        ({"client_number": "1001.0"}, {"client_number": "1001"}),
        ({"client_number": "1.001E+03"}, {"client_number": "1001"}),
        ({"client_number": "12E5"}, {"client_number": "12E5"}),
        ({"client_number": "007"}, {"client_number": "007"}),
        ({"country": "united kingdom"}, {"country": "GB", "address": ""}),
        ({"country": "Narnia"}, {"country": "", "address": "Narnia"}),
        ({"contact_email": "a@b.test; c@d.test"}, {"contact_email": "a@b.test"}),
        ({"contact_first": "Jane", "contact_last": "Smith"}, {"contact_name": "Jane Smith"}),
        ({"name": "", "contact_name": "Jane Smith"}, {"name": "Jane Smith"}),
        ({"tags": "Year-end, VIP; vip"}, {"tags": ("Year-end", "VIP")}),
        ({"phone": "'+44 20 7946 0000"}, {"phone": "+44 20 7946 0000"}),
        (
            {"street": "1 High St", "city": "Leeds", "region": "Yorks", "postcode": "LS1"},
            {"address": "1 High St\nLeeds, Yorks LS1"},
        ),
    ],
)
def test_what_is_kept(said, kept):
    found = entry(**said)

    assert found.problems == []
    assert {name: getattr(found, name) for name in kept} == kept


def test_more_values_than_headings():
    found = read_entry(["name"], ["Smith", " Sons"])

    assert found.problems == [
        "The row has more values than there are headings. Put a value with a separator in it into"
        " quotation marks."
    ]


def test_short_rows_and_blank_cells_at_the_end_are_fine():
    assert read_entry(["name", "phone"], ["Smith"]).problems == []
    assert read_entry(["name"], ["Smith", "", " "]).problems == []


def test_the_first_number_of_several_columns():
    assert read_entry(["name", "phone", "phone"], ["A", "", "123"]).phone == "123"
