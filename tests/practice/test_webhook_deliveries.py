"""What happened is told once at least, signed, tried again, and given up with a mail (F-227)."""

import json
from datetime import timedelta

import pytest
from django.db import connection as database
from django.db import transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from clients.actions.relationships import disconnect_connection, pause_connection, pause_connections
from practice import clock, gateways
from practice.actions import deliveries
from practice.actions.deliveries import (
    BATCH,
    LEASE,
    MOST_OF_ONE,
    OFF_AFTER,
    RETRIES,
    announce,
    claim,
    deliver_due,
    forget_deliveries,
    send_again,
)
from practice.errors import Refused
from practice.gateways import Answer, Unsendable
from practice.models import Message, Webhook, WebhookDelivery
from practice.models.webhooks import secret_of
from practice.roles import WebhookKind
from tests import factories as make

pytestmark = pytest.mark.django_db


class Post:
    """Stands where the network is: keeps what it is sent, and answers as it is told."""

    def __init__(self) -> None:
        self.sent, self.code, self.error = [], 200, ""

    def __call__(self, url, body, headers):
        self.sent.append((url, body.decode(), headers))
        if self.error:
            raise Unsendable(self.error)
        return Answer(self.code, "said", 12)


@pytest.fixture
def network(monkeypatch):
    post = Post()
    monkeypatch.setattr(gateways, "post", post)
    return post


@pytest.fixture
def hook(firm):
    return make.WebhookFactory(firm=firm)


def later(monkeypatch, **time: float) -> None:
    now = clock.now() + timedelta(**time)
    monkeypatch.setattr(clock, "now", lambda: now)


def test_pausing_a_client_is_told(network, hook, connection, super_admin):
    pause_connection(connection, by=super_admin, reason="Holiday")

    row = WebhookDelivery.objects.get()
    assert (row.kind, row.firm_id, row.state) == ("client.paused", hook.firm_id, "waiting")
    said = json.loads(row.body)
    assert list(said) == ["type", "timestamp", "data"]
    assert said["data"] == {
        "client": connection.pk,
        "client_id": "1010",
        "status": "paused",
        "billing_model": connection.billing_model,
        "branch": connection.branch_id,
    }
    assert "Acme" not in row.body
    assert "Holiday" not in row.body


def test_what_is_undone_was_never_told(network, hook, connection, super_admin):
    with transaction.atomic():
        pause_connection(connection, by=super_admin, reason="Holiday")
        transaction.set_rollback(True)

    assert not WebhookDelivery.objects.exists()


def test_disconnecting_is_sent_with_a_signature(network, hook, connection, super_admin):
    disconnect_connection(connection, by=super_admin)

    assert deliver_due() == 1

    [(url, body, headers)] = network.sent
    assert url == hook.url
    assert Verifier(secret_of(hook.nonce)).verify(body, headers)["type"] == "client.disconnected"
    assert json.loads(body)["data"]["status"] == "disconnected"
    row = WebhookDelivery.objects.get()
    assert (row.state, row.answer_code, row.answer) == ("delivered", 200, "said")
    assert (row.attempts, row.milliseconds, row.error) == (1, 12, "")
    assert headers["webhook-id"] == row.event_id
    assert deliver_due() == 0


def test_another_secret_or_another_body_does_not_fit(network, hook):
    make.WebhookDeliveryFactory(webhook=hook)
    deliver_due()
    [(_, body, headers)] = network.sent

    for secret, text in ((secret_of("other"), body), (secret_of(hook.nonce), body + " ")):
        with pytest.raises(WebhookVerificationError):
            Verifier(secret).verify(text, headers)


def test_another_firm_hears_nothing(network, connection, super_admin, outsider):
    theirs = make.WebhookFactory(firm=outsider.team_members.get().firm)

    pause_connection(connection, by=super_admin, reason="Holiday")

    assert not theirs.deliveries.exists()


@pytest.mark.parametrize("trait", ["off", "removed"])
def test_an_address_that_is_off_hears_nothing(network, firm, connection, super_admin, trait):
    make.WebhookFactory(firm=firm, **{trait: True})

    pause_connection(connection, by=super_admin, reason="Holiday")

    assert not WebhookDelivery.objects.exists()


