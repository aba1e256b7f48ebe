"""Posting to addresses of others: nowhere private, nowhere else than was looked at (F-227)."""

import socket
import ssl
import time

import pytest

from practice import gateways
from practice.gateways import Target, Unsendable, addresses_of, is_public, post, target_of
from tests.practice.receivers import HOST, certificate, receiver, says


@pytest.mark.parametrize(
    ("url", "target"),
    [
        (f"https://{HOST}", Target(HOST, 443, "/")),
        (f"https://{HOST}:8443/a/b?c=d", Target(HOST, 8443, "/a/b?c=d")),
        (f"HTTPS://{HOST.upper()}/x", Target(HOST, 443, "/x")),
        ("https://bücher.example/x", Target("xn--bcher-kva.example", 443, "/x")),
    ],
)
def test_an_https_address_is_taken(url, target):
    assert target_of(url) == target


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", gateways.NOT_HTTPS),
        ("hooks.example.com", gateways.NOT_HTTPS),
        (f"http://{HOST}/", gateways.NOT_HTTPS),
        ("file:///etc/passwd", gateways.NOT_HTTPS),
        ("gopher://x/", gateways.NOT_HTTPS),
        ("https://", gateways.NO_NAME),
        ("https:///path", gateways.NO_NAME),
        (f"https://{HOST}:99999/", gateways.NO_NAME),
        ("https://[::1/", gateways.NO_NAME),
        ("https://" + "a" * 70 + ".example/", gateways.NO_NAME),
        (f"https://{HOST}/a b", gateways.NO_NAME),
        (f"https://{HOST}/ü", gateways.NO_NAME),
        (f"https://cara:secret@{HOST}/", gateways.HAS_LOGIN),
        (f"https://{HOST}@127.0.0.1/", gateways.HAS_LOGIN),
        (f"https://{HOST}/#x", gateways.HAS_FRAGMENT),
        (f"https://{HOST}:22/", gateways.BAD_PORT),
        (f"https://{HOST}:0/", gateways.BAD_PORT),
    ],
)
def test_other_addresses_are_refused(url, says):
    with pytest.raises(Unsendable) as refusal:
        target_of(url)

    assert str(refusal.value) == says


PRIVATE = """
127.0.0.1 127.9.9.9 0.0.0.0 10.1.2.3 172.16.0.1 172.31.255.255 192.168.0.1 169.254.169.254
100.64.0.1 192.0.0.1 192.0.2.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 240.0.0.1
255.255.255.255 :: ::1 fc00::1 fd12:3456::1 fe80::1 fe80::1%eth0 fec0::1 ff02::1
::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 64:ff9b::7f00:1 64:ff9b::a00:1
2002:7f00:1:: 2001::1 2001:db8::1 ::127.0.0.1 nonsense
""".split()


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses(address):
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "93.184.216.34", "2606:4700:4700::1111", "::ffff:1.1.1.1"]
)
def test_public_addresses(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "[::1]", "0"],
)
def test_spellings_of_this_machine_are_refused(host):
    with pytest.raises(Unsendable, match="private network"):
        gateways.refuse_private(f"https://{host}/")


def names(monkeypatch, *addresses: str) -> None:
    """What the DNS says of every name."""

    def answer(_host, port, *_, **__):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", answer)


def test_one_private_address_among_public_ones_is_enough(monkeypatch):
    names(monkeypatch, "93.184.216.34", "10.0.0.1")

    with pytest.raises(Unsendable, match="private network"):
        addresses_of(Target(HOST, 443, "/"))


def test_a_name_that_nobody_knows(monkeypatch):
    names(monkeypatch)

    gateways.refuse_private(f"https://{HOST}/")
    with pytest.raises(Unsendable, match="not known"):
        post(f"https://{HOST}/", b"{}", {})


def test_the_address_is_judged_again_at_each_post(monkeypatch):
    """A name that was public when it was entered, and leads home by now."""
    names(monkeypatch, "93.184.216.34")
    gateways.refuse_private(f"https://{HOST}/")
    names(monkeypatch, "127.0.0.1")

    with pytest.raises(Unsendable, match="private network"):
        post(f"https://{HOST}/", b"{}", {})


