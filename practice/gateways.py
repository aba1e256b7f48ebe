"""Posting to addresses that others chose, without being led to places that are ours (F-227).

A name is resolved here, every address of it must be public, and the connection goes to an address
that was looked at: a name that changes its mind in between leads nowhere else. No redirect is
followed, no proxy is asked, and a receiver that dawdles is cut off.
"""

import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from ipaddress import IPv6Address, IPv6Network, ip_address
from threading import Thread, Timer
from time import monotonic
from urllib.parse import urlsplit

from django.conf import settings

from practice.text import tidy

CONNECT_SECONDS = 5
RESOLVE_SECONDS = 3
MOST_SECONDS = 10  # for one delivery, from connecting to the last byte
READ = 2048  # bytes of an answer
LOWEST_PORT = 1024  # beside 443
# Addresses that stand for others, or for this network alone.
EMBEDDING = tuple(map(IPv6Network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")))
BROKEN = (OSError, HTTPException, ValueError)

NOT_HTTPS = "Enter an address that begins with https://."
NO_NAME = "Enter the whole address, as in https://hooks.example.com/countinghouse."
HAS_LOGIN = "Leave the user name and the password out of the address."
HAS_FRAGMENT = "Leave out what follows the # in the address."
BAD_PORT = "Ports below 1024 are refused, other than 443."
PRIVATE = "This address leads to a private network. Enter one that is open to the internet."
UNKNOWN_NAME = "The name of this address is not known in the DNS."
TOO_SLOW = f"No answer within {MOST_SECONDS} seconds."
NO_CONNECTION = "No connection: {}."


class Unsendable(Exception):
    """An address that is not posted to, or did not answer; the sentence says why."""


@dataclass(frozen=True)
class Target:
    host: str
    port: int
    path: str
    is_own: bool = False  # our own test receiver


@dataclass(frozen=True)
class Answer:
    code: int
    text: str
    milliseconds: int

    @property
    def is_success(self) -> bool:
        return 200 <= self.code < 300


def own_receivers() -> dict[str, str]:
    """Kind → address of the receivers that a development installation has of its own."""
    if not settings.WEBHOOK_TEST_RECEIVER:
        return {}
    return {
        kind: f"{settings.SITE_URL}/webhook-receiver/{kind}/" for kind in ("working", "failing")
    }


def target_of(url: str) -> Target:
    """Raises `Unsendable` for what is no plain https address. Resolves nothing."""
    try:
        parts = urlsplit(url)
        port, host = parts.port, (parts.hostname or "").encode("idna").decode()
    except ValueError as wrong:
        raise Unsendable(NO_NAME) from wrong
    path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    if url in own_receivers().values():
        return Target(host, port or (443 if parts.scheme == "https" else 80), path, is_own=True)
    if parts.scheme != "https":
        raise Unsendable(NOT_HTTPS)
    if not host or not path.isascii() or not path.isprintable() or " " in url:
        raise Unsendable(NO_NAME)
    if parts.username is not None or parts.password is not None:
        raise Unsendable(HAS_LOGIN)
    if parts.fragment:
        raise Unsendable(HAS_FRAGMENT)
    port = 443 if port is None else port
    if port != 443 and port < LOWEST_PORT:
        raise Unsendable(BAD_PORT)
    return Target(host, port, path)


def refuse_private(url: str) -> None:
    """For the form: raises `Unsendable`; a name that nobody knows yet may come to be known."""
    target = target_of(url)
    if not target.is_own:
        addresses_of(target, is_known=False)


def addresses_of(target: Target, *, is_known: bool = True) -> list[str]:
    """Where the name leads, all of it public. Raises `Unsendable`."""
    found = resolve(target.host, target.port)
    if not found and is_known:
        raise Unsendable(UNKNOWN_NAME)
    if not all(map(is_public, found)):
        raise Unsendable(PRIVATE)
    return found


def resolve(host: str, port: int) -> list[str]:
    """In a thread of its own: the system's resolver knows no time limit."""
    found: list[str] = []

    def ask() -> None:
        try:
            rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            return
        found.extend(dict.fromkeys(str(row[4][0]) for row in rows))

    thread = Thread(target=ask, daemon=True)
    thread.start()
    thread.join(RESOLVE_SECONDS)
    return list(found)


def is_public(address: str) -> bool:
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped is not None:
            return is_public(str(ip.ipv4_mapped))
        if ip.is_site_local or any(ip in network for network in EMBEDDING):
            return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


def post(url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Raises `Unsendable`. The address is judged anew each time."""
    target = target_of(url)
    started = monotonic()
    connection = connection_to(target)
    try:
        with cut_off(connection):
            connection.request("POST", target.path, body=body, headers=dict(headers))
            response = connection.getresponse()
            text = response.read(READ).decode("utf-8", "replace")
            code = response.status
    except BROKEN as error:
        if monotonic() - started >= MOST_SECONDS or isinstance(error, TimeoutError):
            raise Unsendable(TOO_SLOW) from error
        raise Unsendable(NO_CONNECTION.format(reason_of(error))) from error
    finally:
        connection.close()
    took = monotonic() - started
    if took >= MOST_SECONDS:  # shut in the middle, which may look like an end
        raise Unsendable(TOO_SLOW)
    return Answer(code, tidy(text), round(1000 * took))


def connection_to(target: Target) -> HTTPConnection:
    if target.is_own:
        return HTTPConnection(target.host, target.port, timeout=CONNECT_SECONDS)
    return PinnedConnection(target, addresses_of(target)[0])


class PinnedConnection(HTTPConnection):
    """TLS to an address that was looked at, for the name that was asked for."""

    def __init__(self, target: Target, address: str) -> None:
        super().__init__(target.host, target.port, timeout=CONNECT_SECONDS)
        self.address = address
        self.default_port = 443  # so that the Host header names no other

    def connect(self) -> None:
        raw = socket.create_connection((self.address, self.port), CONNECT_SECONDS)
        context = ssl.create_default_context()
        self.sock = context.wrap_socket(
            raw, server_hostname=self.host, do_handshake_on_connect=False
        )
        self.sock.do_handshake()


@contextmanager
def cut_off(connection: HTTPConnection) -> Iterator[None]:
    """Each byte in time is not enough: after ten seconds the connection is shut."""

    def shut() -> None:
        if connection.sock is not None:
            try:
                socket.socket.shutdown(connection.sock, socket.SHUT_RDWR)
            except OSError:
                return

    timer = Timer(MOST_SECONDS, shut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def reason_of(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not valid ({error.verify_message})"
    if isinstance(error, ConnectionRefusedError):
        return "it was refused"
    return type(error).__name__
