"""What people do with alerts: acknowledge, snooze, assign, and take it back (F-100)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import transaction

from clients.actions.colleagues import who_sees
from clients.actions.judging import judge, lock_connections
from clients.models import Alert, Connection
from clients.permissions import UPDATE_CLIENTS
from practice import clock
from practice.actions.limits import standing_now
from practice.errors import Refused
from practice.history import because
from practice.models import User
from practice.permissions import Verdict

LONGEST_SNOOZE = 90  # days
RESOLVED = "This alert is resolved already."
UNSEEN = "You may not see this client any more."


@dataclass
class Outcome:
    """`changed` alerts by id; `refused` says why not, once for each reason."""

    changed: list[int] = field(default_factory=list)
    refused: dict[str, int] = field(default_factory=dict)

    def refuse(self, why: str) -> None:
        self.refused[why] = self.refused.get(why, 0) + 1


@transaction.atomic
def acknowledge_alerts(firm_id: int, alert_ids: Collection[int], *, by: User) -> Outcome:
    """Somebody has seen them: they leave the badge, and stay until they are cured."""
    facts = {"acknowledged_at": clock.now(), "acknowledged_by": by, "snoozed_until": None}
    return change(firm_id, alert_ids, by, "Acknowledged an alert.", facts)


@transaction.atomic
def snooze_alerts(firm_id: int, alert_ids: Collection[int], *, days: int, by: User) -> Outcome:
    """Gone for so many times 24 hours, and open again after."""
    until = clock.now() + timedelta(days=days)
    facts = {"acknowledged_at": None, "acknowledged_by": None, "snoozed_until": until}
    reason = f"Snoozed an alert for {days} day{'' if days == 1 else 's'}."
    return change(firm_id, alert_ids, by, reason, facts)


@transaction.atomic
def reopen_alerts(firm_id: int, alert_ids: Collection[int], *, by: User) -> Outcome:
    """The way back from both."""
    facts = {"acknowledged_at": None, "acknowledged_by": None, "snoozed_until": None}
    return change(firm_id, alert_ids, by, "Opened an alert again.", facts)


@transaction.atomic
def assign_alert(alert: Alert, *, to: User | None, by: User) -> Alert:
    """To somebody who may see the client, or to nobody. Raises `Refused` where that is not so."""
    judged = lock_and_judge(alert.firm_id, [alert.connection_id], by)
    if not judged:
        raise Refused(UNSEEN)
    [(row, verdict)] = judged
    if not verdict.allowed:
        raise Refused(verdict.reason)
    alert = Alert.objects.select_for_update().get(pk=alert.pk)
    if not alert.is_unresolved:
        raise Refused(RESOLVED)
    if to is not None and to not in who_sees(row):
        raise Refused(f"{to} may not see {row.name}. Choose somebody else.")
    if alert.assignee_id != (to.pk if to else None):
        alert.assignee = to
        with because(f"Assigned an alert to {to or 'nobody'}.", by=by):
            alert.save(update_fields=["assignee"])
    return alert


def unassign_alerts(firm_id: int, user_id: int, *, by: User | None, reason: str) -> None:
    """Those that last, of somebody who leaves; in the transaction of the leaving."""
    theirs = Alert.objects.unresolved().filter(firm_id=firm_id, assignee_id=user_id)
    with because(reason, by=by):
        theirs.update(assignee=None)


def lock_and_judge(
    firm_id: int, connection_ids: Collection[int], by: User
) -> Sequence[tuple[Connection, Verdict]]:
    """The clients, locked in the order of their ids; those that the person sees no more are out."""
    rows = lock_connections(firm_id, connection_ids)
    return list(judge(rows, UPDATE_CLIENTS, standing_now(by, firm_id)).values())


def change(
    firm_id: int, alert_ids: Collection[int], by: User, reason: str, facts: dict[str, Any]
) -> Outcome:
    """Clients first, then the alerts; what is so already is left as it is, and counts as done."""
    of_firm = Alert.objects.filter(firm_id=firm_id, pk__in=alert_ids).order_by("pk")
    clients = set(of_firm.values_list("connection_id", flat=True))
    verdicts = {row.pk: verdict for row, verdict in lock_and_judge(firm_id, clients, by)}
    outcome = Outcome()
    for alert in of_firm.select_for_update():
        verdict = verdicts.get(alert.connection_id)
        if verdict is None or not verdict.allowed:
            outcome.refuse(verdict.reason if verdict else UNSEEN)
        elif not alert.is_unresolved:
            outcome.refuse(RESOLVED)
        else:
            outcome.changed.append(alert.pk)
    with because(reason, by=by):
        Alert.objects.filter(pk__in=outcome.changed).update(**facts)
    return outcome
