"""The words of the client portal."""

from django.db import models


class QuestionState(models.TextChoices):
    """How a question stands: the first two are of the firm's questions, the next two of a
    client's (F-173b, F-174)."""

    WAITING = "waiting", "Waiting on Client"
    ANSWERED = "answered", "Answered"
    ASKED = "asked", "Waiting on us"
    RESPONDED = "responded", "We responded"
    RESOLVED = "resolved", "Resolved"


class Weekday(models.IntegerChoices):
    MONDAY = 0, "Monday"
    TUESDAY = 1, "Tuesday"
    WEDNESDAY = 2, "Wednesday"
    THURSDAY = 3, "Thursday"
    FRIDAY = 4, "Friday"
    SATURDAY = 5, "Saturday"
    SUNDAY = 6, "Sunday"


class TaxStep(models.TextChoices):
    """How far a tax return is (F-180)."""

    PREPARING = "preparing", "Preparing"
    REVIEW = "review", "In review"
    READY = "ready", "Ready to sign"
    FILED = "filed", "Filed"
