"""A cell of the historical records: an instant, a day, or words."""

from datetime import date, datetime

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from practice.templatetags.ui import day, moment

register = template.Library()


@register.simple_tag
def record_cell(value: object) -> SafeString:
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return day(value)
    return format_html("{}", "–" if value in (None, "") else value)
