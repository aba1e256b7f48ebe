"""Every file that people bring: read as it was meant, or refused with a sentence."""

import io
import os
import zipfile

import pytest
import xlsxwriter

from clients.tables import Line, Unreadable, heading_index, read_table, recognise
from clients.tables import workbooks as workbooks_module
from tests.clients.importing import DATA

ROWS = [["Company", "Client ID"], ["Café Ölçek", "1"], ["Smith; Sons, Ltd", "2"]]
TEXT = 'Company,Client ID\nCafé Ölçek,1\n"Smith; Sons, Ltd",2\n'


def cells(data: bytes) -> list[list[str]]:
    return [line.cells for line in read_table(data).lines]


def workbook(rows: list[list[object]], *, first_sheet: str = "") -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"strings_to_formulas": False}) as book:
        if first_sheet:
            book.add_worksheet(first_sheet).hide()
        sheet = book.add_worksheet("Customers")
        sheet.activate()
        sheet.set_first_sheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return file.getvalue()


@pytest.mark.parametrize(
    ("codec", "said"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8"),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16"),
        ("utf-16-be", "UTF-16"),
        ("utf-32", "UTF-32"),
    ],
)
def test_encodings_are_found_and_said(codec, said):
    table = read_table(TEXT.encode(codec))

    assert [line.cells for line in table.lines] == ROWS
    assert table.notice == f"Read as {said} with commas between the values."


def test_windows_letters_are_tried_when_utf8_fails():
    table = read_table("Company;Town\nCafé Noël;Köln\n".encode("cp1252"))

    assert table.lines[1].cells == ["Café Noël", "Köln"]
    assert table.notice == "Read as Windows-1252 with semicolons between the values."


def test_a_spoilt_letter_costs_its_row_and_not_the_file():
    data = "Company\nÄäkkösten Ääni Öljy\nB\xffad\n".encode().replace(b"\xc3\xbf", b"\xff")

    assert cells(data)[1:] == [["Ääkkösten Ääni Öljy"], ["B\ufffdad"]]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_separators_are_guessed(separator):
    text = separator.join(["Company", "Town", "Note"]) + "\n"
    text += separator.join(["Acme", "Paris", '"x, y; z"']) + "\n"

    assert cells(text.encode()) == [["Company", "Town", "Note"], ["Acme", "Paris", "x, y; z"]]


def test_excels_own_first_line_names_the_separator():
    assert cells(b"sep=;\r\nCompany;Note\r\nA;b,c,d\r\n") == [["Company", "Note"], ["A", "b,c,d"]]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_line_endings_and_blank_lines(ending):
    data = ending.join(["Company,Note", "", "A,1", ",", "B,2", ""]).encode()

    assert read_table(data).lines == [
        Line(1, ["Company", "Note"]),
        Line(3, ["A", "1"]),
        Line(5, ["B", "2"]),
    ]


def test_a_value_may_take_several_lines():
    assert cells(b'Company,Address\nA,"1 High St\nLondon"\nB,x\n')[1:] == [
        ["A", "1 High St\nLondon"],
        ["B", "x"],
    ]


@pytest.mark.parametrize("broken", ['"Acme "Best" Ltd,2', '"Never closed,2'])
def test_a_stray_quotation_mark_costs_its_row_and_not_the_file(broken):
    lines = read_table(f"Company,ID\nA,1\n{broken}\nB,3\nC,4\n".encode()).lines

    assert [line.cells[0] for line in lines] == ["Company", "A", broken, "B", "C"]
    assert [bool(line.problem) for line in lines] == [False, False, True, False, False]


