"""News about money. Sent inside the action's transaction."""

from django.dispatch import Signal

# sender BranchInvoice; invoices (as issued, of one firm or of many), by (None: the monthly run)
branch_invoice_issued = Signal()
