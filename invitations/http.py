"""Between a request and an invitation: which one, and may they."""

from django.http import Http404

from invitations.models import TeamInvitation
from practice.http import FirmRequest, require


def get_team_invitation(request: FirmRequest, invitation_id: int) -> TeamInvitation:
    """404 unless it may be seen; 403 unless one may invite to this place and role."""
    rows = TeamInvitation.objects.visible_to(request.standing)
    rows = rows.select_related("firm", "branch", "invited_by")
    invitation = rows.filter(pk=invitation_id).first()
    if invitation is None:
        raise Http404("No such invitation.")
    require(request.user, invitation.needs, invitation)
    return invitation
