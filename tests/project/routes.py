"""Every address of the product, read from the resolver."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

ADMIN = "admin"


@dataclass(frozen=True)
class Route:
    """A named address and the names of its arguments."""

    name: str
    arguments: frozenset[str]
    view: Callable[..., Any]

    @property
    def is_admin(self) -> bool:
        return self.name.startswith(f"{ADMIN}:")

    @property
    def is_public(self) -> bool:
        return not getattr(self.view, "login_required", True)

    @property
    def identifies_rows(self) -> bool:
        """Whether an argument names a row, beside the firm."""
        return any(argument.endswith("_id") for argument in self.arguments)


def all_routes() -> list[Route]:
    return sorted(walk(get_resolver(), (), frozenset()), key=lambda route: route.name)


def routes() -> list[Route]:
    """All but Django admin's, which the permission matrix asks as one group."""
    return [route for route in all_routes() if not route.is_admin]


def walk(
    resolver: URLResolver, spaces: tuple[str, ...], arguments: frozenset[str]
) -> Iterator[Route]:
    for entry in resolver.url_patterns:
        known = arguments | set(entry.pattern.regex.groupindex)
        if isinstance(entry, URLResolver):
            inner = (*spaces, entry.namespace) if entry.namespace else spaces
            yield from walk(entry, inner, known)
        elif isinstance(entry, URLPattern):
            yield Route(":".join([*spaces, entry.name or "unnamed"]), known, entry.callback)
