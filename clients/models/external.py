"""The firms that a client account lets in: its owner's "External Access" (F-074, F-078)."""

from dataclasses import dataclass
from datetime import date, datetime

from clients.models.accounts import ClientAccount
from clients.models.connections import Connection
from clients.models.work import Task
from clients.roles import AccessLevel, BillingModel, ConnectionStatus
from practice import tenancy

CONNECTED = (ConnectionStatus.ACTIVE, ConnectionStatus.PAUSED)
REQUEST = "Client request: end the connection"  # the task's title


@dataclass(frozen=True)
class ConnectedFirm:
    """What the owner is told about a firm; nothing of what the firm keeps to itself."""

    connection_id: int
    firm_name: str
    branch_name: str
    status: str
    billing_model: str
    access_level: str
    since: date | None
    asked_at: datetime | None  # when the owner asked the firm to end it

    @property
    def is_bill_us(self) -> bool:
        return self.billing_model == BillingModel.BILL_US

    @property
    def level_label(self) -> str:
        return str(AccessLevel(self.access_level).label)

    @property
    def billing_label(self) -> str:
        return "Your accountant pays" if self.is_bill_us else "You pay"


def connected_firms(account: ClientAccount) -> list[ConnectedFirm]:
    """By name. The connections belong to firms, which the owner is not part of: the system reads.

    Whoever calls has found the account as its owner's.
    """
    with tenancy.as_system():
        found = Connection.objects.filter(account=account, status__in=CONNECTED)
        rows = list(found.select_related("firm", "branch").order_by("firm__name", "pk"))
        asked = dict(
            Task.objects.open()
            .filter(connection__in=rows, title=REQUEST)
            .values_list("connection_id", "created_at")
        )
    return [
        ConnectedFirm(
            connection_id=row.pk,
            firm_name=row.firm.name,
            branch_name=row.branch.name,
            status=row.status,
            billing_model=row.billing_model,
            access_level=row.access_level,
            since=row.connected_on,
            asked_at=asked.get(row.pk),
        )
        for row in rows
    ]
