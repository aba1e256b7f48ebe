"""Texts that the firm writes again and again (F-092c)."""

from django.db import transaction

from clients.models import MessageTemplate
from practice.actions.limits import lock_rights
from practice.errors import Refused
from practice.history import because
from practice.models import Firm, User
from practice.text import tidy

STARTERS = (
    (
        "Documents needed",
        "Documents for {client}",
        "Dear {contact},\n\nto go on with the books of {client} we still need your bank statements"
        " and receipts of last month. Could you send them this week?"
        "\n\nKind regards\n{sender}\n{firm}",
    ),
    (
        "Year end is near",
        "The year end of {client}",
        "Dear {contact},\n\nthe financial year of {client} ends soon. Please tell us of anything"
        " unusual, and count the stock on the last day."
        "\n\nKind regards\n{sender}\n{firm}, {branch}",
    ),
    (
        "Accounts ready",
        "The accounts of {client} are ready",
        "Dear {contact},\n\nthe accounts of {client} are ready for you to look at. Do call if"
        " something is not clear.\n\nKind regards\n{sender}\n{firm}",
    ),
    (
        "Please call back",
        "Could you call us?",
        "Hello {contact}, this is {sender} of {firm}. Could you call me back about {client}?",
    ),
)


@transaction.atomic
def save_template(
    firm: Firm,
    template: MessageTemplate | None = None,
    *,
    by: User,
    name: str,
    subject: str,
    body: str,
) -> MessageTemplate:
    """A new one, or another wording. Raises `Refused` when the name is taken."""
    lock_rights(firm.pk)
    row = template or MessageTemplate(firm_id=firm.pk)
    row.name, row.subject, row.body = tidy(name), tidy(subject), body.strip()
    others = MessageTemplate.objects.for_firm(firm).exclude(pk=row.pk)
    if others.filter(name__iexact=row.name).exists():
        raise Refused(f"There is a template “{row.name}” already.")
    with because("Edited a message template." if template else "Added a message template.", by=by):
        row.save()
    return row


@transaction.atomic
def delete_template(template: MessageTemplate, *, by: User) -> None:
    """Messages that were written with it stay as they are."""
    with because("Deleted a message template.", by=by):
        MessageTemplate.objects.filter(pk=template.pk).delete()


@transaction.atomic
def add_starters(firm: Firm, *, by: User) -> int:
    """The starter set, less those whose names are there already; how many are new."""
    lock_rights(firm.pk)
    rows = MessageTemplate.objects.for_firm(firm)
    taken = {name.casefold() for name in rows.values_list("name", flat=True)}
    new = [
        MessageTemplate(firm_id=firm.pk, name=name, subject=subject, body=body)
        for name, subject, body in STARTERS
        if name.casefold() not in taken
    ]
    with because("Added the starter set of message templates.", by=by):
        MessageTemplate.objects.bulk_create(new)
    return len(new)
