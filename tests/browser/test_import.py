"""A file of clients through the browser: columns, check, import, and once more (F-120)."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.clients import importing

pytestmark = pytest.mark.browser
FILE = importing.csv_file(
    [
        ["Brimstone Ltd", "9001", "bea@brim.test"],
        ["=1+1", "9002", "sum@formula.test"],
        ["Broken Mail Ltd", "9003", "not an address"],
    ]
)


def upload(page: Page) -> None:
    page.goto("/harbour/clients/import/")
    page.get_by_label("File", exact=True).set_input_files(
        {"name": "clients.csv", "mimeType": "text/csv", "buffer": FILE}
    )
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check the columns")


def check(page: Page) -> None:
    expect(page.get_by_label("Client ID")).to_have_value("client_number")
    page.get_by_role("button", name="Check the rows").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check before you import")


def test_a_file_goes_in_and_a_second_time_changes_nothing(world, signed_in):
    page = signed_in(world.sana)
    upload(page)
    check(page)
    expect(page.get_by_role("row", name="Broken Mail Ltd")).to_contain_text("Error")

    page.get_by_role("button", name=re.compile("^Import 2 clients")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Import finished")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert "'=1+1" in download.value.path().read_text()

    page.goto("/harbour/clients/?q=brimstone")
    expect(page.locator("tbody .nm")).to_have_text(["Brimstone Ltd"])
    upload(page)
    check(page)
    expect(page.get_by_role("row", name="Brimstone Ltd")).to_contain_text("Unchanged")
    expect(page.get_by_role("button", name=re.compile("^Import "))).to_have_count(0)
    expect(page.locator("main")).to_contain_text("There is nothing to import")


def test_rubbish_is_told_at_the_field(shared_world, signed_in):
    page = signed_in(shared_world.sana)
    page.goto("/harbour/clients/import/")
    page.get_by_label("File", exact=True).set_input_files(
        {"name": "clients.csv", "mimeType": "text/csv", "buffer": b"\x00\xff\x00\xfe" * 500}
    )
    page.get_by_role("button", name="Upload").click()

    expect(page.get_by_label("File", exact=True)).to_have_attribute("aria-invalid", "true")
