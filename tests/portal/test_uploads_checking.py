"""What a file is, by its name and its content (F-178): no database, no request."""

import io

import pytest

from portal.uploads import FileRefused
from portal.uploads.archives import CLIMBS, DAMAGED, LOCKED, TOO_DEEP, TOO_LARGE, TOO_MANY
from portal.uploads.checking import EMPTY, NOT_TAKEN, check
from portal.uploads.kinds import IS_A_PAGE, MACROS
from portal.uploads.names import NAMELESS, OUTSIDE, TOO_LONG, parted
from portal.uploads.signatures import INFECTED
from tests.portal import samples as s

FINE = {
    "Accounts 2025.pdf": s.PDF,
    "RECEIPT.PDF": s.PDF,
    "photo.jpg": s.JPEG,
    "photo.jpeg": s.JPEG,
    "scan.png": s.PNG,
    "logo.gif": s.GIF,
    "a.webp": s.WEBP,
    "fax.tif": s.TIFF,
    "fax.tiff": s.TIFF,
    "IMG_0001.HEIC": s.HEIC,
    "letter.docx": s.office("word"),
    "figures.xlsx": s.office("xl"),
    "talk.pptx": s.office("ppt"),
    "with a sheet.docx": s.office("word", ("word/embeddings/a.xlsx", s.office("xl"))),
    "old.doc": s.compound("WordDocument"),
    "old.xls": s.compound("Workbook"),
    "older.xls": s.compound("Book"),
    "mail.msg": s.compound("__substg1.0_0037001F"),
    "text.odt": s.odt(),
    "bank.csv": s.CSV,
    "bank in latin.csv": s.LATIN,
    "bank.ofx": s.OFX,
    "note.txt": "Grüße, 中文".encode(),
    "wide.txt": "Grüße".encode("utf-16"),
    "papers.zip": s.zipped(("a.pdf", s.PDF), ("2026/b.csv", s.CSV)),
    "papers in papers.zip": s.zipped(("inner.zip", s.zipped(("a.pdf", s.PDF)))),
}
REFUSED = {
    "page.html": (s.HTML, IS_A_PAGE),
    "page.htm": (s.HTML, IS_A_PAGE),
    "drawing.svg": (s.SVG, IS_A_PAGE),
    "drawing.pdf": (s.SVG, IS_A_PAGE),
    "page.pdf": (s.HTML, IS_A_PAGE),
    "page.txt": (b"\xef\xbb\xbf \n" + s.HTML, IS_A_PAGE),
    "page.csv": (s.HTML, IS_A_PAGE),
    "wide page.txt": (s.HTML.decode().encode("utf-16"), IS_A_PAGE),
    "drawing.csv": (b'<?xml version="1.0"?>' + s.SVG, IS_A_PAGE),
    "setup.exe": (s.EXE, NOT_TAKEN),
    "invoice.pdf.exe": (s.EXE, NOT_TAKEN),
    "invoice.exe.pdf": (s.EXE, "no PDF (.pdf)"),
    "macro.xlsm": (s.office("xl"), NOT_TAKEN),
    "no ending": (s.PDF, NOT_TAKEN),
    ".pdf": (s.PDF, NOT_TAKEN),
    "script.js": (b"alert(1)", NOT_TAKEN),
    "picture.png": (s.JPEG, "no PNG picture (.png)"),
    "picture.pdf": (s.PNG, "no PDF (.pdf)"),
    "junk before.pdf": (b"GIF89a" + s.PDF, "no PDF (.pdf)"),
    "archive.docx": (s.zipped(("a.pdf", s.PDF)), "no Word document (.docx)"),
    "word.xlsx": (s.office("word"), "no Excel workbook (.xlsx)"),
    "installer.doc": (s.compound("SummaryInformation"), "no Word document (.doc)"),
    "binary.csv": (b"a,b\0c", "no CSV table (.csv)"),
    "macro.docx": (s.office("word", ("word/vbaProject.bin", b"x")), MACROS),
    "macro.doc": (s.compound("WordDocument", "_VBA_PROJECT"), MACROS),
    "macro.odt": (s.odt(("Basic/Standard/a.xml", b"x")), MACROS),
    "empty.pdf": (b"", EMPTY),
    "broken.zip": (b"PK\3\4" + bytes(60), DAMAGED),
    "cut.zip": (s.zipped(("a.pdf", s.PDF))[:-30], DAMAGED),
    "locked.zip": (s.locked(), LOCKED),
    "climbs.zip": (s.zipped(("../../etc/cron.d/a", b"x")), CLIMBS),
    "absolute.zip": (s.zipped(("/etc/passwd", b"x")), CLIMBS),
    "drive.zip": (s.zipped(("..\\..\\a.txt", b"x")), CLIMBS),
    "runs.zip": (s.zipped(("invoice.pdf.js", b"x")), "a kind of file that is not taken: .js"),
    "page.zip": (s.zipped(("a.svg", s.SVG)), "a kind of file that is not taken: .svg"),
    "bomb.zip": (s.bomb(), TOO_LARGE),
    "bomb.docx": (s.office("word", ("word/a.xml", bytes(50 * 1024 * 1024))), TOO_LARGE),
    "many.zip": (s.zipped(*((f"{n}.txt", b"") for n in range(2001))), TOO_MANY),
    "list.zip": (s.longlist(30_000), TOO_MANY),
    "many small bombs.zip": (
        s.zipped(*((f"{n}.txt", bytes(9 * 1024 * 1024)) for n in range(40))),
        TOO_LARGE,
    ),
    "deep.zip": (
        s.zipped(("1.zip", s.zipped(("2.zip", s.zipped(("3.zip", s.zipped(("4", b"x")))))))),
        TOO_DEEP,
    ),
}


