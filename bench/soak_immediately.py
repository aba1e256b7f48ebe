"""Rights end with the next request: does anything still succeed after they were taken away?

One person has a page open, an htmx call under way, a download and a running export, each of a
client that they lose. The change is committed by somebody else, in between; then they try again.
A pause takes what changes the client, and leaves what reads it: there, page and call are forms.
The client access level concerns the client's own people: their rules are asked, row by row.
"""

import json
import logging
import sys
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import cycle, islice, product
from time import perf_counter
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.management import call_command
from django.db import connection as database
from django.test import Client
from django.urls import reverse

from bench.soak_cast import (
    a_branch,
    a_client,
    a_firm,
    a_member,
    a_place,
    a_tie,
    arranging,
    clients_of,
)
from clients import contact_rules as c
from clients.actions.access_levels import set_access_level
from clients.actions.assignments import remove_assignment
from clients.actions.relationships import disconnect_connection, pause_connection
from clients.actions.transfers import transfer_connection
from clients.models import Connection, Contact, ContactAccess
from clients.roles import AccessLevel
from clients.views.client_export import BATCH
from practice import tenancy
from practice.actions.team import change_branch_role, deactivate_member
from practice.models import Branch, Firm, TeamMember, User
from practice.roles import BranchRole, ParentRole

TOLD_EVERY = 20  # trials
MOST_SHOWN = 20
PAGE, HTMX, DOWNLOAD, EXPORT = "page", "htmx", "download", "export"
WAYS = (PAGE, HTMX, DOWNLOAD, EXPORT)
VIEWS = {PAGE: "client-detail", HTMX: "client-menu", DOWNLOAD: "client-team-export"}
SENT = {PAGE: "client-tags", HTMX: "client-tags-pick"}  # forms
ASKED = {
    PAGE: c.OPEN_CLIENT,
    HTMX: c.ANSWER_OWN_QUESTIONS,
    DOWNLOAD: c.VIEW_FILES,
    EXPORT: c.VIEW_REPORTS,
}


@dataclass(frozen=True)
class Stage:
    """A firm with more clients on one branch than an export reads at a time."""

    firm: Firm
    boss: User
    many: Branch
    london: Branch
    dublin: Branch


@dataclass(frozen=True)
class Trial:
    """Somebody of the firm, and the client that they are about to lose: the last of every list."""

    stage: Stage
    member: TeamMember
    lost: Connection

    def url(self, view: str, **query: Any) -> str:
        kwargs: dict[str, Any] = {"firm_slug": self.stage.firm.slug}
        if not query:
            kwargs["connection_id"] = self.lost.pk
        address = reverse(f"clients:{view}", kwargs=kwargs)
        return f"{address}?{urlencode(query, doseq=True)}" if query else address


def options(parser: ArgumentParser) -> None:
    parser.add_argument("--trials", type=int, default=200)


def run(chosen: dict[str, Any]) -> int:
    logging.disable(logging.WARNING)  # refusals are what is looked for
    if settings.STATIC_ROOT:  # pages name their files by hashes
        call_command("collectstatic", interactive=False, verbosity=0)
    result = soak(chosen["trials"])
    sys.stdout.write(json.dumps(result) + "\n")
    return 1 if result["violations"] else 0


def soak(trials: int) -> dict[str, Any]:
    """Every change with every way in turn. The goal is `violations == 0`."""
    found: list[str] = []
    seen = Counter[str]()
    started = perf_counter()
    stage = build()
    pairs = islice(cycle(product(ALL, WAYS)), trials)
    for number, (change, way) in enumerate(pairs, start=1):
        found += [f"{change}, {way}: {words}" for words in attempt(stage, change, way)]
        seen[change] += 1
        if number % TOLD_EVERY == 0:
            sys.stderr.write(f"{number} trials, {len(found)} violations\n")
    return {
        "soak": "immediately",
        "trials": trials,
        "by_change": dict(seen),
        "seconds": round(perf_counter() - started, 1),
        "violations": len(found),
        "shown": found[:MOST_SHOWN],
        "goal": 0,
    }


def build() -> Stage:
    with arranging():
        firm = a_firm()
        many, london, dublin = (a_branch(firm, name) for name in ("Many", "London", "Dublin"))
        boss = a_member(firm, "Sana", parent_role=ParentRole.SUPER_ADMIN).user
        clients_of(many, [f"Client {number:05}" for number in range(BATCH + 50)])
    return Stage(firm, boss, many, london, dublin)


def attempt(stage: Stage, change: str, way: str) -> Iterator[str]:
    """What is wrong with one trial: never open before, or open still."""
    if change == ACCESS_LEVEL:
        return of_contact(stage, way)
    trial = arrange(stage, is_admin=change == ROLE)
    if change == PAUSE:
        return of_paused(trial, paused, way)
    return of_staff(trial, CHANGES[change], way)


def arrange(stage: Stage, *, is_admin: bool) -> Trial:
    """Assigned to the client as a Member of its branch, or sees it as an Admin without a tie."""
    with arranging():
        member = a_member(stage.firm, "Mia")
        a_place(member, stage.many, BranchRole.ADMIN)
        a_place(member, stage.london, BranchRole.ADMIN if is_admin else BranchRole.MEMBER)
        lost = a_client(stage.london, f"Zzz {member.pk}")
        if not is_admin:
            a_tie(lost, member.user)
    return Trial(stage, member, lost)


