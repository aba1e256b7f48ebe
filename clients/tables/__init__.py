"""Files of clients, read: from bytes to lines, from headings to meanings, from cells to facts."""

from clients.tables.columns import FIELDS, SHARED_FIELDS, heading_index, label_headings, recognise
from clients.tables.entries import Entry, read_entry
from clients.tables.reading import Line, Table, Unreadable, read_table

__all__ = [
    "FIELDS",
    "SHARED_FIELDS",
    "Entry",
    "Line",
    "Table",
    "Unreadable",
    "heading_index",
    "label_headings",
    "read_entry",
    "read_table",
    "recognise",
]
