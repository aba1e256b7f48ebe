"""What a contact finds in the latest mail: the link and the code."""

import re

from practice.models import Message
from practice.tenancy import as_system


def latest(recipient: str) -> Message:
    with as_system():
        return Message.objects.filter(recipient=recipient).order_by("-pk")[0]


def link_in(message: Message) -> str:
    """Its path, for a test client."""
    return re.search(r"\S+?(/portal/\S+/sign-in/\S+/)", message.body)[1]


def code_in(message: Message) -> str:
    return re.search(r"(?m)^(\d{6})$", message.body)[1]