def checked(name: str, content: bytes) -> str:
    file = io.BytesIO(content)
    try:
        return check(file, name, len(content)).content_type
    except FileRefused as refused:
        return str(refused)
    finally:
        assert file.tell() == 0


def test_what_an_accountant_needs_is_taken():
    answers = {name: checked(name, content) for name, content in FINE.items()}

    assert {name for name, answer in answers.items() if "/" not in answer} == set()


@pytest.mark.parametrize("name", REFUSED)
def test_everything_else_is_refused_with_its_reason(name):
    content, why = REFUSED[name]

    assert why in checked(name, content)


@pytest.mark.parametrize("wrapping", s.EICAR_IN)
def test_the_test_virus_is_found_in_every_wrapping(wrapping):
    assert checked(*s.EICAR_IN[wrapping]) == INFECTED


@pytest.mark.parametrize(
    ("path", "folder", "name"),
    [
        ("a.pdf", "", "a.pdf"),
        ("Receipts/2026/May.pdf", "Receipts/2026", "May.pdf"),
        ("Receipts\\May.pdf", "Receipts", "May.pdf"),
        ("./a.pdf", "", "a.pdf"),
        ("in\u202efdp.exe", "", "infdp.exe"),
        ("a\r\nSet-Cookie: x.pdf", "", "aSet-Cookie: x.pdf"),
    ],
)
def test_names_are_kept_and_are_no_paths(path, folder, name):
    assert parted(path) == (folder, name)


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("../../etc/passwd.pdf", OUTSIDE),
        ("Receipts/../../a.pdf", OUTSIDE),
        ("..\\a.pdf", OUTSIDE),
        ("/etc/passwd.pdf", OUTSIDE),
        ("C:\\a.pdf", OUTSIDE),
        ("..", OUTSIDE),
        ("a/ .. /b.pdf", OUTSIDE),
        ("///", OUTSIDE),
        ("./.", NAMELESS),
        ("a" * 200 + ".pdf", TOO_LONG),
    ],
)
def test_names_that_climb_are_refused(path, why):
    with pytest.raises(FileRefused) as refused:
        parted(path)

    assert str(refused.value) == why
