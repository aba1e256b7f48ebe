"""What operators see and decide about money."""

from billing.admin import invoices, payments

__all__ = ["invoices", "payments"]
