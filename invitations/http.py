"""Between a request and an invitation: which one, and may they."""

from django.http import Http404

from clients.models import ClientAccount, Connection
from invitations.models import ClientInvitation, ReconnectInvitation, TeamInvitation
from practice.http import FirmRequest, require
from practice.tenancy import as_system


def get_team_invitation(request: FirmRequest, invitation_id: int) -> TeamInvitation:
    """404 unless it may be seen; 403 unless one may invite to this place and role."""
    rows = TeamInvitation.objects.visible_to(request.standing)
    rows = rows.select_related("firm", "branch", "invited_by")
    invitation = rows.filter(pk=invitation_id).first()
    if invitation is None:
        raise Http404("No such invitation.")
    require(request.user, invitation.needs, invitation)
    return invitation


def get_client_invitation(request: FirmRequest, invitation_id: int) -> ClientInvitation:
    """404 unless it came to a branch whose clients the person may view."""
    rows = ClientInvitation.objects.visible_to(request.standing)
    rows = rows.select_related("firm", "branch", "answered_by")
    invitation = rows.filter(pk=invitation_id).first()
    if invitation is None:
        raise Http404("No such invitation.")
    return invitation


def get_waiting(connection: Connection) -> ReconnectInvitation | None:
    """The invitation to come back that waits for this client's answer."""
    rows = ReconnectInvitation.objects.pending().filter(connection=connection)
    return rows.select_related("invited_by").first()


def get_account_of(connection: Connection) -> ClientAccount:
    """A firm no longer sees the account that it left; of it, this page tells who would answer."""
    with as_system():
        accounts = ClientAccount.objects.select_related("owner")
        return accounts.get(pk=connection.account_id)
