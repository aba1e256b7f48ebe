"""The firm reviews a client's invitation, accepts it or rejects it (F-112a, F-113, F-113a)."""

import pytest

from clients.models import Connection
from clients.roles import BillingModel, ConnectionStatus
from invitations.models import ClientInvitation
from invitations.roles import InvitationStatus
from practice.models import Message
from tests import factories


@pytest.fixture
def waiting(branch) -> ClientInvitation:
    return factories.ClientInvitationFactory(
        branch=branch,
        account__name="Hillside Hotel",
        invited_by__full_name="Helen Hill",
        invited_by__email="helen@hillside.test",
        message="We met at <b>the fair</b>.",
    )


def url(row, page: str = "") -> str:
    return f"/harbour/invitations/{row.pk}/" + (f"{page}/" if page else "")


def fresh(row) -> ClientInvitation:
    return ClientInvitation.objects.get(pk=row.pk)


def test_the_review_says_all_that_the_client_said(client, branch_admin, waiting):
    client.force_login(branch_admin)

    page = client.get(url(waiting)).content.decode()

    for words in (
        "Hillside Hotel",
        "Helen Hill",
        "helen@hillside.test",
        "London",
        "Client Pays link",
        "We met at &lt;b&gt;the fair&lt;/b&gt;.",
        "Accept Invitation",
        "Reject Invitation",
    ):
        assert words in page


def test_accepted_the_client_is_in_the_list_at_once(client, branch_admin, waiting):
    client.force_login(branch_admin)
    before = client.get("/harbour/clients/").content.decode()
    confirm = client.get(url(waiting, "accept")).content.decode()

    response = client.post(url(waiting, "accept"), follow=True)

    row = Connection.objects.get(account=waiting.account)
    assert "Hillside Hotel" not in before
    assert "joins the list of London at once, as Client Pays" in confirm
    assert "is connected, as Client Pays" in response.content.decode()
    assert (row.status, row.billing_model) == (ConnectionStatus.ACTIVE, BillingModel.CLIENT_PAYS)
    assert (fresh(waiting).status, fresh(waiting).connection) == (InvitationStatus.ACCEPTED, row)
    assert "Hillside Hotel" in client.get("/harbour/clients/").content.decode()
    mail = Message.objects.get(recipient="helen@hillside.test")
    assert mail.subject == "Harbour Accounting accepted your invitation"
    assert "Open the client" in client.get(url(waiting)).content.decode()


def test_rejected_with_a_reason_that_the_client_reads(client, branch_admin, waiting):
    client.force_login(branch_admin)

    response = client.post(url(waiting, "reject"), {"reason": "We are full."}, follow=True)

    assert "No pending invitations" in response.content.decode()
    assert fresh(waiting).status == InvitationStatus.REJECTED
    assert "We are full." in Message.objects.get(recipient="helen@hillside.test").body
    assert not Connection.objects.filter(account=waiting.account).exists()
    assert "We are full." in client.get(url(waiting)).content.decode()


def test_a_reason_is_not_needed(client, branch_admin, waiting):
    client.force_login(branch_admin)

    client.post(url(waiting, "reject"), {})

    assert fresh(waiting).status == InvitationStatus.REJECTED


@pytest.mark.parametrize(("first", "second"), [("accept", "reject"), ("reject", "accept")])
def test_the_second_answer_is_too_late(client, branch_admin, waiting, first, second):
    client.force_login(branch_admin)
    client.post(url(waiting, first))
    status = fresh(waiting).status

    response = client.post(url(waiting, second), follow=True)

    assert f"This invitation was {first}ed" in response.content.decode()
    assert fresh(waiting).status == status


@pytest.mark.parametrize("page", ["accept", "reject"])
@pytest.mark.parametrize(
    ("persona", "status"),
    [
        ("billing_admin", 403),
        ("viewer", 403),
        ("assigned_member", 404),
        ("contact", 404),
        ("outsider", 404),
    ],
)
def test_others_cannot_answer(persona_client, persona, status, page, waiting):
    response = persona_client(persona).post(url(waiting, page))

    assert response.status_code == status
    assert fresh(waiting).status == InvitationStatus.PENDING


def test_who_may_not_answer_sees_why(client, viewer, waiting):
    client.force_login(viewer)

    page = client.get(url(waiting)).content.decode()

    assert 'aria-disabled="true"' in page
    assert "Create Clients" in page


def test_before_both_consents_there_is_no_access(client, branch_admin, super_admin, waiting):
    """C8: the firm reads what the invitation says, and nothing of the account."""
    for person in (branch_admin, super_admin):
        client.force_login(person)

        page = client.get("/harbour/clients/?q=hillside").content.decode()

        assert "Hillside Hotel" not in page
    assert not Connection.objects.filter(account=waiting.account).exists()


def test_an_account_owner_is_no_side_of_the_firm(client, account_owner, waiting):
    client.force_login(account_owner)

    assert client.get(url(waiting)).status_code == 404


def test_one_business_two_firms_each_with_its_own(
    client, branch_admin, outsider, account_owner, connection
):
    """F-115: Southgate accepts a client of Harbour; neither sees the other's notes and files."""
    factories.NoteFactory(connection=connection, text="Harbour’s own note.")
    place = Connection.objects.get(name="Smith, Jane").branch
    asked = factories.ClientInvitationFactory(
        branch=place, account=connection.account, invited_by=account_owner, external=True
    )
    client.force_login(outsider)

    client.post(f"/southgate/invitations/{asked.pk}/accept/")

    theirs = Connection.objects.get(account=connection.account, firm=place.firm)
    factories.NoteFactory(connection=theirs, text="Southgate’s own note.")
    notes = client.get(f"/southgate/clients/{theirs.pk}/notes/").content.decode()
    foreign = client.get(f"/southgate/clients/{connection.pk}/notes/")
    client.force_login(branch_admin)
    own = client.get(f"/harbour/clients/{connection.pk}/notes/").content.decode()
    client.force_login(account_owner)
    both = client.get(f"/companies/{connection.account_id}/external-access/").content.decode()
    assert ("Southgate’s own note." in notes, "Harbour’s own note." in notes) == (True, False)
    assert ("Harbour’s own note." in own, "Southgate’s own note." in own) == (True, False)
    assert foreign.status_code == 404
    assert ("Harbour Accounting" in both, "Southgate Books" in both) == (True, True)
