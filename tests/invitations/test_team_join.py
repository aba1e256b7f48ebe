"""The page behind the link: what is offered, accept, reject (F-016, F-016a)."""

from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.conf import settings
from django.utils import timezone

from invitations.models import TeamInvitation
from invitations.models.links import TeamLink
from invitations.roles import InvitationStatus
from practice.models import BranchMembership, Message, TeamMember, User
from practice.roles import BranchRole, ParentRole
from tests import factories

NEWCOMER = {"full_name": "Nell New", "password": "a long and calm sentence"}


def join(link: TeamLink, end: str = "") -> str:
    return f"/join/{link.token}/{end}"


def link_to(invitation: TeamInvitation) -> TeamLink:
    return TeamLink(invitation.pk, invitation.nonce, is_mailed=True)


def places(user: User) -> list[tuple[str, str]]:
    rows = BranchMembership.objects.filter(member__user=user, member__is_active=True)
    return list(rows.order_by("branch__name").values_list("branch__name", "role"))


def test_it_says_what_is_offered_to_whom_and_until_when(client, mailed):
    html = client.get(join(mailed)).content.decode()

    for words in (
        "Harbour Accounting",
        "London",
        "Member",
        "Olga London Owner",
        "nell@north.test",
        "Expires",
        "Accept Invitation",
        "Reject Invitation",
    ):
        assert words in html


def test_looking_changes_nothing(client, mailed, django_assert_num_queries):
    """Mail scanners open every link, some of them by HEAD."""
    before = TeamInvitation.objects.values().get()

    for end in ("", "reject/"):
        client.get(join(mailed, end))
        client.head(join(mailed, end))

    assert TeamInvitation.objects.values().get() == before
    assert not TeamMember.objects.filter(user__email="nell@north.test").exists()
    assert not User.objects.filter(email="nell@north.test").exists()


def test_a_newcomer_registers_joins_and_is_signed_in(client, mailed, branch, branch_owner):
    response = client.post(join(mailed), NEWCOMER)

    user = User.objects.get(email_key="nell@north.test")
    address = EmailAddress.objects.get(user=user)
    row = TeamInvitation.objects.get()
    assert (response.status_code, response.url) == (302, "/harbour/")
    assert (user.full_name, user.check_password(NEWCOMER["password"])) == ("Nell New", True)
    assert (address.email, address.verified, address.primary) == ("nell@north.test", True, True)
    assert places(user) == [("London", BranchRole.MEMBER)]
    assert row.status == InvitationStatus.ACCEPTED
    assert row.ends_at < row.expires_at
    assert "You work at Harbour Accounting now" in client.get("/harbour/").content.decode()


def test_joining_is_on_record_and_the_inviter_is_told(client, mailed, branch_owner):
    client.post(join(mailed), NEWCOMER)

    user = User.objects.get(email_key="nell@north.test")
    member = TeamMember.objects.get(user=user)
    says = "Accepted the invitation by Olga London Owner."
    entries = [
        row.history.first()
        for row in (member, member.memberships.get(), TeamInvitation.objects.get())
    ]
    assert [(e.history_user, e.history_change_reason) for e in entries] == [(user, says)] * 3
    message = Message.objects.get()
    assert (message.recipient, message.subject) == (
        branch_owner.email,
        "Nell New accepted your invitation to Harbour Accounting",
    )


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"password": "123"}, "too short"),
        ({"password": "nell@north.test"}, "too similar"),
        ({"password": ""}, "This field is required."),
        ({"full_name": "\u200b"}, "This field is required."),
    ],
)
def test_a_bad_password_is_said_and_the_name_kept(client, mailed, changes, says):
    response = client.post(join(mailed), {**NEWCOMER, "full_name": "Nell Newer", **changes})

    html = response.content.decode()
    assert response.status_code == 422
    assert says in html
    assert ("Nell Newer" in html) is ("full_name" not in changes)
    assert not User.objects.filter(email_key="nell@north.test").exists()


def test_with_a_login_one_signs_in_and_comes_back(client, mailed, nell):
    sent_away = client.post(join(mailed))
    back = client.post(
        sent_away.url, {"login": nell.email, "password": factories.PASSWORD, "next": join(mailed)}
    )
    accepted = client.post(join(mailed))

    assert sent_away.url.startswith("/login/?next=")
    assert back.url == join(mailed)
    assert accepted.url == "/harbour/"
    assert places(nell) == [("London", BranchRole.MEMBER)]


