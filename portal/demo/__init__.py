"""The portal of the demo world (F-238)."""

from portal.demo import files, questions, tax


def fill() -> None:
    """Each part looks first whether it is there."""
    questions.fill()
    files.fill()
    tax.fill()
