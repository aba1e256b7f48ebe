"""What the clock starts in the portal."""

from datetime import timedelta

from portal.actions.question_reminders import remind_of_questions
from portal.actions.sweeping import remove_deleted, scan_pending, sweep_leftovers
from practice.actions.schedules import every


@every(minutes=5)
def scan_waiting_files() -> int:
    """Scan what waited while the virus scanner was down."""
    return scan_pending()


@every(days=1, past=timedelta(hours=3, minutes=20))
def remove_deleted_files() -> int:
    """Remove the content of files that were deleted thirty days ago."""
    return remove_deleted()


@every(days=1, past=timedelta(hours=3, minutes=40))
def sweep_left_files() -> int:
    """Remove content that belongs to no file."""
    return sweep_leftovers()


@every(minutes=15)
def remind_of_open_questions() -> int:
    """Mail those who have questions to answer, at their client’s hour of the week (F-186)."""
    return remind_of_questions()
