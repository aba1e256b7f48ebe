"""What surrounds a request: its address, and its transaction."""

import pytest
from django.test import RequestFactory

from practice.middleware import address_of


@pytest.mark.parametrize(
    ("proxies", "forwarded", "remote", "address"),
    [
        (0, "6.6.6.6", "10.0.0.1", "10.0.0.1"),
        (1, "6.6.6.6, 81.2.3.4", "10.0.0.1", "81.2.3.4"),
        (2, "81.2.3.4, 10.0.0.2", "10.0.0.1", "81.2.3.4"),
        (1, "nonsense", "10.0.0.1", ""),
        (0, "", "", ""),
        (0, "", "2001:DB8::1", "2001:db8::1"),
    ],
)
def test_the_address_is_believed_as_far_as_proxies_are_trusted(
    settings, proxies, forwarded, remote, address
):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    request = RequestFactory().get("/", REMOTE_ADDR=remote, headers={"X-Forwarded-For": forwarded})

    assert address_of(request) == address


def test_pages_are_kept_by_nobody(client, db):
    response = client.get("/login/")

    assert "no-store" in response["Cache-Control"]
    assert "HX-Request" in response["Vary"]
    assert response["X-Request-ID"]
