"""The permission time machine: who could open this client on a day (F-242, N4)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from django.http import HttpResponseBase
from django.views.decorators.http import require_GET

from clients import permissions as p
from clients.forms.who import DayForm
from clients.http import get_connection
from clients.models.past import Access, ClientPast, Moment
from clients.models.ways import Way
from clients.roles import ConnectionStatus
from clients.views.client_detail import workspace
from practice import clock
from practice.http import FirmRequest, render_page, require, stream
from practice.models import User
from practice.paging import numbered, with_params
from practice.spreadsheets import CSV_TYPE, csv_rows

HEADER = ("Name", "Email", "How", "Since", "Granted by", "Why", "Could change", "Could read", "Now")
MOST_CHANGES = 50  # of each kind beside the list; the export has them all
SOMEBODY = User(full_name="Unknown")


@require_GET
def client_who(request: FirmRequest, connection_id: int) -> HttpResponseBase:
    connection = get_connection(request, connection_id)
    require(request.user, p.VIEW_ACCESS_HISTORY, connection)
    form = DayForm(request.GET)
    answer = answer_of(ClientPast.of(connection), form.instant()) if form.is_valid() else None
    if answer and request.GET.get("format") == "csv":
        name = f"who-could-open-{connection.pk}.csv"
        lines = list(answer.cells())
        return stream(
            request, lambda: csv_rows(HEADER, lines), content_type=CSV_TYPE, filename=name
        )
    context = {
        **workspace(request, connection, "who"),
        "form": form,
        "kept": [pair for pair in request.GET.items() if pair[0] not in {"on", "page", "format"}],
        "answer": answer,
        "page": numbered(answer.lines, request.GET) if answer else None,
        "export_url": with_params(request.GET, format="csv"),
    }
    status = 200 if form.is_valid() else 422
    return render_page(request, "clients/client_who.html", context, status=status)


def answer_of(past: ClientPast, instant: datetime | None) -> "Answer":
    now = clock.now()
    present = past.now(now)
    then = past.at(instant) if instant else present
    return Answer(at=instant or now, is_now=instant is None, then=then, now=present)


@dataclass(frozen=True)
class Line:
    """One person who could open the client; `now` says what became of it."""

    user: User
    access: Access
    by: User | None
    now: str = ""

    @property
    def way(self) -> Way:
        return self.access.ways[0]


@dataclass(frozen=True)
class Turn:
    """Somebody who has gained or lost the client since."""

    user: User
    member_id: int
    words: str


@dataclass(frozen=True)
class Answer:
    """Then, beside now; what the page and the file show. Without `then` the client was not yet."""

    at: datetime
    is_now: bool
    then: Moment | None
    now: Moment | None

    @cached_property
    def access(self) -> dict[int, Access]:
        return self.then.access if self.then else {}

    @cached_property
    def present(self) -> dict[int, Access]:
        return self.now.access if self.now else {}

    @property
    def status(self) -> str:
        return str(ConnectionStatus(self.then.status).label) if self.then else ""

    @cached_property
    def people(self) -> dict[int, User]:
        """Everybody whom the answer names, by id: one query."""
        ids = {*self.access, *self.present}
        ids |= {way.by_id for a in self.access.values() for way in a.ways if way.by_id}
        ids |= {a.ways[0].by_id for a in self.present.values() if a.ways[0].by_id}
        found = User.objects.filter(pk__in=ids).only("full_name", "email")
        return {user.pk: user for user in found}

    def person(self, user_id: int | None) -> User:
        return self.people.get(user_id or 0, SOMEBODY)

    @cached_property
    def lines(self) -> list[Line]:
        found = (self._line(access) for access in self.access.values())
        return sorted(found, key=lambda line: (str(line.user).casefold(), line.user.pk))

    def _line(self, access: Access) -> Line:
        by_id = access.ways[0].by_id
        by = self.person(by_id) if by_id else None
        became = "Still open" if access.user_id in self.present else "Lost"
        return Line(self.person(access.user_id), access, by, became)

    @cached_property
    def lost(self) -> list[Turn]:
        assert self.now is not None
        gone = [a for a in self.access.values() if a.user_id not in self.present]
        return self._turns(
            (a, self.now.verdict(a.user_id).decisive.about(str(self.person(a.user_id))))
            for a in gone
        )

    @cached_property
    def gained(self) -> list[Turn]:
        new = [a for a in self.present.values() if a.user_id not in self.access]
        return self._turns((a, self._gain(a.ways[0])) for a in new)

    def _gain(self, way: Way) -> str:
        by = f", by {self.person(way.by_id)}" if way.by_id else ""
        why = f": {way.reason}" if way.reason else ""
        return f"{way.words}{by}{why}"

    def _turns(self, pairs: Any) -> list[Turn]:
        turns = [Turn(self.person(a.user_id), a.member_id, words) for a, words in pairs]
        return sorted(turns, key=lambda turn: (str(turn.user).casefold(), turn.user.pk))

    @property
    def some_lost(self) -> list[Turn]:
        return self.lost[:MOST_CHANGES]

    @property
    def some_gained(self) -> list[Turn]:
        return self.gained[:MOST_CHANGES]

    def cells(self) -> Iterator[list[object]]:
        """Who could, then who has gained it since."""
        for line in self.lines:
            yield self._cells(line)
        for turn in self.gained:
            yield self._cells(replace(self._line(self.present[turn.user.pk]), now="Gained"))

    def _cells(self, line: Line) -> list[object]:
        return [
            line.user.full_name,
            line.user.email,
            "; ".join(way.words for way in line.access.ways),
            line.way.since,
            line.by or "The system",
            line.way.reason,
            ", ".join(line.access.writes),
            ", ".join(line.access.reads),
            line.now,
        ]
