"""The operators' pages about clients."""

from clients.admin import life, relationships

__all__ = ["life", "relationships"]
