"""Billing verification: asked with a reason, pending, approved or refused (F-117, F-117a)."""

import pytest
from django.urls import reverse

from billing.actions.verification import decide_verification, why_unverified
from billing.models import BillingVerification
from billing.roles import VerificationStatus
from practice.errors import Refused
from practice.models import Message
from tests import factories

ASKED = {"reason": "We pay for our bookkeeping clients."}


def url(branch) -> str:
    return f"/harbour/billing/verification/{branch.pk}/"


def says(response) -> str:
    return response.content.decode()


def test_it_is_requested_with_a_reason_and_pending(client, branch_owner, branch):
    client.force_login(branch_owner)
    before = says(client.get(url(branch)))

    response = client.post(url(branch), ASKED, follow=True)

    row = BillingVerification.objects.get()
    assert "Not requested." in before
    assert "Pending (3–5 days)" in says(response)
    assert "We pay for our bookkeeping clients." in says(response)
    assert (row.status, row.requested_by, row.firm) == ("pending", branch_owner, branch.firm)
    assert why_unverified(branch).startswith("The billing verification of London is pending")


@pytest.mark.parametrize("reason", ["", "   ", "\u200b"])
def test_it_needs_a_reason(client, branch_owner, branch, reason):
    client.force_login(branch_owner)

    response = client.post(url(branch), {"reason": reason})

    assert response.status_code == 422
    assert not BillingVerification.objects.exists()


def test_asking_twice_is_told(client, branch_owner, branch):
    factories.BillingVerificationFactory(branch=branch, requested_by=branch_owner)
    client.force_login(branch_owner)

    response = client.post(url(branch), ASKED, follow=True)

    assert "London has asked already: the request is pending." in says(response)
    assert BillingVerification.objects.count() == 1


@pytest.mark.parametrize(("persona", "status"), [("viewer", 403), ("branch_admin", 403)])
def test_readers_do_not_ask(persona_client, persona, status, branch):
    client = persona_client(persona)

    assert client.get(url(branch)).status_code == 200
    assert client.post(url(branch), ASKED).status_code == status
    assert not BillingVerification.objects.exists()


def desk(client, branch) -> str:
    html = says(client.get(url(branch)))
    return html.partition('href="/test-gateway/')[2].partition('"')[0]


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        ({"status": "approved", "answer": ""}, "This branch can open Bill Us clients."),
        ({"status": "refused", "answer": "Who are they?"}, "Who are they?"),
    ],
)
def test_the_test_gateway_answers(client, branch_owner, branch, answer, shown):
    client.force_login(branch_owner)
    client.post(url(branch), ASKED)

    response = client.post(f"/test-gateway/{desk(client, branch)}", answer, follow=True)

    row = BillingVerification.objects.get()
    mail = Message.objects.get()
    assert shown in says(response)
    assert (row.status, bool(row.decided_at)) == (answer["status"], True)
    assert (mail.recipient, mail.firm) == (branch_owner.email, branch.firm)
    assert bool(why_unverified(branch)) == (answer["status"] == "refused")


def test_a_refusal_needs_words(client, branch_owner, branch):
    client.force_login(branch_owner)
    client.post(url(branch), ASKED)

    response = client.post(f"/test-gateway/{desk(client, branch)}", {"status": "refused"})

    assert response.status_code == 422
    assert BillingVerification.objects.get().status == "pending"


def test_without_the_test_gateway_operators_answer_alone(client, branch_owner, branch, settings):
    settings.TEST_GATEWAY = False
    factories.BillingVerificationFactory(branch=branch)
    client.force_login(branch_owner)

    assert desk(client, branch) == ""


def test_after_a_refusal_it_is_requested_again(client, branch_owner, branch):
    factories.BillingVerificationFactory(branch=branch, refused=True)
    client.force_login(branch_owner)

    client.post(url(branch), ASKED)

    assert list(BillingVerification.objects.values_list("status", flat=True)) == [
        "pending",
        "refused",
    ]


def test_an_answer_is_final(branch):
    row = factories.BillingVerificationFactory(branch=branch, approved=True)

    with pytest.raises(Refused, match="cannot become refused"):
        decide_verification(row, VerificationStatus.REFUSED, answer="No.")


def admin_page(row) -> str:
    return reverse("admin:billing_billingverification_change", args=[row.pk])


def test_an_operator_approves_in_admin(client, operator, branch):
    row = factories.BillingVerificationFactory(branch=branch)
    client.force_login(operator)

    client.post(admin_page(row), {"status": "approved", "answer": "Welcome."})

    row.refresh_from_db()
    assert (row.status, row.answer) == ("approved", "Welcome.")
    assert row.history.first().history_user == operator
    assert Message.objects.get().key == f"billing-verification:{row.pk}:approved"


def test_an_operator_does_not_refuse_without_words(client, operator, branch):
    row = factories.BillingVerificationFactory(branch=branch)
    client.force_login(operator)

    response = client.post(admin_page(row), {"status": "refused", "answer": " "})

    row.refresh_from_db()
    assert "Say why: the branch reads it." in says(response)
    assert row.status == "pending"
