"""The words of mails: a text template whose first line is the subject.

Templates are in `templates/emails/<app>/`. Links come from `SITE_URL`, never from a request: a
forged Host header must not reach a mail.
"""

import re
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.template import Context, loader
from django.urls import reverse

from practice.text import tidy

# Links by which their holder answers as the recipient, and codes that stand for them. Colleagues
# who read the outbox of a firm may have fewer rights than the recipient is given.
PERSONAL_LINK = re.compile(r"\S+/(?:join|reconnect|handover|own|sign-in)/\S+")
PERSONAL_CODE = re.compile(r"(?m)(?<=this code:\n\n)\d{6}$")
KEPT_BACK = "(a link for the recipient alone)"


@dataclass(frozen=True)
class Mail:
    subject: str
    body: str


def render_mail(name: str, context: dict[str, Any]) -> Mail:
    """`render_mail("practice/team_invitation", {…})`. Plain text: nothing is escaped."""
    page: Any = loader.get_template(f"emails/{name}.txt")
    facts = Context({"site_url": settings.SITE_URL, **context}, autoescape=False)
    subject, _, body = page.template.render(facts).strip().partition("\n")
    return Mail(tidy(subject), body.strip() + "\n")


def for_colleagues(body: str) -> str:
    """The words of a message without its personal links and codes."""
    return PERSONAL_CODE.sub("(a code)", PERSONAL_LINK.sub(KEPT_BACK, body))


def site_link(view_name: str, **kwargs: object) -> str:
    """The full address of a page, for use outside requests."""
    return settings.SITE_URL + reverse(view_name, kwargs=kwargs)
