"""The rows of the client list, as one string.

Fifty rows of a dozen cells take the template engine longer than everything else the page does
together (docs/decisions/0003-client-rows.md), so they are put together here. Whatever came from a
person goes through `escape`.
"""

from collections.abc import Callable
from typing import Any

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString

from clients.filters import JOB_RECENT
from clients.http import ListPage
from clients.roles import BillingModel, SubscriptionStatus
from practice import clock
from practice.templatetags.ui import ago, day, sparkline, status, tag

register = template.Library()
TAGS_SHOWN = 2
BILLING = {model.value: str(model.label) for model in BillingModel}


@register.simple_tag
def client_rows(page: ListPage, walk: str) -> SafeString:
    """`walk` is the query string that row links carry."""
    extra = [CELLS[name] for name in page.columns]
    suffix = escape(walk)
    return SafeString("".join(row_html(row, suffix, extra) for row in page.rows))


def row_html(row: Any, suffix: str, extra: list[Callable[[Any], str]]) -> str:
    """Links are relative to the list's address, and cells say no more than they must: 60 kB."""
    cells = "".join(f"<td class='sub hide'>{cell(row)}</td>" for cell in extra)
    return (
        f'<tr><th scope=row><a class=nm href="{row.id}/{suffix}"><bdi>{escape(row.name)}</bdi></a>'
        f"<span class=id>{escape(row.client_number)}</span></th>"
        f"<td>{status(row.status)}</td><td class='sub hide'>{BILLING[row.billing_model]}</td>"
        f"<td class='sub hide'>{escape(row.branch_name)}</td><td class=hide>{tags_html(row)}</td>"
        f"<td class='hide spare'>{sparkline(row.monthly or ())}</td>"
        f"<td class=sub>{ago(row.last_activity_at)}</td>"
        f"<td class='sub hide'>{day(row.connected_on)}</td>{cells}"
        f"<td class=act>{account_button(row)}<a class=more href={row.id}/menu/"
        " aria-label=Actions>⋯</a></td></tr>"
    )


def tags_html(row: Any) -> str:
    """Two tags, and how many more; the client's page has them all."""
    shown = "".join(tag(name) for name in row.tags[:TAGS_SHOWN])
    more = len(row.tags) - TAGS_SHOWN
    return f"{shown}<span class=id>+{more}</span>" if more > 0 else shown


def account_button(row: Any) -> str:
    """ "Access" for the assigned, "Set Up Access" for those who may assign themselves (F-039)."""
    if row.may_open:
        return f"<button class='button slim' formaction={row.id}/access/>Access</button>"
    if row.may_set_up:
        return (
            f"<button class='button slim' formaction={row.id}/set-up-access/>Set Up Access</button>"
        )
    return ""


def usage_status(row: Any) -> str:
    recent = row.last_job_at and row.last_job_at > clock.now() - JOB_RECENT
    return status("active" if recent else "inactive", "Active" if recent else "In-Active")


CELLS: dict[str, Callable[[Any], str]] = {
    "plan": lambda row: escape(row.plan or "–"),
    "subscription": lambda row: escape(SubscriptionStatus(row.subscription_status).label),
    "access": lambda row: status(row.access_status.value, str(row.access_status.label)),
    "usage": usage_status,
    "accessed": lambda row: ago(row.last_accessed_at),
    "questions": lambda _row: "none yet",
    "contact": lambda row: escape(row.contact_name),
}
