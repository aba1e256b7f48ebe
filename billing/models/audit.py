"""Which models about money are in the audit trail, and for whom."""

from billing.models.charges import Charge
from billing.models.invoices import BranchInvoice
from billing.models.methods import PaymentMethod
from billing.models.promotions import PromotionOffer
from billing.models.spans import Span
from billing.models.verifications import BillingVerification
from clients.models.audit import by_client
from practice.models import Branch
from practice.models.trail import AuditSource, Rows, Viewer, register
from practice.permissions import VIEW_BILLING


def of_branches(rows: Rows, viewer: Viewer) -> Rows:
    """Those of branches whose trail and whose billing the viewer may read."""
    billing = Branch.objects.where(viewer.standing, VIEW_BILLING).order_by().values("pk")
    mine = rows.filter(viewer.on_branches("branch_id"), firm_id=viewer.firm_id)
    return mine.filter(branch_id__in=billing)


register(
    AuditSource(BranchInvoice, "Branch invoice", of_branches, about="number"),
    AuditSource(
        Charge, "Payment", of_branches, about="key", hidden=frozenset({"gateway", "reference"})
    ),
    AuditSource(PaymentMethod, "Payment method", of_branches, about="last4"),
    AuditSource(BillingVerification, "Billing verification", of_branches, about="branch_id"),
    AuditSource(PromotionOffer, "Promotion", by_client("connection_id"), client="connection_id"),
    AuditSource(Span, "Billed span", by_client("connection_id"), client="connection_id"),
)
