"""The squares of the access matrix: a thousand on a page, so each is made without a template."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from clients.roles import ClientRole

register = template.Library()
NOTHING = SafeString('<td class="no">–</td>')


@register.filter
def client_role(value: str) -> str:
    """The label of a team member's role for one client."""
    return str(ClientRole(value).label)


@register.simple_tag
def squares(slots: Iterable[Any]) -> SafeString:
    """One `<td>` for each; on a narrow screen it says whose it is."""
    made = [
        square(str(slot.member), slot.word, slot.how) if slot.how else NOTHING for slot in slots
    ]
    return SafeString("".join(made))


@lru_cache(maxsize=4096)
def square(name: str, word: str, how: str) -> SafeString:
    return format_html('<td data-label="{}" title="{}">{}</td>', name, how, word)
