"""Files that people of a firm take away, and too many of them at once (F-102, S0.76)."""

from datetime import timedelta

from practice import clock
from practice.actions.unusual import call_unusual
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
        call_mass_download(firm, member, many)


def call_mass_download(firm: Firm, member: TeamMember, many: int) -> None:
    """On record once a day for each person."""
    kind = SecurityEventKind.UNUSUAL
    rows = TeamMember.objects.select_for_update(of=("self",)).select_related("firm", "user")
    member = rows.get(pk=member.pk)
    said = SecurityEvent.objects.filter(member=member, kind=kind)
    if said.filter(happened_at__gt=clock.now() - SAID_ONCE_IN).exists():
        return
    says = f"{many} downloads within an hour; unusual from {firm.mass_downloads} on"
    call_unusual(member, kind, says, noticed=NOTICED)


def forget_downloads() -> int:
    """In the system's realm."""
    return Download.objects.filter(at__lt=clock.now() - KEPT).order_by().delete()[0]
