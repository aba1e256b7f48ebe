"""Payment methods of branches: entered at the provider, in the branch's currency (F-127)."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from billing.actions.methods import keep_branch_method
from billing.gateways.builtin import choose, opened
from billing.models import PaymentMethod
from practice.errors import Refused
from tests import factories

LIST = "/harbour/billing/methods/"


def url(branch, page: str) -> str:
    return f"{LIST}{branch.pk}/{page}/"


def enter(client, branch, kind: str = "approve", currency: str = "GBP"):
    """All that a person does: to the provider, a card, and back."""
    page = client.post(url(branch, "add"))["Location"]
    back = client.post(page, {"kind": kind, "currency": currency})["Location"]
    return client.get(back, follow=True)


def says(response) -> str:
    return response.content.decode()


@pytest.mark.parametrize("persona", ["super_admin", "billing_admin", "branch_owner"])
def test_a_card_is_entered_at_the_provider(persona_client, persona, branch):
    response = enter(persona_client(persona), branch)

    method = PaymentMethod.objects.get()
    assert "London pays by Visa ending 4242 from now on." in says(response)
    assert (method.branch, method.firm, method.currency) == (branch, branch.firm, "GBP")
    assert method.token.startswith("approve-")
    assert method.history.get().history_change_reason == (
        "Added the payment method Visa ending 4242."
    )


def test_another_currency_is_refused_with_text(client, branch_owner, branch):
    client.force_login(branch_owner)

    response = enter(client, branch, currency="EUR")

    assert (
        "London is billed in GBP, and this payment method pays in EUR."
        " Add one that pays in GBP instead." in says(response)
    )
    assert not PaymentMethod.objects.exists()


def test_a_new_one_takes_the_place_of_the_old(client, branch_owner, branch):
    client.force_login(branch_owner)
    enter(client, branch)

    enter(client, branch, "decline")

    in_use = PaymentMethod.objects.in_use().get()
    assert (in_use.last4, PaymentMethod.objects.count()) == ("0002", 2)


def test_coming_back_twice_is_once(client, branch_owner, branch):
    client.force_login(branch_owner)
    page = client.post(url(branch, "add"))["Location"]
    back = client.post(page, {"kind": "approve", "currency": "GBP"})["Location"]

    for _ in range(2):
        client.get(back)

    assert PaymentMethod.objects.count() == 1


def session_of(client, branch) -> str:
    page = client.post(url(branch, "add"))["Location"]
    back = client.post(page, {"kind": "approve", "currency": "GBP"})["Location"]
    return parse_qs(urlsplit(back).query)["session"][0]


def test_a_session_belongs_to_its_branch_and_person(
    client, persona_client, branch_owner, super_admin, branch, firm
):
    dublin = factories.BranchFactory(firm=firm, name="Dublin")
    client.force_login(super_admin)
    session = session_of(client, branch)

    with pytest.raises(Refused, match="opened for somebody else"):
        keep_branch_method(branch, session, by=branch_owner)
    with pytest.raises(Refused, match="opened for somebody else"):
        keep_branch_method(dublin, session, by=super_admin)

    assert not PaymentMethod.objects.exists()


def test_what_the_provider_did_not_sign_is_refused(client, branch_owner, branch):
    client.force_login(branch_owner)
    session = session_of(client, branch)

    for forged in ("", "nonsense", session[:-3] + "abc", session.upper()):
        response = client.get(url(branch, "return"), {"session": forged}, follow=True)
        assert "This page of the payment provider is over" in says(response)

    assert not PaymentMethod.objects.exists()


def test_nothing_entered_is_said(client, branch_owner, branch):
    client.force_login(branch_owner)
    session = client.post(url(branch, "add"))["Location"].rstrip("/").rpartition("/")[2]

    response = client.get(url(branch, "return"), {"session": session}, follow=True)

    assert "No card was entered, so nothing has changed." in says(response)


def test_rights_lost_at_the_provider_are_lost(branch_owner, branch, client):
    client.force_login(branch_owner)
    session = session_of(client, branch)
    with factories.arranging():
        branch_owner.team_members.get().memberships.update(withdrawn=["practice.manage_billing"])

    with pytest.raises(Refused, match="Manage Billing"):
        keep_branch_method(branch, session, by=branch_owner)

    assert not PaymentMethod.objects.exists()


def test_removing_asks_first_and_keeps_the_row(client, branch_owner, branch):
    method = factories.PaymentMethodFactory(branch=branch)
    client.force_login(branch_owner)

    page = says(client.get(url(branch, "remove")))
    removed = client.post(url(branch, "remove"), follow=True)
    again = client.post(url(branch, "remove"), follow=True)

    method.refresh_from_db()
    assert "Visa ending 4242" in page
    assert "Visa ending 4242 is removed from London." in says(removed)
    assert "There is no payment method to remove." in says(again)
    assert method.removed_at


def test_without_a_provider_it_says_so(client, branch_owner, branch, settings):
    settings.TEST_GATEWAY = False
    client.force_login(branch_owner)

    response = client.post(url(branch, "add"), follow=True)

    assert "No payment provider is set up on this installation." in says(response)


def test_the_gateways_pages_are_gone_without_it(client, branch_owner, branch, settings):
    client.force_login(branch_owner)
    page = client.post(url(branch, "add"))["Location"]
    settings.TEST_GATEWAY = False

    assert client.get(page).status_code == 404


def test_the_list_shows_branches_whose_billing_one_sees(client, branch_owner, branch, firm):
    factories.PaymentMethodFactory(branch=branch)
    factories.PaymentMethodFactory(branch__firm=firm, branch__name="Dublin", last4="1881")
    client.force_login(branch_owner)

    page = says(client.get(LIST))

    assert "Visa ending 4242" in page
    assert "1881" not in page


def test_queries_do_not_grow_with_branches(client, super_admin, branch, firm):
    client.force_login(super_admin)
    client.get(LIST)
    with CaptureQueriesContext(database) as one:
        client.get(LIST)
    for _ in range(2):
        factories.PaymentMethodFactory(branch__firm=firm)

    with CaptureQueriesContext(database) as three:
        client.get(LIST)

    assert len(one) == len(three)


def test_the_export_has_each_branch(client, super_admin, branch, firm):
    factories.PaymentMethodFactory(branch=branch)
    factories.BillingVerificationFactory(branch=branch, approved=True)
    factories.BranchFactory(firm=firm, name="=Dublin", currency="EUR")
    client.force_login(super_admin)

    lines = b"".join(client.get(f"{LIST}export/").streaming_content).decode().splitlines()

    assert lines[0].endswith("Branch,Currency,Payment method,Expires,Billing verification")
    assert lines[1:] == [
        "'=Dublin,EUR,None,,Not requested",
        "London,GBP,Visa ending 4242,12/2034,Approved",
    ]


def test_a_firm_reads_nothing_of_how_its_client_pays(as_firm, firm, connection):
    own = factories.PaymentMethodFactory(own=True, account=connection.account)

    with as_firm(firm), pytest.raises(ObjectDoesNotExist):
        PaymentMethod.objects.get(pk=own.pk)


def test_a_session_says_nothing_of_a_card():
    """There is no number to leak: the gateway's words hold a kind alone."""
    facts = {"subject": "branch:1:1", "return_path": "/", "number": "1", "currency": "GBP"}

    back = choose(facts, kind="approve", currency="GBP")

    session = parse_qs(urlsplit(back).query)["session"][0]
    assert opened(session) == {**facts, "kind": "approve"}
