"""The operators' pages about the portal."""

from portal.admin import files, previews, questions, sign_in, tax

__all__ = ["files", "previews", "questions", "sign_in", "tax"]
