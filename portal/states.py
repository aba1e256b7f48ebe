"""The moves of what clients and the firm do together."""

from portal.roles import QuestionState, TaxStep
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

T = TaxStep
# Back at any time, until it is filed: what was filed is corrected by a return of its own.
TAX_TRANSITIONS = Transitions(
    "tax return",
    {
        T.PREPARING: frozenset({T.REVIEW, T.READY}),
        T.REVIEW: frozenset({T.PREPARING, T.READY}),
        T.READY: frozenset({T.PREPARING, T.REVIEW, T.FILED}),
        T.FILED: frozenset(),
    },
)
