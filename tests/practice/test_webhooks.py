"""Practice Settings > Webhooks: added once, changed, a new secret, switched, removed (F-227)."""

import csv
import re
from datetime import timedelta

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext

from practice import clock, gateways
from practice.actions import deliveries, webhooks
from practice.models import Webhook, WebhookDelivery
from practice.models.webhooks import secret_of
from practice.spreadsheets import BYTE_ORDER_MARK
from tests import factories as make

pytestmark = pytest.mark.django_db
URL = "/harbour/settings/webhooks/"
ADD = f"{URL}add/"
FORM = {
    "name": "Job board",
    "url": "https://hooks.example.com/in",
    "kinds": ["client.paused", "client.disconnected"],
    "once": "x" * 43,
}


@pytest.fixture(autouse=True)
def _no_network(monkeypatch):
    """The DNS knows every name, as a public address."""
    monkeypatch.setattr(gateways, "resolve", lambda *_: ["93.184.216.34"])


@pytest.fixture
def admin(client, super_admin):
    client.force_login(super_admin)
    return client


@pytest.fixture
def hook(firm):
    return make.WebhookFactory(firm=firm)


def secret_in(response) -> str:
    [secret] = re.findall(r'value="(whsec_[^"]+)"', response.content.decode())
    return secret.replace("&#x3D;", "=")


def test_the_secret_is_shown_once_and_kept_nowhere(admin, super_admin, firm):
    response = admin.post(ADD, FORM)

    hook, secret = Webhook.objects.get(), secret_in(response)
    assert response.status_code == 200
    assert (hook.firm, hook.name, hook.url) == (firm, "Job board", FORM["url"])
    assert (hook.kinds, hook.created_by) == (FORM["kinds"], super_admin)
    assert secret == secret_of(hook.nonce)
    with database.cursor() as cursor:
        cursor.execute("SELECT w::text FROM practice_webhook w")
        assert secret.removeprefix("whsec_") not in cursor.fetchone()[0]
    for page in (URL, f"{URL}{hook.pk}/", f"{URL}{hook.pk}/edit/"):
        assert secret not in admin.get(page).content.decode()


def test_adding_is_on_record(admin, super_admin):
    admin.post(ADD, FORM)

    row = Webhook.history.get()
    assert (row.history_change_reason, row.history_user) == ("Added the webhook.", super_admin)
    audit = admin.get("/harbour/activity/audit/?kind=webhook").content.decode()
    assert "Job board" in audit


def test_a_form_sent_twice_is_one_webhook_and_one_secret(admin):
    secrets = {secret_in(admin.post(ADD, FORM)) for _ in range(2)}

    assert len(secrets) == Webhook.objects.count() == 1


