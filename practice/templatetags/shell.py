"""What the frame of every page needs. Lazy: a fragment or a download asks for none of it."""

from collections.abc import Callable, Iterator
from functools import cache, cached_property
from html import escape
from typing import cast

from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString

from practice.forms.appearance import THEME_COOKIE, THEMES
from practice.http import FirmRequest, chosen_branch
from practice.models import Branch
from practice.models.arrivals import BRANCHES_SHOWN, MOST_IN_BADGE
from practice.permissions import MANAGE_BRANCHES, MANAGE_ORGANISATION, VIEW_BILLING
from practice.roles import BranchRole
from practice.templatetags.controls import icon

ANY_FIRM = "any-firm"
CURRENT = ' aria-current="page"'
FOR_THOSE_WHO_HOLD = {"billing:branch-billing": VIEW_BILLING}  # of the navigation's pages
THEME_ICONS = {"light": "sun", "dark": "moon", "auto": "monitor"}
NAVIGATION = (
    ("Dashboard", "practice:dashboard", "house"),
    ("Clients", "clients:client-list", "contact-round"),
    ("Alerts", "clients:alert-list", "bell"),
    ("Client Invitations", "invitations:invitation-list", "mail"),
    ("Payments", "billing:payments", "credit-card"),
    ("Branch Billing", "billing:branch-billing", "receipt"),
    ("Team Management", "practice:team", "users"),
    ("Activity", "practice:activity", "activity"),
    ("Reports", "practice:reports", "chart-column"),
)

# By the name of its page: how many wait there for this person. Filled by each `AppConfig` (F-112).
BADGES: dict[str, Callable[[FirmRequest], int]] = {}


@cache
def address(name: str) -> str:
    """The pattern of a firm's page; the frame asks for many of them on every page."""
    return reverse(name, kwargs={"firm_slug": ANY_FIRM})


@cache
def address_of_branches() -> str:
    """What stands before the number in the address of a branch's settings."""
    words = {"firm_slug": ANY_FIRM, "branch_id": 0}
    return reverse("practice:branch-settings", kwargs=words).removesuffix("0/")


class Shell:
    """The frame of a page: of any page, also where no firm is known."""

    themes = [(value, label, THEME_ICONS[value]) for value, label in THEMES]

    def __init__(self, request: HttpRequest) -> None:
        self.any_request = request

    @cached_property
    def theme_chosen(self) -> str:
        wanted = self.any_request.COOKIES.get(THEME_COOKIE, "")
        return wanted if wanted in {"light", "dark"} else "auto"

    @property
    def theme(self) -> str:
        """Light or dark where the person decided; empty where the system decides."""
        return "" if self.theme_chosen == "auto" else self.theme_chosen


