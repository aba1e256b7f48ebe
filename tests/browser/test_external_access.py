"""A client invites a branch by its address; the branch answers; both see it (F-111…F-114)."""

import pytest
from playwright.sync_api import expect

from invitations.actions.external import JOB
from invitations.models import ExternalInvitation
from practice import tenancy
from practice.actions.jobs import run_job
from practice.models import Job
from tests import factories
from tests.browsers import let_in

pytestmark = pytest.mark.browser


def work() -> None:
    """As a worker does at once."""
    with tenancy.as_system():
        job = Job.objects.get(kind=JOB)
    run_job(job.pk)


def test_from_external_access_to_both_lists(world, signed_in, new_context, site):
    account = factories.ClientAccountFactory(name="Delta Prints", owner=world.dina)
    window = new_context(java_script_enabled=False)  # the firm's side, without a script
    let_in(window, world.adam, site)
    adams = window.new_page()
    page = signed_in(world.dina)

    page.goto(f"/companies/{account.pk}/external-access/")
    expect(page.get_by_text("No accountant is connected")).to_be_visible()
    page.get_by_label("Branch email").fill("london@harbour.test")
    page.get_by_label("I agree that the firm").check()
    page.get_by_role("button", name="Send invitation").click()
    expect(
        page.get_by_text("Your invitation to london@harbour.test is on its way.")
    ).to_be_visible()
    work()
    with tenancy.as_system():
        row, job = ExternalInvitation.objects.get(), Job.objects.get(kind=JOB)
        assert (row.says, job.error) == ("", "")
        assert row.invitation

    adams.goto("/harbour/")
    expect(adams.get_by_role("link", name="Client Invitations 2 pending")).to_be_visible()
    adams.get_by_role("link", name="Client Invitations 2 pending").click()
    adams.get_by_role("link", name="Delta Prints").click()
    expect(adams.get_by_text("External Access")).to_be_visible()
    adams.get_by_role("link", name="Accept Invitation").click()
    adams.get_by_role("button", name="Accept Invitation").click()
    expect(adams.get_by_text("Delta Prints is connected, as Client Pays")).to_be_visible()
    expect(adams.get_by_role("link", name="Client Invitations 1 pending")).to_be_visible()

    page.reload()
    expect(page.get_by_role("heading", name="Harbour Accounting")).to_be_visible()
    expect(page.get_by_text("You pay")).to_be_visible()