def refused(data: bytes) -> str:
    with pytest.raises(Unreadable) as refusal:
        read_table(data)
    return str(refusal.value)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "The file is empty."),
        (b" \r\n\t\n", "The file is empty."),
        (b"\xef\xbb\xbf", "The file is empty."),
        (b",,,\n,,\n", "The file is empty."),
        (b"%PDF-1.7 ...", "This is a PDF document. Export the clients as CSV or XLSX."),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
            "This is an old Excel workbook (.xls) or one with a password. Save it as .xlsx without"
            " a password, or as CSV.",
        ),
        (b"PK\x03\x04 and nothing else", workbooks_module.DAMAGED),
        (b"Company\n" + b"\x01\x02\x03" * 50, "This is not a text table. Export the clients as"
         " CSV or XLSX."),
        (b"Company\nB\x8d\x81d\n", "The letters of this file could not be read. Save it as “CSV"
         " UTF-8” and try again."),
        (b"a," * 300 + b"\n", "The file has more than 200 columns. Keep the columns about"
         " clients."),
        (b"Company\n" + b"x\n" * 50_001, "The file has more than 50,000 rows. Split it into several"
         " files."),
        (b"\n" * 1_000_001 + b"x", "The file has more than 50,000 rows. Split it into several"
         " files."),
        (b'"x\n' * 101, "More than 100 rows have stray quotation marks, the first in row 1. Export"
         " the file again."),
    ],
)  # fmt: skip
def test_files_that_are_no_table(data, says):
    assert refused(data) == says


def test_ten_megabytes_of_rubbish():
    assert refused(b"r" + os.urandom(10_000_000)) == (
        "This is not a text table. Export the clients as CSV or XLSX."
    )


def test_a_workbook():
    table = read_table(
        workbook([["Company", "Client ID", "Paid"], ["Acme", 1001.0, True], [], ["=1+1", 2.5]])
    )

    assert table.notice == "Read as an Excel workbook, sheet “Customers”."
    assert table.lines == [
        Line(1, ["Company", "Client ID", "Paid"]),
        Line(2, ["Acme", "1001", "TRUE"]),
        Line(4, ["=1+1", "2.5"]),
    ]


def test_hidden_sheets_are_left_alone():
    assert cells(workbook([["Company"], ["A"]], first_sheet="Lists")) == [["Company"], ["A"]]


def test_a_number_that_lost_its_digits_stays_marked():
    assert cells(workbook([["Client ID"], [1.5e17]]))[1] == ["1.5E+17"]


def archive(**parts: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, content in parts.items():
            bundle.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return file.getvalue()


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        ({"readme": b"hello"}, workbooks_module.NO_WORKBOOK),
        ({"mimetype": b"application/vnd.oasis"}, workbooks_module.OPEN_DOCUMENT),
        ({"xl__workbook_xml": b"<nonsense"}, workbooks_module.DAMAGED),
        (
            {"xl__workbook_xml": b"<w/>", "xl__sharedStrings_xml": b"<a/>" * 5_000_000},
            workbooks_module.TOO_MUCH,
        ),
        ({"xl__workbook_xml": b"0" * (101 * 1024 * 1024)}, workbooks_module.BOMB),
    ],
)
def test_archives_that_are_no_workbook(parts, says):
    assert refused(archive(**parts)) == says


@pytest.mark.parametrize("name", ["quickbooks.csv", "xero.csv"])
def test_known_exports_are_recognised(name):
    table = read_table((DATA / name).read_bytes())

    assert heading_index(table.lines) == 0
    assert {"name", "client_number", "contact_email", "tax_id"} <= set(
        recognise(table.lines[0].cells)
    )


@pytest.mark.parametrize(
    ("headings", "fields"),
    [
        (["Name", "Company"], ["contact_name", "name"]),
        (["Name", "E-mail"], ["name", "contact_email"]),
        (["*ContactName", "FirstName"], ["name", "contact_first"]),
        (["Contact Name", "Client name"], ["contact_name", "name"]),
        (["CLIENT_ID", "Company Name"], ["client_number", "name"]),
        (["Email", "Email", "Phone", "Mobile"], ["contact_email", "", "phone", "phone"]),
        (["Main Email", "Email"], ["", "contact_email"]),
        (["Opening Balance", ""], ["", ""]),
    ],
)
def test_headings(headings, fields):
    assert recognise(headings) == fields


def test_headings_below_a_title():
    lines = [Line(1, ["Customer List"]), Line(3, ["Company", "Email"]), Line(4, ["A", "a@b.c"])]

    assert heading_index(lines) == 1
