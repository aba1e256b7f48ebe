"""What a payment provider does for us, whoever it is.

Cards are entered on the provider's own page: we keep a token and what the provider says of the
card, never its number. A provider is asked outside of transactions, and the same key asked twice
is one payment.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from billing.roles import ChargeStatus


class Unreachable(Exception):
    """No answer, or none that says anything: ask again later, with the same key."""


class NotFound(Exception):
    """The provider knows no such session or payment, or it was made for somebody else."""


class Forged(Exception):
    """A webhook that is not the provider's, was changed on its way, or is too old."""


@dataclass(frozen=True)
class Setup:
    """A card is to be entered. `subject` names whose it will be and who enters it,
    `branch:12:5` or `account:7:5`, and comes back with the answer; paths are ours, without host."""

    subject: str
    payer: str
    email: str
    currency: str
    return_path: str
    cancel_path: str


@dataclass(frozen=True)
class Card:
    """What the provider says of an entered card; `currency` is what it pays in."""

    subject: str
    token: str
    customer: str
    brand: str
    last4: str
    expires: str  # 08/2030
    currency: str


@dataclass(frozen=True)
class Order:
    """A payment to make. `is_repeated`: it may have been made already by this key."""

    key: str
    token: str
    customer: str
    amount: Decimal
    currency: str
    description: str
    is_repeated: bool = False


@dataclass(frozen=True)
class Answer:
    """How a payment stands at the provider; `failure` is a sentence for who pays."""

    reference: str
    status: ChargeStatus
    failure: str = ""


@dataclass(frozen=True)
class Event:
    """A verified webhook: a hint to look at a payment again, never the truth about it."""

    event_id: str
    kind: str
    reference: str  # of the payment; "" where it is about something else


class Gateway(Protocol):
    name: str

    def start(self, setup: Setup) -> str:
        """The address of the provider's page. Raises `Unreachable`."""

    def entered(self, session: str) -> Card | None:
        """The card of a session that came back; None when none was entered. Raises `NotFound`."""

    def charge(self, order: Order) -> Answer:
        """Make the payment, once per key. A refused card is an answer. Raises `Unreachable`."""

    def fetch(self, reference: str) -> Answer:
        """How the payment stands now. Raises `Unreachable` and `NotFound`."""

    def refund(self, reference: str, *, key: str) -> Answer:
        """Give all of it back, once per key. Raises `Unreachable` and `NotFound`."""

    def event(self, body: bytes, headers: Mapping[str, str]) -> Event:
        """What a webhook says, its signature and age checked. Raises `Forged`."""


def back_to(path: str, session: str) -> str:
    """The address of ours with the name of the session, which may be a provider's placeholder."""
    return f"{path}{'&' if '?' in path else '?'}session={session}"
