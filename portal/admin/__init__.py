"""The operators' pages about the portal."""

from portal.admin import files, questions, sign_in, tax

__all__ = ["files", "questions", "sign_in", "tax"]
