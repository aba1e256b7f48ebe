"""Text messages: how they leave, and how many an hour (F-092b).

A gateway takes a number and words. With the TWILIO_… settings it is Twilio's SDK, an optional extra
(`requirements/texts.txt`); without them texts stay in the outbox, which outside production counts
as sent.
"""

from datetime import timedelta
from typing import Any, Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from practice import clock
from practice.errors import Refused
from practice.models import Channel, Firm, Message

NO_GATEWAY = "This installation has no gateway for text messages."
LONGEST = 1600  # characters that networks put together again
TRY_AGAIN = 429  # Twilio: too many at once
SENDING_SECONDS = 15
HOUR = timedelta(hours=1)


class Undeliverable(Exception):
    """Trying again would not help; the message is a sentence for the Outbox page."""


class TextGateway(Protocol):
    def send(self, number: str, words: str) -> None:
        """Raises `Undeliverable`, or anything else to be tried again."""


class OutboxGateway:
    """The built-in one: the row in the outbox is the text."""

    def send(self, number: str, words: str) -> None: ...


class TwilioGateway:
    """`sender` is a number, or the sid of a messaging service ("MG…")."""

    def __init__(self, client: Any, sender: str) -> None:
        self.client = client
        name = "messaging_service_sid" if sender.startswith("MG") else "from_"
        self.sender = {name: sender}

    def send(self, number: str, words: str) -> None:
        try:
            self.client.messages.create(to=number, body=words, **self.sender)
        except Exception as error:
            status = getattr(error, "status", None)
            if isinstance(status, int) and 400 <= status < 500 and status != TRY_AGAIN:
                said = getattr(error, "msg", "") or str(error)
                raise Undeliverable(f"Twilio refused it: {said}"[:1000]) from error
            raise


def text_gateway() -> TextGateway | None:
    """None where texts cannot leave: in production without a gateway."""
    if settings.TWILIO_ACCOUNT_SID:
        return TwilioGateway(twilio_client(), settings.TWILIO_FROM)
    return None if settings.PRODUCTION else OutboxGateway()


def twilio_client() -> Any:
    """Imported here: the SDK is needed where it is used, and nowhere else."""
    http = import_string("twilio.http.http_client.TwilioHttpClient")(timeout=SENDING_SECONDS)
    client = import_string("twilio.rest.Client")
    return client(settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN, http_client=http)


def has_text_gateway() -> bool:
    return bool(settings.TWILIO_ACCOUNT_SID) or not settings.PRODUCTION


def send_text(message: Message) -> None:
    gateway = text_gateway()
    if gateway is None:
        raise Undeliverable(NO_GATEWAY)
    gateway.send(message.recipient, message.body)


def refuse_flood(firm_id: int, new: int) -> None:
    """Raise `Refused` where these texts are more than a firm may send within an hour.

    The firm's row is locked first, so that two senders at once are counted one after the other.
    """
    Firm.objects.select_for_update(no_key=True).get(pk=firm_id)
    since = clock.now() - HOUR
    recent = Message.objects.filter(firm_id=firm_id, channel=Channel.TEXT, created_at__gt=since)
    most = settings.TEXTS_PER_HOUR
    if recent.count() + new > most:
        raise Refused(f"Your firm may send {most:,} text messages an hour. Try again later.")
