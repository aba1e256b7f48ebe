"""What the client's own people may do: the client access level, of one client or of thousands."""

from collections.abc import Iterable, Sequence

from django.db import transaction

from clients.actions.events import record_lines
from clients.actions.judging import Outcome, Result, in_order, judge, lock_connections, only
from clients.models import Connection, EventKind
from clients.permissions import UPDATE_ACCESS
from clients.roles import AccessLevel, PortalFeature
from practice.actions.limits import standing_now
from practice.errors import Refused
from practice.history import because
from practice.models import User
from practice.permissions import Verdict

NOTHING_CHOSEN = "Choose at least one feature, or “No Access”."


def set_access_level(
    connection: Connection,
    level: AccessLevel,
    *,
    by: User,
    features: Iterable[str] = (),
    reason: str = "",
) -> Outcome:
    """Raises `Refused` where the person may not; "unchanged" when it is so already."""
    ids, firm_id = [connection.pk], connection.firm_id
    return only(set_access_levels(firm_id, ids, level, by=by, features=features, reason=reason))


@transaction.atomic
def set_access_levels(
    firm_id: int,
    connection_ids: Iterable[int],
    level: AccessLevel,
    *,
    by: User,
    features: Iterable[str] = (),
    reason: str = "",
) -> list[Outcome]:
    """Give clients of the firm one level, at once, and keep why (F-052, F-052a, F-055a).

    `features` count for Custom Access only, which needs one at least: raises `Refused`.
    """
    asked, chosen = list(connection_ids), chosen_features(level, features)
    rows = lock_connections(firm_id, asked)
    verdicts = judge(rows, UPDATE_ACCESS, standing_now(by, firm_id))
    outcomes = {
        pk: outcome(row, verdict, level, chosen, reason) for pk, (row, verdict) in verdicts.items()
    }
    changing = [row for row in rows if row.pk in outcomes and outcomes[row.pk].is_changed]
    if changing:
        write(changing, level, chosen, by=by, reason=reason)
    return in_order(asked, outcomes)


def chosen_features(level: AccessLevel, features: Iterable[str]) -> list[str]:
    """In the order in which pages name them; none for a level that does not pick."""
    if level != AccessLevel.CUSTOM:
        return []
    picked = set(features)
    chosen = [feature.value for feature in PortalFeature if feature in picked]
    if not chosen:
        raise Refused(NOTHING_CHOSEN)
    return chosen


def outcome(
    row: Connection, verdict: Verdict, level: AccessLevel, features: list[str], reason: str
) -> Outcome:
    """A new reason for the same level is a change; no reason leaves the old one standing."""
    is_same = (row.access_level, row.access_features) == (level, features)
    if is_same and reason in {"", row.access_reason}:
        return Outcome(row.pk, Result.UNCHANGED, f"{row.name} has {level.label} already.")
    if not verdict.allowed:
        return Outcome(row.pk, Result.REFUSED, verdict.reason)
    before = AccessLevel(row.access_level).label
    return Outcome(row.pk, Result.CHANGED, f"{before} → {level.label}")


def write(
    rows: Sequence[Connection], level: AccessLevel, features: list[str], *, by: User, reason: str
) -> None:
    facts = {"access_level": level, "access_features": features, "access_reason": reason}
    with because(reason or f"Set the client access level to {level.label}.", by=by):
        Connection.objects.filter(pk__in=[row.pk for row in rows]).update(**facts)
    said = f"{by} set the client access level to {level.label}"
    record_lines(
        [(row, f"{said} — “{reason}”" if reason else said) for row in rows],
        EventKind.ACCESS,
        by=by,
    )
