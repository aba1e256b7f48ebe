"""The clients: those of the story, and as many more as the list should show."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from clients.demo.limits import BOUNDARY_TAG, Limit, limit_of
from clients.demo.names import companies
from clients.demo.people import Practice
from clients.models import ClientAccount, Connection, ConnectionPeriod, Tag
from clients.roles import BillingModel, ConnectionStatus, SubscriptionStatus
from clients.search import search_text
from practice import clock
from practice.models import Branch, User
from practice.text import fold, sort_key

TAGS = (
    "VIP",
    "Seasonal",
    "Payroll",
    "VAT quarterly",
    "Year end March",
    "Property",
    "New this year",
)
PLANS = ("Solo", "Pro", "Prime")
INDUSTRIES = ("Retail", "Hospitality", "Construction", "Professional services", "Transport")
BILL_US, CLIENT_PAYS = BillingModel.BILL_US, BillingModel.CLIENT_PAYS


@dataclass(frozen=True)
class Plan:
    """One client to be: `days` since it was connected, and what differs from the plainest."""

    number: str
    name: str
    billing_model: str
    person: str = ""
    email: str = ""
    branch: str = "London"
    days: int = 400
    status: str = ConnectionStatus.ACTIVE
    plan: str = "Solo"
    subscription: str = SubscriptionStatus.ACTIVE
    industry: str = ""
    tax_id: str = ""
    tags: tuple[str, ...] = ()
    notes: str = ""
    is_restricted: bool = False
    limit: Limit | None = None


JANE = ("Jane Smith", "jane@smith.test")
STORY = (
    Plan("1001", "Smith, Jane", CLIENT_PAYS, *JANE, days=1200, tags=("Property",)),
    Plan("1002", "Smith Family Trust", BILL_US, *JANE, days=1190),
    Plan("1003", "Jane Smith Realty Group", BILL_US, *JANE, days=640, tags=("Property", "VIP")),
    Plan(
        "1010",
        "Acme Bakery",
        BILL_US,
        "Cara Baker",
        "cara@acme.test",
        days=820,
        industry="Hospitality",
        tax_id="GB 238 4410 07",
        tags=("Seasonal", "VIP"),
        notes="Year end 31 March. Cara prefers a call before noon.",
    ),
    Plan("1011", "Delta Design", CLIENT_PAYS, "Dina Delgado", "dina@delta.test", days=510),
    Plan(
        "1012",
        "Echo Farms",
        BILL_US,
        "Ewan Eccles",
        "ewan@echo.test",
        days=700,
        status=ConnectionStatus.PAUSED,
        tags=("Seasonal",),
    ),
    Plan(
        "1013",
        "Foxtrot Films",
        CLIENT_PAYS,
        "Fiona Fox",
        "fiona@foxtrot.test",
        days=900,
        status=ConnectionStatus.DISCONNECTED,
        subscription=SubscriptionStatus.NONE,
    ),
    Plan(
        "1014",
        "Golf Gardens",
        CLIENT_PAYS,
        "Gus Greenwood",
        "gus@golf.test",
        days=12,
        plan="Pro",
        subscription=SubscriptionStatus.TRIAL,
        tags=("New this year",),
    ),
    Plan("1020", "Liffey Logistics", BILL_US, "Liam Daly", "liam@liffey.test", "Dublin", 430),
    Plan("1021", "Howth Harbour Hotel", CLIENT_PAYS, "Orla Nolan", "orla@howth.test", "Dublin", 95),
    Plan(
        "1030",
        "Kelmscott Press",
        BILL_US,
        "Ada Morris",
        "ada@kelmscott.test",
        days=300,
        notes="Assigned to Adam alone.",
    ),
    Plan(
        "1031",
        "Penrose Family Office",
        BILL_US,
        "Hugh Penrose",
        "hugh@penrose.test",
        days=260,
        is_restricted=True,
        notes="Restricted to named people.",
    ),
    Plan(
        "1032",
        "Tern Island Ferries",
        CLIENT_PAYS,
        "Isla Tern",
        "isla@tern.test",
        days=980,
        status=ConnectionStatus.RECONNECTING,
        subscription=SubscriptionStatus.NONE,
        notes="Reconnection pending: left last year, asked to come back.",
    ),
)
HIDDEN = sum(plan.status == ConnectionStatus.DISCONNECTED for plan in STORY)


SOUTHGATE = Plan("1", "Jane Smith Lettings", CLIENT_PAYS, *JANE, branch="Southgate", days=77)


def plans_for(shown: int) -> list[Plan]:
    """The story's clients and enough others for the list to show so many of them at first."""
    return [*STORY, *more(shown - len(STORY) + HIDDEN)]


