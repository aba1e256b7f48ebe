"""Files with a browser: hostile content stays inert, and sending works without a script (F-228)."""

import io

import pytest
from playwright.sync_api import expect

from clients.models import Connection
from portal.models import ClientFile
from portal.uploads import storing
from practice import tenancy
from tests import factories
from tests.browsers import let_in
from tests.portal import samples

pytestmark = pytest.mark.browser


def acme() -> int:
    with tenancy.as_system():
        return Connection.objects.get(client_number="1010").pk


@pytest.mark.parametrize("content", [samples.SVG, samples.HTML], ids=["drawing", "page"])
def test_what_slipped_through_as_a_pdf_is_kept_and_never_run(world, new_context, site, content):
    """Behind the checks: a file in the storage that they would have refused."""
    context, said = new_context(), []
    let_in(context, world.fil, site)
    page = context.new_page()
    page.on("console", lambda line: said.append(line.text))
    with factories.arranging():
        rows = ClientFile.objects.filter(name="Accounts 2025.pdf")
        file = rows.get()
        rows.update(storage_key=storing.put(io.BytesIO(content), file.firm_id, file.visible_at))
    page.goto(f"/portal/harbour/{acme()}/files/")

    with page.expect_download() as download:
        page.get_by_role("link", name="Accounts 2025.pdf").click()

    assert download.value.suggested_filename == "Accounts 2025.pdf"
    policy = page.request.get(download.value.url).headers["content-security-policy"]
    assert policy == "sandbox; default-src 'none'"
    # Even where a browser is made to show it, nothing runs.
    headers = {"content-security-policy": policy, "content-type": "text/html"}
    page.route("**/shown", lambda route: route.fulfill(body=content, headers=headers))
    page.goto("/shown")
    assert page.title() != "ran"
    assert said[-1].startswith("Blocked script execution")


def test_files_are_sent_on_a_phone_without_a_script(world, new_context, site):
    context = new_context(java_script_enabled=False, viewport={"width": 390, "height": 800})
    let_in(context, world.fil, site)
    page = context.new_page()
    page.goto(f"/portal/harbour/{acme()}/files/")
    page.get_by_role("link", name="Send files").click()

    page.get_by_label("Files", exact=True).set_input_files(
        [
            {"name": "May.pdf", "mimeType": "application/pdf", "buffer": samples.PDF},
            {"name": "June.pdf", "mimeType": "application/pdf", "buffer": samples.HTML},
        ]
    )
    page.get_by_role("button", name="Send files").click()

    expect(page.get_by_text("“May.pdf” is added.")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("June.pdf: Its content is not what its name")
