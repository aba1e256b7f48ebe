"""Files that people of a firm take away, and too many of them at once (F-102, S0.76)."""

from datetime import timedelta

from django.db.models import QuerySet

from practice import clock
from practice.actions.outbox import post_mail
from practice.emails import site_link
from practice.history import because
from practice.models import Download, Firm, SecurityEvent, SecurityEventKind, TeamMember

WITHIN = timedelta(hours=1)
SAID_ONCE_IN = timedelta(hours=24)  # of one person
KEPT = timedelta(days=30)
NOTICED = "Noticed an unusual number of downloads."


def note_download(firm: Firm, member: TeamMember, name: str) -> None:
    """Remember it, and raise "unusual activity" from the firm's threshold on; 0 is never."""
    now = clock.now()
    Download.objects.create(firm_id=firm.pk, member=member, name=name[:200], at=now)
    recent = Download.objects.filter(member=member, at__gt=now - WITHIN)
    if firm.mass_downloads and (many := recent.count()) >= firm.mass_downloads:
        call_unusual(firm, member, many)


def call_unusual(firm: Firm, member: TeamMember, many: int) -> None:
    """On record once a day for each person, and told to the Super Admins by mail."""
    member = TeamMember.objects.select_for_update().select_related("user").get(pk=member.pk)
    if unusual(firm).filter(member=member, happened_at__gt=clock.now() - SAID_ONCE_IN).exists():
        return
    says = f"{many} downloads within an hour; unusual from {firm.mass_downloads} on"
    with because(NOTICED):
        event = SecurityEvent.objects.create(
            firm_id=firm.pk, member=member, kind=SecurityEventKind.UNUSUAL, details=says
        )
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
    return SecurityEvent.objects.for_firm(firm).filter(kind=SecurityEventKind.UNUSUAL)


def forget_downloads() -> int:
    """In the system's realm."""
    return Download.objects.filter(at__lt=clock.now() - KEPT).order_by().delete()[0]
