"""What was noticed about a person of the team: on record, and told to the Super Admins (F-102)."""

from django.db.models import QuerySet

from practice.actions.outbox import post_mail
from practice.emails import site_link
from practice.history import because
from practice.models import Firm, SecurityEvent, SecurityEventKind, TeamMember

KINDS = (SecurityEventKind.UNUSUAL, SecurityEventKind.NEW_COUNTRY)


def call_unusual(member: TeamMember, kind: SecurityEventKind, says: str, *, noticed: str) -> None:
    """`says` names the threshold too; `noticed` is a sentence for the history."""
    firm = member.firm
    with because(noticed):
        event = SecurityEvent.objects.create(firm=firm, member=member, kind=kind, details=says)
    admins = TeamMember.objects.for_firm(firm).super_admins().select_related("user")
    for admin in admins.order_by("pk"):
        post_mail(
            "practice/unusual_activity",
            key=f"unusual:{event.pk}:{admin.user_id}",
            recipient=admin.user.email,
            firm=firm,
            person=admin.user,
            member=member,
            says=says,
            link=site_link("practice:security-settings", firm_slug=firm.slug),
        )


def unusual(firm: Firm) -> QuerySet[SecurityEvent]:
    return SecurityEvent.objects.for_firm(firm).filter(kind__in=KINDS)
