"""Invitations at Harbour's London, and their links."""

import pytest

from invitations.models import TeamInvitation
from invitations.models.links import TeamLink
from tests import factories

EMAIL = "nell@north.test"


@pytest.fixture
def invitation(branch, branch_owner) -> TeamInvitation:
    """Nell, who has no login yet, is asked to be a Member on London."""
    return factories.TeamInvitationFactory(
        branch=branch, invited_by=branch_owner, email=EMAIL, full_name="Nell New"
    )


@pytest.fixture
def mailed(invitation) -> TeamLink:
    return TeamLink(invitation.pk, invitation.nonce, is_mailed=True)


@pytest.fixture
def copied(invitation) -> TeamLink:
    return TeamLink(invitation.pk, invitation.nonce, is_mailed=False)


@pytest.fixture
def nell(db):
    """Nell has a login already."""
    return factories.UserFactory(email=EMAIL, full_name="Nell New")
