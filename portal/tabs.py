"""The tabs of a business in the portal. Each area adds its own (F-168)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from clients.contact_rules import ContactAction
from clients.models import ContactAccess

Counts = Callable[[Sequence[ContactAccess]], Mapping[int, int]]


@dataclass(frozen=True)
class PortalTab:
    """A page of one business, shown to whom one of `actions` is allowed.

    `counts`, by connection, in one query for all businesses: the number beside the label. Those of
    a tab that `is_in_switcher` stand beside the other businesses too (F-168a).
    """

    label: str
    url_name: str
    actions: tuple[ContactAction, ...]
    order: int
    counts: Counts | None = None
    is_in_switcher: bool = False

    def is_open_to(self, access: ContactAccess) -> bool:
        return any(access.explain(action).allowed for action in self.actions)


TABS: list[PortalTab] = []


def add_tab(tab: PortalTab) -> None:
    """From `AppConfig.ready`; the order of the tabs is their own."""
    TABS.append(tab)
    TABS.sort(key=lambda each: each.order)
