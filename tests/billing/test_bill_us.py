"""Add Client > Charge Us (Bill Us): plan, account, review, create (F-116, F-117, F-118)."""

import re
from decimal import Decimal

import pytest
from django.urls import reverse

from billing.models import BranchInvoice, Span
from clients.models import Connection, OwnerInvitation
from practice.models import Message
from tests import factories

URL = "/harbour/clients/add/bill-us/"


@pytest.fixture
def verified(branch):
    factories.BillingVerificationFactory(branch=branch, approved=True)
    return branch


@pytest.fixture
def plan():
    row = factories.PlanFactory(code="solo", name="Solo")
    factories.PlanPriceFactory(plan=row)
    return row


@pytest.fixture
def answers(plan) -> dict[str, str]:
    return {
        "plan": plan.code,
        "name": "Brimstone Ltd",
        "client_number": "2001",
        "country": "GB",
        "contact_name": "Bea Brim",
        "contact_email": "bea@brim.test",
        "owner_name": "Otto Owner",
        "owner_email": "otto@brim.test",
    }


def says(response) -> str:
    return response.content.decode()


def test_step_by_step_to_a_client(client, branch_owner, verified, answers):
    client.force_login(branch_owner)

    first = says(client.get(URL))
    second = says(client.post(f"{URL}?step=account", {"plan": "solo"}))
    third = says(client.post(f"{URL}?step=review", answers))
    done = client.post(URL, answers, follow=True)

    row = Connection.objects.get(client_number="2001")
    span = Span.objects.get(connection=row)
    assert "£20.00 a month" in first
    assert 'name="client_number" value="1001"' in second
    assert "Create Client Account" in third
    assert "as this is the first client of the branch" in third
    assert "Brimstone Ltd is created as Bill Us." in says(done)
    assert (row.billing_model, row.status, row.plan) == ("bill_us", "active", "Solo")
    assert (span.branch, span.plan.code) == (verified, "solo")


def test_the_owner_gets_a_mail_to_sign_in_by(client, branch_owner, verified, answers):
    client.force_login(branch_owner)
    client.post(URL, answers)

    invitation = OwnerInvitation.objects.get()
    mail = Message.objects.get(recipient="otto@brim.test")
    link = re.search(r"http\S+(/own/\S+)", mail.body)[1]
    client.logout()
    page = client.get(link)

    assert (invitation.full_name, invitation.connection.client_number) == ("Otto Owner", "2001")
    assert page.status_code == 200
    assert "Brimstone Ltd" in says(page)


def test_without_an_owner_the_contact_is_asked(client, branch_owner, verified, answers):
    client.force_login(branch_owner)

    client.post(URL, {**answers, "owner_name": "", "owner_email": ""})

    assert OwnerInvitation.objects.get().email == "bea@brim.test"


def test_a_colleague_is_not_the_owner(client, branch_owner, verified, answers):
    client.force_login(branch_owner)

    response = client.post(URL, {**answers, "owner_email": branch_owner.email})

    assert response.status_code == 422
    assert "This address belongs to a colleague at your firm." in says(response)
    assert not Connection.objects.filter(client_number="2001").exists()


def test_the_next_number_is_given(client, branch_owner, verified, answers):
    factories.ConnectionFactory(branch=verified, client_number="1041")
    client.force_login(branch_owner)

    page = says(client.post(f"{URL}?step=review", {**answers, "client_number": ""}))
    client.post(URL, {**answers, "client_number": ""})

    assert 'name="client_number" value="1042"' in page
    assert Connection.objects.get(name="Brimstone Ltd").client_number == "1042"


def test_a_taken_number_is_refused_where_it_was_typed(client, branch_owner, verified, answers):
    factories.ConnectionFactory(branch=verified, client_number="2001")
    client.force_login(branch_owner)

    response = client.post(f"{URL}?step=review", answers)
    sent = client.post(URL, answers)

    assert response.status_code == sent.status_code == 422
    assert "This Client ID is already in use at your firm." in says(response)
    assert "This Client ID is already in use at your firm." in says(sent)
    assert Connection.objects.filter(client_number="2001").count() == 1


def test_two_clicks_are_one_client(client, branch_owner, verified, answers):
    client.force_login(branch_owner)

    replies = [client.post(URL, answers) for _ in range(2)]

    row = Connection.objects.get(client_number="2001")
    page = reverse("clients:client-detail", args=["harbour", row.pk])
    assert [reply["Location"] for reply in replies] == [page, page]
    assert OwnerInvitation.objects.count() == 1


@pytest.mark.parametrize(
    ("asked", "says_why"),
    [
        (None, "Request billing verification first."),
        ({}, "is pending: it takes 3–5 days."),
        ({"refused": True}, "was refused: Tell us who the clients are."),
    ],
)
def test_until_it_is_verified_the_button_is_closed(
    client, branch_owner, branch, answers, asked, says_why
):
    if asked is not None:
        factories.BillingVerificationFactory(branch=branch, **asked)
    client.force_login(branch_owner)

    page = says(client.post(f"{URL}?step=review", answers))
    sent = client.post(URL, answers)

    assert says_why in page
    assert 'aria-disabled="true"' in page
    assert sent.status_code == 422
    assert not Connection.objects.filter(client_number="2001").exists()


@pytest.mark.parametrize(
    ("persona", "status"),
    [
        ("super_admin", 200),
        ("branch_owner", 200),
        ("branch_admin", 403),
        ("billing_admin", 403),
        ("viewer", 403),
        ("assigned_member", 403),
        ("contact", 404),
        ("outsider", 404),
    ],
)
def test_it_takes_both_permissions(persona_client, persona, status, branch):
    assert persona_client(persona).get(URL).status_code == status


def test_the_first_client_is_charged_at_once_and_the_second_is_not(
    client, branch_owner, verified, answers
):
    client.force_login(branch_owner)

    client.post(URL, answers)
    page = says(client.post(f"{URL}?step=review", {**answers, "client_number": "2002"}))
    client.post(URL, {**answers, "client_number": "2002", "name": "Second Ltd"})

    assert "on the next invoice" in page
    assert BranchInvoice.objects.get().total <= Decimal("20.00")


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": " "}, "name"),
        ({"contact_email": "nobody"}, "contact_email"),
        ({"owner_name": ""}, "owner_name"),
        ({"owner_email": ""}, "owner_email"),
        ({"country": "XX"}, "country"),
        ({"plan": "prime"}, "plan"),
        ({"client_number": "x" * 41}, "client_number"),
    ],
)
def test_bad_answers_are_told_where_they_stand(
    client, branch_owner, verified, answers, changed, field
):
    client.force_login(branch_owner)

    response = client.post(f"{URL}?step=review", {**answers, **changed})

    assert response.status_code == 422
    assert f"id_{field}" in says(response)


def test_another_firms_branch_is_not_chosen(client, branch_owner, verified, outsider, answers):
    other = factories.BranchFactory(firm=outsider.team_members.get().firm, name="Secret")
    client.force_login(branch_owner)

    page = says(client.get(f"{URL}?branch={other.pk}"))

    assert "Secret" not in page
    assert "London" in page
