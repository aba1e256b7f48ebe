"""The firms that a client account lets in: its owner's "External Access" (F-074, F-078)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Max

from clients.models.access_requests import AccessRequest
from clients.models.accounts import ClientAccount
from clients.models.activity import AccessVisit
from clients.models.assignments import TeamAssignment
from clients.models.connections import Connection
from clients.models.work import Task
from clients.roles import AccessLevel, AccessStatus, BillingModel, ClientRole, ConnectionStatus
from practice import tenancy
from practice.models import User

CONNECTED = (ConnectionStatus.ACTIVE, ConnectionStatus.PAUSED)
REQUEST = "Client request: end the connection"  # the task's title


@dataclass(frozen=True)
class ConnectedFirm:
    """What the owner is told about a firm; nothing of what the firm keeps to itself."""

    connection_id: int
    account_id: int
    firm_name: str
    branch_name: str
    branch_email: str
    phone: str
    website: str
    status: str
    billing_model: str
    access_level: str
    since: date | None
    asked_at: datetime | None  # when the owner asked the firm to end it
    access_status: AccessStatus
    access_expires_at: datetime
    request: AccessRequest | None  # for access, which the owner has not answered

    @property
    def is_bill_us(self) -> bool:
        return self.billing_model == BillingModel.BILL_US

    @property
    def is_disabled(self) -> bool:
        return self.access_status == AccessStatus.DISABLED

    @property
    def is_requested(self) -> bool:
        return self.request is not None or self.access_status == AccessStatus.REQUESTED

    @property
    def has_access(self) -> bool:
        return self.access_status == AccessStatus.ACTIVE

    @property
    def level_label(self) -> str:
        return str(AccessLevel(self.access_level).label)

    @property
    def billing_label(self) -> str:
        return "Your accountant pays" if self.is_bill_us else "You pay"


def connected_firms(*accounts: ClientAccount) -> list[ConnectedFirm]:
    """By name. The connections belong to firms, which the owner is not part of: the system reads.

    Whoever calls has found the accounts as their owner's. Three queries, however many there are.
    """
    with tenancy.as_system():
        found = Connection.objects.filter(account__in=accounts, status__in=CONNECTED)
        rows = list(found.select_related("firm", "branch").order_by("firm__name", "pk"))
        asked = dict(
            Task.objects.open()
            .filter(connection__in=rows, title=REQUEST)
            .values_list("connection_id", "created_at")
        )
        requests = AccessRequest.objects.open().filter(connection__in=rows)
        waiting = {one.connection_id: one for one in requests.select_related("asked_by")}
    return [
        ConnectedFirm(
            connection_id=row.pk,
            account_id=row.account_id,
            firm_name=row.firm.name,
            branch_name=row.branch.name,
            branch_email=row.branch.email,
            phone=row.firm.phone,
            website=row.firm.website,
            status=row.status,
            billing_model=row.billing_model,
            access_level=row.access_level,
            since=row.connected_on,
            asked_at=asked.get(row.pk),
            access_status=row.access_status,
            access_expires_at=row.access_expires_at,
            request=waiting.get(row.pk),
        )
        for row in rows
    ]


def works_for(account_id: int, user: User) -> bool:
    """Whether the person is assigned to the account by a firm that is connected."""
    with tenancy.as_system():
        ties = TeamAssignment.objects.running().filter(user=user)
        at = {"content_object__account_id": account_id, "content_object__status__in": CONNECTED}
        return bool(ties.filter(**at).exists())


@dataclass(frozen=True)
class StaffMember:
    """Somebody at a firm who is assigned, and so may open the account (F-218)."""

    name: str
    role_label: str
    last_visit_at: datetime | None


def staff_of(firms: Sequence[ConnectedFirm]) -> Mapping[int, list[StaffMember]]:
    """By connection, each by name. Two queries, however many firms there are."""
    ids = [firm.connection_id for firm in firms]
    people: dict[int, list[StaffMember]] = defaultdict(list)
    with tenancy.as_system():
        visits = AccessVisit.objects.filter(connection_id__in=ids).order_by()
        latest = visits.values_list("connection_id", "user_id").annotate(at=Max("at"))
        seen = {(connection_id, user_id): at for connection_id, user_id, at in latest}
        ties = TeamAssignment.objects.running().filter(content_object_id__in=ids)
        for tie in ties.select_related("user").order_by("user__full_name", "user_id"):
            visited = seen.get((tie.content_object_id, tie.user_id))
            person = StaffMember(str(tie.user), str(ClientRole(tie.role).label), visited)
            people[tie.content_object_id].append(person)
    return people
