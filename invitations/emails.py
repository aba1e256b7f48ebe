"""What the mails about invitations say."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from clients.models import Connection
from invitations.models import BranchLink, ClientInvitation, ReconnectInvitation, TeamInvitation
from invitations.models.links import ConnectLink, ReconnectLink, TeamLink
from practice.emails import Mail, render_mail, site_link
from practice.models import User
from practice.templatetags.wording import moment_words


def invitation_words(invitation: TeamInvitation) -> dict[str, Any]:
    """For `invitations/team_invitation`; its link proves the address."""
    link = TeamLink(invitation.pk, invitation.nonce, is_mailed=True)
    until = until_words(invitation.expires_at, invitation.firm.time_zone)
    return {"invitation": invitation, "link": link.url, "until": until}


def accepted_words(invitation: TeamInvitation) -> dict[str, Any]:
    """For `invitations/team_accepted`, to whoever invited."""
    team = site_link("practice:team", firm_slug=invitation.firm.slug)
    return {"invitation": invitation, "team_url": team}


def reconnect_words(invitation: ReconnectInvitation) -> dict[str, Any]:
    """For `invitations/reconnect`, to the client."""
    link = ReconnectLink(invitation.pk, invitation.nonce, is_mailed=True)
    connection = invitation.connection
    until = until_words(invitation.ends_at, connection.firm.time_zone)
    return {"invitation": invitation, "connection": connection, "link": link.url, "until": until}


def reconnected_words(invitation: ReconnectInvitation, connection: Connection) -> dict[str, Any]:
    """For `invitations/reconnected`, to whoever invited."""
    slug = connection.firm.slug
    page = site_link("clients:client-detail", firm_slug=slug, connection_id=connection.pk)
    return {"invitation": invitation, "connection": connection, "link": page}


def client_invited_words(invitation: ClientInvitation) -> dict[str, Any]:
    """For `invitations/client_invited`, to the branch."""
    page = site_link("invitations:invitation-list", firm_slug=invitation.branch.firm.slug)
    until = until_words(invitation.ends_at, invitation.branch.firm.time_zone)
    return {"invitation": invitation, "link": page, "until": until}


def client_accepted_words(invitation: ClientInvitation) -> dict[str, Any]:
    """For `invitations/client_accepted`, to the client."""
    page = site_link("clients:company-access", account_id=invitation.account_id)
    return {"invitation": invitation, "link": page}


def client_rejected_words(invitation: ClientInvitation) -> dict[str, Any]:
    """For `invitations/client_rejected`, to the client."""
    return {"invitation": invitation}


def client_expired_words(invitation: ClientInvitation) -> dict[str, Any]:
    """For `invitations/client_expired`, to the client."""
    page = site_link("clients:company-access", account_id=invitation.account_id)
    return {"invitation": invitation, "link": page}


def link_mail(link: BranchLink, by: User) -> Mail:
    """The summary that the firm copies into a mail of its own; nothing of it is sent (C7)."""
    facts = {"branch": link.branch, "firm": link.branch.firm, "by": by}
    return render_mail("invitations/branch_link", {**facts, "link": ConnectLink.of(link).url})


def until_words(end: datetime, zone_name: str) -> str:
    zone = ZoneInfo(zone_name)
    with timezone.override(zone):
        return f"{moment_words(end)} ({zone.key})"
