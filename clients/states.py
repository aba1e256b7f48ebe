"""The moves a connection may make (design 4). A closed period never opens again."""

from clients.roles import ConnectionStatus as S
from practice.states import Transitions

CONNECTION_TRANSITIONS = Transitions(
    "client",
    {
        S.PENDING: frozenset({S.ACTIVE, S.DISCONNECTED}),
        S.ACTIVE: frozenset({S.PAUSED, S.DISCONNECTED}),
        S.PAUSED: frozenset({S.ACTIVE, S.DISCONNECTED}),
        S.DISCONNECTED: frozenset({S.RECONNECTING}),
        S.RECONNECTING: frozenset({S.ACTIVE, S.DISCONNECTED}),
    },
)
