"""The options of the list's filters, as strings: a form's widgets would each take a template."""

from collections.abc import Iterable
from html import escape

from django import template
from django.forms import BoundField
from django.utils.html import format_html
from django.utils.safestring import SafeString

from clients.filters import ClientFilter
from practice.templatetags.ui import field

register = template.Library()


@register.simple_tag
def ticks(bound: BoundField, filters: ClientFilter) -> SafeString:
    """A box to tick for each option."""
    chosen = set(bound.data or ())
    options = filters.options(bound.name)
    return boxes(bound.html_name, ((value, label, value in chosen) for value, label in options))


@register.simple_tag
def boxes(name: str, options: Iterable[tuple[str, object, bool]]) -> SafeString:
    """Boxes to tick: value, label, whether it is ticked."""
    return SafeString(
        "\n".join(
            f'<label class="tick"><input type="checkbox" name="{name}"'
            f' value="{escape(value)}"{" checked" if is_on else ""}>'
            f" {escape(str(label))}</label>"
            for value, label, is_on in options
        )
    )


@register.simple_tag
def date(bound: BoundField) -> SafeString:
    """A date without help or errors; with errors it is drawn as every field is."""
    if bound.errors:
        return field(bound)
    return format_html(
        '<div class="field"><label for="{0}">{1} <span class="optional">optional</span></label>'
        '<input type="date" name="{2}" value="{3}" id="{0}"></div>',
        bound.id_for_label,
        bound.label,
        bound.html_name,
        bound.data or "",
    )
