"""The outbox: written once, read in its own realm, sent once, tried again, given up."""

import threading
from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection as database
from django.db import transaction
from django.utils import timezone

from practice import tasks, tenancy
from practice.actions.outbox import (
    BATCH,
    LEASE,
    RETRIES,
    SENDING_SECONDS,
    claim_messages,
    dispatch_messages,
    post_mail,
    post_message,
    resend_message,
    send_messages,
)
from practice.errors import Refused
from practice.models import Channel, Message, MessageState
from tests.factories import MessageFactory

pytestmark = pytest.mark.django_db
WORDS = {"recipient": "cara@acme.test", "subject": "Hello", "body": "A word."}


class BrokenBackend(EmailBackend):
    """A mail server that refuses one recipient."""

    def send_messages(self, messages):
        if any("broken" in message.to[0] for message in messages):
            raise ConnectionRefusedError("the mail server said no")
        return super().send_messages(messages)


@pytest.fixture
def broken(settings):
    settings.EMAIL_BACKEND = f"{__name__}.BrokenBackend"


def test_a_message_is_said_once_per_key(firm):
    first = post_message(key="invoice:1:issued", firm=firm, **WORDS)

    second = post_message(key="invoice:1:issued", firm=firm, **WORDS | {"body": "Other words."})

    assert second == first
    assert [message.body for message in Message.objects.all()] == ["A word."]


def test_a_message_without_firm_is_written_where_it_cannot_be_read(as_nobody):
    with as_nobody():
        message = post_message(key="verify:1", **WORDS)
        readable = Message.objects.count()

    assert readable == 0
    assert Message.objects.get() == message


def test_the_context_is_as_before_once_a_message_is_posted(firm, outsider, as_firm):
    MessageFactory()
    with as_firm(firm):
        post_message(key="mine", firm=firm, **WORDS)
        seen = list(Message.objects.values_list("key", flat=True))

    assert seen == ["mine"]


def test_a_message_is_undone_with_the_work_that_it_is_about(firm):
    with tenancy.in_firm(firm.pk):
        post_message(key="undone", firm=firm, **WORDS)
        transaction.set_rollback(True)

    assert not Message.objects.exists()


def test_subjects_are_one_line_and_short():
    message = post_message(key="k", **WORDS | {"subject": "a\r\nBcc: all@x.test " + "x" * 400})

    assert message.subject.startswith("a Bcc: all@x.test xxx")
    assert len(message.subject) == 300


def test_many_messages_ring_once(firm, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks:
        for number in range(3):
            post_message(key=f"k{number}", firm=firm, **WORDS)

    assert callbacks == [tasks.Ring(tasks.dispatch, ())]


def test_what_is_due_is_sent(firm):
    MessageFactory(firm=firm, subject="Grüße", recipient="cara@acme.test")
    MessageFactory(not_before=timezone.now() + timedelta(hours=1))

    assert dispatch_messages() == 1
    assert dispatch_messages() == 0
    assert [(sent.subject, sent.to) for sent in mail.outbox] == [("Grüße", ["cara@acme.test"])]
    assert sorted(Message.objects.values_list("state", flat=True)) == ["sent", "waiting"]


def test_a_repeat_carries_the_same_message_id(firm):
    message = MessageFactory(firm=firm)

    send_messages([message])
    send_messages([message])

    assert len({sent.extra_headers["Message-ID"] for sent in mail.outbox}) == 1


def test_one_bad_message_does_not_stop_the_rest(firm, broken):
    bad = MessageFactory(firm=firm, recipient="broken@acme.test")
    good = MessageFactory(firm=firm)

    dispatch_messages()

    bad.refresh_from_db()
    good.refresh_from_db()
    assert (good.state, bad.state, bad.attempts) == ("sent", "waiting", 1)
    assert bad.error == "ConnectionRefusedError: the mail server said no"
    assert bad.not_before > timezone.now()


def test_it_gives_up_after_the_last_try(firm, broken):
    message = MessageFactory(firm=firm, recipient="broken@acme.test", attempts=len(RETRIES))

    dispatch_messages()

    message.refresh_from_db()
    assert (message.state, message.attempts) == ("failed", len(RETRIES) + 1)


def test_a_failed_message_can_be_sent_again(firm, broken):
    message = MessageFactory(firm=firm, state=MessageState.FAILED, attempts=6, error="no")

    resend_message(message)
    dispatch_messages()

    message.refresh_from_db()
    assert (message.state, message.attempts, message.error) == ("sent", 1, "")


def test_what_was_sent_is_not_sent_again(firm):
    message = MessageFactory(firm=firm, state=MessageState.SENT)

    with pytest.raises(Refused, match="Only a message that failed"):
        resend_message(message)


def test_a_killed_dispatcher_loses_nothing(firm, monkeypatch):
    MessageFactory(firm=firm)
    claimed = claim_messages()

    assert dispatch_messages() == 0
    Message.objects.update(not_before=timezone.now())
    assert dispatch_messages() == 1
    send_messages(claimed)
    message = Message.objects.get()
    assert (message.state, message.attempts) == ("sent", 2)


def test_the_lease_outlasts_a_batch():
    assert timedelta(seconds=BATCH * SENDING_SECONDS) <= LEASE


def test_texts_stay_in_the_outbox_and_fail_in_production(firm, settings):
    here = MessageFactory(firm=firm, channel=Channel.TEXT)
    dispatch_messages()
    settings.PRODUCTION = True
    there = MessageFactory(firm=firm, channel=Channel.TEXT)
    dispatch_messages()

    here.refresh_from_db()
    there.refresh_from_db()
    assert (here.state, there.state) == ("sent", "failed")
    assert there.error == "This installation has no gateway for text messages."
    assert mail.outbox == []


@pytest.mark.django_db(transaction=True)
def test_two_dispatchers_send_each_message_once():
    for _ in range(30):
        MessageFactory()

    run_together(dispatch_messages, dispatch_messages)

    assert len(mail.outbox) == 30
    with tenancy.as_system():
        assert set(Message.objects.values_list("state", "attempts")) == {("sent", 1)}


@pytest.mark.django_db(transaction=True)
def test_a_committed_message_is_sent_at_once(settings):
    post_message(key="now", **WORDS)

    assert [sent.to for sent in mail.outbox] == [["cara@acme.test"]]


@pytest.mark.django_db(transaction=True)
def test_a_message_is_kept_when_redis_is_away(settings, monkeypatch):
    def away(*_args, **_kwargs):
        raise ConnectionError

    monkeypatch.setattr(tasks.dispatch, "apply_async", away)

    post_message(key="kept", **WORDS)

    with tenancy.as_system():
        assert Message.objects.get().state == MessageState.WAITING


def test_a_mail_is_its_templates_words(firm, tmp_path, settings):
    folder = tmp_path / "emails" / "practice"
    folder.mkdir(parents=True)
    (folder / "hello.txt").write_text("Hello {{ name }}\n\n{{ name }}: {{ site_url }}/x\n")
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]

    message = post_mail(
        "practice/hello", key="k", recipient="a@b.test", firm=firm, name="O'Neil & <Co>"
    )

    assert message.subject == "Hello O'Neil & <Co>"
    assert message.body == f"O'Neil & <Co>: {settings.SITE_URL}/x\n"


def run_together(*functions):
    """Each in a thread of its own, with a database connection of its own."""

    def run(function):
        try:
            function()
        finally:
            database.close()

    threads = [threading.Thread(target=run, args=[function]) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
