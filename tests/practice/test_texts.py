"""Text messages: numbers, the built-in gateway, Twilio (F-092b)."""

from types import SimpleNamespace

import pytest

from practice.actions import texts
from practice.actions.outbox import dispatch_messages
from practice.actions.texts import TwilioGateway, Undeliverable
from practice.models import Channel, Message, MessageState
from practice.text import phone_key
from tests.factories import MessageFactory


class TwilioError(Exception):
    def __init__(self, status: int) -> None:
        super().__init__("said Twilio")
        self.status, self.msg = status, "The number is not valid"


class Client:
    """What Twilio's SDK looks like from here."""

    def __init__(self, error: Exception | None = None) -> None:
        self.sent: list[dict[str, str]] = []
        self.error = error
        self.messages = self

    def create(self, **facts: str) -> None:
        if self.error:
            raise self.error
        self.sent.append(facts)


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("+44 7700 900123", "+447700900123"),
        ("0044 (0)7700-900.123", "+447700900123"),
        ("＋44７７00 900123", "+447700900123"),
        ("07700 900123", ""),
        ("+44 7700 x12", ""),
        ("+0123456789", ""),
        ("+12345", ""),
        ("+1234567890123456", ""),
        ("", ""),
    ],
)
def test_a_number_is_one_with_its_country_code(written, key):
    assert phone_key(written) == key


@pytest.mark.parametrize(
    ("sender", "as_what"),
    [("+15005550006", "from_"), ("MG123", "messaging_service_sid")],
)
def test_twilio_gets_number_words_and_sender(sender, as_what):
    client = Client()

    TwilioGateway(client, sender).send("+447700900123", "Hello")

    assert client.sent == [{"to": "+447700900123", "body": "Hello", as_what: sender}]


def test_a_refusal_of_twilio_is_final():
    with pytest.raises(Undeliverable, match="Twilio refused it: The number is not valid"):
        TwilioGateway(Client(TwilioError(400)), "+1").send("+447700900123", "Hello")


@pytest.mark.parametrize("status", [429, 503])
def test_what_may_pass_is_tried_again(status):
    with pytest.raises(TwilioError):
        TwilioGateway(Client(TwilioError(status)), "+1").send("+447700900123", "Hello")


@pytest.mark.django_db
def test_outside_production_the_outbox_is_the_gateway(firm):
    MessageFactory(firm=firm, channel=Channel.TEXT, recipient="+447700900123")

    dispatch_messages()

    assert Message.objects.get().state == MessageState.SENT


@pytest.mark.django_db
def test_in_production_a_text_without_gateway_fails_with_the_reason(firm, settings):
    settings.PRODUCTION = True
    MessageFactory(firm=firm, channel=Channel.TEXT, recipient="+447700900123")

    dispatch_messages()

    message = Message.objects.get()
    assert (message.state, message.error) == (MessageState.FAILED, texts.NO_GATEWAY)


@pytest.mark.django_db
def test_with_the_settings_texts_leave_through_twilio(firm, settings, monkeypatch):
    made, client = [], Client()
    sdk = {
        "twilio.rest.Client": lambda *words, http_client: (
            made.append((words, http_client)) or client
        ),
        "twilio.http.http_client.TwilioHttpClient": lambda timeout: SimpleNamespace(
            timeout=timeout
        ),
    }
    monkeypatch.setattr(texts, "import_string", sdk.__getitem__)
    settings.PRODUCTION = True
    settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN = "AC1", "secret"
    settings.TWILIO_FROM = "+15005550006"
    MessageFactory(firm=firm, channel=Channel.TEXT, recipient="+447700900123", body="Hi")

    dispatch_messages()

    assert made[0] == (("AC1", "secret"), SimpleNamespace(timeout=15))
    assert client.sent == [{"to": "+447700900123", "body": "Hi", "from_": "+15005550006"}]
    assert Message.objects.get().state == MessageState.SENT
