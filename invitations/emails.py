"""What the mails about invitations say."""

from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from invitations.models import TeamInvitation
from invitations.models.links import TeamLink
from practice.emails import site_link
from practice.templatetags.wording import moment_words


def invitation_words(invitation: TeamInvitation) -> dict[str, Any]:
    """For `invitations/team_invitation`; its link proves the address."""
    link = TeamLink(invitation.pk, invitation.nonce, is_mailed=True)
    zone = ZoneInfo(invitation.firm.time_zone)
    with timezone.override(zone):
        until = moment_words(invitation.expires_at)
    return {"invitation": invitation, "link": link.url, "until": f"{until} ({zone.key})"}


def accepted_words(invitation: TeamInvitation) -> dict[str, Any]:
    """For `invitations/team_accepted`, to whoever invited."""
    team = site_link("practice:team", firm_slug=invitation.firm.slug)
    return {"invitation": invitation, "team_url": team}
