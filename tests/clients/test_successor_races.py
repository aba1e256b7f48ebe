"""Answers, revocations and downloads at once have one outcome, with real commits (F-244)."""

import pytest

from clients.actions.handover import (
    ask_consent,
    decline_consent,
    give_consent,
    revoke_link,
    take_pack,
)
from clients.models import HandoverPack
from clients.models.handover import LinkState
from clients.models.handover_links import PackLink, Purpose
from practice import tenancy
from practice.models import Message, User
from tests import factories
from tests.clients.handing_over import made
from tests.invitations.test_team_actions import at_once, refused

pytestmark = pytest.mark.django_db(transaction=True)
TO = {"name": "Newman & Co", "email": "new@man.test"}


@pytest.fixture
def boss(db) -> User:
    return factories.TeamMemberFactory(super_admin=True).user


@pytest.fixture
def asked(boss) -> HandoverPack:
    with tenancy.as_system():
        firm = boss.team_members.get().firm
        branch = factories.BranchFactory(firm=firm)
        owner = factories.UserFactory(email="otto@acme.test")
        row = factories.ConnectionFactory(branch=branch, account__owner=owner)
        return ask_consent(made(row, boss), by=boss, **TO)


def now(pack: HandoverPack) -> HandoverPack:
    with tenancy.as_system():
        return HandoverPack.objects.get(pk=pack.pk)


def test_consent_given_twice_at_once_is_one(asked):
    link = PackLink.of(asked, Purpose.CONSENT)

    answers = at_once(*[lambda: give_consent(asked, link, name="Otto")] * 6)

    with tenancy.as_system():
        mails = Message.objects.filter(recipient=TO["email"]).count()
    assert (len(answers), len(refused(answers)), mails) == (6, 5, 1)


def test_consented_or_declined(asked):
    link = PackLink.of(asked, Purpose.CONSENT)

    answers = at_once(
        lambda: give_consent(asked, link, name="Otto"),
        lambda: decline_consent(asked, link, name="Otto"),
    )

    row = now(asked)
    assert (len(answers), len(refused(answers))) == (2, 1)
    assert (row.consented_at is None) == (row.link_state == LinkState.DECLINED)


def test_a_download_is_before_the_revocation_or_not_at_all(asked, boss):
    pack = give_consent(asked, PackLink.of(asked, Purpose.CONSENT), name="Otto")
    link = PackLink.of(pack, Purpose.DOWNLOAD)

    def take() -> str:
        take_pack(pack, link).close()
        return "taken"

    def revoke() -> None:
        with tenancy.in_firm(pack.firm_id, boss.pk):
            revoke_link(pack, by=boss)

    answers = at_once(take, take, take, revoke)
    late = at_once(take)

    row = now(pack)
    assert row.link_state == LinkState.REVOKED
    assert row.downloads == answers.count("taken")
    assert len(refused(late)) == 1
