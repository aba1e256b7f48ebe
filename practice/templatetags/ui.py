"""The components as template tags. They are builtins: no `{% load %}`; `/design/` shows them all.

What stands in every row of a list (`status`, `tag`, `ago`, `sparkline`) is a plain string, made
without a template.
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django import template
from django.forms import BaseForm, BoundField
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from practice import charts, clock
from practice.permissions import Verdict
from practice.templatetags import wording
from practice.templatetags.controls import as_attributes, disabled, icon, why_not

register = template.Library()

ALERT_ICONS = {
    "good": "circle-check",
    "warn": "triangle-alert",
    "bad": "circle-alert",
    "info": "info",
}
NOTHING = SafeString("")


@register.simple_tag
@lru_cache(maxsize=512, typed=True)
def status(value: str, label: str = "", tone: str = "") -> SafeString:
    """A word with a dot: `{% status row.status %}`, or with other words `"52 days left"`."""
    if not value:
        return NOTHING
    said, usual = wording.status_words(value, label)
    return format_html('<span class="status {}">{}</span>', tone or usual, said)


@register.simple_tag
def tag(name: str) -> SafeString:
    return format_html('<span class="tag">{}</span>', name)


@register.simple_block_tag
def card(
    content: str,
    title: str = "",
    link: str = "",
    link_text: str = "Edit",
    lacks: Verdict | str | None = None,
    **attributes: Any,
) -> SafeString:
    """A section with a heading, and at most one quiet link beside it."""
    head = NOTHING
    if title:
        head = format_html('<div class="card-head"><h2>{}</h2>{}</div>', title,
                           _card_link(title, link, link_text, why_not(lacks)))  # fmt: skip
    return format_html(
        '<section class="card block"{}>{}{}</section>', as_attributes(attributes), head, content
    )


def _card_link(title: str, link: str, text: str, why: str) -> SafeString:
    """Says whose link it is to those who hear it out of place: "Edit Account Details"."""
    if not link:
        return NOTHING
    face = format_html('{}<span class="vh"> {}</span>', text, title)
    if why:
        return disabled("link", face, why)
    return format_html('<a class="link" href="{}">{}</a>', link, face)


@register.simple_block_tag
def facts(content: str) -> SafeString:
    return format_html('<dl class="facts">{}</dl>', content)


@register.simple_block_tag
def alert(content: str, tone: str = "info") -> SafeString:
    """A line across the page; a button in it goes to the right. `bad` is announced at once."""
    role = mark_safe(' role="alert"') if tone == "bad" else NOTHING
    return format_html(
        '<div class="alert {}"{}>{}<div>{}</div></div>',
        tone,
        role,
        icon(ALERT_ICONS[tone]),
        content,
    )


@register.simple_block_tag
def empty(content: str, title: str, would: str = "") -> SafeString:
    """An empty list: what it is, what would fill it, and buttons that do."""
    hint = format_html("<p>{}</p>", would) if would else NOTHING
    buttons = format_html('<div class="actions">{}</div>', content) if content.strip() else NOTHING
    return format_html('<div class="empty"><h2>{}</h2>{}{}</div>', title, hint, buttons)


@register.simple_tag
def stat(label: str, value: object, hint: str = "", href: str = "") -> SafeString:
    """One figure; `<div class="stats">` around several. `hint` may hold a link of its own."""
    named = format_html('<a href="{}">{}</a>', href, label) if href else label
    below = format_html('<span class="hint">{}</span>', hint) if hint else NOTHING
    return format_html(
        '<div class="card stat"><span>{}</span><b>{}</b>{}</div>', named, value, below
    )


@register.simple_tag
def progress(done: int, total: int, label: str) -> SafeString:
    """Real progress, never a guess: 12 of 218."""
    return format_html(
        '<div class="progress"><label><span>{}</span> <progress value="{}" max="{}"></progress>'
        "</label><span>{} of {}</span></div>",
        label, done, max(total, 1), f"{done:,}", f"{total:,}",
    )  # fmt: skip


@register.simple_tag
def field(bound: BoundField) -> SafeString:
    """Label, control, help and errors, tied together."""
    return SafeString(bound.as_widget() if bound.is_hidden else bound.as_field_group())


@register.inclusion_tag("components/forms/problems.html")
def problems(form: BaseForm) -> dict[str, Any]:
    """The summary of a form's errors, for forms whose fields are laid out one by one."""
    return {"form": form}


@register.simple_block_tag
def timeline(content: str) -> SafeString:
    """`<li>{% ago event.at %}<div>words</div></li>` for each line."""
    return format_html('<ol class="timeline">{}</ol>', content)


@register.simple_tag
def avatar(user: Any) -> SafeString:
    return format_html('<span class="avatar" aria-hidden="true">{}</span>', user.initials)


@register.simple_tag
def ago(moment: datetime | None, never: str = "never") -> SafeString:
    """2 days ago; hover and `<time>` give the instant."""
    if not moment:
        return format_html('<span class="quiet">{}</span>', never)
    words = wording.ago_words(moment, clock.now())
    return _time(moment.isoformat(timespec="minutes"), words, wording.moment_words(moment))


@register.simple_tag
def day(when: date | None, never: str = "") -> SafeString:
    """27 Jun 2025."""
    if not when:
        return format_html("{}", never)
    local = timezone.localdate(when) if isinstance(when, datetime) else when
    return _time(local.isoformat(), wording.day_words(local))


@register.simple_tag
def moment(when: datetime | None, never: str = "") -> SafeString:
    """19 November 2026, 18:40."""
    if not when:
        return format_html("{}", never)
    return _time(when.isoformat(timespec="minutes"), wording.moment_words(when))


def _time(machine: str, words: str, title: str = "") -> SafeString:
    """Made of digits and our own words, so there is nothing to escape."""
    hover = f' title="{title}"' if title else ""
    return SafeString(f'<time datetime="{machine}"{hover}>{words}</time>')


@register.simple_tag
def money(amount: Decimal | int | None, currency: str) -> str:
    return "" if amount is None else wording.money_words(amount, currency)


@register.simple_tag
def sparkline(values: Sequence[charts.Number], label: str = "") -> SafeString:
    return charts.sparkline(values, label)


@register.simple_tag
def bars(values: Sequence[Any], labels: Sequence[str], title: str) -> SafeString:
    """`values` are numbers, or `charts.Series` on top of each other."""
    return charts.bars(values, labels, title)


@register.simple_tag
def segments(parts: Sequence[charts.Part]) -> SafeString:
    return charts.segments(parts)
