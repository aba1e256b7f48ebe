"""The manifest of a handover pack: what is in it, signed; and its check, by anybody (F-244).

The signature is Ed25519, with a key derived from the server's secret. It proves that this
Countinghouse wrote the manifest and that nobody changed it since; the manifest's SHA-256 sums prove
the same of each file. It does not prove that what the firm had on record is true.
"""

import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.utils.crypto import salted_hmac

from practice.errors import Refused

MANIFEST = "manifest.json"
ALGORITHM = "Ed25519"
FORMAT = "countinghouse-handover-1"
MOST_MANIFEST = 1024 * 1024
MOST_DIRECTORY = 64 * 1024  # bytes of a zip's list of files: ours have a dozen
TAIL = 65_535 + 22
CHUNK = 256 * 1024
NOT_A_PACK = "This is neither a handover pack nor the manifest of one."
NOT_OURS = (
    "The manifest was changed, or another system wrote it: the signature does not fit. Its files"
    " were not looked at."
)
READING_ERRORS = (BadZipFile, KeyError, OSError, EOFError, RuntimeError, ValueError, zlib.error)


@dataclass(frozen=True)
class Checked:
    """What the check of an upload found. `differs` is empty where everything is as it was made."""

    facts: Mapping[str, Any] = field(default_factory=dict)
    differs: tuple[str, ...] = ()
    is_signed: bool = True
    has_files: bool = True

    @property
    def is_good(self) -> bool:
        return self.is_signed and not self.differs


def signing_keys() -> Iterator[Ed25519PrivateKey]:
    """The present key first, then those of earlier secrets that still count."""
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        seed = salted_hmac("clients.handover", ALGORITHM, secret=secret, algorithm="sha256")
        yield Ed25519PrivateKey.from_private_bytes(seed.digest())


def public_key() -> str:
    return in_text(next(signing_keys()).public_key().public_bytes_raw())


def in_text(raw: bytes) -> str:
    return b64encode(raw).decode()


def canonical(facts: Mapping[str, Any]) -> bytes:
    """The bytes that are signed: the same for the same facts, however the file is laid out."""
    return json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def signed(facts: Mapping[str, Any]) -> str:
    """The text of `manifest.json`."""
    value = in_text(next(signing_keys()).sign(canonical(facts)))
    signature = {"algorithm": ALGORITHM, "public_key": public_key(), "value": value}
    whole = {"manifest": facts, "signature": signature}
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def check_upload(file: IO[bytes]) -> Checked:
    """A pack, or its manifest alone. Raises `Refused` for anything else.

    Only a manifest that we signed is believed, and no file is read beyond the size that it names:
    a zip made to swell does no harm.
    """
    start = file.read(4)
    file.seek(0)
    if start[:2] != b"PK":
        facts = read_manifest(file.read(MOST_MANIFEST + 1))
        return Checked(facts, has_files=False) if facts is not None else unsigned(has_files=False)
    refuse_long_directory(file)
    try:
        with ZipFile(file) as pack:
            refuse_other_ways(pack)
            with pack.open(MANIFEST) as stream:
                facts = read_manifest(stream.read(MOST_MANIFEST + 1))
            return unsigned() if facts is None else Checked(facts, tuple(differences(pack, facts)))
    except READING_ERRORS as error:
        raise Refused(NOT_A_PACK) from error


def unsigned(*, has_files: bool = True) -> Checked:
    return Checked(differs=(NOT_OURS,), is_signed=False, has_files=has_files)


def refuse_long_directory(file: IO[bytes]) -> None:
    """Before the list of files is read into memory."""
    file.seek(0, 2)
    file.seek(max(0, file.tell() - TAIL))
    tail = file.read()
    file.seek(0)
    end = tail.rfind(b"PK\x05\x06")
    size = int.from_bytes(tail[end + 12 : end + 16], "little")
    if end < 0 or size > MOST_DIRECTORY or tail[max(0, end - 20) : end].startswith(b"PK\x06\x07"):
        raise Refused(NOT_A_PACK)


def refuse_other_ways(pack: ZipFile) -> None:
    """Ours are deflated; other ways to compress may ask for any amount of memory."""
    if any(info.compress_type not in {ZIP_STORED, ZIP_DEFLATED} for info in pack.infolist()):
        raise Refused(NOT_A_PACK)


def read_manifest(raw: bytes) -> Mapping[str, Any] | None:
    """None where it is not as we signed it. Raises `Refused` where it is no manifest."""
    try:
        whole = json.loads(raw) if len(raw) <= MOST_MANIFEST else None
        facts, signature = whole["manifest"], b64decode(whole["signature"]["value"])  # type: ignore[index]
        message = canonical(facts)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Refused(NOT_A_PACK) from error
    fits = any(is_by(key, signature, message) for key in signing_keys())
    return facts if fits and facts.get("format") == FORMAT else None


def is_by(key: Ed25519PrivateKey, signature: bytes, message: bytes) -> bool:
    try:
        key.public_key().verify(signature, message)
    except InvalidSignature:
        return False
    return True


def differences(pack: ZipFile, facts: Mapping[str, Any]) -> Iterator[str]:
    """A sentence for each file that is not as the manifest says."""
    named = {line["name"]: line for line in facts["files"]}
    found = [info.filename for info in pack.infolist()]
    for name in sorted({name for name in found if found.count(name) > 1}):
        yield f"{name} is in the file more than once."
    for name in sorted(set(found) - set(named) - {MANIFEST}):
        yield f"{name} is in the file, and the manifest does not name it."
    for name, line in named.items():
        if name not in found:
            yield f"{name} is missing."
        elif says := difference(pack, line):
            yield says


def difference(pack: ZipFile, line: Mapping[str, Any]) -> str:
    name, size, digest = line["name"], 0, sha256()
    try:
        with pack.open(name) as stream:
            while size <= line["size"] and (chunk := stream.read(CHUNK)):
                size += len(chunk)
                digest.update(chunk)
    except READING_ERRORS:
        return f"{name} is damaged and cannot be read."
    if size != line["size"]:
        return f"{name} has another size than the {line['size']:,} bytes of the manifest."
    return "" if digest.hexdigest() == line["sha256"] else f"{name} was changed: its sum differs."