def of_staff(trial: Trial, change: Callable[[Trial], object], way: str) -> Iterator[str]:
    browser = signed_in(trial)
    if way == EXPORT:
        before, after = running_export(browser, trial, change)
        if not before:
            yield "was never open"
        if after:
            yield "the client is in the file still"
        return
    url = trial.url(VIEWS[way])
    if not succeeds(browser, url, way):
        yield "was never open"
    elsewhere(trial.stage, lambda: change(trial))
    if succeeds(browser, url, way):
        yield "is open still"


def signed_in(trial: Trial) -> Client:
    browser = Client(raise_request_exception=False, SERVER_NAME="localhost")
    browser.force_login(trial.member.user)
    return browser


def of_paused(trial: Trial, change: Callable[[Trial], object], way: str) -> Iterator[str]:
    """Forms on the page and by htmx are closed; downloads and exports go on (F-065)."""
    browser = signed_in(trial)
    if way == EXPORT:
        if running_export(browser, trial, change) != (True, True):
            yield "reading has stopped"
        return
    attempt = partial(sends, trial) if way in SENT else succeeds
    url = trial.url(SENT.get(way, VIEWS[way]))
    if not attempt(browser, url, way):
        yield "was never open"
    elsewhere(trial.stage, lambda: change(trial))
    is_open = attempt(browser, url, way)
    if is_open and way in SENT:
        yield "is open still"
    if not is_open and way not in SENT:
        yield "reading has stopped"


def sends(trial: Trial, browser: Client, url: str, way: str) -> bool:
    """One more tag, on the row as it is: nothing but the pause stands against it."""
    with tenancy.as_system():
        version = Connection.objects.get(pk=trial.lost.pk).version
    answers = {"new": f"Tag {version}", "version": version}
    headers = {"HX-Request": "true"} if way == HTMX else {}
    return bool(browser.post(url, answers, headers=headers).status_code < 400)


def succeeds(browser: Client, url: str, way: str) -> bool:
    headers = {"HX-Request": "true"} if way == HTMX else {}
    with closing(browser.get(url, headers=headers)) as response:
        text = text_of(response)
        return bool(response.status_code < 400 and text)


def text_of(response: Any) -> str:
    parts: Iterable[bytes] = response.streaming_content if response.streaming else response
    return b"".join(parts).decode()


HEAD = 2  # the byte-order mark and the headings come before the first batch


def running_export(
    browser: Client, trial: Trial, change: Callable[[Trial], object]
) -> tuple[bool, bool]:
    """Whether the file began, and has the client: the first batch is through at the change."""
    url = trial.url("client-export", branch=[trial.stage.many.pk, trial.stage.london.pk])
    with closing(browser.get(url)) as response:
        if response.status_code != 200:
            return False, False
        lines = iter(response.streaming_content)  # type: ignore[attr-defined]
        before = b"".join(islice(lines, HEAD + 1))
        elsewhere(trial.stage, lambda: change(trial))
        after = b"".join(lines)
    return b"Client 0" in before, trial.lost.name.encode() in after


def elsewhere(stage: Stage, change: Callable[[], object]) -> None:
    """By somebody else: on a connection of their own, committed when this returns."""

    def work() -> None:
        try:
            with tenancy.in_firm(stage.firm.pk, stage.boss.pk):
                change()
        finally:
            database.close()

    with ThreadPoolExecutor(1) as other:
        other.submit(work).result()


def of_contact(stage: Stage, way: str) -> Iterator[str]:
    """The portal's rules, on rows read anew each time, as a click reads them (F-052a)."""
    with arranging():
        lost = a_client(stage.london, "Zzz")
        name = f"cara-{lost.pk}@soak.test"
        person = Contact.objects.create(firm=stage.firm, name="Cara", email=name, email_key=name)
        pk = ContactAccess.objects.create(
            firm=stage.firm, connection=lost, contact=person, is_client_admin=True
        ).pk
    if not may(pk, way):
        yield "was never open"
    elsewhere(stage, lambda: set_access_level(lost, AccessLevel.NONE, by=stage.boss))
    if may(pk, way):
        yield "is open still"


def may(access_id: int, way: str) -> bool:
    with tenancy.as_system():
        access = ContactAccess.objects.get(pk=access_id)
        return access.explain(ASKED[way]).allowed


def removed(trial: Trial) -> object:
    return remove_assignment(trial.lost, trial.member.user, by=trial.stage.boss, reason="Left")


def transferred(trial: Trial) -> object:
    return transfer_connection(trial.lost, trial.stage.dublin, by=trial.stage.boss)


def given_another_role(trial: Trial) -> object:
    branch = trial.stage.london
    return change_branch_role(trial.member, branch, role=BranchRole.MEMBER, by=trial.stage.boss)


def deactivated(trial: Trial) -> object:
    return deactivate_member(trial.member, by=trial.stage.boss, reason="Left the firm.")


def disconnected(trial: Trial) -> object:
    return disconnect_connection(trial.lost, by=trial.stage.boss)


def paused(trial: Trial) -> object:
    return pause_connection(trial.lost, by=trial.stage.boss, reason="Season begins")


ACCESS_LEVEL, ROLE, PAUSE = "access level", "role change", "pause"
CHANGES: dict[str, Callable[[Trial], object]] = {
    "remove": removed,
    "transfer": transferred,
    ROLE: given_another_role,
    "deactivation": deactivated,
    "disconnect": disconnected,
}
ALL = (*CHANGES, ACCESS_LEVEL, PAUSE)
