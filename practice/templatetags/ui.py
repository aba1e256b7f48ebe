"""The components as template tags. They are builtins: no `{% load %}`; `/design/` shows them all.

What stands in every row of a list (`status`, `tag`, `ago`, `sparkline`) is a plain string, made
without a template.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django import template
from django.forms import BaseForm, BoundField
from django.forms.utils import flatatt
from django.template import Context
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from lucide.templatetags.lucide import lucide

from practice import auth, charts, clock
from practice.permissions import Permission, Verdict
from practice.templatetags import wording

register = template.Library()

ALERT_ICONS = {
    "good": "circle-check",
    "warn": "triangle-alert",
    "bad": "circle-alert",
    "info": "info",
}
NOTHING = SafeString("")


@register.simple_tag
@lru_cache(maxsize=256)
def icon(name: str) -> SafeString:
    """A lucide icon, 16 px, as decoration beside words."""
    attributes = {"class": "icon", "aria_hidden": "true", "stroke_width": "1.75"}
    return SafeString(lucide(str(name), size=16, **attributes))


def _attributes(given: dict[str, Any]) -> SafeString:
    """`hx_get=url` of a tag becomes ` hx-get="…"`."""
    return flatatt({name.replace("_", "-"): value for name, value in given.items()})


def _lacking(lacks: Verdict | str | None) -> str:
    if isinstance(lacks, Verdict):
        return "" if lacks.allowed else lacks.reason
    return str(lacks or "")


def _classes(*names: str) -> str:
    return " ".join(name for name in names if name)


def _face(label: str, icon_name: str) -> SafeString:
    return format_html("{}{}", icon(icon_name) if icon_name else NOTHING, label)


@register.simple_tag
def button(
    label: str,
    href: str = "",
    variant: str = "",
    icon: str = "",
    lacks: Verdict | str | None = None,
    **attributes: Any,
) -> SafeString:
    """A link that looks like a button. What one may not do stays visible and says why (F-007)."""
    style, face, why = _classes("button", variant), _face(label, icon), _lacking(lacks)
    if why:
        return _disabled(style, face, why)
    return format_html(
        '<a class="{}" href="{}"{}>{}</a>', style, href, _attributes(attributes), face
    )


def _disabled(style: str, face: SafeString, why: str) -> SafeString:
    return format_html(
        '<a class="{}" role="link" tabindex="0" aria-disabled="true" aria-description="{}">{}</a>',
        style,
        why,
        face,
    )


@register.simple_tag
def submit(
    label: str,
    variant: str = "primary",
    icon: str = "",
    lacks: Verdict | str | None = None,
    **attributes: Any,
) -> SafeString:
    """The button of a form; `name`, `value`, `formaction` and `hx_…` pass through."""
    style, face, why = _classes("button", variant), _face(label, icon), _lacking(lacks)
    if why:
        return format_html(
            '<button type="button" class="{}" aria-disabled="true" aria-description="{}">{}</button>',
            style,
            why,
            face,
        )
    return format_html(
        '<button type="submit" class="{}"{}>{}</button>', style, _attributes(attributes), face
    )


@register.simple_tag(takes_context=True)
def can(context: Context, permission: str, row: auth.Guarded) -> Verdict:
    """`{% can "clients.update_clients" connection as verdict %}`: for single rows, not in loops."""
    return auth.explain(context["request"].user, permission, row)


@register.simple_tag(takes_context=True)
def lacks(context: Context, permission: str, row: auth.Guarded | None = None) -> str:
    """ "" or why not. Without a row: held on one branch of the firm at least."""
    label = Permission.label_of(permission)
    needed = f"You need the permission “{label}”."
    if row is None:
        return "" if context["request"].standing.holds_anywhere(permission) else needed
    verdict = auth.explain(context["request"].user, permission, row)
    if verdict.allowed:
        return ""
    return needed if label in verdict.reason else verdict.reason


@register.simple_tag
@lru_cache(maxsize=512)
def status(value: str, label: str = "", tone: str = "") -> SafeString:
    """A word with a dot: `{% status connection.status %}`, `{% status "active" "52 days left" %}`."""
    if not value:
        return NOTHING
    said, usual = wording.status_words(value, label)
    return format_html('<span class="status {}">{}</span>', tone or usual, said)


@register.simple_tag
def tag(name: str) -> SafeString:
    return format_html('<span class="tag">{}</span>', name)


@register.simple_tag
def chip(text: str, href: str = "", on: bool = False, remove: str = "") -> SafeString:
    """A filter: a link, filled when it is on, with a cross when it can be taken away."""
    style = "chip on" if on or remove else "chip"
    if remove:
        words = format_html('<a href="{}">{}</a>', href, text) if href else text
        cross = icon("x")
        return format_html(
            '<span class="{}">{}<a class="cross" href="{}" aria-label="Remove {}">{}</a></span>',
            style, words, remove, text, cross,
        )  # fmt: skip
    if not href:
        return format_html('<span class="{}">{}</span>', style, text)
    current = mark_safe(' aria-current="true"') if on else NOTHING
    return format_html('<a class="{}" href="{}"{}>{}</a>', style, href, current, text)


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
                           _card_link(title, link, link_text, _lacking(lacks)))  # fmt: skip
    return format_html(
        '<section class="card block"{}>{}{}</section>', _attributes(attributes), head, content
    )


def _card_link(title: str, link: str, text: str, why: str) -> SafeString:
    """Says whose link it is to those who hear it out of place: "Edit Account Details"."""
    if not link:
        return NOTHING
    face = format_html('{}<span class="vh"> {}</span>', text, title)
    if why:
        return _disabled("link", face, why)
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
        '<div class="progress"><label><span>{}</span> <progress value="{}" max="{}"></progress></label>'
        "<span>{} of {}</span></div>",
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


@register.simple_tag
def tabs(items: Iterable[Sequence[Any]], current: str, label: str = "Sections") -> SafeString:
    """`items` are (key, label, url, count); the count may be None."""
    links = format_html_join("", "{}", ((_tab(*item, current=current),) for item in items))
    return format_html('<nav class="tabs" aria-label="{}">{}</nav>', label, links)


def _tab(key: str, label: str, url: str, count: int | None = None, *, current: str) -> SafeString:
    number = format_html(" <span>{}</span>", f"{count:,}") if count is not None else NOTHING
    here = mark_safe(' aria-current="page"') if key == current else NOTHING
    return format_html('<a href="{}"{}>{}{}</a>', url, here, label, number)


@register.simple_block_tag
def timeline(content: str) -> SafeString:
    """`<li>{% ago event.at %}<div>words</div></li>` for each line."""
    return format_html('<ol class="timeline">{}</ol>', content)


@register.simple_block_tag
def menu(
    content: str, label: str, variant: str = "", icon: str = "", align: str = "", on: bool = False
) -> SafeString:
    """Links and small forms under a button; opens without a script. `variant="chip"` for filters."""
    style = (
        _classes("chip", "on" if on else "") if variant == "chip" else _classes("button", variant)
    )
    return format_html(
        '<details class="menu" name="menu"><summary class="{}">{}{}</summary>'
        '<div class="{}">{}</div></details>',
        style, _face(label, icon), _chevron(), _classes("items", align), content,
    )  # fmt: skip


def _chevron() -> SafeString:
    return icon("chevron-down")


@register.simple_tag
def item(
    label: str,
    href: str = "",
    icon: str = "",
    danger: bool = False,
    lacks: Verdict | str | None = None,
    **attributes: Any,
) -> SafeString:
    """One line of a menu."""
    style, face, why = "danger" if danger else "", _face(label, icon), _lacking(lacks)
    if why:
        return _disabled(style, face, why)
    return format_html(
        '<a class="{}" href="{}"{}>{}</a>', style, href, _attributes(attributes), face
    )


@register.simple_tag
def pager(page: Any) -> SafeString:
    """The foot of a list: where one is, and the pages before and behind (`practice.paging`)."""
    exact = (
        format_html(' <a href="{}">Count all</a>', page.exact_url) if page.exact_url else NOTHING
    )
    return format_html(
        '<nav class="pager" aria-label="Pages"><span>{}{}</span>{}{}</nav>',
        page.label,
        exact,
        _step("Previous", page.previous_url, "prev"),
        _step("Next", page.next_url, "next"),
    )


def _step(label: str, url: str, rel: str) -> SafeString:
    if not url:
        return format_html('<span class="button" aria-hidden="true">{}</span>', label)
    return format_html('<a class="button" rel="{}" href="{}">{}</a>', rel, url, label)


@register.simple_tag
def avatar(user: Any) -> SafeString:
    return format_html('<span class="avatar" aria-hidden="true">{}</span>', user.initials)


@register.simple_tag
def ago(moment: datetime | None, never: str = "never") -> SafeString:
    """2 days ago; hover and `<time>` give the instant."""
    if moment is None:
        return format_html('<span class="quiet">{}</span>', never)
    words = wording.ago_words(moment, clock.now())
    return _time(moment.isoformat(timespec="minutes"), words, wording.moment_words(moment))


@register.simple_tag
def day(when: date | None, never: str = "") -> SafeString:
    """27 Jun 2025."""
    if when is None:
        return format_html("{}", never)
    local = timezone.localdate(when) if isinstance(when, datetime) else when
    return _time(local.isoformat(), wording.day_words(local))


@register.simple_tag
def moment(when: datetime | None, never: str = "") -> SafeString:
    """19 November 2026, 18:40."""
    if when is None:
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
