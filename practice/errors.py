"""What an action may answer instead of doing its work."""


class Refused(Exception):
    """The rules of the practice forbid this. The message is a sentence for the user."""


class Conflict(Refused):
    """Somebody else changed the row first (F-237). `theirs` maps field name to their value."""

    def __init__(self, message: str, theirs: dict[str, object]) -> None:
        super().__init__(message)
        self.theirs = theirs
