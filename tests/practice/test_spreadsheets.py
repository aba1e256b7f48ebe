"""Spreadsheets: no cell of ours becomes a formula, and nothing else changes."""

import csv
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from practice.spreadsheets import BYTE_ORDER_MARK, csv_rows, neutral, xlsx_file

FORMULAS = ["=1+1", "+44 20 7946", "-5 apples", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1"]


@pytest.mark.parametrize("text", FORMULAS)
def test_text_that_a_program_would_run_becomes_text(text):
    assert neutral(text) == f"'{text}"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("O'Neil & Sons", "O'Neil & Sons"),
        ("a=b", "a=b"),
        ("", ""),
        (None, ""),
        (True, "Yes"),
        (-12, -12),
        (Decimal("-0.50"), Decimal("-0.50")),
        (date(2026, 11, 22), "2026-11-22"),
        (datetime(2026, 11, 22, 18, 40, 1, 5, tzinfo=UTC), "2026-11-22 18:40:01+00:00"),
    ],
)
def test_other_values_stay_what_they_are(value, shown):
    assert neutral(value) == shown


def test_a_csv_file_reads_back():
    rows = [['Smith, "Jane"', "=cmd|'/c calc'!A1"], ["two\nlines", "日本"]]

    text = "".join(csv_rows(["Name", "+Note"], iter(rows)))

    assert text.startswith(BYTE_ORDER_MARK)
    read = list(csv.reader(text.removeprefix(BYTE_ORDER_MARK).splitlines(keepends=True)))
    assert read == [
        ["Name", "'+Note"],
        ['Smith, "Jane"', "'=cmd|'/c calc'!A1"],
        ["two\nlines", "日本"],
    ]


def test_a_csv_file_comes_line_by_line():
    def rows():
        yield ["first"]
        raise AssertionError("read too far")

    lines = csv_rows(["Name"], rows(), for_excel=False)

    assert [next(lines), next(lines)] == ["Name\r\n", "first\r\n"]


def test_a_workbook_keeps_every_character_as_text():
    rows = [[text, 7] for text in [*FORMULAS, "https://x.test", "1010"]]

    with xlsx_file(["=Name", "Count"], rows, sheet="Clients") as file:
        page = load_workbook(file).active

    assert page.title == "Clients"
    assert page["A1"].value == "=Name"
    kinds = {cell.data_type for cell in page["A"]}
    assert kinds == {"s"}
    assert page["A2"].value == "=1+1"
    assert page["B2"].value == 7
    assert page["A10"].hyperlink is None
