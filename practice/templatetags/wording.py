"""How moments, amounts and states are said. Pure; `ui` makes tags of them."""

from calendar import month_abbr
from datetime import date, datetime
from decimal import Decimal

from django.utils import timezone

from practice.money import exponent

MONTHS = tuple(month_abbr)
SYMBOLS = {"GBP": "£", "EUR": "€", "USD": "$", "JPY": "¥", "INR": "₹"}

# Word → tone. A word that is not here is said as it stands, in the quiet tone.
TONES = {
    "good": "active accepted applied completed connected done imported new open paid sent"
    " succeeded verified",
    "warn": "paused pending waiting trial reconnecting expired requested inactive overdue unpaid"
    " past_due skipped mapping checking importing running",
    "bad": "failed error rejected dormant bounced disabled declined blocked",
    "info": "update checked will_change invited offered scheduled",
}
TONE_OF = {word: tone for tone, words in TONES.items() for word in words.split()}
LABELS = {
    "reconnecting": "Reconnection pending",
    "disabled": "Disabled by client",
    "checked": "Ready to import",
    "none": "No subscription",
}


def status_words(value: str, label: str = "") -> tuple[str, str]:
    """The label and the tone of a state: a member of a `TextChoices`, or its value."""
    plain = str(getattr(value, "value", value))
    said = label or str(getattr(value, "label", "")) or LABELS.get(plain, "")
    return said or plain.replace("_", " ").capitalize(), TONE_OF.get(plain, "mute")


def day_words(day: date) -> str:
    """27 Jun 2025. A list says it a hundred times: `%b %Y` would take five times as long."""
    return f"{day.day} {MONTHS[day.month]} {day.year}"


def moment_words(moment: datetime) -> str:
    """19 November 2026, 18:40, in the reader's zone."""
    local = timezone.localtime(moment)
    return f"{local.day} {local:%B %Y, %H:%M}"


def ago_words(then: datetime, now: datetime) -> str:
    """The distance as people say it: minutes and hours today, then days, then years."""
    days = (timezone.localdate(now) - timezone.localdate(then)).days
    return distance_words(days, (now - then).total_seconds())


def distance_words(days: int, seconds: float) -> str:
    """`days` by the calendar; `seconds` matter on the same day."""
    if days == 0:
        return _today_words(seconds)
    if abs(days) == 1:
        return "yesterday" if days > 0 else "tomorrow"
    count = _count(abs(days), "day") if abs(days) < 730 else _count(abs(days) // 365, "year")
    return f"{count} ago" if days > 0 else f"in {count}"


def _today_words(seconds: float) -> str:
    minutes = int(abs(seconds) // 60)
    if minutes == 0:
        return "just now" if seconds >= 0 else "in a moment"
    count = _count(minutes, "minute") if minutes < 60 else _count(minutes // 60, "hour")
    return f"{count} ago" if seconds > 0 else f"in {count}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def money_words(amount: Decimal | int, currency: str) -> str:
    """£1,234.50, CHF 1,234.50, −£3.00."""
    sign, digits = "−" if amount < 0 else "", f"{abs(amount):,.{exponent(currency)}f}"
    symbol = SYMBOLS.get(currency)
    return f"{sign}{symbol}{digits}" if symbol else f"{sign}{currency} {digits}"
