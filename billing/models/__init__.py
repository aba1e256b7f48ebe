"""What the firm pays: plans, who is billed when, and the invoices of its branches."""

from billing.models.invoices import BranchInvoice, BranchInvoiceLine, InvoiceNumbers
from billing.models.plans import Plan, PlanPrice
from billing.models.spans import Span

__all__ = [
    "BranchInvoice",
    "BranchInvoiceLine",
    "InvoiceNumbers",
    "Plan",
    "PlanPrice",
    "Span",
]
