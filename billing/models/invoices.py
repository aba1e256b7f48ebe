"""What a branch is charged. Issued, an invoice stays as it is (`billing.models.finality`)."""

from collections.abc import Iterator
from datetime import date
from typing import Self

from django.db import models
from django.db.models import F, Q

from billing.models.plans import Plan, in_coins
from billing.roles import InvoiceKind, InvoiceStatus, LineKind
from clients.models import Connection
from practice.auth import standing_of
from practice.history import History
from practice.models import Branch, Firm, User
from practice.permissions import Rule, Standing, branch_rules
from practice.tenancy import FirmOwned, FirmOwnedQuerySet


class InvoiceNumbers(models.Model):
    """The last number that a firm gave away; locked until its invoice is there (F-128)."""

    firm = models.OneToOneField(Firm, on_delete=models.PROTECT, primary_key=True, related_name="+")
    last = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name_plural = "invoice numbers"

    def __str__(self) -> str:
        return str(self.last)


class BranchInvoiceQuerySet(FirmOwnedQuerySet["BranchInvoice"]):
    def permitted(self, user: User, firm_id: int, permission: str) -> Self:
        """The queryset form of `BranchInvoice.rules`."""
        standing = standing_of(user, firm_id)
        if standing is None or standing.must_enrol:
            return self.none()
        branches = Branch.objects.where(standing, permission)
        return self.filter(firm_id=firm_id, branch_id__in=branches.order_by().values("pk"))

    def cycle_of(self, month: date) -> Self:
        return self.filter(kind=InvoiceKind.CYCLE, month=month)

    def unpaid(self) -> Self:
        """Money that is still to come, whether it failed already or not."""
        return self.filter(status__in=[InvoiceStatus.ISSUED, InvoiceStatus.UNPAID])

    def in_list_order(self) -> Self:
        """The newest first."""
        return self.order_by("-number")


class BranchInvoice(FirmOwned):
    """The Bill Us clients of one branch, for one month (F-122). Amounts are in `currency`.

    `total` is the sum of the lines less `carried_in`, or nothing, and then the rest of the credit
    is `carried_out` to the next invoice of the branch.
    """

    branch = models.ForeignKey(Branch, on_delete=models.PROTECT, related_name="+", db_index=False)
    number = models.PositiveIntegerField(null=True, blank=True)
    currency = models.CharField(max_length=3)
    month = models.DateField(help_text="Its first day.")
    kind = models.CharField(max_length=10, choices=InvoiceKind)
    status = models.CharField(max_length=10, choices=InvoiceStatus, default=InvoiceStatus.DRAFT)
    total = models.DecimalField(max_digits=14, decimal_places=3, default=0)
    carried_in = models.DecimalField(max_digits=14, decimal_places=3, default=0)
    carried_out = models.DecimalField(max_digits=14, decimal_places=3, default=0)
    issued_at = models.DateTimeField(null=True, blank=True)
    due_on = models.DateField(null=True, blank=True)
    paid_at = models.DateTimeField(null=True, blank=True)

    history = History()
    objects = BranchInvoiceQuerySet.as_manager()

    class Meta:
        ordering = ["-number", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["firm", "number"], name="branch_invoice_number_once_per_firm"
            ),
            models.UniqueConstraint(
                fields=["branch", "month"],
                condition=Q(kind=InvoiceKind.CYCLE),
                name="branch_invoice_once_per_month",
            ),
            models.UniqueConstraint(
                fields=["branch"],
                condition=Q(kind=InvoiceKind.FIRST),
                name="branch_invoice_first_once",
            ),
            models.CheckConstraint(
                condition=Q(status=InvoiceStatus.DRAFT, number=None)
                | Q(number__gte=1, issued_at__isnull=False, due_on__isnull=False)
                & ~Q(status=InvoiceStatus.DRAFT),
                name="issued_branch_invoice_is_numbered",
            ),
            models.CheckConstraint(
                condition=Q(status=InvoiceStatus.PAID, paid_at__isnull=False)
                | ~Q(status=InvoiceStatus.PAID) & Q(paid_at=None),
                name="paid_branch_invoice_says_when",
            ),
            models.CheckConstraint(
                condition=Q(total__gte=0, carried_in__gte=0, carried_out__gte=0)
                & (Q(total=0) | Q(carried_out=0)),
                name="branch_invoice_never_negative",
            ),
            models.CheckConstraint(
                condition=Q(month__day=1), name="branch_invoice_of_a_whole_month"
            ),
            models.CheckConstraint(
                condition=in_coins("total") & in_coins("carried_in") & in_coins("carried_out"),
                name="branch_invoice_in_coins",
            ),
        ]
        indexes = [
            models.Index(fields=["branch", "-number"], name="branch_invoice_branch"),
            models.Index(
                fields=["branch", "status"],
                name="branch_invoice_unpaid",
                condition=Q(status__in=[InvoiceStatus.ISSUED, InvoiceStatus.UNPAID]),
            ),
        ]

    def __str__(self) -> str:
        return f"Invoice {self.number or 'draft'}"

    def rules(self, standing: Standing | None, permission: str) -> Iterator[Rule]:
        return branch_rules(standing, self.firm_id, self.branch_id, permission)


class BranchInvoiceLine(FirmOwned):
    """One client's part of an invoice: `amount` is `used` less `charged`.

    `used` is `price` × `days` / `of_days`; `charged`, what was charged for these days before.
    Names are as they were when the invoice was issued.
    """

    invoice = models.ForeignKey(
        BranchInvoice, on_delete=models.PROTECT, related_name="lines", db_index=False
    )
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="+")
    client_name = models.CharField(max_length=300)
    client_number = models.CharField("Client ID", max_length=40, blank=True)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="+", db_index=False)
    plan_name = models.CharField(max_length=40)
    kind = models.CharField(max_length=10, choices=LineKind)
    starts_on = models.DateField()
    ends_on = models.DateField(help_text="The day after the last.")
    days = models.PositiveSmallIntegerField()
    of_days = models.PositiveSmallIntegerField()
    price = models.DecimalField(max_digits=14, decimal_places=3)
    used = models.DecimalField(max_digits=14, decimal_places=3)
    charged = models.DecimalField(max_digits=14, decimal_places=3, default=0)
    amount = models.DecimalField(max_digits=14, decimal_places=3)

    objects = FirmOwnedQuerySet["BranchInvoiceLine"].as_manager()

    class Meta:
        verbose_name = "line of a branch invoice"
        verbose_name_plural = "lines of branch invoices"
        ordering = ["client_name", "connection_id", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["invoice", "connection", "kind", "plan"],
                name="branch_invoice_line_once_per_client",
            ),
            models.CheckConstraint(
                condition=Q(amount=F("used") - F("charged")) | Q(kind=LineKind.PROMOTION),
                name="branch_invoice_line_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(days__lte=F("of_days"), used__gte=0, charged__gte=0),
                name="branch_invoice_line_within_its_month",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.client_name}, {self.plan_name}"
