"""The operators' pages about clients."""

from clients.admin import ledger, life, relationships

__all__ = ["ledger", "life", "relationships"]
