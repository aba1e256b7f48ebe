"""The operators' pages about the portal."""

from portal.admin import files, questions, sign_in

__all__ = ["files", "questions", "sign_in"]
