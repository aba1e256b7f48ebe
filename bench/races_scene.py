"""One round of a race: who is at the firm, what they do, and what is wrong afterwards."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from practice.models import Firm, User

Move = Callable[[], bool]  # does it, and says whether this one changed anything


@dataclass(frozen=True)
class Scene:
    firm: Firm
    moves: Sequence[tuple[User, Move]]
    problems: Callable[[int], Iterator[str]]  # given the number of winners
