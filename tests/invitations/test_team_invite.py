"""Invite Team Member, three steps and a summary (F-016)."""

from datetime import timedelta

import pytest

from invitations.models import TeamInvitation
from invitations.models.team import VALID_FOR
from invitations.roles import InvitationStatus
from practice.models import Message
from practice.roles import BranchRole, ParentRole
from tests import factories

URL = "/harbour/team/invite/"
LIST = "/harbour/team/invitations/"


def answers(place, /, **changes) -> dict[str, object]:
    return {
        "email": "Nell@North.test",
        "full_name": "Nell New",
        "scope": "branch",
        "branch": place.pk,
        "role": "member",
        **changes,
    }


def to_all(role: str) -> dict[str, str]:
    return {
        "email": "nell@north.test",
        "full_name": "Nell New",
        "scope": "all",
        "branch": "",
        "role": role,
    }


@pytest.mark.parametrize(
    ("persona", "status"),
    [
        ("super_admin", 200),
        ("branch_owner", 200),
        ("branch_admin", 200),
        ("viewer", 403),
        ("billing_admin", 403),
        ("assigned_member", 403),
        ("contact", 404),
        ("outsider", 404),
    ],
)
def test_who_may_open_it(persona_client, persona, status, branch):
    assert persona_client(persona).get(URL).status_code == status


def test_each_step_asks_its_own_and_keeps_the_rest(client, branch_owner, branch):
    client.force_login(branch_owner)
    given = answers(branch)

    access = client.post(
        f"{URL}?step=access", {"email": given["email"], "full_name": given["full_name"]}
    )
    role = client.post(f"{URL}?step=role", {k: v for k, v in given.items() if k != "role"})
    summary = client.post(f"{URL}?step=summary", given)

    assert [page.status_code for page in (access, role, summary)] == [200, 200, 200]
    assert list(access.context["form"].fields) == ["scope", "branch"]
    assert list(role.context["form"].fields) == ["role"]
    for page in (access, role, summary):
        assert 'value="Nell@North.test"' in page.content.decode()
    assert "Send Invitation" in summary.content.decode()
    assert not TeamInvitation.objects.exists()


def test_back_loses_nothing(client, branch_owner, branch):
    client.force_login(branch_owner)

    page = client.post(f"{URL}?step=who", answers(branch, role="admin"))

    html = page.content.decode()
    assert page.status_code == 200
    assert page.context["form"].initial["full_name"] == "Nell New"
    assert 'name="role" value="admin"' in html
    assert f'name="branch" value="{branch.pk}"' in html


@pytest.mark.parametrize(
    ("changes", "step", "says"),
    [
        ({"email": "nobody"}, "who", "Enter a valid email address."),
        ({"full_name": "\u200b"}, "who", "This field is required."),
        ({"branch": ""}, "access", "Choose the branch."),
        ({"scope": "moon"}, "access", "not one of the available choices"),
        ({"role": "emperor"}, "role", "not one of the available choices"),
        ({"role": ""}, "role", "This field is required."),
    ],
)
def test_the_first_step_that_is_wrong_comes_back(client, branch_owner, branch, changes, step, says):
    client.force_login(branch_owner)

    response = client.post(URL, answers(branch, **changes))

    assert (response.status_code, response.context["step"]) == (422, step)
    assert says in response.content.decode()
    assert not TeamInvitation.objects.exists()


def test_sending_makes_the_row_its_history_and_one_mail(client, branch_owner, branch):
    client.force_login(branch_owner)

    response = client.post(URL, answers(branch))

    row = TeamInvitation.objects.get()
    message = Message.objects.get()
    past = row.history.get()
    assert (response.status_code, response.url) == (302, LIST)
    assert (row.email, row.email_key, row.branch, row.branch_role, row.parent_role) == (
        "nell@north.test",
        "nell@north.test",
        branch,
        BranchRole.MEMBER,
        "",
    )
    assert row.expires_at - row.sent_at - VALID_FOR < timedelta(seconds=1)
    assert (past.history_user, past.history_change_reason) == (
        branch_owner,
        "Invited Nell New to London.",
    )
    assert (message.recipient, message.firm_id) == ("nell@north.test", branch.firm_id)
    assert message.subject == "Olga London Owner invites you to Harbour Accounting"
    assert "/join/" in message.body
    assert "Role: Member" in message.body


def test_a_double_click_sends_one_mail(client, branch_owner, branch):
    client.force_login(branch_owner)

    statuses = [client.post(URL, answers(branch)).status_code for _ in range(2)]

    assert statuses == [302, 302]
    assert (TeamInvitation.objects.count(), Message.objects.count()) == (1, 1)


