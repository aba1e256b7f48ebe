"""The smallest contents of each kind, and hostile ones."""

import io
import struct
from zipfile import ZIP_DEFLATED, ZipFile

from portal.uploads.signatures import EICAR

PDF = (
    b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(40)
JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0\1" + bytes(40)
GIF = b"GIF89a" + bytes(40)
WEBP = b"RIFF\x24\0\0\0WEBPVP8 " + bytes(40)
TIFF = b"II*\0\x08\0\0\0" + bytes(40)
HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(40)
CSV = "Date,Amount\n2026-01-01,12.50\nCafé,3\n".encode()
LATIN = "Café,3\r\n".encode("cp1252")
OFX = b"OFXHEADER:100\nDATA:OFXSGML\n<OFX><STMTRS></OFX>\n"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>document.title="ran"</script></svg>'
HTML = b"<!DOCTYPE html><html><script>document.title='ran'</script></html>"
EXE = b"MZ\x90\0\3" + bytes(300)
ODT = "application/vnd.oasis.opendocument.text"


def zipped(*entries: tuple[str, bytes], compression: int = ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with ZipFile(file, "w", compression) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return file.getvalue()


def office(folder: str, *more: tuple[str, bytes]) -> bytes:
    return zipped(("[Content_Types].xml", b"<Types/>"), (f"{folder}/document.xml", b"<x/>"), *more)


def compound(*streams: str) -> bytes:
    """As an Office document before 2007 begins, with its streams named."""
    names = b"".join(stream.encode("utf-16-le") for stream in streams)
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + names + bytes(512)


def odt(*more: tuple[str, bytes]) -> bytes:
    return zipped(("mimetype", ODT.encode()), ("content.xml", b"<x/>"), *more, compression=0)


def bomb(size: int = 200 * 1024 * 1024) -> bytes:
    return zipped(("zeros.txt", bytes(size)))


def locked() -> bytes:
    """An archive that says its first file is encrypted, in both of its lists."""
    data = bytearray(zipped(("secret.pdf", PDF)))
    for mark, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        place = data.index(mark) + at
        struct.pack_into("<H", data, place, struct.unpack_from("<H", data, place)[0] | 1)
    return bytes(data)


def longlist(entries: int) -> bytes:
    """An archive of nothing but a list of contents."""
    entry = b"PK\1\2" + bytes(24) + struct.pack("<H", 1) + bytes(16) + b"a"
    listed = entry * entries
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 0, 0, len(listed), 0, 0)
    return b"PK\3\4" + bytes(26) + listed + end


EICAR_IN = {
    "plain": ("eicar.txt", EICAR),
    "zip": ("a.zip", zipped(("eicar.txt", EICAR))),
    "zip in zip": ("a.zip", zipped(("inner.zip", zipped(("eicar.txt", EICAR))))),
    "document": ("a.docx", office("word", ("word/media/image1.bin", EICAR))),
    "renamed": ("eicar.pdf", EICAR),
    "behind a PDF": ("a.pdf", PDF + EICAR),
}
