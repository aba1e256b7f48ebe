"""The payment providers, by name, and the one of this installation."""

from django.conf import settings

from billing.gateways.base import Gateway
from billing.gateways.builtin import BuiltinGateway
from billing.gateways.stripe import StripeGateway
from practice.errors import Refused

NONE = "No payment provider is set up on this installation. Ask whoever runs it."


def gateways() -> dict[str, Gateway]:
    """Those that are switched on; what was paid by another stays as it is."""
    found: list[Gateway] = [StripeGateway()] if settings.STRIPE_SECRET_KEY else []
    if settings.TEST_GATEWAY:
        found.append(BuiltinGateway())
    return {gateway.name: gateway for gateway in found}


def gateway_of(name: str) -> Gateway:
    """Raises `Refused` for a provider that is switched off."""
    gateway = gateways().get(name)
    if gateway is None:
        raise Refused(NONE)
    return gateway


def default_gateway() -> Gateway:
    """Where new cards are entered. Raises `Refused` without a provider."""
    for gateway in gateways().values():
        return gateway
    raise Refused(NONE)
