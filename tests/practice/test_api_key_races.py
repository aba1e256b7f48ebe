"""A form sent twice at once is one key (F-226)."""

import pytest

from practice import tenancy
from practice.actions.api_keys import create_api_key
from practice.models import ApiKey, Firm, User
from tests import factories
from tests.invitations.test_team_actions import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_clicks_at_once_make_one_key_and_show_one_secret():
    member = factories.TeamMemberFactory(super_admin=True)
    firm, boss = member.firm, member.user

    answers = at_once(*[lambda: create(firm, boss)] * 4)

    assert len({secret for _, secret in answers}) == 1
    with tenancy.as_system():
        assert ApiKey.objects.count() == ApiKey.history.count() == 1


def create(firm: Firm, by: User) -> tuple[ApiKey, str]:
    with tenancy.in_firm(firm.pk, by.pk):
        return create_api_key(firm, by=by, name="K", scopes=["clients:read"], once="x" * 43)
