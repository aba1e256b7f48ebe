"""The daily digest of alerts: one mail per person, about their own clients only (F-101a)."""

from collections.abc import Iterator
from datetime import date

from django.db.models import Q, QuerySet

from clients.actions.colleagues import Colleague, colleagues
from clients.models import Alert, AlertState, TeamAssignment
from clients.models.alerts import AlertQuerySet
from practice import clock
from practice.actions.jobs import Progress
from practice.actions.outbox import mail_of, post_messages
from practice.emails import site_link
from practice.models import Firm, Message

MOST_LINES = 20


def send_digests() -> Iterator[Progress]:
    """A stretch for each firm. Nobody is written to twice on a day, however often it runs."""
    firm_ids = list(firms_with_alerts().order_by("pk").values_list("pk", flat=True))
    for done, firm in enumerate(Firm.objects.filter(pk__in=firm_ids).order_by("pk"), start=1):
        send_for_firm(firm, clock.today())
        yield Progress(done, len(firm_ids))


def firms_with_alerts() -> QuerySet[Firm]:
    waiting = Alert.objects.in_state(AlertState.OPEN).order_by()
    return Firm.objects.filter(pk__in=waiting.values("firm_id"))


def send_for_firm(firm: Firm, today: date) -> int:
    """How many people of the firm have something to read."""
    found = (digest(firm, one, today) for one in people_of(firm))
    messages = [message for message in found if message]
    post_messages(messages)
    return len(messages)


def people_of(firm: Firm) -> list[Colleague]:
    """Active people who are assigned to a client, or to an alert that lasts."""
    tied = TeamAssignment.objects.running().filter(firm_id=firm.pk).order_by()
    given = Alert.objects.for_firm(firm).unresolved().filter(assignee__isnull=False).order_by()
    wanted = Q(user_id__in=tied.values("user_id")) | Q(user_id__in=given.values("assignee_id"))
    return colleagues(firm.pk, wanted & Q(user__is_active=True))


def digest(firm: Firm, person: Colleague, today: date) -> Message | None:
    """None where nothing waits for the person."""
    alerts = own(person).select_related("connection").order_by("-pk")
    lines = list(alerts[: MOST_LINES + 1])
    if not lines:
        return None
    many = len(lines) if len(lines) <= MOST_LINES else alerts.count()
    return mail_of(
        "clients/alert_digest",
        key=f"alert-digest:{firm.pk}:{person.user.pk}:{today.isoformat()}",
        recipient=person.user.email,
        firm=firm,
        person=person.user,
        lines=lines[:MOST_LINES],
        many=many,
        more=many - len(lines[:MOST_LINES]),
        link=site_link("clients:alert-list", firm_slug=firm.slug),
    )


def own(person: Colleague) -> AlertQuerySet:
    """Open alerts of the clients that the person is assigned to, and those assigned to them."""
    standing = person.standing
    ties = TeamAssignment.objects.of(standing.user_id, standing.firm_id).order_by()
    is_own = Q(connection__in=ties.values("content_object_id")) | Q(assignee=person.user)
    rows: AlertQuerySet = Alert.objects.visible_to(standing)
    return rows.in_state(AlertState.OPEN).filter(is_own)