def test_an_address_hears_of_what_it_chose(network, firm, connection, super_admin):
    make.WebhookFactory(firm=firm, kinds=["client.resumed"])

    pause_connection(connection, by=super_admin, reason="Holiday")

    assert not WebhookDelivery.objects.exists()


def test_a_client_that_comes_is_told(network, hook, branch, super_admin):
    from clients.actions.opening import NewClient, open_connections

    rows = [NewClient(name=f"New {n}", billing_model="bill_us") for n in range(2)]
    made = open_connections(branch.firm, branch, rows, by=super_admin, reason="Came.")

    told = WebhookDelivery.objects.filter(kind="client.connected")
    assert {json.loads(row.body)["data"]["client"] for row in told} == {row.pk for row in made}


def test_many_at_once_take_as_many_statements(network, hook, branch, super_admin):
    rows = [make.ConnectionFactory(branch=branch).pk for _ in range(5)]
    with CaptureQueriesContext(database) as one:
        pause_connections(rows[:1], by=super_admin, reason="Holiday")
    with CaptureQueriesContext(database) as four:
        pause_connections(rows[1:], by=super_admin, reason="Holiday")

    assert WebhookDelivery.objects.count() == 5
    assert len(four) == len(one)


def test_without_an_address_it_costs_one_question(firm, connection):
    with CaptureQueriesContext(database) as asked:
        announce(WebhookKind.CLIENT_PAUSED, [(firm.pk, {"client": 1})])

    assert len([one for one in asked if "webhook" in one["sql"]]) == 1


def test_a_failure_is_tried_again_under_the_same_id(network, hook, monkeypatch):
    row = make.WebhookDeliveryFactory(webhook=hook)
    network.code = 503
    later(monkeypatch)

    for wait in RETRIES:
        assert deliver_due() == 1
        row.refresh_from_db()
        assert (row.state, row.error) == ("waiting", "It answered 503.")
        assert row.not_before - clock.now() == wait
        assert deliver_due() == 0
        later(monkeypatch, seconds=wait.total_seconds())
        Webhook.objects.filter(pk=hook.pk).update(failing_since=None)
    deliver_due()

    row.refresh_from_db()
    assert (row.state, row.attempts) == ("failed", 1 + len(RETRIES))
    assert {headers["webhook-id"] for _, _, headers in network.sent} == {row.event_id}
    later(monkeypatch, days=2)
    assert deliver_due() == 0


@pytest.mark.parametrize(
    ("code", "error", "says"),
    [
        (302, "", "It answered 302: redirects are not followed."),
        (404, "", "It answered 404."),
        (200, "No answer within 10 seconds.", "No answer within 10 seconds."),
    ],
)
def test_what_is_no_success(network, hook, code, error, says):
    row = make.WebhookDeliveryFactory(webhook=hook)
    network.code, network.error = code, error

    deliver_due()

    row.refresh_from_db()
    assert (row.state, row.error) == ("waiting", says)


def test_a_worker_that_died_costs_time_alone(network, hook, monkeypatch):
    make.WebhookDeliveryFactory(webhook=hook)
    assert len(claim()) == 1
    assert claim() == []

    later(monkeypatch, seconds=LEASE.total_seconds())

    assert deliver_due() == 1


def test_an_outcome_that_comes_too_late_is_not_written(network, hook, monkeypatch):
    row = make.WebhookDeliveryFactory(webhook=hook)
    [slow] = claim()
    later(monkeypatch, seconds=LEASE.total_seconds())
    deliver_due()

    deliveries.settle(slow, deliveries.Outcome(is_delivered=False, error="late"))

    row.refresh_from_db()
    assert (row.state, row.error) == ("delivered", "")


