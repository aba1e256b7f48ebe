"""Access that ends by itself, sixty days after the last visit or sooner (F-142, F-142b, C26).

What may be opened is judged by the clock alone (`Connection.access_status`). The work here puts it
on record and tells people, in sets: each batch is one transaction, and run twice it does nothing,
because the row keeps for which visit it was said.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import connection as database
from django.db.models import Q
from django.db.models.lookups import LessThanOrEqual

from clients.actions.colleagues import sees, standings_of
from clients.actions.correspondence import keep_each
from clients.models import Connection, EventKind, TeamAssignment
from clients.models.connections import LAST_VISIT, ConnectionQuerySet
from clients.models.external import CONNECTED
from practice import clock, tenancy
from practice.actions.outbox import mail_of, post_messages
from practice.emails import site_link
from practice.history import because
from practice.models import Firm, Message, User

BATCH = 10_000
MOST_MAILS = 10  # to one person at a time
EXPIRED = "The firm’s access expired after {} days without a visit."
SAID = "The firm’s access to the account expired after {} days without a visit"
OF_CLIENT = (
    *("firm", "branch", "name", "status", "is_restricted", "last_accessed_at", "created_at"),
    *("access_disabled_at", "access_requested_at"),
)
OF_PLACES = (
    *("firm__name", "firm__slug", "firm__access_days", "firm__access_warning_days"),
    "branch__name",
)

ON_RECORD = """
UPDATE clients_connection SET access_expired_for = coalesce(last_accessed_at, created_at)
WHERE id = ANY (%(ids)s)
"""
LINES = """
INSERT INTO clients_activityevent (firm_id, connection_id, kind, text, at)
SELECT firm_id, id, %(kind)s, %(text)s, %(at)s FROM clients_connection WHERE id = ANY (%(ids)s)
"""

Ids = Sequence[int]
Batch = Sequence[Connection]


@dataclass(frozen=True)
class Span:
    """The days without a visit at some firms: until the access ends, and until the warning."""

    access: int
    warning: int

    @classmethod
    def each(cls) -> "list[Span]":
        """Those that firms have chosen, the usual one mostly."""
        with tenancy.as_system():
            chosen = Firm.objects.order_by("access_days", "access_warning_days").distinct()
            return [cls(*days) for days in chosen.values_list("access_days", "access_warning_days")]

    def expired(self) -> ConnectionQuerySet:
        rows = self.open_to_the_firm().filter(visited_before(self.access))
        return rows.exclude(access_expired_for=LAST_VISIT)

    def expiring(self) -> ConnectionQuerySet:
        idle = self.open_to_the_firm().audible().filter(visited_before(self.warning))
        near = idle.exclude(visited_before(self.access))
        return near.exclude(access_warned_for=LAST_VISIT)

    def open_to_the_firm(self) -> ConnectionQuerySet:
        """Connected, and neither disabled by the client nor asked for."""
        firms = Firm.objects.filter(access_days=self.access, access_warning_days=self.warning)
        return Connection.objects.filter(
            firm__in=firms.order_by().values("pk"),
            status__in=CONNECTED,
            access_disabled_at=None,
            access_requested_at=None,
        )


def expire_access() -> int:
    """Record what has expired, and mail those who are assigned; how many clients there were."""
    return sum(
        in_batches(span.expired, partial(write_expired, days=span.access)) for span in Span.each()
    )


def warn_of_expiry() -> int:
    """Some days before, one notice to those who are assigned; none of paused clients (F-067)."""
    return sum(in_batches(span.expiring, write_warned) for span in Span.each())


def visited_before(days: int) -> Q:
    """Last visited so long ago, or longer."""
    return Q(LessThanOrEqual(LAST_VISIT, clock.now() - timedelta(days=days)))


def in_batches(due: Callable[[], ConnectionQuerySet], write: Callable[[Ids], None]) -> int:
    """Once through the clients in the order of their ids; those that are locked wait."""
    with tenancy.as_system():
        waiting = sorted(due().order_by().values_list("pk", flat=True))
    done = 0
    for start in range(0, len(waiting), BATCH):
        with tenancy.as_system():
            rows = due().filter(pk__in=waiting[start : start + BATCH]).order_by("pk")
            locked = rows.select_for_update(no_key=True, skip_locked=True)
            ids = list(locked.values_list("pk", flat=True))
            if ids:
                write(ids)
        done += len(ids)
    return done


def write_expired(ids: Ids, *, days: int) -> None:
    note_expired(ids, days)
    tell(ids, "clients/access_expired")


def note_expired(ids: Ids, days: int) -> None:
    """On record: the client's history and timeline. In the caller's transaction."""
    with because(EXPIRED.format(days)), database.cursor() as cursor:
        words: dict[str, Any] = {"ids": ids, "text": SAID.format(days), "at": clock.now()}
        cursor.execute(ON_RECORD, words)
        cursor.execute(LINES, {**words, "kind": EventKind.ACCESS.value})


def note_if_expired(row: Connection) -> None:
    """Before it is asked for or given again: the end stands on record, whether the job was there
    or not."""
    is_on_record = row.access_disabled_at or row.access_expired_for == row.last_visit_at
    if row.has_expired and not is_on_record:
        note_expired([row.pk], row.firm.access_days)


def write_warned(ids: Ids) -> None:
    Connection.objects.filter(pk__in=ids).update(access_warned_for=LAST_VISIT)
    tell(ids, "clients/access_expiring")


def tell(ids: Ids, template: str) -> None:
    """A mail to each person about each client that they are assigned to and see. Of many at once,
    as weeks after an import, it is one that names none: a colleague may read it in the outbox."""
    running = TeamAssignment.objects.running().filter(content_object_id__in=ids).order_by()
    tied = set(running.values_list("content_object_id", flat=True))
    found = Connection.objects.audible().filter(pk__in=tied).select_related("firm", "branch")
    batch = list(found.only(*OF_CLIENT, *OF_PLACES).order_by("pk"))
    kept: list[tuple[Message, Connection]] = []
    sums = []
    for (_, person), rows in people_of(batch).items():
        if len(rows) > MOST_MAILS:
            sums.append(mail_to(person, template, rows))
        else:
            kept += [(mail_to(person, template, [row]), row) for row in rows]
    written = post_messages([*(message for message, _ in kept), *sums])
    keep_each(zip(written, (row for _, row in kept), strict=False))


def mail_to(person: User, template: str, rows: Batch) -> Message:
    first = rows[0]
    words: dict[str, object] = {"firm_slug": first.firm.slug}
    is_one = len(rows) == 1
    if is_one:
        link = site_link("clients:client-dashboard", **words, connection_id=first.pk)
    else:
        link = site_link("clients:client-list", **words)
    return mail_of(
        template,
        key=f"{template}:{person.pk}:{first.pk}:{first.last_visit_at:%Y%m%d%H%M%S%f}",
        recipient=person.email,
        firm=first.firm,
        person=person,
        count=len(rows),
        days=first.firm.access_days,
        idle=first.firm.access_warning_days,
        left=first.firm.access_days - first.firm.access_warning_days,
        connection=first if is_one else None,
        link=link,
    )


def people_of(batch: Batch) -> Mapping[tuple[int, User], list[Connection]]:
    """Who is assigned and sees the client; somebody at two firms is told by each."""
    told: dict[tuple[int, User], list[Connection]] = defaultdict(list)
    by_id = {row.pk: row for row in batch}
    ties = TeamAssignment.objects.running().filter(content_object_id__in=by_id)
    tied = list(ties.filter(user__is_active=True).select_related("user").order_by("pk"))
    standings = {
        firm_id: standings_of(firm_id, {tie.user_id for tie in tied if tie.firm_id == firm_id})
        for firm_id in {tie.firm_id for tie in tied}
    }
    for tie in tied:
        row, standing = by_id[tie.content_object_id], standings[tie.firm_id].get(tie.user_id)
        if standing and sees(standing, row, tie.role):
            told[tie.firm_id, tie.user].append(row)
    return told
