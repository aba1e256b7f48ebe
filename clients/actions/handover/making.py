"""The job that writes a handover pack: part after part to the disk, then the manifest (F-244)."""

from collections.abc import Iterable, Iterator
from hashlib import sha256
from tempfile import TemporaryFile
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile

from django.core.files import File
from django.core.files.storage import default_storage

from clients.actions.handover.content import PackRecords
from clients.actions.handover.manifest import CHUNK, FORMAT, MANIFEST, signed
from clients.models import HandoverPack
from clients.models.handover import needed
from clients.models.records import MOST, Section
from practice import clock
from practice.actions.jobs import Progress
from practice.actions.limits import standing_now
from practice.errors import Refused
from practice.history import because
from practice.models import User
from practice.models.trail import Viewer
from practice.permissions import Verdict
from practice.spreadsheets import csv_rows

JOB = "clients.handover"
ABOUT = """Handover pack of {name} ({number})

Made by {firm}, {branch}, {person}.
Everything ends at {until} UTC{frozen}.

Each .csv file is a table; manifest.json names their SHA-256 sums and is signed. Anybody checks both
at {verify}.

The portal’s files and questions are not in it: ask the firm for them.
The audit trail holds the latest {most} entries at most.
"""


def make_pack(pack_id: int, user_id: int, verify: str) -> Iterator[Progress]:
    """Made again after an interruption; what is finished stays. By the rights of who asked."""
    pack = pack_of(pack_id)
    if pack.finished_at:
        return
    user = User.objects.get(pk=user_id)
    with TemporaryFile() as file:
        contents: list[dict[str, Any]] = []
        with ZipFile(file, "w", ZIP_DEFLATED) as zipped:
            for section in pack.sections:
                records = records_of(pack_of(pack_id), user)
                lines = csv_rows(section.header, counted := Counted(records.each(section)))
                line = write(zipped, f"{section.key}.csv", lines)
                contents.append({**line, "title": section.title, "rows": counted.rows})
                yield Progress(len(contents), len(pack.sections) + 1)
            about = [stamp(pack, verify)]
            contents.append({**write(zipped, "about.txt", about), "title": "About", "rows": 0})
            zipped.writestr(MANIFEST, signed(facts_of(pack, contents)))
        finish(pack, file, contents, by=user)
    yield Progress(len(contents), len(contents))


class Counted:
    """Rows, and how many went by."""

    def __init__(self, lines: Iterable[Any]) -> None:
        self.lines, self.rows = lines, 0

    def __iter__(self) -> Iterator[Any]:
        for line in self.lines:
            self.rows += 1
            yield line


def pack_of(pack_id: int) -> HandoverPack:
    rows = HandoverPack.objects.select_related("connection__branch", "firm", "made_by")
    pack: HandoverPack = rows.get(pk=pack_id)
    return pack


def records_of(pack: HandoverPack, user: User) -> PackRecords:
    """Asked anew for each part. Raises `Refused` once the person may not any more."""
    standing = standing_now(user, pack.firm_id)
    verdict = Verdict.of(pack.rules(standing, needed(pack.connection)))
    if not verdict.allowed:
        raise Refused(verdict.reason)
    viewer, has_notes = Viewer(user, standing), "notes" in pack.parts
    return PackRecords(pack.connection, viewer, pack.until, has_notes)


def write(zipped: ZipFile, name: str, lines: Iterable[str]) -> dict[str, Any]:
    """Line after line; what the manifest says about the file."""
    digest, size = sha256(), 0
    with zipped.open(name, "w") as out:
        for line in lines:
            data = line.encode()
            digest.update(data)
            size += out.write(data)
    return {"name": name, "sha256": digest.hexdigest(), "size": size}


def facts_of(pack: HandoverPack, contents: list[dict[str, Any]]) -> dict[str, Any]:
    row = pack.connection
    ended = row.disconnected_at if not row.is_open else None
    return {
        "format": FORMAT,
        "pack": pack.pk,
        "client": row.name,
        "client_id": row.client_number,
        "firm": pack.firm.name,
        "branch": row.branch.name,
        "disconnected_at": ended.isoformat() if ended else None,
        "content_ends_at": pack.until.isoformat(),
        "made_at": clock.now().isoformat(timespec="seconds"),
        "made_by": str(pack.made_by),
        "files": contents,
    }


def stamp(pack: HandoverPack, verify: str) -> str:
    row = pack.connection
    return ABOUT.format(
        name=row.name,
        number=row.client_number or "no Client ID",
        firm=pack.firm.name,
        branch=row.branch.name,
        person=pack.made_by,
        until=f"{pack.until:%Y-%m-%d %H:%M:%S}",
        frozen="" if row.is_open else ", when the relationship ended",
        verify=verify,
        most=f"{MOST:,}",
    )


def finish(
    pack: HandoverPack, file: IO[bytes], contents: list[dict[str, Any]], *, by: User
) -> None:
    pack.size, pack.sha256 = measured(file)
    file.seek(0)
    name = f"handover/{pack.firm_id}/{pack.pk}.zip"
    default_storage.delete(name)
    pack.file = default_storage.save(name, File(file))
    pack.contents, pack.finished_at = contents, clock.now()
    with because("Made the handover pack.", by=by):
        pack.save(update_fields=["size", "sha256", "file", "contents", "finished_at"])


def measured(file: IO[bytes]) -> tuple[int, str]:
    file.seek(0)
    digest, size = sha256(), 0
    while chunk := file.read(CHUNK):
        digest.update(chunk)
        size += len(chunk)
    return size, digest.hexdigest()


def sections_for(sections: Iterable[Section], chosen: Iterable[str]) -> list[str]:
    """The keys of those that were chosen, in the order of the pack."""
    wanted = set(chosen)
    return [section.key for section in sections if section.key in wanted]