def test_one_address_does_not_hold_up_the_others(network, firm):
    slow, other = (make.WebhookFactory(firm=firm) for _ in range(2))
    for _ in range(BATCH + 1):
        make.WebhookDeliveryFactory(webhook=slow)
    make.WebhookDeliveryFactory(webhook=other)

    first = claim()

    assert [row.webhook for row in first].count(slow) == MOST_OF_ONE
    assert other in [row.webhook for row in first]


def test_after_days_of_failure_it_is_switched_off_with_a_mail(
    network, hook, monkeypatch, super_admin, viewer
):
    make.WebhookDeliveryFactory(webhook=hook)
    network.code = 500
    deliver_due()
    hook.refresh_from_db()
    assert (hook.state, Message.objects.count()) == ("failing", 0)
    later(monkeypatch, seconds=OFF_AFTER.total_seconds())
    waiting = make.WebhookDeliveryFactory(webhook=hook, not_before=clock.now() + OFF_AFTER)

    deliver_due()

    hook.refresh_from_db()
    waiting.refresh_from_db()
    assert hook.state == "off"
    assert (waiting.state, waiting.error) == ("failed", deliveries.IS_OFF)
    mail = Message.objects.get()
    assert mail.recipient == super_admin.email
    assert f"/harbour/settings/webhooks/{hook.pk}/" in mail.body
    assert "It answered 500." in mail.body
    past = hook.history.order_by("-history_id")[0]
    assert (past.history_user, past.history_change_reason) == (
        None,
        "Nothing was delivered for 3 days: switched off.",
    )


def test_a_success_ends_the_failing(network, hook):
    Webhook.objects.filter(pk=hook.pk).update(failing_since=timezone.now() - 5 * OFF_AFTER)
    make.WebhookDeliveryFactory(webhook=hook)

    deliver_due()

    hook.refresh_from_db()
    assert (hook.state, hook.failing_since) == ("on", None)


def test_what_waited_when_it_was_switched_off_is_not_sent(network, firm):
    row = make.WebhookDeliveryFactory(webhook=make.WebhookFactory(firm=firm, off=True))

    deliver_due()

    row.refresh_from_db()
    assert (network.sent, row.state, row.error) == ([], "failed", deliveries.IS_OFF)


def test_for_a_day_both_secrets_sign(network, hook, monkeypatch):
    hook.old_nonce, hook.old_until = "before", clock.now() + timedelta(hours=1)
    with make.arranging():
        hook.save()
    make.WebhookDeliveryFactory(webhook=hook)
    deliver_due()
    later(monkeypatch, hours=2)
    make.WebhookDeliveryFactory(webhook=hook)
    deliver_due()

    [(_, body, headers), (_, second, alone)] = network.sent
    for nonce in (hook.nonce, "before"):
        assert Verifier(secret_of(nonce)).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Verifier(secret_of("before")).verify(second, alone)


def test_sending_again_keeps_the_id(network, hook):
    row = make.WebhookDeliveryFactory(webhook=hook)
    deliver_due()

    send_again(row)
    deliver_due()

    assert [headers["webhook-id"] for _, _, headers in network.sent] == 2 * [row.event_id]


def test_what_is_on_its_way_is_not_sent_again(network, hook):
    row = make.WebhookDeliveryFactory(webhook=hook)

    with pytest.raises(Refused, match="already"):
        send_again(row)


def test_old_deliveries_are_forgotten(hook):
    ago = timezone.now() - timedelta(days=31)
    old = make.WebhookDeliveryFactory(webhook=hook, created_at=ago, state="failed")
    make.WebhookDeliveryFactory(webhook=hook, created_at=ago)
    make.WebhookDeliveryFactory(webhook=hook, state="delivered")

    assert forget_deliveries() == 1
    assert not WebhookDelivery.objects.filter(pk=old.pk).exists()


def test_the_tick_rings_for_what_is_due(hook, network, monkeypatch):
    from practice import periodic

    monkeypatch.setattr(periodic.tasks, "are_bells_waiting", lambda _: False)
    assert periodic.wake_webhooks() == 0
    row = make.WebhookDeliveryFactory(webhook=hook)

    assert periodic.wake_webhooks() == 1

    row.refresh_from_db()
    assert row.state == "delivered"
