"""The moves a status may make."""

from collections.abc import Mapping
from dataclasses import dataclass

from practice.errors import Refused


@dataclass(frozen=True)
class Transitions:
    """A table of legal moves: `moves[state]` holds the states that may follow it."""

    subject: str
    moves: Mapping[str, frozenset[str]]

    def allows(self, present: str, wanted: str) -> bool:
        return wanted in self.moves.get(present, frozenset())

    def check(self, present: str, wanted: str) -> None:
        """Raise `Refused` when the move is not in the table."""
        if not self.allows(present, wanted):
            raise Refused(f"This {self.subject} is {present}, so it cannot become {wanted}.")
