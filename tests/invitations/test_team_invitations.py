"""Team Invitations: pending rows, their menu, and history (F-016a…F-016c)."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from invitations.models import TeamInvitation
from invitations.models.links import TeamLink
from invitations.roles import InvitationStatus
from practice.models import Message
from tests import factories

URL = "/harbour/team/invitations/"
DONE = ("accepted", "rejected", "cancelled", "overdue")


def page_of(invitation, name: str) -> str:
    return f"{URL}{invitation.pk}/{name}/"


def pending(response) -> list[str]:
    return [row.invitation.full_name for row in response.context["waiting"].rows]


def past(response) -> list[str]:
    return [row.full_name for row in response.context["history"].rows]


@pytest.fixture
def history(branch, branch_owner):
    """One of each end."""
    facts = {"branch": branch, "invited_by": branch_owner}
    return [factories.TeamInvitationFactory(**facts, full_name=end, **{end: True}) for end in DONE]


def test_pending_rows_stand_above_the_history_with_its_dates(
    client, branch_owner, invitation, history
):
    client.force_login(branch_owner)

    response = client.get(URL)

    html = response.content.decode()
    assert pending(response) == ["Nell New"]
    assert sorted(past(response)) == sorted(DONE)
    for words in ("Resend", "Copy link", "Cancel", "History", "Team Members", "Team Invitations"):
        assert words in html
    for word in ("Accepted", "Expired", "Rejected", "Cancelled"):
        assert f">{word}</span>" in html


def test_seven_days_on_it_is_history(client, branch_owner, invitation):
    """F-016a: nobody has to come by for it to expire."""
    with time_machine.travel(timezone.now() + timedelta(days=7, minutes=1), tick=False):
        client.force_login(branch_owner)
        response = client.get(URL)

    assert (pending(response), past(response)) == ([], ["Nell New"])
    assert ">Expired</span>" in response.content.decode()
    assert TeamInvitation.objects.get().status == InvitationStatus.PENDING


def test_empty_lists_say_what_fills_them(client, branch_owner):
    client.force_login(branch_owner)

    html = client.get(URL).content.decode()

    assert "No pending invitations" in html
    assert "No history yet" in html


def test_members_see_the_rows_and_not_what_to_do(client, assigned_member, invitation):
    client.force_login(assigned_member)

    html = client.get(URL).content.decode()

    assert "Nell New" in html
    assert "You need the permission “Manage Team”." in html
    assert page_of(invitation, "link") not in html


def test_those_to_all_branches_are_for_who_sees_parent_roles(
    persona_client, firm, super_admin, invitation
):
    factories.TeamInvitationFactory(to_all=True, firm=firm, full_name="Vic", invited_by=super_admin)

    seen = {
        persona: pending(persona_client(persona).get(URL))
        for persona in ("super_admin", "viewer", "billing_admin", "branch_owner")
    }

    assert {persona: sorted(names) for persona, names in seen.items()} == {
        "super_admin": ["Nell New", "Vic"],
        "viewer": ["Nell New", "Vic"],
        "billing_admin": ["Nell New"],
        "branch_owner": ["Nell New"],
    }


def test_the_branch_of_the_selector_narrows_the_list(client, super_admin, firm, invitation):
    dublin = factories.BranchFactory(firm=firm, name="Dublin")
    factories.TeamInvitationFactory(branch=dublin, full_name="Nia", invited_by=super_admin)
    client.force_login(super_admin)
    session = client.session
    session[f"branch:{firm.pk}"] = dublin.pk
    session.save()

    assert pending(client.get(URL)) == ["Nia"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "NELL"}, (["Nell New"], [])),
        ({"q": "north.test"}, (["Nell New"], [])),
        ({"outcome": "expired"}, ([], ["overdue"])),
        ({"outcome": "accepted"}, ([], ["accepted"])),
        ({"outcome": "pending"}, (["Nell New"], [])),
    ],
)
def test_the_filter(client, branch_owner, invitation, history, query, found):
    client.force_login(branch_owner)

    response = client.get(URL, query)

    assert (pending(response), past(response)) == found


def test_a_filter_without_result_offers_everything(client, branch_owner, invitation):
    client.force_login(branch_owner)

    html = client.get(URL, {"q": "zzz"}).content.decode()

    assert "Nothing is pending here" in html
    assert "Show all invitations" in html


def test_an_unknown_status_is_an_error(client, branch_owner, branch):
    client.force_login(branch_owner)

    assert client.get(URL, {"outcome": "lost"}).status_code == 422


def test_long_histories_have_pages(client, branch_owner, branch):
    for _ in range(51):
        factories.TeamInvitationFactory(branch=branch, invited_by=branch_owner, accepted=True)
    client.force_login(branch_owner)

    first = client.get(URL).context["history"]
    second = client.get(f"{URL}{first.next_url}").context["history"]

    assert (first.label, second.label) == ("1–50 of 51", "51–51 of 51")


def test_the_export_holds_what_the_list_shows(client, branch_owner, invitation, history):
    factories.TeamInvitationFactory(
        branch=invitation.branch, full_name="=1+1", invited_by=branch_owner, accepted=True
    )
    client.force_login(branch_owner)

    response = client.get(f"{URL}export/")

    lines = b"".join(response.streaming_content).decode("utf-8-sig").splitlines()
    assert lines[0] == "Name,Email,Access,Role,Status,Invited by,Sent (UTC),Ends (UTC)"
    assert len(lines) == 7
    assert any(line.startswith("Nell New,nell@north.test,London,Member,Pending,") for line in lines)
    assert any(line.startswith("'=1+1,") for line in lines)
    assert any(",Expired," in line for line in lines)


def test_query_count_is_constant(client, super_admin, branch, django_assert_num_queries):
    facts = {"branch": branch}
    factories.TeamInvitationFactory(**facts)
    factories.TeamInvitationFactory(**facts, accepted=True)
    client.force_login(super_admin)
    with CaptureQueriesContext(database) as few:
        client.get(URL)
    for _ in range(2):
        factories.TeamInvitationFactory(**facts)
        factories.TeamInvitationFactory(**facts, accepted=True)

    with django_assert_num_queries(len(few)):
        client.get(URL)


def test_resend_mails_a_new_link_for_seven_days(client, branch_admin, invitation, mailed):
    """F-016b. Who sends it again vouches for it from now on."""
    client.force_login(branch_admin)

    response = client.post(page_of(invitation, "resend"))

    row = TeamInvitation.objects.get()
    message = Message.objects.get()
    assert (response.status_code, response.url) == (302, URL)
    assert row.nonce != invitation.nonce
    assert row.expires_at > invitation.expires_at
    assert row.invited_by == branch_admin
    assert TeamLink(row.pk, row.nonce, is_mailed=True).url in message.body
    assert "no longer valid" in client.get(f"/join/{mailed.token}/").content.decode()
    assert (
        row.history.first().history_change_reason == "Sent the invitation again, with a new link."
    )


def test_resend_waits_a_minute(client, branch_owner, invitation):
    client.force_login(branch_owner)
    client.post(page_of(invitation, "resend"))

    response = client.post(page_of(invitation, "resend"), follow=True)

    assert "less than a minute ago" in response.content.decode()
    assert Message.objects.count() == 1


def test_an_expired_invitation_is_not_sent_again(client, branch_owner, branch):
    row = factories.TeamInvitationFactory(branch=branch, overdue=True, invited_by=branch_owner)
    client.force_login(branch_owner)

    response = client.post(page_of(row, "resend"), follow=True)

    assert "This invitation has expired." in response.content.decode()
    assert not Message.objects.exists()


def test_copy_link_shows_a_link_that_works(client, branch_owner, invitation, copied):
    client.force_login(branch_owner)

    html = client.get(page_of(invitation, "link")).content.decode()
    client.logout()

    assert copied.url in html
    assert client.get(f"/join/{copied.token}/").status_code == 200


def test_cancel_asks_first_and_voids_the_link(client, branch_owner, invitation, mailed):
    client.force_login(branch_owner)

    asked = client.get(page_of(invitation, "cancel"))
    still = TeamInvitation.objects.get().status
    done = client.post(page_of(invitation, "cancel"))

    row = TeamInvitation.objects.get()
    link = client.get(f"/join/{mailed.token}/")
    assert (asked.status_code, still, done.status_code) == (200, InvitationStatus.PENDING, 302)
    assert row.status == InvitationStatus.CANCELLED
    assert row.ends_at < invitation.ends_at
    assert (link.status_code, "no longer valid" in link.content.decode()) == (410, True)
    assert row.history.first().history_change_reason == "Cancelled the invitation."


@pytest.mark.parametrize("name", ["resend", "cancel"])
def test_what_is_answered_stays_answered(client, branch_owner, history, name):
    client.force_login(branch_owner)

    for row in history:
        client.post(page_of(row, name))

    assert sorted(past(client.get(URL))) == sorted(DONE)
    assert not Message.objects.exists()


@pytest.mark.parametrize("name", ["resend", "cancel", "link"])
@pytest.mark.parametrize(
    ("persona", "status"),
    [("viewer", 403), ("unassigned_member", 403), ("contact", 404), ("outsider", 404)],
)
def test_others_cannot(persona_client, invitation, name, persona, status):
    client = persona_client(persona)

    url = page_of(invitation, name)
    response = client.get(url) if name == "link" else client.post(url)

    assert response.status_code == status
    assert TeamInvitation.objects.get().is_pending


@pytest.mark.parametrize("name", ["resend", "cancel", "link"])
def test_the_link_of_a_greater_role_is_not_for_an_admin(
    client, branch_admin, branch, branch_owner, name
):
    """Whoever holds the link of a newcomer could answer in their place."""
    row = factories.TeamInvitationFactory(
        branch=branch, branch_role="owner", invited_by=branch_owner
    )
    client.force_login(branch_admin)

    url = page_of(row, name)
    response = client.get(url) if name == "link" else client.post(url)

    assert response.status_code == 403
    assert TeamInvitation.objects.get().is_pending


def test_colleagues_who_read_the_outbox_do_not_get_the_link(client, viewer, super_admin, branch):
    client.force_login(super_admin)
    words = {"email": "nell@north.test", "full_name": "Nell", "scope": "branch"}
    client.post("/harbour/team/invite/", {**words, "branch": branch.pk, "role": "owner"})
    message = Message.objects.get()
    client.force_login(viewer)

    html = client.get(f"/harbour/activity/outbox/{message.pk}/").content.decode()

    assert "(a link for the recipient alone)" in html
    assert "/join/" not in html


def test_the_change_is_in_the_audit_trail_without_its_secret(client, branch_owner, invitation):
    client.force_login(branch_owner)
    client.post(page_of(invitation, "cancel"))

    html = client.get("/harbour/activity/audit/").content.decode()

    assert "Team invitation" in html
    assert "Cancelled the invitation." in html
    assert invitation.nonce not in html
