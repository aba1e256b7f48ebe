"""`manage.py bench ingest`: batches of usage events over HTTP against bare COPY of the same rows.

Batches of a thousand events go through a whole request: key, reading, clients locked, insert, days,
snapshots, last activity. The floor of each batch is COPY of its rows into a table with the same
columns and indexes, in a transaction of its own, in the same run. Every batch is sent twice.

Clients report all day: the batches that are judged tell of the last hour, of clients that reported
before on this day. The first reports are sent before, and told as `first_ms`: a client's place in
the list moves with its last activity once an hour, in all of the list's indexes.
"""

import io
import json
import statistics
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from operator import eq
from random import Random
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db.models import Sum

from bench import ingest_kills, world
from bench.bulk import Owner, line
from bench.pages import prepare
from clients.models import Connection, UsageDay, UsageEvent, UsageSnapshot
from clients.roles import USAGE_COUNTS, UsageKind
from practice import clock, tenancy
from practice.history import because
from practice.models import ApiKey, Firm, TeamMember
from practice.models.api_keys import HINT, hash_of
from practice.roles import ApiScope

GOAL = 12.0  # times the floor
BATCH = 1000
WARM = 5  # batches that do not count
SECRET = "chk_" + "b" * 43  # of the bench's own database  # nosec B105
SEED = 229
COLUMNS = (
    "id", "firm_id", "connection_id", "event_id", "kind", "at", "count", "name", "received_at",
)  # fmt: skip
FLOOR = "app.bench_usageevent"


def options(parser: ArgumentParser) -> None:
    parser.add_argument("--connections", type=int, default=100_000, help="clients (100,000)")
    parser.add_argument("--batches", type=int, default=100, help="of a thousand events (100)")
    parser.add_argument("--kills", type=int, default=0, help="of the web server, afterwards (0)")


def run(chosen: Mapping[str, Any]) -> int:
    """Print one line; 1 when the goal is missed."""
    world.ensure(chosen["connections"])
    prepare()
    told = measured(chosen["batches"])
    lines = [told]
    if chosen["kills"]:
        lines.append(killed(chosen["kills"], chosen["batches"]))
    for line_told in lines:
        facts = {"bench": "ingest", "connections": chosen["connections"], **line_told}
        print(json.dumps(facts), flush=True)
    return 1 if any(each["missed"] for each in lines) else 0


def measured(batches: int) -> dict[str, Any]:
    settings.API_REQUESTS_PER_MINUTE = sys.maxsize
    firm_id, ids = scene()
    sender, taken, floors, wrong = Sender(), [], [], 0
    first = [sender.send(events)[0] for events in first_reports(ids)]
    with world.connect() as owner:
        make_floor(owner)
        for number, events in enumerate(made(ids, batches + WARM)):
            took, answer = sender.send(events)
            floor = copied(owner, firm_id, events, number)
            _, again = sender.send(events)
            wrong += (answer.get("new"), again.get("known")) != (BATCH, BATCH)
            if number >= WARM:
                taken.append(took)
                floors.append(floor)
        owner.execute(f"DROP TABLE {FLOOR}")
    ms, floor_ms = statistics.median(taken) * 1000, statistics.median(floors) * 1000
    lost = len(ids) + (batches + WARM) * BATCH - counted()
    ratio = ms / floor_ms
    missed = [
        name
        for name, is_missed in (("ratio", ratio > GOAL), ("answers", wrong), ("events", lost))
        if is_missed
    ]
    return {
        "batches": batches,
        "first_ms": round(statistics.median(first) * 1000, 1),
        "batch_ms": round(ms, 1),
        "copy_ms": round(floor_ms, 1),
        "events_per_s": round(BATCH / ms * 1000),
        "ratio": round(ratio, 2),
        "goal": GOAL,
        "missed": missed,
    }


def killed(kills: int, batches: int) -> dict[str, Any]:
    """Every event once, in its table, its day and its snapshot, whatever became of the server."""
    _, ids = scene()
    sent = list(made(ids, batches))
    struck = ingest_kills.strike(sent, SECRET, kills, SEED)
    events = [one for batch in sent for one in batch]
    counted_kinds = {kind.value for kind in USAGE_COUNTS}
    wanted = (
        len(events),
        sum(one["count"] for one in events if one["kind"] in counted_kinds),
        sum(one["count"] for one in events if one["kind"] == UsageKind.TRANSACTION),
    )
    found = (counted(), in_days(), in_snapshots())
    missed = [
        name
        for name, is_right in zip(
            ("events", "days", "snapshots"), map(eq, wanted, found), strict=True
        )
        if not is_right
    ]
    if struck["kills"] < kills:
        missed.append("kills")
    return {"batches": batches, **struck, "wanted": wanted, "found": found, "missed": missed}