class FirmShell(Shell):
    """The frame of a page inside a firm."""

    def __init__(self, request: FirmRequest) -> None:
        super().__init__(request)
        self.request = request

    def url(self, name: str) -> str:
        return address(name).replace(ANY_FIRM, self.request.firm.slug)

    @property
    def nav(self) -> SafeString:
        """The links of the side, made without the template engine as `branches` are."""
        return SafeString(
            "\n".join(
                f'<a href="{url}"{CURRENT if self._is_here(url) else ""}>'
                f"{icon(drawn)}{label}{badge}</a>"
                for label, url, drawn, badge in self._links
            )
        )

    @property
    def _links(self) -> Iterator[tuple[str, str, str, str]]:
        for label, name, drawn in NAVIGATION:
            needed = FOR_THOSE_WHO_HOLD.get(name)
            if needed is None or self.request.standing.holds_anywhere(needed):
                yield label, self.url(name), drawn, self._badge(name)

    def _badge(self, name: str) -> str:
        """A number beside the label; none at zero."""
        count = BADGES[name](self.request) if name in BADGES else 0
        said = f"{MOST_IN_BADGE}+" if count > MOST_IN_BADGE else str(count)
        words = f'<span class="tag">{said}<span class="vh"> pending</span></span>'
        return f" {words}" if count else ""

    def _is_here(self, url: str) -> bool:
        path = self.request.path
        return path == url if url == self.home_url else path.startswith(url)

    @cached_property
    def home_url(self) -> str:
        return self.url("practice:dashboard")

    @property
    def clients_url(self) -> str:
        return self.url("clients:client-list")

    @property
    def suggest_url(self) -> str:
        return self.url("clients:client-suggest")

    @property
    def profile_url(self) -> str:
        return self.url("practice:profile")

    @property
    def security_url(self) -> str:
        return reverse("mfa_index")

    @property
    def help_url(self) -> str:
        return self.url("practice:help")

    @property
    def settings_url(self) -> str:
        """The gear is there for those who may turn it (F-006)."""
        may = self.request.standing.holds(MANAGE_ORGANISATION)
        return self.url("practice:settings") if may else ""

    @property
    def branch_url(self) -> str:
        return self.url("practice:branch-choose")

    @cached_property
    def branch(self) -> Branch | None:
        return chosen_branch(self.request)

    @property
    def branch_name(self) -> str:
        return self.branch.name if self.branch else "All branches"

    @property
    def shown_branches(self) -> list[Branch]:
        """The first ones, and the chosen one before them where it is none of these."""
        first = self.request.first_branches[:BRANCHES_SHOWN]
        is_apart = self.branch is not None and self.branch not in first
        return [self.branch, *first] if self.branch and is_apart else first

    @property
    def branches(self) -> SafeString:
        """The lines of the selector's branches, made without the template engine."""
        chosen = self.branch.pk if self.branch else None
        current = {chosen: ' aria-current="true"'}
        gears = self._gears()
        return SafeString(
            "\n".join(
                f'<div><button name="branch" value="{branch.pk}"{current.get(branch.pk, "")}>'
                f"{escape(branch.name)} <small>{escape(branch.currency)}</small></button>"
                f"{gears.get(branch.pk, '')}</div>"
                for branch in self.shown_branches
            )
        )

    def _gears(self) -> dict[int, str]:
        """Beside each branch that the person manages (F-010b). One is drawn, the rest repeat it."""
        holds, drawn = self.request.standing.holds, icon("settings")
        managed = [branch for branch in self.shown_branches if holds(MANAGE_BRANCHES, branch.pk)]
        repeated = '<svg class="icon"><use href="#gear"/></svg>'
        gears = [drawn.replace("<svg", '<svg id="gear"'), *[repeated] * len(managed)]
        above = address_of_branches().replace(ANY_FIRM, self.request.firm.slug)
        return {
            branch.pk: f'<a href="{above}{branch.pk}/"'
            f' title="Settings of {escape(branch.name)}">{gear}</a>'
            for branch, gear in zip(managed, gears, strict=False)
        }

    @property
    def add_branch_url(self) -> str:
        return self.url("practice:branch-add")

    @property
    def lacks_add_branch(self) -> str:
        """A branch belongs to the firm as a whole, so a branch role is not enough (F-010)."""
        may = self.request.standing.holds(MANAGE_BRANCHES)
        return "" if may else "You need the permission “Manage Branches” by a parent role."

    @property
    def has_more_branches(self) -> bool:
        return len(self.request.first_branches) > BRANCHES_SHOWN

    @property
    def may_choose_all(self) -> bool:
        return bool(self.request.standing.parent_role)

    @property
    def role(self) -> str:
        """Super Admin; or Owner, London."""
        if self.request.member.parent_role:
            return self.request.member.role_label
        place = self.branch and self.request.standing.branches.get(self.branch.pk)
        if not place:
            return self.request.member.role_label
        return f"{BranchRole(place.role).label}, {place.branch_name}"


def shell(request: HttpRequest) -> dict[str, object]:
    return {"shell": shell_of(request)}


def shell_of(request: HttpRequest) -> Shell:
    return FirmShell(cast(FirmRequest, request)) if hasattr(request, "firm") else Shell(request)
