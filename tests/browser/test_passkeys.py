"""Passkeys in Chromium with a virtual device: added, signed in with, renamed, removed (F-022)."""

import re

import pytest
from playwright.sync_api import Page, expect

from clients.demo.people import PASSWORD
from tests.browser.test_every_page import faults
from tests.browser.test_signing_in import sign_in

pytestmark = pytest.mark.browser
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def device(browser_page):
    """Commands to the virtual device: `device("setUserVerified", isUserVerified=False)`."""
    session = browser_page.context.new_cdp_session(browser_page)
    session.send("WebAuthn.enable")
    added = session.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})

    def send(command: str, **words: object) -> dict:
        return session.send(f"WebAuthn.{command}", {**added, **words})

    return send


@pytest.fixture
def page(world, browser_page, device) -> Page:
    sign_in(browser_page, "mia@harbour.test")
    expect(browser_page.get_by_role("banner")).to_contain_text("Mia Fontaine")
    return browser_page


def heading(page: Page, words: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(words)


def add(page: Page, name: str = "My laptop") -> None:
    page.goto("/security/")
    page.get_by_role("link", name="Add passkey").click()
    if page.get_by_label("Password", exact=True).is_visible():
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.keyboard.press("Enter")
    heading(page, "Add passkey")
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Add passkey").click()


def sign_out(page: Page) -> None:
    page.context.clear_cookies()
    page.goto("/login/")


def test_a_passkey_is_added_and_signs_in_alone(page):
    add(page)
    heading(page, "Recovery codes")
    sign_out(page)

    page.get_by_role("button", name="Sign in with a passkey").click()

    expect(page.get_by_role("banner")).to_contain_text("Mia Fontaine")


def test_it_is_the_second_step_after_a_password(page):
    add(page)
    heading(page, "Recovery codes")
    sign_out(page)
    sign_in(page, "mia@harbour.test")
    heading(page, "Enter your code")

    page.get_by_role("button", name="Use a passkey").click()

    expect(page.get_by_role("banner")).to_contain_text("Mia Fontaine")


def test_a_finger_that_is_not_recognised_is_told_and_tried_again(page, device):
    page.goto("/security/passkeys/add/")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    device("setUserVerified", isUserVerified=False)

    page.get_by_role("button", name="Add passkey").click()
    expect(page.get_by_role("alert")).to_have_text(re.compile("No passkey was given"))
    device("setUserVerified", isUserVerified=True)
    page.get_by_role("button", name="Add passkey").click()

    heading(page, "Recovery codes")


def test_a_device_that_has_one_says_so(page):
    add(page)
    heading(page, "Recovery codes")

    add(page, "Again")

    expect(page.get_by_role("alert")).to_have_text(re.compile("holds a passkey for you already"))


def test_an_unknown_passkey_is_refused_at_the_door(page):
    add(page)
    heading(page, "Recovery codes")
    page.goto("/security/passkeys/")
    page.get_by_role("link", name="Remove My laptop").click()
    page.get_by_role("button", name="Remove").click()
    expect(page.locator("main")).to_contain_text("None yet.")
    sign_out(page)

    page.get_by_role("button", name="Sign in with a passkey").click()

    expect(page.locator("main")).to_contain_text("This passkey was not recognised.")


def test_it_proves_that_it_is_still_you(page):
    add(page)
    heading(page, "Recovery codes")
    sign_out(page)
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("banner")).to_contain_text("Mia Fontaine")
    page.goto("/security/app/")

    page.get_by_role("link", name="Use a passkey").click()
    page.get_by_role("button", name="Use a passkey").click()

    heading(page, "Turn on the authenticator app")


def test_renaming_and_removing(page):
    add(page)
    heading(page, "Recovery codes")
    page.goto("/security/passkeys/")

    page.get_by_role("link", name="Rename My laptop").click()
    page.get_by_label("Name").fill("Blue key")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("main")).to_contain_text("Blue key")
    page.get_by_role("link", name="Remove Blue key").click()
    page.get_by_role("button", name="Remove").click()

    expect(page.locator("main")).to_contain_text("None yet.")


def test_without_script_the_door_offers_no_passkey(world, new_context):
    page = new_context(java_script_enabled=False).new_page()

    page.goto("/login/")

    expect(page.get_by_label("Email")).to_be_visible()
    expect(page.get_by_text("Sign in with a passkey")).to_be_hidden()


@pytest.mark.parametrize("width", [1440, 390])
def test_its_pages_are_accessible(page, console, width):
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme="dark" if width < 800 else "light")
    add(page)
    heading(page, "Recovery codes")
    found = faults(page)
    page.goto("/security/passkeys/")
    found += faults(page)
    page.get_by_role("link", name="Rename My laptop").click()
    found += faults(page)
    page.goto("/security/passkeys/")
    page.get_by_role("link", name="Remove My laptop").click()
    found += faults(page)
    page.goto("/security/passkeys/again/")
    found += faults(page)
    page.goto("/security/passkeys/add/")
    found += faults(page)
    sign_out(page)
    found += faults(page)
    sign_in(page, "mia@harbour.test")
    heading(page, "Enter your code")
    found += faults(page)

    assert found == []
    console.clear()  # axe tries styles that our policy refuses
