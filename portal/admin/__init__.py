"""The operators' pages about the portal."""

from portal.admin import questions

__all__ = ["questions"]
