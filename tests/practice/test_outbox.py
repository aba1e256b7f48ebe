"""Activity > Outbox, and the outbox of a development installation."""

import csv
from datetime import timedelta

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from practice.models import Message, MessageState
from practice.spreadsheets import BYTE_ORDER_MARK
from tests.factories import MessageFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def url(firm) -> str:
    return reverse("practice:outbox", kwargs={"firm_slug": firm.slug})


@pytest.fixture
def failed(firm):
    return MessageFactory(
        firm=firm, state=MessageState.FAILED, attempts=6, error="No such mailbox.", subject="Lost"
    )


@pytest.mark.parametrize(
    ("persona", "status"),
    [
        ("super_admin", 200),
        ("viewer", 200),
        ("branch_owner", 200),
        ("branch_admin", 200),
        ("billing_admin", 403),
        ("assigned_member", 403),
        ("unassigned_member", 403),
        ("contact", 404),
        ("outsider", 404),
        ("anonymous", 302),
    ],
)
def test_who_reads_the_outbox(persona_client, url, failed, persona, status):
    browser = persona_client(persona)

    assert browser.get(url).status_code == status
    assert browser.get(f"{url}{failed.pk}/").status_code == status
    assert browser.get(f"{url}export/").status_code == status


def test_it_shows_the_firms_messages_newest_first(client, url, firm, super_admin):
    MessageFactory(subject="Of another firm")
    MessageFactory(firm=None, subject="Of nobody")
    old = MessageFactory(firm=firm, created_at=timezone.now() - timedelta(days=1))
    new = MessageFactory(firm=firm)
    client.force_login(super_admin)

    page = client.get(url).context["page"]

    assert page.rows == [new, old]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=CARA", {"To Cara"}),
        ("q=lost", {"Lost"}),
        ("state=failed", {"Lost"}),
        ("q=cara&state=failed", set()),
        ("q=%25", set()),
    ],
)
def test_filters(client, url, firm, failed, super_admin, query, found):
    MessageFactory(firm=firm, recipient="cara@acme.test", subject="To Cara")
    client.force_login(super_admin)

    page = client.get(f"{url}?{query}").context["page"]

    assert {message.subject for message in page.rows} == found


def test_an_unknown_state_is_said(client, url, failed, super_admin):
    client.force_login(super_admin)

    response = client.get(f"{url}?state=nonsense")

    assert response.status_code == 422
    assert response.context["page"].rows == [failed]


def test_a_message_is_read_as_text_with_its_links(client, url, firm, super_admin):
    message = MessageFactory(firm=firm, body="<b>Hi</b>\nhttp://localhost:8000/a?b=1&c=2")
    client.force_login(super_admin)

    text = client.get(f"{url}{message.pk}/").text

    assert "&lt;b&gt;Hi&lt;/b&gt;" in text
    assert 'href="http://localhost:8000/a?b=1&amp;c=2"' in text


def test_a_message_of_another_firm_does_not_exist(client, url, super_admin):
    foreign = MessageFactory()
    client.force_login(super_admin)

    assert client.get(f"{url}{foreign.pk}/").status_code == 404
    assert client.post(f"{url}{foreign.pk}/resend/").status_code == 404
    assert client.get(f"{url}999999999/").status_code == 404


def test_a_failed_message_is_sent_again(client, url, failed, branch_admin):
    client.force_login(branch_admin)

    response = client.post(f"{url}{failed.pk}/resend/", follow=True)

    failed.refresh_from_db()
    assert failed.state == MessageState.WAITING
    assert "will be sent again" in response.text


def test_a_sent_message_is_not(client, url, firm, super_admin):
    message = MessageFactory(firm=firm, state=MessageState.SENT)
    client.force_login(super_admin)

    response = client.post(f"{url}{message.pk}/resend/", follow=True)

    assert "Only a message that failed can be sent again." in response.text
    assert Message.objects.get(pk=message.pk).state == MessageState.SENT


@pytest.mark.parametrize(("persona", "status"), [("assigned_member", 403), ("outsider", 404)])
def test_others_cannot_send_again(persona_client, url, failed, persona, status):
    response = persona_client(persona).post(f"{url}{failed.pk}/resend/")

    failed.refresh_from_db()
    assert (response.status_code, failed.state) == (status, MessageState.FAILED)


def test_the_export_holds_no_formula(client, url, firm, super_admin):
    MessageFactory(firm=firm, subject="=HYPERLINK(1)")
    client.force_login(super_admin)

    response = client.get(f"{url}export/?state=waiting")

    text = b"".join(response.streaming_content).decode().removeprefix(BYTE_ORDER_MARK)
    assert [line["Subject"] for line in csv.DictReader(text.splitlines())] == ["'=HYPERLINK(1)"]


def test_one_message_or_three_take_the_same_queries(client, url, firm, super_admin):
    client.force_login(super_admin)
    counts = []
    for _ in range(2):
        MessageFactory(firm=firm)
        with CaptureQueriesContext(database) as queries:
            client.get(url)
        counts.append(len(queries))
        MessageFactory(firm=firm)

    assert counts[0] == counts[1]
    assert counts[0] <= 12


def test_everybody_reads_all_messages_in_development(client, failed):
    verification = MessageFactory(firm=None, subject="Please confirm your address", body="A link.")

    listed = client.get(reverse("practice:all-messages"))
    read = client.get(reverse("practice:any-message", args=[verification.pk]))

    assert listed.context["page"].rows == [verification, failed]
    assert "This page is for development" in listed.text
    assert "A link." in read.text


def test_production_has_no_such_page(client, failed, settings):
    settings.PRODUCTION = True

    assert client.get(reverse("practice:all-messages")).status_code == 404
    assert client.get(reverse("practice:any-message", args=[failed.pk])).status_code == 404
