"""Work in the portal that the clock starts."""

from portal.actions.question_reminders import remind_of_questions
from practice.actions.schedules import every


@every(minutes=15)
def remind_of_open_questions() -> int:
    """Mail those who have questions to answer, at their client’s hour of the week (F-186)."""
    return remind_of_questions()