def test_the_address_is_compared_folded(client, branch, branch_owner, nell):
    row = factories.TeamInvitationFactory(
        branch=branch, invited_by=branch_owner, email="NELL@North.Test"
    )
    client.force_login(nell)

    assert client.post(join(link_to(row))).status_code == 302


def test_somebody_else_is_told_and_may_sign_out(client, mailed, viewer):
    client.force_login(viewer)

    seen, sent = client.get(join(mailed)), client.post(join(mailed))

    assert (seen.status_code, sent.status_code) == (200, 403)
    for response in (seen, sent):
        html = response.content.decode()
        assert (
            "This invitation is for nell@north.test. You are signed in as vera@harbour.test."
            in html
        )
        assert "Sign out and come back" in html
    assert TeamInvitation.objects.get().is_pending
    assert client.post("/logout/", {"next": join(mailed)}).url == join(mailed)


def test_a_copied_link_does_not_prove_the_address(client, copied, invitation):
    """Else whoever invites could make a proved login for an address that is not theirs."""
    response = client.post(join(copied), NEWCOMER)

    user = User.objects.get(email_key="nell@north.test")
    assert response.url == "/confirm-email/"
    assert not EmailAddress.objects.get(user=user).verified
    assert places(user) == []
    assert TeamInvitation.objects.get().is_pending

    confirm = Message.objects.get(subject="Confirm your email address")
    path = confirm.body.partition(settings.SITE_URL)[2].split()[0]
    back = client.post(path)
    accepted = client.post(join(copied))

    assert (back.url, accepted.url) == (join(copied), "/harbour/")
    assert places(user) == [("London", BranchRole.MEMBER)]


def test_who_works_on_another_branch_gets_one_more(client, firm, branch_owner, super_admin):
    dublin = factories.BranchFactory(firm=firm, name="Dublin")
    row = factories.TeamInvitationFactory(
        branch=dublin, email=branch_owner.email, invited_by=super_admin, branch_role="admin"
    )
    client.force_login(branch_owner)

    client.post(join(link_to(row)))

    assert places(branch_owner) == [("Dublin", "admin"), ("London", "owner")]


def test_all_branches_give_the_parent_role(client, firm, super_admin, nell):
    row = factories.TeamInvitationFactory(
        to_all=True, firm=firm, email=nell.email, invited_by=super_admin
    )
    client.force_login(nell)

    client.post(join(link_to(row)))

    assert TeamMember.objects.get(user=nell).parent_role == ParentRole.VIEWER


def test_who_comes_back_begins_without_what_they_had(client, firm, branch, mailed, nell):
    dublin = factories.BranchFactory(firm=firm, name="Dublin")
    member = factories.TeamMemberFactory(firm=firm, user=nell, super_admin=True, is_active=False)
    factories.BranchMembershipFactory(branch=dublin, member=member, owner=True)
    client.force_login(nell)

    client.post(join(mailed))

    member.refresh_from_db()
    assert (member.is_active, member.parent_role) == (True, "")
    assert places(nell) == [("London", BranchRole.MEMBER)]


def test_a_firm_that_requires_a_second_factor_asks_for_it_first(client, firm, mailed):
    with factories.arranging():
        firm.requires_second_factor = True
        firm.save()
        TeamInvitation.objects.update(invited_by=a_secured_owner(firm))

    accepted = client.post(join(mailed), NEWCOMER)

    assert accepted.url == "/harbour/"
    assert client.get("/harbour/").url == "/security/"


def a_secured_owner(firm) -> User:
    from allauth.mfa.models import Authenticator

    user = factories.UserFactory()
    factories.TeamMemberFactory(firm=firm, user=user, super_admin=True)
    Authenticator.objects.create(user=user, type="totp", data={})
    return user


def lose_role(user: User) -> None:
    user.team_members.get().memberships.update(role="member")


def leave(user: User) -> None:
    user.team_members.update(is_active=False)


