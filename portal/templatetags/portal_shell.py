"""What the frame of the portal's pages needs. Lazy: a download asks for none of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from django.http import HttpRequest

from clients.models import ContactAccess
from portal.http import Portal, portal_of
from portal.tabs import TABS, PortalTab


@dataclass(frozen=True)
class TabLink:
    label: str
    url: str
    count: int
    is_here: bool


@dataclass(frozen=True)
class Business:
    """A line of the switcher: "Delta Design (2)" where two questions wait there (F-168a)."""

    access: ContactAccess
    url: str
    count: int
    is_here: bool


class PortalShell:
    def __init__(self, request: HttpRequest, portal: Portal) -> None:
        self.path = request.path
        self.portal = portal
        self.access: ContactAccess | None = getattr(request, "access", None)
        self.open_accesses = portal.open_accesses
        self.counted: dict[str, Mapping[int, int]] = {}

    def count(self, tab: PortalTab, access: ContactAccess) -> int:
        """Counted for all businesses at once, and for those tabs alone that are drawn."""
        if tab.counts and self.open_accesses and tab.url_name not in self.counted:
            self.counted[tab.url_name] = tab.counts(self.open_accesses)
        return self.counted.get(tab.url_name, {}).get(access.connection_id, 0)

    @cached_property
    def tabs(self) -> list[TabLink]:
        """Of the business whose page it is."""
        return list(self._tabs(self.access)) if self.access else []

    def _tabs(self, access: ContactAccess) -> Iterator[TabLink]:
        todo = self.portal.url("business", access.connection_id)
        yield TabLink("To do", todo, 0, self.path == todo)
        for tab in TABS:
            if tab.is_open_to(access):
                url = self.portal.url(tab.url_name, access.connection_id)
                yield TabLink(tab.label, url, self.count(tab, access), self.path.startswith(url))

    @cached_property
    def businesses(self) -> list[Business]:
        counted = [tab for tab in TABS if tab.is_in_switcher]
        return [
            Business(
                access,
                self.portal.url("business", access.connection_id),
                sum(self.count(tab, access) for tab in counted),
                access == self.access,
            )
            for access in self.portal.accesses
        ]

    @property
    def waiting_elsewhere(self) -> int:
        return sum(one.count for one in self.businesses if not one.is_here)


def portal(request: HttpRequest) -> dict[str, object]:
    """The portal, its frame, and the business; nothing on any other page."""
    found = portal_of(request)
    if found is None:
        return {}
    frame = PortalShell(request, found)
    return {"portal": found, "frame": frame, "access": frame.access}
