"""The operators' pages about the portal."""

from portal.admin import files, questions

__all__ = ["files", "questions"]
