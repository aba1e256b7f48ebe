"""Where a person is signed in, on their security page (F-163a)."""

import pytest
from django.test import Client

from practice.models.devices import device_of
from tests import factories

pytestmark = pytest.mark.django_db
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like"
    " Gecko) Version/18.0 Mobile/15E148 Safari/604.1"
)


def signed_in(user, agent: str) -> Client:
    browser = Client(headers={"User-Agent": agent})
    browser.post("/login/", {"login": user.email, "password": factories.PASSWORD})
    return browser


def test_every_device_is_listed_until_the_others_are_signed_out(contact):
    desk, phone = signed_in(contact, FIREFOX), signed_in(contact, SAFARI)
    signed_in(factories.UserFactory(), "Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36")

    before = desk.get("/security/").text
    desk.post("/security/sign-out-others/")
    after = desk.get("/security/").text

    assert "Firefox on Linux</b> · this device" in before
    assert "Safari on iPhone" in before
    assert "Chrome on Windows" not in before
    assert "Firefox on Linux</b> · this device" in after
    assert "Safari on iPhone" not in after
    assert phone.get("/security/").status_code == 302


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox on Linux"),
        (SAFARI, "Safari on iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("curl/8.0", "A browser"),
        ("", "A browser"),
    ],
)
def test_a_browser_is_named_by_what_it_says(agent, words):
    assert device_of(agent) == words