def make_tags(practice: Practice) -> dict[str, int]:
    names = (*TAGS, BOUNDARY_TAG)
    rows = [Tag(firm=practice.firm, name=name, name_key=fold(name)) for name in names]
    return {tag.name: tag.pk for tag in Tag.objects.bulk_create(rows)}


def more(count: int) -> Iterator[Plan]:
    chance = random.Random(count)  # noqa: S311  # nosec B311
    statuses = [SubscriptionStatus.ACTIVE] * 8 + [
        SubscriptionStatus.PAST_DUE,
        SubscriptionStatus.CANCELLED,
    ]
    for index, company in enumerate(companies(max(0, count))):
        plan = Plan(
            str(2001 + index),
            company.name,
            chance.choice([BILL_US, CLIENT_PAYS]),
            company.person,
            company.email,
            "Dublin" if index % 4 == 3 else "London",
            chance.randint(31, 2400),
            plan=chance.choice(PLANS),
            subscription=chance.choice(statuses),
            industry=chance.choice(INDUSTRIES),
            tax_id=f"GB {chance.randrange(10**8, 10**9)}",
            tags=tuple(chance.sample(TAGS[:-1], chance.choice([0, 0, 1, 1, 2, 3]))),
        )
        yield on_limit(plan, limit_of(index))


def on_limit(plan: Plan, limit: Limit | None) -> Plan:
    if limit is None:
        return plan
    notes = f"{limit.says}, when the demo world was loaded."
    return replace(plan, limit=limit, notes=notes, tags=(*plan.tags, BOUNDARY_TAG))


def open_all(
    practice: Practice, plans: Sequence[Plan], owners: dict[str, User]
) -> list[Connection]:
    """Accounts, connections and their periods, one statement for each kind."""
    tags = make_tags(practice)
    accounts = ClientAccount.objects.bulk_create([account(plan, owners) for plan in plans])
    rows = [
        connection(practice.branches[plan.branch], plan, owned, tags)
        for plan, owned in zip(plans, accounts, strict=True)
    ]
    opened = Connection.objects.bulk_create(rows)
    ConnectionPeriod.objects.bulk_create([period(row) for row in opened])
    return opened


def account(plan: Plan, owners: dict[str, User]) -> ClientAccount:
    today = clock.today()
    is_trial = plan.subscription == SubscriptionStatus.TRIAL
    return ClientAccount(
        name=plan.name,
        tax_id=plan.tax_id,
        industry=plan.industry,
        country="IE" if plan.branch == "Dublin" else "GB",
        owner=owners.get(plan.number),
        plan=plan.plan,
        subscription_status=plan.subscription,
        renews_on=None if is_trial else today + timedelta(days=30 - plan.days % 28),
        trial_ends_on=today + timedelta(days=2) if is_trial else None,
    )


def connection(
    branch: Branch, plan: Plan, owned: ClientAccount, tags: dict[str, int]
) -> Connection:
    now, status = clock.now(), ConnectionStatus(plan.status)
    was_left = status in {ConnectionStatus.DISCONNECTED, ConnectionStatus.RECONNECTING}
    return Connection(
        firm_id=branch.firm_id,
        branch=branch,
        account=owned,
        status=status,
        billing_model=plan.billing_model,
        is_restricted=plan.is_restricted,
        client_number=plan.number,
        client_number_key=fold(plan.number),
        name=plan.name,
        name_sort=sort_key(plan.name),
        contact_name=plan.person,
        contact_email=plan.email,
        internal_notes=plan.notes,
        tag_ids=sorted(tags[name] for name in plan.tags),
        search_text=search_text(plan.name, plan.number, plan.person, plan.email, *plan.tags),
        plan=plan.plan,
        subscription_status=plan.subscription,
        connected_on=clock.today() - timedelta(days=plan.days),
        paused_at=now - timedelta(days=9) if status == ConnectionStatus.PAUSED else None,
        disconnected_at=now - timedelta(days=45) if was_left else None,
        disconnect_reason="Switched accountants" if was_left else "",
        created_at=now - timedelta(days=plan.days),
    )


def period(row: Connection) -> ConnectionPeriod:
    closed = row.disconnected_at
    return ConnectionPeriod(
        firm_id=row.firm_id,
        connection=row,
        opened_on=row.connected_on or row.created_at.date(),
        closed_on=closed.date() if closed else None,
        close_reason=row.disconnect_reason,
    )
