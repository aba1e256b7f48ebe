"""The second factor from its code to its recovery codes, each page accessible (F-022)."""

import time

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import Page, expect

from clients.demo.people import PASSWORD
from practice import tenancy
from practice.history import because
from practice.models import Firm
from tests.browser.test_every_page import faults
from tests.browser.test_signing_in import sign_in

pytestmark = pytest.mark.browser


def code(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


@pytest.fixture
def page(world, browser_page) -> Page:
    sign_in(browser_page, "mia@harbour.test")
    expect(browser_page.get_by_role("banner")).to_contain_text("Mia Fontaine")
    return browser_page


def test_turning_it_on_and_signing_in_with_a_recovery_code(page, console):
    page.goto("/security/")
    page.get_by_role("link", name="Turn on").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Is it still you?")
    found = faults(page)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Turn on the authenticator app")
    secret = page.locator("main code").first.inner_text()
    found += faults(page)
    page.get_by_label("code").fill(code(secret))
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("ecovery codes")
    recovery = page.locator(".codes code").first.inner_text()
    found += faults(page)

    page.context.clear_cookies()
    sign_in(page, "mia@harbour.test")
    expect(page.get_by_label("code")).to_be_visible()
    found += faults(page)
    page.reload()  # axe asked for style sheets beside this page; their answers know no new session
    page.get_by_label("code").fill(recovery)
    page.keyboard.press("Enter")

    expect(page.get_by_role("banner")).to_contain_text("Mia Fontaine")
    assert found == []
    console.clear()  # axe tries styles that our policy refuses


def test_a_firm_that_requires_it_asks_first_and_then_opens_the_page(page):
    """F-022a: Mia is stopped on her way to Team Management, and arrives there after all."""
    page.goto("about:blank")  # no panel of the dashboard is on its way any more
    with tenancy.as_system(), because("Arranged by a test."):
        Firm.objects.filter(slug="harbour").update(requires_second_factor=True)
    page.goto("/harbour/team/")
    expect(page.locator("main")).to_contain_text("Harbour Accounting requires two-factor sign-in.")

    page.get_by_role("link", name="Turn on").click()
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    secret = page.locator("main code").first.inner_text()
    page.get_by_label("code").fill(code(secret))
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Continue").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Team Management")
