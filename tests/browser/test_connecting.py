"""A client's whole way: the branch's link, sign-up, company, payment method, consent, and back."""

import re

import pytest
from playwright.sync_api import Page, expect

from billing.models import PlanPrice
from clients.models import Connection
from invitations.models import ClientInvitation
from practice import tenancy
from practice.models import Message
from tests import factories
from tests.browsers import let_in

pytestmark = pytest.mark.browser

PAGE = "/harbour/clients/add/client-pays/"


def link_of(page: Page) -> str:
    """As the firm copies it."""
    page.goto("/harbour/clients/")
    page.get_by_role("link", name="Add Client").first.click()
    page.get_by_role("link", name="Client Pays", exact=True).click()
    if page.get_by_role("link", name="London", exact=True).count():
        page.get_by_role("link", name="London", exact=True).click()
    value = page.get_by_label("Link of London").input_value()
    return value[value.index("/connect/") :]


def confirmation(address: str) -> str:
    with tenancy.as_system():
        body = Message.objects.filter(recipient=address).latest("pk").body
    found = re.search(r"/confirm-email/\S+/", body)
    assert found
    return found[0]


@pytest.mark.parametrize("scripted", [True, False], ids=["with script", "without"])
def test_from_the_link_to_the_invitation(world, new_context, site, scripted):
    """F-104…F-111: the firm hands over a link, and the client's invitation comes back."""
    offer_plan()
    firm = new_context(java_script_enabled=scripted)
    let_in(firm, world.sana, site)
    office = firm.new_page()
    link = link_of(office)

    page = new_context(java_script_enabled=scripted).new_page()
    page.goto(link)
    expect(page.get_by_role("heading", name="Connect with Harbour Accounting")).to_be_visible()
    page.get_by_role("link", name="Create account").click()
    page.get_by_label("Your name").fill("Nell New")
    page.get_by_label("Email").fill("nell@new.test")
    page.get_by_label("Password").fill("correct horse battery staple")
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("heading", name=re.compile("email", re.IGNORECASE))).to_be_visible()

    page.goto(confirmation("nell@new.test"))
    page.get_by_role("button").first.click()
    expect(page.get_by_role("heading", name="Your company")).to_be_visible()
    page.get_by_label("Company name").fill("New & Co")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading", name="Your payment method")).to_be_visible()

    page.goto("/")
    if not scripted:
        page.get_by_role("link", name="Connections that you began").click()
    page.get_by_role("link", name=re.compile("Continue with")).click()
    page.get_by_role("link", name="Choose plan and payment method").click()
    add_method(page)

    expect(page.get_by_role("heading", name="Accept connection")).to_be_visible()
    page.get_by_role("button", name="Accept connection").click()
    page.get_by_label(re.compile("I agree that Harbour Accounting")).check()
    page.get_by_role("button", name="Accept connection").click()
    expect(page.get_by_text("You have accepted the connection.")).to_be_visible()

    with tenancy.as_system():
        row = ClientInvitation.objects.pending().get(company="New & Co")
        assert (row.branch.name, row.consented_name) == ("London", "Nell New")
        assert not Connection.objects.filter(account=row.account).exists()
    office.goto("/harbour/invitations/")
    expect(office.get_by_text("New & Co").first).to_be_visible()


def offer_plan() -> None:
    with tenancy.as_system():
        if not PlanPrice.objects.filter(currency="GBP").exists():
            factories.PlanPriceFactory(currency="GBP")


def add_method(page: Page) -> None:
    """A plan, and a card of the test gateway that always pays."""
    page.get_by_role("radio").first.check()
    page.get_by_role("button", name="Choose plan").click()
    page.get_by_role("link", name="Add payment method").first.click()
    page.get_by_role("button", name="Continue to the payment provider").click()
    page.get_by_label(re.compile("Every payment is approved")).check()
    page.get_by_role("button", name="Use this card").click()


def test_link_and_email_are_copied(world, signed_in):
    page = signed_in(world.olga)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(PAGE)

    for button, field, said in (
        ("Copy link", "Link of London", "Link copied."),
        ("Copy email", "Summary email", "Email copied."),
    ):
        page.get_by_role("button", name=button).click()
        expect(page.get_by_text(said)).to_be_visible()
        copied = page.evaluate("navigator.clipboard.readText()")
        expect(page.get_by_label(field)).to_have_value(copied)


def test_without_a_script_they_are_there_to_be_selected(world, new_context, site):
    context = new_context(java_script_enabled=False)
    let_in(context, world.olga, site)
    page = context.new_page()

    page.goto(PAGE)

    expect(page.get_by_label("Link of London")).to_have_value(re.compile("/connect/.+"))
    expect(page.get_by_label("Summary email")).to_have_value(re.compile("Harbour.+/connect/", re.S))
    expect(page.get_by_role("button", name="Copy link")).to_be_hidden()


def test_a_rotated_link_is_no_longer_valid(world, signed_in, new_context):
    page = signed_in(world.sana)
    before = link_of(page)

    page.get_by_role("link", name="Rotate link").click()
    page.get_by_role("button", name="Rotate link").click()
    expect(page.get_by_text("London has a new link.")).to_be_visible()

    client = new_context().new_page()
    assert client.goto(before).status == 410
    expect(client.get_by_role("heading", name="no longer valid")).to_be_visible()
    assert client.goto(link_of(page)).status == 200
