"""A firm whose branches are to be invoiced for some months: work in waves."""

import secrets
from datetime import date
from decimal import Decimal

from billing.models import PaymentMethod, Plan, PlanPrice, Span
from billing.periodic import JOB
from billing.proration import month_before
from billing.roles import GatewayName
from clients.models import ClientAccount, Connection
from clients.roles import BillingModel
from practice import clock, tenancy
from practice.history import because
from practice.models import Branch, Firm, Job

CLIENTS = 2  # of each branch
PRICE = Decimal("20.00")


class World:
    def __init__(self, branches: int, months: int) -> None:
        self.branches, self.months = branches, months
        self.today = clock.today()
        self.mark = secrets.token_hex(4)
        self.waves = 0
        with tenancy.as_system(), because("Arranged by a measurement."):
            self.firm = Firm.objects.create(
                name="Faults", slug=f"faults-{self.mark}", time_zone="UTC"
            )
            self.plan = Plan.objects.create(
                code=f"faults-{self.mark}", name=f"Faults {self.mark}", level=1
            )
            PlanPrice.objects.create(
                plan=self.plan, currency="GBP", amount=PRICE, starts_on=date(2020, 1, 1)
            )

    @property
    def first_month(self) -> date:
        month = self.today.replace(day=1)
        for _ in range(self.months - 1):
            month = month_before(month)
        return month

    @property
    def expected(self) -> int:
        """Invoices, and as many mails and payments."""
        return self.waves * self.branches * self.months

    def add_wave(self) -> None:
        """More branches, each with a job in the register; nothing is rung, the tick finds them."""
        wave = self.waves
        with tenancy.as_system(), because("Arranged by a measurement."):
            branches = Branch.objects.bulk_create(
                self.branch(wave, n) for n in range(self.branches)
            )
            PaymentMethod.objects.bulk_create(self.method(branch) for branch in branches)
            pairs = [(branch, n) for branch in branches for n in range(CLIENTS)]
            accounts = ClientAccount.objects.bulk_create(
                ClientAccount(name=f"Client {wave}-{branch.pk}-{n}") for branch, n in pairs
            )
            connections = Connection.objects.bulk_create(
                self.connection(branch, account)
                for (branch, _), account in zip(pairs, accounts, strict=True)
            )
            Span.objects.bulk_create(self.span(connection) for connection in connections)
            month = f"{self.today:%Y-%m}:{self.today:%d}"
            Job.objects.bulk_create(
                Job(kind=JOB, key=f"{branch.pk}:{month}", firm=self.firm) for branch in branches
            )
        self.waves += 1

    def branch(self, wave: int, number: int) -> Branch:
        email = f"b{wave}-{number}-{self.mark}@faults.test"
        return Branch(firm=self.firm, name=f"Branch {wave}-{number}", email=email, email_key=email)

    def method(self, branch: Branch) -> PaymentMethod:
        return PaymentMethod(
            firm=self.firm,
            branch=branch,
            gateway=GatewayName.TEST,
            token=f"approve-{self.mark}-{branch.pk}",
            brand="Visa",
            last4="4242",
            currency="GBP",
        )

    def connection(self, branch: Branch, account: ClientAccount) -> Connection:
        return Connection(
            firm=self.firm,
            branch=branch,
            account=account,
            billing_model=BillingModel.BILL_US,
            name=account.name,
            name_sort=account.name.lower(),
            connected_on=self.first_month,
        )

    def span(self, connection: Connection) -> Span:
        return Span(
            firm=self.firm,
            connection=connection,
            branch_id=connection.branch_id,
            plan=self.plan,
            starts_on=month_before(self.first_month).replace(day=15),
        )
