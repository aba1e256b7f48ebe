"""Tax returns of the demo world, one at each step (F-180, F-238)."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import uuid4

from clients.models import Connection
from portal.models import ClientFile, TaxReturn
from portal.models.tax import SINCE
from portal.roles import TaxStep
from practice import clock, tenancy
from practice.history import because
from practice.models import Firm

FIRM = "harbour"
# Client, title, year, step, days since it stands there, its file. What is filed was approved.
RETURNS: Sequence[tuple[str, str, int, TaxStep, int, str]] = (
    ("1010", "Corporation tax", 2025, TaxStep.READY, 3, "Corporation tax 2025.pdf"),
    ("1010", "VAT annual return", 2025, TaxStep.REVIEW, 8, ""),
    ("1010", "Corporation tax", 2024, TaxStep.FILED, 300, ""),
    ("1011", "Self assessment", 2025, TaxStep.PREPARING, 12, "Self assessment 2025.pdf"),
)


def fill() -> None:
    """Where the world is there and its tax returns are not; after the files, which they name."""
    with tenancy.as_system(), because("Loaded the demo world."):
        firm = Firm.objects.filter(slug=FIRM).first()
        if firm is None or TaxReturn.objects.for_firm(firm).exists():
            return
        numbers = {number for number, *_ in RETURNS}
        rows = Connection.objects.for_firm(firm).filter(client_number__in=numbers)
        clients = {row.client_number: row for row in rows}
        for number, title, year, step, days, file in RETURNS:
            prepare(clients[number], title, year, step, days, file)


def prepare(client: Connection, title: str, year: int, step: TaxStep, days: int, file: str) -> None:
    """One that went through the steps up to this one, a week each."""
    steps = list(TaxStep)[: list(TaxStep).index(step) + 1]
    today = clock.today() - timedelta(days=days)
    dates = {
        SINCE[one]: today - timedelta(weeks=len(steps) - 1 - place)
        for place, one in enumerate(steps)
    }
    was_approved = step == TaxStep.FILED
    TaxReturn.objects.create(
        firm_id=client.firm_id,
        connection=client,
        title=title,
        year=year,
        step=step,
        due_on=date(year + 1, 12, 31),
        file=ClientFile.objects.filter(connection=client, name=file).first(),
        approved_at=clock.now() - timedelta(days=days + 2) if was_approved else None,
        key=uuid4(),
        **dates,
    )
