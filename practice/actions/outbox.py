"""The outbox: what is written in the business transaction is sent once, soon after it.

A message waits as a row; the dispatcher claims rows with SKIP LOCKED and sends them. A claim is a
lease: when the dispatcher is killed, the row is due again as soon as the lease has run out.
"""

import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.db.models import F

from practice import clock, tasks
from practice.actions.texts import Undeliverable, send_text
from practice.emails import render_mail
from practice.errors import Refused
from practice.models import Channel, Firm, Message, MessageState
from practice.tenancy import as_system
from practice.text import tidy

logger = logging.getLogger(__name__)

BATCH = 15
LEASE = timedelta(minutes=4)  # longer than a batch takes at its slowest, shorter than five minutes
# Waits between tries; after the last of them the message has failed.
RETRIES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360))
SENDING_SECONDS = 15


def post_message(
    *,
    key: str,
    recipient: str,
    subject: str,
    body: str,
    firm: Firm | None = None,
    channel: Channel = Channel.EMAIL,
) -> Message:
    """Put one mail or text into the outbox, as part of the caller's transaction.

    What was said once under this key is not said again: the first message is returned. Written in
    the system's realm, because a message without a firm is not readable in a person's own.
    """
    message = Message(
        key=key,
        recipient=recipient,
        subject=tidy(subject)[:300],
        body=body,
        firm_id=firm.pk if firm else None,
        channel=channel,
    )
    [written] = post_messages([message])
    return written


def post_messages(messages: Sequence[Message]) -> list[Message]:
    """Many at once, in two statements; in the order given, as they stand in the outbox."""
    with as_system():
        Message.objects.bulk_create(messages, ignore_conflicts=True)
        rows = Message.objects.filter(key__in=[message.key for message in messages])
        written = {row.key: row for row in rows}
    if messages:
        tasks.ring(tasks.dispatch)
    return [written[message.key] for message in messages]


def post_mail(
    template: str, *, key: str, recipient: str, firm: Firm | None = None, **context: Any
) -> Message:
    """The same with the words of a template."""
    mail = mail_of(template, key=key, recipient=recipient, firm=firm, **context)
    [written] = post_messages([mail])
    return written


def mail_of(
    template: str, *, key: str, recipient: str, firm: Firm | None = None, **context: Any
) -> Message:
    """A template (`practice.emails.render_mail`) as a message that is yet to be posted."""
    mail = render_mail(template, {"firm": firm, **context})
    return Message(
        key=key,
        recipient=recipient,
        subject=tidy(mail.subject)[:300],
        body=mail.body,
        firm_id=firm.pk if firm else None,
    )


@transaction.atomic
def resend_message(message: Message) -> Message:
    """Let a failed message try again from the start."""
    message = Message.objects.select_for_update().get(pk=message.pk)
    if message.state != MessageState.FAILED:
        raise Refused("Only a message that failed can be sent again.")
    message.state, message.attempts = MessageState.WAITING, 0
    message.not_before = clock.now()
    message.save(update_fields=["state", "attempts", "not_before"])
    tasks.ring(tasks.dispatch)
    return message


def dispatch_messages() -> int:
    """Send all that is due, and say how many messages were tried."""
    tried = 0
    while messages := claim_messages():
        send_messages(messages)
        tried += len(messages)
    return tried


def claim_messages() -> list[Message]:
    """Some due messages, ours until the lease runs out; no two dispatchers get the same one."""
    with as_system():
        due = Message.objects.due().select_for_update(skip_locked=True).order_by("not_before", "pk")
        messages = list(due[:BATCH])
        Message.objects.filter(pk__in=[message.pk for message in messages]).update(
            attempts=F("attempts") + 1, not_before=clock.now() + LEASE
        )
    for message in messages:
        message.attempts += 1
    return messages


def send_messages(messages: list[Message]) -> None:
    """One connection for the batch; one bad message does not stop the rest."""
    mailer = get_connection(timeout=SENDING_SECONDS)
    try:
        for message in messages:
            send_message(message, mailer)
    finally:
        mailer.close()


def send_message(message: Message, mailer: Any) -> None:
    try:
        deliver(message, mailer)
    except Undeliverable as reason:
        settle(message, MessageState.FAILED, error=str(reason))
    except Exception as error:  # noqa: BLE001
        put_off(message, error)
    else:
        settle(message, MessageState.SENT, sent_at=clock.now(), error="")


def deliver(message: Message, mailer: Any) -> None:
    if message.channel == Channel.TEXT:
        send_text(message)
        return
    mail = EmailMessage(message.subject, message.body, to=[message.recipient], connection=mailer)
    # The same on each try, so that a mail server can drop a repeat after a crash.
    mail.extra_headers["Message-ID"] = f"<message-{message.pk}@{message_domain()}>"
    mail.send()


def message_domain() -> str:
    return str(settings.DEFAULT_FROM_EMAIL).rpartition("@")[2].strip("<> ")


def put_off(message: Message, error: Exception) -> None:
    """Wait longer after each try; give up after the last."""
    logger.warning("message %s was not sent: %s", message.pk, type(error).__name__)
    says = f"{type(error).__name__}: {error}"[:1000]
    if message.attempts > len(RETRIES):
        settle(message, MessageState.FAILED, error=says)
        return
    wait = RETRIES[message.attempts - 1]
    settle(message, MessageState.WAITING, not_before=clock.now() + wait, error=says)


def settle(message: Message, state: MessageState, **facts: Any) -> None:
    """Write the outcome, unless the lease ran out and another dispatcher has it now."""
    with as_system():
        Message.objects.filter(
            pk=message.pk, attempts=message.attempts, state=MessageState.WAITING
        ).update(state=state, **facts)
