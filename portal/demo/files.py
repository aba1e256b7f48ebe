"""The portal of the demo world: what two clients and their accountants share (F-238)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from io import BytesIO
from typing import Any

import typst

from clients.models import Connection, ContactAccess
from portal.models import ClientFile, FileState, Folder, FolderKind
from portal.models.files import AUTO_KINDS
from portal.uploads import storing
from practice import clock, tenancy
from practice.history import because
from practice.models import Firm, User

FIRM = "harbour"
YEAR_END = "Year end 2025"
PAGE = '#set page(paper: "a5")\n#set text(font: "New Computer Modern")\n= {title}\n\n{text}\n'
STATEMENT = "Date,Details,Amount\n2026-05-04,Flour,-412.50\n2026-05-06,Shop takings,1180.00\n"


@dataclass(frozen=True)
class Paper:
    """One file; `by` is a login of the firm or the address of a contact."""

    client: str
    folder: str
    name: str
    by: str
    days: int
    is_visible: bool = True
    year: int | None = None


PAPERS: Sequence[Paper] = (
    Paper("1010", "", "Engagement letter.pdf", "olga@harbour.test", 80),
    Paper("1010", YEAR_END, "Accounts 2025.pdf", "mia@harbour.test", 4, year=2025),
    Paper("1010", YEAR_END, "Notes for the partner.pdf", "mia@harbour.test", 6, is_visible=False),
    Paper("1010", "Tax return", "Corporation tax 2025.pdf", "mia@harbour.test", 9, year=2025),
    Paper("1010", "Organizer", "Organizer 2025.pdf", "mia@harbour.test", 31, year=2025),
    Paper("1010", "Questions", "Fuel receipts.pdf", "cara@acme.test", 3),
    Paper("1010", "", "Bank statement May.csv", "fil@acme.test", 12, year=2026),
    Paper("1011", "Tax return", "Self assessment 2025.pdf", "xavi@harbour.test", 2, year=2025),
    Paper("1011", "", "Price list.pdf", "dina@delta.test", 15),
)


def fill() -> None:
    """Where the world is there and its files are not."""
    with tenancy.as_system(), because("Loaded the demo world."):
        firm = Firm.objects.filter(slug=FIRM).first()
        if firm is None or ClientFile.objects.for_firm(firm).exists():
            return
        numbers = {paper.client for paper in PAPERS}
        rows = Connection.objects.for_firm(firm).filter(client_number__in=numbers)
        clients = {row.client_number: row for row in rows}
        for paper in PAPERS:
            share(paper, clients[paper.client])


def share(paper: Paper, client: Connection) -> None:
    content, added_at = content_of(paper), clock.now() - timedelta(days=paper.days)
    access = ContactAccess.objects.filter(connection=client, contact__email=paper.by).first()
    ClientFile.objects.create(
        firm_id=client.firm_id,
        connection=client,
        folder=folder_of(client, paper.folder),
        name=paper.name,
        size=len(content),
        sha256=sha256(content).hexdigest(),
        state=FileState.CLEAN,
        is_visible=paper.is_visible,
        visible_at=added_at if paper.is_visible else None,
        year=paper.year,
        uploaded_by=User.objects.filter(email_key=paper.by).first(),
        contact=access.contact if access else None,
        created_at=added_at,
        storage_key=storing.put(BytesIO(content), client.firm_id, clock.today()),
    )


def folder_of(client: Connection, name: str) -> Folder | None:
    if not name:
        return None
    kind = AUTO_KINDS.get(name.lower(), FolderKind.CUSTOM)
    facts: dict[str, Any] = {
        "firm_id": client.firm_id,
        "connection": client,
        "name": name,
        "kind": kind,
    }
    folder, _ = Folder.objects.get_or_create(**facts)
    return folder


def content_of(paper: Paper) -> bytes:
    if paper.name.endswith(".csv"):
        return STATEMENT.encode()
    title = paper.name.removesuffix(".pdf")
    page = PAGE.format(title=title, text="A paper of the demo world.")
    return typst.compile(page.encode())
