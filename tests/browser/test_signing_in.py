"""Registering and signing in as a person does it: with a keyboard and the mail in the outbox."""

import re

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from clients.demo.people import PASSWORD

pytestmark = pytest.mark.browser
NEW = "a long and calm sentence"


def sign_in(page: Page, email: str, password: str = PASSWORD) -> None:
    page.goto("/login/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.keyboard.press("Enter")


def register(page: Page) -> None:
    page.goto("/register/")
    page.get_by_label("Your name").fill("Nell New")
    page.get_by_label("Firm name").fill("North Lights")
    page.get_by_label("Email").fill("nell@north.test")
    page.get_by_label("Password", exact=True).fill(NEW)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/confirm-email/$"))


def test_mia_signs_in_and_out(world, browser_page):
    """F-001."""
    sign_in(browser_page, "mia@harbour.test")

    navigation = browser_page.get_by_role("navigation", name="Main")
    expect(navigation.get_by_role("link", name="Dashboard")).to_have_attribute(
        "aria-current", "page"
    )
    expect(browser_page.get_by_role("banner")).to_contain_text("Mia Fontaine")

    browser_page.locator(".person summary").click()
    browser_page.get_by_role("banner").get_by_role("button", name="Sign out").click()
    browser_page.goto("/harbour/")
    expect(browser_page).to_have_url(re.compile(r"/login/\?next="))


def test_a_wrong_password_is_told_at_the_form(world, browser_page):
    sign_in(browser_page, "mia@harbour.test", "wrong")

    expect(browser_page.locator("main")).to_contain_text("not correct")
    expect(browser_page.get_by_label("Email")).to_have_value("mia@harbour.test")


def test_a_new_firm_from_registration_to_its_team(transactional_db, browser_page):
    """F-002: the mail stands in the outbox; its link opens an empty firm."""
    register(browser_page)
    browser_page.goto("/outbox/")
    browser_page.get_by_role("link", name=re.compile("confirm", re.IGNORECASE)).click()
    link = browser_page.locator(f"pre a[href^='{settings.SITE_URL}']").first.get_attribute("href")

    browser_page.goto(link.removeprefix(settings.SITE_URL))
    browser_page.get_by_role("button", name="Confirm").click()
    expect(browser_page).to_have_url(re.compile("/north-lights/$"))
    browser_page.get_by_role("link", name="Team Management").click()

    expect(browser_page.get_by_role("row", name="Nell New")).to_contain_text("Super Admin")
    browser_page.get_by_role("navigation", name="Main").get_by_role("link", name="Clients").click()
    expect(browser_page.locator("main")).to_contain_text("No clients yet")


def test_nothing_opens_before_the_address_is_proved(transactional_db, browser_page):
    """F-003."""
    register(browser_page)

    sign_in(browser_page, "nell@north.test", NEW)

    expect(browser_page).to_have_url(re.compile("/confirm-email/$"))
    browser_page.goto("/north-lights/clients/")
    expect(browser_page).to_have_url(re.compile("/login/"))
