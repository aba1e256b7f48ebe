"""The moves of what clients and the firm do together."""

from portal.roles import QuestionState
from practice.states import Transitions

S = QuestionState
# What somebody wrote leaves a question in the state it is in where that state says so already.
QUESTION_TRANSITIONS = Transitions(
    "question",
    {
        S.WAITING: frozenset({S.WAITING, S.ANSWERED, S.RESOLVED}),
        S.ANSWERED: frozenset({S.ANSWERED, S.WAITING, S.RESOLVED}),
        S.ASKED: frozenset({S.ASKED, S.RESPONDED, S.RESOLVED}),
        S.RESPONDED: frozenset({S.RESPONDED, S.ASKED, S.RESOLVED}),
        S.RESOLVED: frozenset({S.WAITING, S.ASKED}),
    },
)