@pytest.fixture
def reachable(monkeypatch, tmp_path):
    """HOST leads to this machine, which counts as public, and its certificate is trusted."""
    pem = certificate(tmp_path)
    names(monkeypatch, "127.0.0.1")
    monkeypatch.setattr(gateways, "is_public", lambda _: True)
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    return pem


def test_a_post_over_tls(reachable):
    with receiver(says(200, "Thank\r\nyou"), reachable) as (port, received):
        answer = post(f"https://{HOST}:{port}/hook?a=1", b'{"a":1}', {"webhook-id": "evt_1"})

    assert (answer.code, answer.text, answer.is_success) == (200, "Thank you", True)
    [(path, headers, body)] = received
    assert (path, body) == ("/hook?a=1", '{"a":1}')
    assert (headers["Host"], headers["webhook-id"]) == (f"{HOST}:{port}", "evt_1")


def test_a_certificate_that_nobody_signed_is_refused(reachable, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE")

    with (
        receiver(says(200), reachable) as (port, received),
        pytest.raises(Unsendable, match="certificate is not valid"),
    ):
        post(f"https://{HOST}:{port}/", b"{}", {})

    assert received == []


def test_a_certificate_for_another_name_is_refused(reachable):
    with (
        receiver(says(200), reachable) as (port, received),
        pytest.raises(Unsendable, match="certificate is not valid"),
    ):
        post(f"https://other.example.com:{port}/", b"{}", {})

    assert received == []


def test_redirects_are_not_followed(reachable):
    with receiver(says(302, Location="http://127.0.0.1:1/"), reachable) as (port, received):
        answer = post(f"https://{HOST}:{port}/", b"{}", {})

    assert (answer.code, answer.is_success, len(received)) == (302, False, 1)


def test_a_long_answer_is_not_read_to_its_end(reachable):
    with receiver(says(500, "x" * 1_000_000), reachable) as (port, _):
        answer = post(f"https://{HOST}:{port}/", b"{}", {})

    assert (answer.code, len(answer.text)) == (500, gateways.READ)


def test_an_answer_that_comes_drop_by_drop_is_cut_off(reachable, monkeypatch):
    """Each byte comes in time; all of them together do not."""
    monkeypatch.setattr(gateways, "MOST_SECONDS", 0.6)

    def drip(handler) -> None:
        try:
            handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
            for _ in range(40):
                handler.wfile.write(b"X: y\r\n")
                time.sleep(0.1)
        except OSError:
            handler.close_connection = True

    started = time.monotonic()
    with (
        receiver(drip, reachable) as (port, _),
        pytest.raises(Unsendable, match="No answer within"),
    ):
        post(f"https://{HOST}:{port}/", b"{}", {})

    assert time.monotonic() - started < 6


def test_a_port_that_nobody_listens_on(reachable):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    with pytest.raises(Unsendable, match="it was refused"):
        post(f"https://{HOST}:{port}/", b"{}", {})


def test_what_is_no_http_is_an_error(reachable):
    with (
        receiver(lambda handler: handler.wfile.write(b"SSH-2.0\r\n\r\n"), reachable) as (port, _),
        pytest.raises(Unsendable, match="No connection: BadStatusLine"),
    ):
        post(f"https://{HOST}:{port}/", b"{}", {})


def test_our_own_receivers_alone_may_be_plain(settings):
    settings.SITE_URL, settings.WEBHOOK_TEST_RECEIVER = "http://localhost:8000", True
    own = "http://localhost:8000/webhook-receiver/working/"

    assert target_of(own).is_own
    for other in (
        f"{own}x",
        "http://localhost:8000/",
        "http://localhost:8000/webhook-receiver/other/",
    ):
        with pytest.raises(Unsendable):
            target_of(other)
    settings.WEBHOOK_TEST_RECEIVER = False
    with pytest.raises(Unsendable, match="https"):
        target_of(own)


def test_certificates_are_checked_by_default():
    assert ssl.create_default_context().verify_mode == ssl.CERT_REQUIRED
