"""Constraints, moves and races of team invitations (F-016, F-016b)."""

import threading
from collections.abc import Callable
from contextlib import suppress

import pytest
from django.db import IntegrityError, transaction
from django.db import connection as database

from invitations.actions.answers import accept_as_newcomer, accept_invitation, reject_invitation
from invitations.actions.closing import close
from invitations.actions.team import (
    Offer,
    cancel_invitation,
    invite_to_team,
    resend_invitation,
)
from invitations.models import TeamInvitation
from invitations.models.links import TeamLink
from invitations.roles import InvitationStatus
from practice import tenancy
from practice.errors import Refused
from practice.history import because
from practice.models import Branch, BranchMembership, Message, TeamMember, User
from tests import factories

ENDS = (
    InvitationStatus.ACCEPTED,
    InvitationStatus.EXPIRED,
    InvitationStatus.REJECTED,
    InvitationStatus.CANCELLED,
)


@pytest.mark.parametrize(
    "facts",
    [
        {"branch_role": ""},
        {"parent_role": "viewer"},
        {"to_all": True, "parent_role": ""},
        {"to_all": True, "branch_role": "member"},
    ],
)
def test_an_invitation_is_to_a_branch_or_to_all(branch, facts):
    facts = {"firm": branch.firm, **facts} if "to_all" in facts else {"branch": branch, **facts}

    with pytest.raises(IntegrityError, match="to_branch_or_firm"), transaction.atomic():
        factories.TeamInvitationFactory(**facts)


@pytest.mark.parametrize("to_all", [False, True])
def test_one_is_pending_per_place_and_address(branch, to_all):
    facts = {"firm": branch.firm, "to_all": True} if to_all else {"branch": branch}
    factories.TeamInvitationFactory(**facts, email="a@b.test", accepted=True)
    factories.TeamInvitationFactory(**facts, email="a@b.test")

    with pytest.raises(IntegrityError, match="pending_once"), transaction.atomic():
        factories.TeamInvitationFactory(**facts, email="A@b.test")


@pytest.mark.parametrize("present", ENDS)
@pytest.mark.parametrize("wanted", ENDS)
def test_what_ended_stays_as_it_ended(branch, present, wanted):
    row = factories.TeamInvitationFactory(branch=branch, status=present)

    with pytest.raises(Refused, match="cannot become"):
        close(row, wanted)


def test_a_stranger_invites_nobody(branch, outsider):
    offer = Offer("a@b.test", "A", "member", branch)

    with pytest.raises(Refused, match="You do not work at this firm"):
        invite_to_team(branch.firm, offer, by=outsider)


def test_the_rows_of_a_firm_are_its_own(branch, outsider, invitation, as_firm, as_nobody):
    with as_firm(outsider.team_members.get().firm):
        theirs = TeamInvitation.objects.count()
    with as_nobody():
        nobodys = TeamInvitation.objects.count()

    assert (theirs, nobodys) == (0, 0)


@pytest.fixture
def office(transactional_db) -> Branch:
    """A branch that is really there, for threads with connections of their own."""
    return factories.BranchFactory(name="London")


def an_owner(branch: Branch) -> User:
    user = factories.UserFactory()
    member = factories.TeamMemberFactory(firm=branch.firm, user=user)
    factories.BranchMembershipFactory(branch=branch, member=member, owner=True)
    return user


@pytest.fixture
def sent(office) -> TeamInvitation:
    """Nell is asked to be a Member."""
    return factories.TeamInvitationFactory(
        branch=office, invited_by=an_owner(office), email="nell@north.test", full_name="Nell New"
    )


@pytest.fixture
def link(sent) -> TeamLink:
    return TeamLink(sent.pk, sent.nonce, is_mailed=True)


def at_once(*works: Callable[[], object]) -> list[object]:
    """All of them in threads of their own, together; what each answered."""
    together, answers = threading.Barrier(len(works), timeout=20), []

    def run(work: Callable[[], object]) -> None:
        try:
            together.wait()
            with tenancy.enter(tenancy.NOBODY):
                answers.append(work())
        except Refused as refusal:
            answers.append(refusal)
        finally:
            database.close()

    threads = [threading.Thread(target=run, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def refused(answers: list[object]) -> list[object]:
    return [answer for answer in answers if isinstance(answer, Refused)]


@pytest.mark.django_db(transaction=True)
def test_twenty_accept_at_once_and_one_joins(sent, link, nell):
    accept = lambda: accept_invitation(sent, link, by=nell)  # noqa: E731

    answers = at_once(*[accept] * 20)

    with tenancy.as_system():
        assert BranchMembership.objects.filter(member__user=nell).count() == 1
        assert TeamMember.objects.filter(user=nell).count() == 1
        assert Message.objects.filter(subject__contains="accepted your").count() == 1
    assert (len(answers), len(refused(answers))) == (20, 19)


@pytest.mark.django_db(transaction=True)
def test_twenty_newcomers_at_once_are_one_login(sent, link):
    register = lambda: accept_as_newcomer(  # noqa: E731
        sent, link, full_name="Nell", password="a long and calm sentence"
    )

    answers = at_once(*[register] * 20)

    with tenancy.as_system():
        assert User.objects.filter(email_key="nell@north.test").count() == 1
        assert (
            BranchMembership.objects.filter(member__user__email_key="nell@north.test").count() == 1
        )
    assert len(refused(answers)) == 19


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_round", range(4))
def test_resend_cancel_and_answers_at_once_have_one_outcome(sent, link, nell, _round):
    def in_office(action):
        with tenancy.in_firm(sent.firm_id, sent.invited_by_id):
            return action(sent, by=sent.invited_by)

    at_once(
        lambda: in_office(resend_invitation),
        lambda: in_office(cancel_invitation),
        lambda: accept_invitation(sent, link, by=nell),
        lambda: reject_invitation(sent, link),
    )

    with tenancy.as_system():
        row = TeamInvitation.objects.get()
        ends = [
            entry.status for entry in row.history.all() if entry.status != InvitationStatus.PENDING
        ]
        has_joined = BranchMembership.objects.filter(member__user=nell).exists()
    assert ends == [row.status]
    assert has_joined is (row.status == InvitationStatus.ACCEPTED)


@pytest.mark.django_db(transaction=True)
def test_two_who_invite_the_same_person_send_one_invitation(office):
    def invite(by):
        with tenancy.in_firm(office.firm_id, by.pk):
            return invite_to_team(office.firm, Offer("a@b.test", "A", "member", office), by=by)

    inviters = [an_owner(office), an_owner(office)]

    answers = at_once(*[lambda by=by: invite(by) for by in inviters] * 3)

    with tenancy.as_system():
        assert TeamInvitation.objects.count() == 1
        assert Message.objects.count() == 1
    assert len(refused(answers)) == 3


def test_a_link_of_another_sending_is_refused_in_the_action(invitation, mailed, nell):
    stale = TeamLink(invitation.pk, "older", is_mailed=True)

    with pytest.raises(Refused, match="a newer one was sent"):
        accept_invitation(invitation, stale, by=nell)


def test_another_person_is_refused_in_the_action(invitation, mailed, viewer):
    with pytest.raises(Refused, match="This invitation is for"):
        accept_invitation(invitation, mailed, by=viewer)


def test_changes_must_be_explained(invitation):
    with suppress(RuntimeError), pytest.raises(IntegrityError), transaction.atomic():
        TeamInvitation.objects.update(full_name="Other")

    with because("A typing error was corrected."):
        TeamInvitation.objects.update(full_name="Other")
