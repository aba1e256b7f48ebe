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


def test_a_fragment_after_the_session_ended_sends_the_whole_page_to_sign_in(client, db):
    headers = {
        "HX-Request": "true",
        "HX-Current-URL": "http://localhost:8000/harbour/clients/?q=acme",
    }

    response = client.get("/harbour/clients/suggest/?q=a", headers=headers)

    assert response.status_code == 204
    assert response["HX-Redirect"] == "/login/?next=%2Fharbour%2Fclients%2F%3Fq%3Dacme"


def test_a_page_after_the_session_ended_comes_back_where_one_was(client, db):
    response = client.get("/harbour/clients/?q=acme")

    assert response["Location"] == "/login/?next=/harbour/clients/%3Fq%3Dacme"