def in_days() -> int:
    with tenancy.as_system():
        days = UsageDay.objects.filter(firm_id=world.BIG)
        sums = days.aggregate(**{name: Sum(name) for name in USAGE_COUNTS.values()})
    return sum(number or 0 for number in sums.values())


def in_snapshots() -> int:
    with tenancy.as_system():
        rows = UsageSnapshot.objects.filter(firm_id=world.BIG).values_list("monthly", flat=True)
        return sum(map(sum, rows.iterator()))


def scene() -> tuple[int, list[int]]:
    """The big firm with a key and no events yet, and its clients that may be told of.

    The world of the client list is another one afterwards, and is loaded anew when it is wanted.
    """
    with world.connect() as owner:
        owner.execute("DROP TABLE IF EXISTS app.bench_world")
        owner.execute("TRUNCATE clients_usageevent, clients_usageeventid")
    with tenancy.as_system():
        UsageDay.objects.filter(firm_id=world.BIG).delete()
        UsageSnapshot.objects.filter(firm_id=world.BIG).delete()
        firm = Firm.objects.get(pk=world.BIG)
        member = TeamMember.objects.filter(firm=firm).earliest("pk")
        with because("Made for the measurement."):
            ApiKey.objects.get_or_create(
                secret_hash=hash_of(SECRET),
                defaults={
                    "firm": firm,
                    "name": "Bench",
                    "hint": SECRET[:HINT],
                    "scopes": [ApiScope.ACTIVITY_WRITE],
                    "created_by": member.user,
                },
            )
        rows = Connection.objects.for_firm(firm).filter(status__in=["active", "paused"])
        return firm.pk, list(rows.order_by("pk").values_list("pk", flat=True))


def first_reports(ids: Sequence[int]) -> Iterator[list[dict[str, Any]]]:
    """A login of each client, half an hour ago."""
    at = (clock.now() - timedelta(minutes=30)).isoformat()
    kind = UsageKind.LOGIN.value
    for start in range(0, len(ids), BATCH):
        some = ids[start : start + BATCH]
        yield [{"id": f"first-{pk}", "client": pk, "at": at, "kind": kind} for pk in some]


def made(ids: Sequence[int], batches: int) -> Iterator[list[dict[str, Any]]]:
    """Events of the last hour, of clients at random; one in ten is about something with a name."""
    chance, now = Random(SEED), clock.now()  # noqa: S311  # nosec B311
    for batch in range(batches):
        yield [event(f"{batch}-{number}", chance, ids, now) for number in range(BATCH)]


def event(event_id: str, chance: Random, ids: Sequence[int], now: datetime) -> dict[str, Any]:
    at = now - timedelta(seconds=chance.randrange(3600))
    said = {"id": event_id, "client": chance.choice(ids), "at": at.isoformat()}
    if chance.random() < 0.1:
        return said | {
            "kind": UsageKind.BANK_CONNECTED.value,
            "name": f"Bank {chance.randrange(9)}",
        }
    return said | {"kind": chance.choice(list(USAGE_COUNTS)).value, "count": chance.randint(1, 9)}


class Sender:
    """A program that posts to the API, in this process, through every middleware."""

    def __init__(self) -> None:
        self.application = get_wsgi_application()

    def send(self, events: Sequence[Mapping[str, Any]]) -> tuple[float, dict[str, Any]]:
        body = json.dumps({"events": events}).encode()
        environ = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": "/api/v1/activity",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(body)),
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": "localhost",
            "HTTP_AUTHORIZATION": f"Bearer {SECRET}",
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": False,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        started = time.perf_counter()
        begin: Any = lambda *_: None  # noqa: E731
        answer: Any = self.application(environ, begin)
        told = b"".join(answer)
        answer.close()
        return time.perf_counter() - started, json.loads(told)


def make_floor(owner: Owner) -> None:
    owner.execute(f"DROP TABLE IF EXISTS {FLOOR}")
    owner.execute(f"CREATE TABLE {FLOOR} (LIKE clients_usageevent INCLUDING ALL)")
    owner.execute(f"ALTER TABLE {FLOOR} ADD UNIQUE (firm_id, event_id)")
    owner.commit()


def copied(owner: Owner, firm_id: int, events: Sequence[Mapping[str, Any]], number: int) -> float:
    """Seconds for the same rows by COPY, committed."""
    now = clock.now()
    rows = "".join(
        line(
            number * BATCH + place + 1,
            firm_id,
            one["client"],
            one["id"],
            one["kind"],
            one["at"],
            one.get("count", 1),
            one.get("name", ""),
            now.isoformat(),
        )
        for place, one in enumerate(events)
    )
    started = time.perf_counter()
    with owner.cursor().copy(f"COPY {FLOOR} ({', '.join(COLUMNS)}) FROM STDIN") as stream:
        stream.write(rows)
    owner.commit()
    return time.perf_counter() - started


def counted() -> int:
    with tenancy.as_system():
        return UsageEvent.objects.filter(firm_id=world.BIG).count()
