"""The moves a status may make."""

import pytest

from clients.roles import ConnectionStatus as S
from clients.states import CONNECTION_TRANSITIONS
from practice.errors import Refused
from practice.states import Transitions

DOOR = Transitions("door", {"open": frozenset({"shut"}), "shut": frozenset({"open", "locked"})})


@pytest.mark.parametrize(
    ("present", "wanted", "allowed"),
    [("open", "shut", True), ("open", "locked", False), ("locked", "open", False)],
)
def test_only_the_listed_moves_are_allowed(present, wanted, allowed):
    assert DOOR.allows(present, wanted) is allowed


def test_a_forbidden_move_is_refused_in_words():
    with pytest.raises(Refused, match="This door is open, so it cannot become locked."):
        DOOR.check("open", "locked")


def test_a_connection_makes_these_moves_and_no_others():
    legal = {(a, b) for a in S for b in S if CONNECTION_TRANSITIONS.allows(a, b)}

    assert legal == {
        (S.PENDING, S.ACTIVE),
        (S.PENDING, S.DISCONNECTED),
        (S.ACTIVE, S.PAUSED),
        (S.ACTIVE, S.DISCONNECTED),
        (S.PAUSED, S.ACTIVE),
        (S.PAUSED, S.DISCONNECTED),
        (S.DISCONNECTED, S.RECONNECTING),
        (S.RECONNECTING, S.ACTIVE),
        (S.RECONNECTING, S.DISCONNECTED),
    }


@pytest.mark.parametrize(("present", "wanted"), [(S.PAUSED, S.PAUSED), (S.DISCONNECTED, S.ACTIVE)])
def test_a_refusal_speaks_of_the_client_in_labels(present, wanted):
    with pytest.raises(Refused) as refusal:
        CONNECTION_TRANSITIONS.check(present, wanted)

    assert str(refusal.value) == f"This client is {present}, so it cannot become {wanted}."