def test_an_old_form_does_not_show_the_secret_again(admin, monkeypatch):
    admin.post(ADD, FORM)
    at = clock.now() + timedelta(hours=1)
    monkeypatch.setattr(clock, "now", lambda: at)

    response = admin.post(ADD, FORM)

    assert response.status_code == 422
    assert webhooks.SHOWN_BEFORE in response.content.decode().replace("&#x27;", "'")


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"name": " "}, "Enter a name."),
        ({"url": ""}, "Enter the address"),
        ({"url": "http://hooks.example.com/"}, "begins with https://"),
        ({"url": "https://a:b@hooks.example.com/"}, "Leave the user name"),
        ({"kinds": []}, "Tick what it should hear of."),
        ({"kinds": ["webhook.test"]}, "not one of the available choices"),
        ({"url": "https://hooks.example.com/" + "x" * 500}, "at most 500"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_lost(admin, wrong, says):
    response = admin.post(ADD, FORM | wrong)

    text = response.content.decode()
    assert response.status_code == 422
    assert says in text
    assert "Job board" in text or "name" in wrong
    assert not Webhook.objects.exists()


def test_an_address_of_a_private_network_is_refused(admin, monkeypatch):
    monkeypatch.setattr(gateways, "resolve", lambda *_: ["10.0.0.7"])

    response = admin.post(ADD, FORM)

    assert response.status_code == 422
    assert "private network" in response.content.decode()
    assert not Webhook.objects.exists()


def test_a_firm_has_so_many(admin, firm, monkeypatch):
    monkeypatch.setattr(webhooks, "MOST", 1)
    monkeypatch.setattr(webhooks, "TOO_MANY", "Too many.")
    make.WebhookFactory(firm=firm, removed=True)
    make.WebhookFactory(firm=firm)

    response = admin.post(ADD, FORM)

    assert response.status_code == 422
    assert Webhook.objects.kept().count() == 1


def test_who_lost_the_right_meanwhile_adds_nothing(firm, viewer):
    with pytest.raises(webhooks.Refused):
        webhooks.add_webhook(firm, by=viewer, **FORM)


def test_editing(admin, hook):
    form = {"name": "Jobs", "url": "https://other.example.com/", "kinds": ["client.resumed"]}

    response = admin.post(f"{URL}{hook.pk}/edit/", form)

    hook.refresh_from_db()
    assert response.status_code == 302
    assert (hook.name, hook.url, hook.kinds) == ("Jobs", form["url"], ["client.resumed"])


def test_an_edit_to_a_private_address_is_refused(admin, hook, monkeypatch):
    monkeypatch.setattr(gateways, "resolve", lambda *_: ["169.254.169.254"])
    form = {"name": "Jobs", "url": "https://meta.example.com/", "kinds": ["client.resumed"]}

    response = admin.post(f"{URL}{hook.pk}/edit/", form)

    assert response.status_code == 422
    assert Webhook.objects.get().url == hook.url


def test_a_new_secret_overlaps_for_a_day(admin, hook):
    before = secret_of(hook.nonce)

    secrets = {
        secret_in(admin.post(f"{URL}{hook.pk}/secret/", {"once": "y" * 43})) for _ in range(2)
    }

    hook.refresh_from_db()
    now = clock.now()
    assert hook.secrets(now) == [*secrets, before]
    assert hook.secrets(now + timedelta(hours=24)) == [*secrets]
    assert hook.history.filter(history_change_reason="Made a new secret.").count() == 1
    assert "signs until" in admin.get(f"{URL}{hook.pk}/").content.decode()


def test_off_and_on(admin, hook):
    waiting = make.WebhookDeliveryFactory(webhook=hook)

    admin.post(f"{URL}{hook.pk}/off/")

    hook.refresh_from_db()
    waiting.refresh_from_db()
    assert (hook.is_on, waiting.state) == (False, "failed")
    assert "Switched off" in admin.get(f"{URL}{hook.pk}/").content.decode()

    admin.post(f"{URL}{hook.pk}/on/")

    hook.refresh_from_db()
    assert hook.is_on
    reasons = list(hook.history.values_list("history_change_reason", flat=True))[:2]
    assert reasons == ["Switched the webhook on.", "Switched the webhook off."]


def test_removing_ends_it(admin, hook):
    waiting = make.WebhookDeliveryFactory(webhook=hook)

    response = admin.post(f"{URL}{hook.pk}/remove/", {"reason": "No longer used"})

    waiting.refresh_from_db()
    assert response.status_code == 302
    assert waiting.state == "failed"
    assert admin.get(f"{URL}{hook.pk}/").status_code == 404
    assert hook.name not in admin.get(URL).content.decode().partition("<tbody")[2]
    assert Webhook.history.latest().history_change_reason == "No longer used"


def test_a_test_is_sent(admin, hook, monkeypatch):
    sent = []
    monkeypatch.setattr(
        gateways, "post", lambda *said: sent.append(said) or gateways.Answer(200, "", 3)
    )

    response = admin.post(f"{URL}{hook.pk}/test/", follow=True)
    deliveries.deliver_due()

    assert "A test is on its way" in response.content.decode()
    row = WebhookDelivery.objects.get()
    assert (row.kind, row.state, len(sent)) == ("webhook.test", "delivered", 1)


def test_the_log_says_what_was_answered_and_sends_again(admin, hook):
    row = make.WebhookDeliveryFactory(
        webhook=hook, state="failed", answer_code=503, attempts=8, error="It answered 503."
    )
    page = f"{URL}{hook.pk}/log/{row.pk}/"
    assert "503" in admin.get(f"{URL}{hook.pk}/").content.decode()
    text = admin.get(page).content.decode()
    assert "client.paused" in text
    assert "It answered 503." in text

    response = admin.post(f"{page}again/", follow=True)

    row.refresh_from_db()
    assert (row.state, row.attempts) == ("waiting", 0)
    assert "under the same id" in response.content.decode()
    assert "already" in admin.post(f"{page}again/", follow=True).content.decode()


def test_the_log_of_one_webhook_is_not_found_below_another(admin, hook, firm):
    row = make.WebhookDeliveryFactory(webhook__firm=firm)

    assert admin.get(f"{URL}{hook.pk}/log/{row.pk}/").status_code == 404


def csv_of(response) -> list[list[str]]:
    text = b"".join(response.streaming_content).decode().removeprefix(BYTE_ORDER_MARK)
    return list(csv.reader(text.splitlines()))


def test_exports(admin, hook):
    row = make.WebhookDeliveryFactory(webhook=hook, state="delivered", answer_code=204)

    listed, log = (
        csv_of(admin.get(f"{URL}export/")),
        csv_of(admin.get(f"{URL}{hook.pk}/log/export/")),
    )

    assert listed[1][:2] == [hook.name, hook.url]
    assert log[1][:3] == ["client.paused", row.event_id, "Delivered"]
    assert "204" in log[1]


def test_lists_take_as_many_queries_for_three(admin, hook, firm):
    make.WebhookDeliveryFactory(webhook=hook)
    pages = (URL, f"{URL}{hook.pk}/")
    counts = []
    for many in (0, 2):
        make.WebhookFactory.create_batch(many, firm=firm)
        make.WebhookDeliveryFactory.create_batch(many, webhook=hook)
        with CaptureQueriesContext(database) as asked:
            for page in pages:
                admin.get(page)
        counts.append(len(asked))

    assert counts[0] == counts[1]


def test_empty_pages(admin, hook):
    assert "Nothing was sent yet" in admin.get(f"{URL}{hook.pk}/").content.decode()
    Webhook.objects.filter(pk=hook.pk).update(failing_since=None)
    with make.arranging():
        hook.delete()
    assert "No webhooks yet" in admin.get(URL).content.decode()


@pytest.fixture
def receivers(settings):
    settings.SITE_URL, settings.WEBHOOK_TEST_RECEIVER = "http://testserver", True
    return gateways.own_receivers()


@pytest.mark.parametrize(("kind", "status"), [("working", 200), ("failing", 503)])
def test_our_own_receivers_check_what_they_are_sent(firm, receivers, kind, status):
    row = make.WebhookDeliveryFactory(webhook__firm=firm, webhook__url=receivers[kind])
    headers, browser = deliveries.headers_of(row), Client(raise_request_exception=False)

    def send(body: str, sent: dict[str, str]) -> int:
        return browser.post(
            f"/webhook-receiver/{kind}/", body, content_type="application/json", headers=sent
        ).status_code

    assert send(row.body, headers) == status
    assert send(row.body + " ", headers) == 400
    assert send(row.body, headers | {"webhook-id": "evt_x"}) == 400
    assert send(row.body, {}) == 400


def test_there_is_no_receiver_in_production(settings):
    settings.WEBHOOK_TEST_RECEIVER = False

    assert Client().post("/webhook-receiver/working/").status_code == 404
    assert gateways.own_receivers() == {}
