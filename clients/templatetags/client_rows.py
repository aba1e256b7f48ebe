"""The rows of the client list, as one string.

Fifty rows of a dozen cells take the template engine longer than everything else the page does
together (docs/decisions/0003-client-rows.md), so they are put together here. Whatever came from a
person goes through `escape`.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime
from html import escape
from typing import Any

from django import template
from django.utils import timezone
from django.utils.safestring import SafeString

from clients.http import COLUMNS, ListPage
from clients.roles import AccessStatus, BillingModel, SubscriptionStatus
from practice import clock
from practice.charts import sparkline
from practice.templatetags.controls import icon
from practice.templatetags.ui import ago, day, status
from practice.templatetags.wording import day_words, distance_words

register = template.Library()
TAGS_SHOWN = 2
PICK_PAGE = (
    '<th scope=col class=pick><input type=checkbox data-select-all aria-label="Select page">'
)
RESTRICTED = {
    True: f" <span class=id title=Restricted>{icon('lock')}<span class=vh>Restricted</span></span>",
    False: "",
}
BILLING = {model.value: str(model.label) for model in BillingModel}


@register.simple_tag
def client_rows(page: ListPage, walk: str) -> SafeString:
    """`walk` is the query string that row links carry: percent-encoded, so no more is to escape (an
    ampersand before a name and "=" stands for itself in an attribute)."""
    extra = [CELLS[name] for name in page.columns]
    words = Words()
    return SafeString("".join(row_html(row, walk, words, extra) for row in page.rows))


@register.simple_tag
def client_heads(page: ListPage, heads: list[dict[str, Any]]) -> SafeString:
    """The headings; those of the orders are links (F-035)."""
    links = {head["key"]: head_html(head) for head in heads}
    usual = "".join(map(plain_head, ("Status", "Billing", "Branch", "Tags")))
    extra = "".join(plain_head(COLUMNS[name]) for name in page.columns)
    return SafeString(
        f"<tr>{PICK_PAGE}{links['name']}{usual}<th scope=col class=spare>12 months</th>"
        f"{links['activity']}{links['connected']}{extra}{plain_head('Account')}"
    )


def plain_head(label: str) -> str:
    return f'<th scope="col">{label}</th>'


def head_html(head: dict[str, Any]) -> str:
    aria = f' aria-sort="{head["aria"]}"' if head["aria"] else ""
    return f'<th scope="col"{aria}><a href="{escape(head["url"])}">{head["label"]}</a></th>'


def row_html(row: Any, suffix: str, words: "Words", extra: list[Callable[[Any], str]]) -> str:
    """Links are relative to the list's address, and cells say no more than they must: 60 kB.

    A cell and a row end where the next begins, as HTML allows; style sheets count the cells.
    """
    cells = "".join(f"<td>{cell(row)}" for cell in extra)
    return (
        f"<tr><td><input type=checkbox name=selected value={row.id}"
        f' aria-label=Select><th scope=row><a class=nm href="{row.id}/{suffix}"'
        f" dir=auto>{escape(row.name)}</a>"
        f"<span class=id>{escape(row.client_number)}</span>{RESTRICTED[row.is_restricted]}"
        f"<td>{status(row.status)}<td>{BILLING[row.billing_model]}"
        f"<td>{escape(row.branch_name)}<td>{tags_html(row)}"
        f"<td class=spare>{sparkline(row.monthly or ())}"
        f"<td>{words.seen(row.last_activity_at)}"
        f"<td>{words.day(row.connected_on)}{cells}"
        f"<td>{account_button(row)}<a class=more href={row.id}/menu/"
        " aria-label=Actions>⋯</a>"
    )


class Words:
    """Moments and days of many rows, as `ago` and `day` say them: clock and zone are read once."""

    def __init__(self) -> None:
        self.now, self.zone = clock.now(), timezone.get_current_timezone()
        self.today = self.now.astimezone(self.zone).date()

    def seen(self, moment: datetime | None) -> str:
        if moment is None:
            return "<span class=quiet>never</span>"
        local = moment.astimezone(self.zone)
        days, seconds = (self.today - local.date()).days, (self.now - moment).total_seconds()
        said, exact = distance_words(days, seconds), moment.astimezone(UTC).isoformat()[:16]
        title = f"{day_words(local)}, {local.isoformat()[11:16]}"
        return f'<time datetime={exact}Z title="{title}">{said}</time>'

    def day(self, day: date | None) -> str:
        return f"<time datetime={day}>{day_words(day)}</time>" if day else ""


def tags_html(row: Any) -> str:
    """Two tags, and how many more; the client's page has them all."""
    shown = "".join(f"<span class=tag>{escape(name)}</span>" for name in row.tags[:TAGS_SHOWN])
    more = len(row.tags) - TAGS_SHOWN
    return f"{shown}<span class=id>+{more}</span>" if more > 0 else shown


def account_button(row: Any) -> str:
    """ "Access" for the assigned, "Set Up Access" for those who may assign themselves (F-039).

    For others it stays, and says what it takes (F-007); where the relationship's state closes it to
    everybody there is none.
    """
    if row.may_open:
        return f"<button class=slim formaction={row.id}/access/>Access</button>"
    if row.may_set_up:
        return f"<button class=slim formaction={row.id}/set-up-access/>Set Up Access</button>"
    if row.is_closed:
        return ""
    label = "Access" if row.tie_role else "Set Up Access"
    return (
        "<button type=button class=slim aria-disabled=true"
        f' aria-description="{escape(row.lacks)}">{label}</button>'
    )


def usage_status(row: Any) -> str:
    return status("active" if row.is_used else "inactive", "Active" if row.is_used else "In-Active")


def primary(name: str | None) -> str:
    """With the star that Team Assignments shows (F-061)."""
    return f"<span class=star>★</span> <bdi>{escape(name)}</bdi>" if name else "–"


def ended(row: Any) -> str:
    """When the relationship ended, and the reason (F-072b)."""
    if not row.disconnected_at:
        return "–"
    return f"{day(row.disconnected_at)} · {escape(row.disconnect_reason)}"


def questions(row: Any) -> str:
    """How many wait for the client and how many for the firm, with the way there (F-024a)."""
    if not row.questions:
        return "–"
    waiting, answered = row.questions
    return f"<a href={row.id}/portal/questions/>{waiting} open, {answered} answered</a>"


CELLS: dict[str, Callable[[Any], str]] = {
    "plan": lambda row: escape(row.plan or "–"),
    "subscription": lambda row: escape(SubscriptionStatus(row.subscription_status).label),
    "access": lambda row: status(row.access_status, str(AccessStatus(row.access_status).label)),
    "usage": usage_status,
    "accessed": lambda row: ago(row.last_accessed_at),
    "questions": questions,
    "contact": lambda row: escape(row.contact_name),
    "primary": lambda row: primary(row.primary_accountant),
    "ended": ended,
}