def be_switched_off(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


@pytest.mark.parametrize("change", [lose_role, leave, be_switched_off])
def test_the_inviter_must_still_be_allowed_to(client, mailed, nell, branch_owner, change):
    with factories.arranging():
        change(branch_owner)
    client.force_login(nell)

    response = client.post(join(mailed))

    assert response.status_code == 422
    assert "can no longer invite you to this role" in response.content.decode()
    assert places(nell) == []
    assert TeamInvitation.objects.get().is_pending


def test_a_newcomer_is_not_registered_for_an_invitation_that_fails(client, mailed, branch_owner):
    with factories.arranging():
        lose_role(branch_owner)

    response = client.post(join(mailed), NEWCOMER)

    assert response.status_code == 422
    assert not User.objects.filter(email_key="nell@north.test").exists()


def test_an_archived_branch_is_not_joined(client, mailed, nell, branch):
    with factories.arranging():
        branch.is_archived = True
        branch.save()
    client.force_login(nell)

    response = client.post(join(mailed))

    assert (response.status_code, places(nell)) == (422, [])


def test_a_place_that_one_has_is_not_changed(client, mailed, nell, branch, firm):
    member = factories.TeamMemberFactory(firm=firm, user=nell)
    factories.BranchMembershipFactory(branch=branch, member=member, admin=True)
    client.force_login(nell)

    response = client.post(join(mailed))

    assert "You work on London already." in response.content.decode()
    assert places(nell) == [("London", "admin")]


@pytest.mark.parametrize(
    ("traits", "says"),
    [
        ({"overdue": True}, "This invitation has expired"),
        ({"status": "expired"}, "This invitation has expired"),
        ({"cancelled": True}, "no longer valid"),
        ({"accepted": True}, "accepted already"),
        ({"rejected": True}, "was rejected"),
    ],
)
@pytest.mark.parametrize("end", ["", "reject/"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_link_that_ended_says_why_and_no_more(
    client, branch, branch_owner, traits, says, end, method
):
    row = factories.TeamInvitationFactory(
        branch=branch, invited_by=branch_owner, email="nell@north.test", **traits
    )
    before = TeamInvitation.objects.values().get()

    response = getattr(client, method)(join(link_to(row), end), NEWCOMER)

    html = response.content.decode()
    assert response.status_code == 410
    assert says in html
    assert "Harbour Accounting" in html
    for secret in ("London", "Olga", "nell@north.test", "Member", "/harbour/"):
        assert secret not in html
    assert TeamInvitation.objects.values().get() == before


def test_a_replaced_link_says_so(client, mailed):
    TeamInvitation.objects.update(nonce="another")

    response = client.post(join(mailed), NEWCOMER)

    assert response.status_code == 410
    assert "This link is no longer valid: a newer one was sent." in response.content.decode()


def test_eight_days_on_it_has_expired(client, mailed):
    with time_machine.travel(timezone.now() + timedelta(days=8), tick=False):
        response = client.get(join(mailed))

    assert (response.status_code, "has expired" in response.content.decode()) == (410, True)


def test_whose_invitation_it_was_finds_the_way_in(client, mailed, nell):
    client.force_login(nell)
    client.post(join(mailed))

    response = client.get(join(mailed))

    assert response.status_code == 410
    assert 'href="/harbour/"' in response.content.decode()


@pytest.mark.parametrize("token", ["x", "1-x.y", "1-abc.", "99999999-x.sig"])
def test_what_we_did_not_sign_is_not_complete(client, mailed, token):
    response = client.get(f"/join/{token}/")

    assert response.status_code == 404
    assert "This link is not complete." in response.content.decode()


def test_a_signature_is_for_one_invitation(client, mailed, branch, branch_owner):
    other = factories.TeamInvitationFactory(branch=branch, invited_by=branch_owner)
    forged = mailed.token.replace(str(mailed.invitation_id), str(other.pk), 1)

    assert client.get(f"/join/{forged}/").status_code == 404


def test_reject_asks_first_and_ends_it(client, mailed, copied):
    asked = client.get(join(mailed, "reject/"))
    still = TeamInvitation.objects.get().is_pending
    done = client.post(join(mailed, "reject/"))

    row = TeamInvitation.objects.get()
    assert (asked.status_code, still, done.status_code) == (200, True, 200)
    assert "You have rejected this invitation." in done.content.decode()
    assert row.status == InvitationStatus.REJECTED
    assert row.history.first().history_change_reason == "Rejected the invitation."
    assert client.post(join(copied), NEWCOMER).status_code == 410


def test_join_is_no_address_for_a_firm(db):
    from practice.actions.firms import free_slug

    assert free_slug("Join") == "join-2"
