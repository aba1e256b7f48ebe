"""A Stripe on this machine: `localstripe`, behind a door that adds what it lacks.

localstripe keeps customers, cards, payments and refunds as Stripe does. The door remembers answers
by idempotency key, has Checkout sessions (`enter` is what a person does on that page), lists the
payments of one customer, and counts what was created.
"""

import json
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import parse_qsl, urlencode, urlsplit
from urllib.request import Request, urlopen

KEY = "sk_test_countinghouse"
GOOD, DECLINED_LATER, CONFIRMED = "4242424242424242", "4000000000000341", "4000002500003155"
STARTS_WITHIN = 60  # seconds
Answer = tuple[int, dict[str, Any]]


class FakeStripe:
    def __init__(self, upstream: str) -> None:
        self.upstream = upstream
        self.lock = threading.Lock()
        self.by_key: dict[str, Answer] = {}
        self.sessions: dict[str, dict[str, Any]] = {}
        self.created = Counter[str]()
        self.is_down = False
        self.url = ""

    def ask(self, method: str, path: str, words: list[tuple[str, str]]) -> Answer:
        """What localstripe answers."""
        data = urlencode(words).encode()
        url = f"{self.upstream}{path}"
        if method == "GET" and words:
            url, data = f"{url}?{urlencode(words)}", b""
        headers = {"Authorization": f"Bearer {KEY}"}
        request = Request(url, data=data or None, headers=headers, method=method)
        try:
            with urlopen(request, timeout=10) as response:
                return response.status, json.load(response)
        except HTTPError as error:
            return error.code, json.load(error)

    def answer(self, method: str, path: str, words: list[tuple[str, str]], key: str) -> Answer:
        with self.lock:
            if key and key in self.by_key:
                return self.by_key[key]
            given = self.made(method, path, words)
            if method == "POST":
                self.created[path] += 1
            if key:
                self.by_key[key] = given
            return given

    def made(self, method: str, path: str, words: list[tuple[str, str]]) -> Answer:
        if path == "/v1/checkout/sessions":
            return 200, self.open_session(dict(words))
        if path.startswith("/v1/checkout/sessions/"):
            found = self.sessions.get(path.rpartition("/")[2])
            missing = {"error": {"type": "invalid_request_error", "code": "resource_missing"}}
            return (200, found) if found else (404, missing)
        if (method, path) == ("GET", "/v1/payment_intents"):
            status, listed = self.ask(method, path, [("limit", "100")])
            customer = dict(words).get("customer")
            listed["data"] = [row for row in listed["data"] if row["customer"] == customer]
            return status, listed | {"has_more": False}
        kept = [pair for pair in words if pair[0] != "description"]
        status, given = self.ask(method, path, kept)
        return status, with_type(status, given)

    def open_session(self, words: dict[str, str]) -> dict[str, Any]:
        number = f"cs_test_{len(self.sessions) + 1}"
        self.sessions[number] = {
            "id": number,
            "object": "checkout.session",
            "status": "open",
            "currency": words["currency"],
            "customer": words["customer"],
            "client_reference_id": words["client_reference_id"],
            "success_url": words["success_url"],
            "setup_intent": None,
            "url": f"https://checkout.stripe.test/{number}",
        }
        return self.sessions[number]

    def enter(self, number: str, card: str = GOOD) -> str:
        """A person enters a card on the page of the session; where they are sent back to."""
        session = self.sessions[number]
        words = {"number": card, "exp_month": "12", "exp_year": "2034", "cvc": "123"}
        pairs = [("type", "card"), *((f"card[{name}]", word) for name, word in words.items())]
        _, method = self.ask("POST", "/v1/payment_methods", pairs)
        path = f"/v1/payment_methods/{method['id']}/attach"
        self.ask("POST", path, [("customer", session["customer"])])
        intent = {"object": "setup_intent", "id": f"seti_{number}", "payment_method": method}
        session |= {"status": "complete", "setup_intent": intent}
        return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", number)


def with_type(status: int, given: dict[str, Any]) -> dict[str, Any]:
    """Stripe says of which kind an error is; the SDK chooses its exception by the status too."""
    if status >= 400 and isinstance(given.get("error"), dict):
        kind = "card_error" if status == 402 else "invalid_request_error"
        given["error"].setdefault("type", kind)
    return given


class Door(BaseHTTPRequestHandler):
    stripe: FakeStripe

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        self.reply("GET", url.path, parse_qsl(url.query))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        self.reply("POST", self.path, parse_qsl(body))

    def reply(self, method: str, path: str, words: list[tuple[str, str]]) -> None:
        if self.stripe.is_down:
            self.connection.close()
            return
        key = self.headers.get("Idempotency-Key", "") if method == "POST" else ""
        status, given = self.stripe.answer(method, path, words, key)
        body = json.dumps(given).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


@contextmanager
def fake_stripe() -> Iterator[FakeStripe]:
    """Both of them, on free ports of this machine, until the end of the block."""
    port = free_port()
    words = (sys.executable, "-m", "localstripe", "--port", str(port), "--from-scratch")
    server = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    stripe = FakeStripe(f"http://localhost:{port}")
    door = ThreadingHTTPServer(("127.0.0.1", 0), type("OneDoor", (Door,), {"stripe": stripe}))
    stripe.url = f"http://127.0.0.1:{door.server_address[1]}"
    thread = threading.Thread(target=door.serve_forever, daemon=True)
    thread.start()
    try:
        wait_for(stripe, server)
        yield stripe
    finally:
        door.shutdown()
        door.server_close()
        server.kill()
        server.wait()


def free_port() -> int:
    with socket.socket(socket.AF_INET6) as free:
        free.bind(("::1", 0))
        return int(free.getsockname()[1])


def wait_for(stripe: FakeStripe, server: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < until and server.poll() is None:
        try:
            stripe.ask("GET", "/v1/customers", [])
        except (URLError, ConnectionError):
            time.sleep(0.1)
        else:
            return
    raise TimeoutError("localstripe did not start")
