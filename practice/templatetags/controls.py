"""What one presses: buttons, menus, filters, tabs and pages. Builtins, as in `ui`.

What a person may not do stays visible and says which permission it needs (F-007).
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from django import template
from django.forms.utils import flatatt
from django.template import Context
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from lucide.templatetags.lucide import lucide

from practice import auth
from practice.permissions import Permission, Verdict

register = template.Library()
NOTHING = SafeString("")
SAID_IN_CSS = (
    ' fill="none"',
    ' stroke="currentColor"',
    ' stroke-linecap="round"',
    ' stroke-linejoin="round"',
    ' stroke-width="1.75"',
    ' width="16"',
    ' height="16"',
)


@register.simple_tag
@lru_cache(maxsize=256)
def icon(name: str) -> SafeString:
    """A lucide icon, 16 px, as decoration beside words. What `.icon` says in CSS is left out."""
    attributes = {"class": "icon", "aria_hidden": "true", "stroke_width": "1.75"}
    frame, end, shapes = str(lucide(str(name), size=16, **attributes)).partition(">")
    for said in SAID_IN_CSS:
        frame = frame.replace(said, "")
    return SafeString(frame + end + "".join(line.strip() for line in shapes.splitlines()))


def as_attributes(given: dict[str, Any]) -> SafeString:
    """`hx_get=url` of a tag becomes ` hx-get="…"`."""
    return flatatt({name.replace("_", "-"): value for name, value in given.items()})


def why_not(lacks: Verdict | str | None) -> str:
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
    style, face, why = _classes("button", variant), _face(label, icon), why_not(lacks)
    if why:
        return disabled(style, face, why)
    return format_html(
        '<a class="{}" href="{}"{}>{}</a>', style, href, as_attributes(attributes), face
    )


def disabled(style: str, face: SafeString, why: str) -> SafeString:
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
    style, face, why = _classes("button", variant), _face(label, icon), why_not(lacks)
    if why:
        return format_html(
            '<button type="button" class="{}" aria-disabled="true" aria-description="{}">'
            "{}</button>",
            style,
            why,
            face,
        )
    return format_html(
        '<button type="submit" class="{}"{}>{}</button>', style, as_attributes(attributes), face
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
def menu(
    content: str, label: str, variant: str = "", icon: str = "", align: str = "", on: bool = False
) -> SafeString:
    """Links and small forms under a button, without a script. `variant="chip"` for filters."""
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
    style, face, why = "danger" if danger else "", _face(label, icon), why_not(lacks)
    if why:
        return disabled(style, face, why)
    return format_html(
        '<a class="{}" href="{}"{}>{}</a>', style, href, as_attributes(attributes), face
    )


@register.simple_tag
def tabs(items: Iterable[Sequence[Any]], current: str, label: str = "Sections") -> SafeString:
    """`items` are (key, label, url, count); the count may be None."""
    links = format_html_join("", "{}", ((_tab(*item, current=current),) for item in items))
    return format_html('<nav class="tabs" aria-label="{}">{}</nav>', label, links)


def _tab(key: str, label: str, url: str, count: int | None = None, *, current: str) -> SafeString:
    number = format_html(" <span>{}</span>", f"{count:,}") if count is not None else NOTHING
    here = mark_safe(' aria-current="page"') if key == current else NOTHING
    return format_html('<a href="{}"{}>{}{}</a>', url, here, label, number)


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