def test_an_admin_cannot_invite_an_owner(client, branch_admin, branch):
    """Nobody gives more than they have: the choice is closed, and refused when it is forged."""
    client.force_login(branch_admin)

    step = client.post(f"{URL}?step=role", answers(branch))
    forged = client.post(URL, answers(branch, role="owner"))

    says = "Your role lacks what the role Owner gives: “Manage Billing”, “Manage Branches”."
    assert says in step.content.decode()
    assert forged.status_code == 422
    assert says in forged.content.decode()
    assert not TeamInvitation.objects.exists()


def test_parent_roles_need_their_permission(client, branch_owner, branch):
    client.force_login(branch_owner)

    step = client.post(f"{URL}?step=access", answers(branch))
    forged = client.post(URL, to_all("super_admin"))

    needed = "You need the permission “Manage Parent Roles”."
    assert needed in step.content.decode()
    assert (forged.status_code, forged.context["step"]) == (422, "access")
    assert needed in forged.content.decode()
    assert not TeamInvitation.objects.exists()


def test_a_super_admin_invites_to_all_branches(client, super_admin, branch):
    client.force_login(super_admin)

    client.post(URL, to_all("viewer"))

    row = TeamInvitation.objects.get()
    assert (row.branch, row.branch_role, row.parent_role) == (None, "", ParentRole.VIEWER)
    assert "Branches: all of them" in Message.objects.get().body


def test_a_branch_of_others_is_no_choice(client, branch_owner, branch, firm, outsider):
    foreign = outsider.team_members.get().firm
    elsewhere = factories.BranchFactory(firm=foreign)
    dublin = factories.BranchFactory(firm=firm, name="Dublin")
    client.force_login(branch_owner)

    answers_of_both = [
        client.post(URL, answers(branch, branch=each.pk)) for each in (elsewhere, dublin)
    ]

    assert [page.status_code for page in answers_of_both] == [422, 422]
    assert not TeamInvitation.objects.exists()


def test_a_colleague_of_the_branch_is_named_with_a_link(
    client, branch_owner, branch, unassigned_member
):
    client.force_login(branch_owner)
    member = unassigned_member.team_members.get()

    response = client.post(f"{URL}?step=role", answers(branch, email="UNA@harbour.test"))

    html = response.content.decode()
    assert (response.status_code, response.context["step"]) == (422, "access")
    assert "Una London Member works on London already." in html
    assert f'href="/harbour/team/{member.pk}/"' in html
    assert "branch" in response.context["form"].errors


def test_a_colleague_of_another_branch_may_be_invited(client, super_admin, firm, branch_owner):
    dublin = factories.BranchFactory(firm=firm, name="Dublin")
    client.force_login(super_admin)

    client.post(URL, answers(dublin, email=branch_owner.email))

    assert TeamInvitation.objects.get().branch == dublin


def test_a_parent_role_is_not_given_twice(client, super_admin, viewer, branch):
    client.force_login(super_admin)

    response = client.post(f"{URL}?step=role", {**to_all("viewer"), "email": viewer.email})

    assert response.status_code == 422
    assert "has the parent role Viewer already" in response.content.decode()


def test_who_is_invited_already_is_said(client, branch_owner, branch, invitation):
    client.force_login(branch_owner)

    early = client.post(f"{URL}?step=role", answers(branch))
    late = client.post(URL, answers(branch))

    for response in (early, late):
        assert response.status_code == 422
        assert "nell@north.test is invited to London already" in response.content.decode()
    assert TeamInvitation.objects.count() == 1


def test_a_new_invitation_takes_the_place_of_an_expired_one(client, branch_owner, branch):
    old = factories.TeamInvitationFactory(branch=branch, email="nell@north.test", overdue=True)
    client.force_login(branch_owner)

    response = client.post(URL, answers(branch))

    old.refresh_from_db()
    assert response.status_code == 302
    assert (old.status, TeamInvitation.objects.pending().count()) == (InvitationStatus.EXPIRED, 1)


def test_a_branch_has_fifty_pending_at_most(client, branch_owner, branch):
    for _ in range(50):
        factories.TeamInvitationFactory(branch=branch, invited_by=branch_owner)
    client.force_login(branch_owner)

    response = client.post(URL, answers(branch))

    assert response.status_code == 422
    assert "50 invitations to London wait for an answer already." in response.content.decode()


def test_without_a_branch_only_parent_roles_are_left(client, super_admin):
    client.force_login(super_admin)

    page = client.post(f"{URL}?step=access", {"email": "a@b.test", "full_name": "A"})

    assert "no branch yet" in page.content.decode()
