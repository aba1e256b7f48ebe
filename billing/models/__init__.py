"""What the firm pays, and how: plans, who is billed when, invoices of branches, and methods."""

from billing.models.charges import Charge
from billing.models.invoices import BranchInvoice, BranchInvoiceLine, InvoiceNumbers
from billing.models.methods import PaymentMethod
from billing.models.plans import Plan, PlanPrice
from billing.models.promotions import Promotion, PromotionOffer
from billing.models.providers import BuiltinPayment, GatewayEvent
from billing.models.spans import Span, unbilled
from billing.models.subscriptions import AccountSubscription
from billing.models.verifications import BillingVerification

__all__ = [
    "AccountSubscription",
    "BillingVerification",
    "BranchInvoice",
    "BranchInvoiceLine",
    "BuiltinPayment",
    "Charge",
    "GatewayEvent",
    "InvoiceNumbers",
    "PaymentMethod",
    "Plan",
    "PlanPrice",
    "Promotion",
    "PromotionOffer",
    "Span",
    "unbilled",
]
