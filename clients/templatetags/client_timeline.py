"""What kind of thing happened, as a drawing beside its words (F-093)."""

from django import template
from django.utils.safestring import SafeString

from clients.models import EventKind
from practice.templatetags.controls import icon

register = template.Library()

ICONS = {
    EventKind.CONNECTED: "link",
    EventKind.IMPORTED: "upload",
    EventKind.EDITED: "pencil",
    EventKind.COMPANY: "building-2",
    EventKind.ACCESS: "key-round",
    EventKind.OPENED: "log-in",
    EventKind.STATUS: "circle-dot",
    EventKind.TRANSFER: "arrow-left-right",
    EventKind.TAGS: "tag",
    EventKind.NOTE: "sticky-note",
    EventKind.MESSAGE: "mail",
    EventKind.FILE: "folder",
    EventKind.USAGE: "chart-column",
}


@register.simple_tag
def event_icon(kind: str) -> SafeString:
    return icon(ICONS[EventKind(kind)])
