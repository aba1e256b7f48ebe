"""The access matrix, made as strings: a thousand squares take the template engine too long."""

from collections.abc import Iterable
from functools import lru_cache
from html import escape
from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from clients.roles import ClientRole

register = template.Library()
NOTHING = '<td class="no">–</td>'
ANY = 0  # an id to be replaced in a pattern of addresses


@register.filter
def client_role(value: str) -> str:
    """The label of a team member's role for one client."""
    return str(ClientRole(value).label)


@register.simple_tag
def people_across(staff: Iterable[Any], firm_slug: str) -> SafeString:
    """The headings: people, each a link to the report about them."""
    before, after = around("clients:leaver-report", firm_slug, "member_id")
    return SafeString(
        "".join(
            f'<th scope="col"><a href="{before}{one.pk}{after}"><bdi>{escape(str(one.user))}</bdi>'
            "</a></th>"
            for one in staff
        )
    )


@register.simple_tag
def clients_down(rows: Iterable[Any], firm_slug: str) -> SafeString:
    """One `<tr>` for each client, with a square for each person."""
    before, after = around("clients:client-detail", firm_slug, "connection_id")
    return SafeString(
        "".join(
            f'<tr><th scope="row"><span><a class="nm" href="{before}{row.pk}{after}">'
            f'{escape(row.name)}</a> <span class="id">{escape(row.client_number)}</span>'
            f'<span class="sub">{escape(row.branch.name)}</span></span></th>{squares(slots)}</tr>'
            for row, slots in rows
        )
    )


def squares(slots: Iterable[Any]) -> str:
    return "".join(
        square(str(slot.member.user), slot.word, slot.how) if slot.how else NOTHING
        for slot in slots
    )


@lru_cache(maxsize=4096)
def square(name: str, word: str, how: str) -> str:
    """On a narrow screen it says whose it is."""
    return format_html('<td data-label="{}" title="{}">{}</td>', name, how, word)


def around(view: str, firm_slug: str, argument: str) -> tuple[str, str]:
    """What stands before and behind the id in the address of a page."""
    url = reverse(view, kwargs={"firm_slug": firm_slug, argument: ANY})
    before, after = url.rsplit(str(ANY), 1)
    return before, after
