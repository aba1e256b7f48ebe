"""The access matrix narrows as one types; a review and a departure, walked to their ends."""

import pytest
from playwright.sync_api import expect

from clients.models import AccessReview, TeamAssignment
from practice import tenancy
from practice.models import TeamMember

pytestmark = pytest.mark.browser


def test_the_matrix_narrows_while_one_types(world, signed_in):
    page = signed_in(world.sana)
    page.goto("/harbour/reports/")
    page.get_by_role("link", name="Access matrix").click()

    page.get_by_label("Search people").press_sequentially("mia")

    expect(page.locator(".matrix thead th")).to_have_count(2)
    expect(page).to_have_url("/harbour/reports/access/?q=&who=mia&branch=")
    expect(page.get_by_role("row", name="Acme Bakery")).to_contain_text("Full Access")


def test_an_owner_reviews_a_branch_and_signs(world, signed_in):
    page = signed_in(world.olga)
    page.goto("/harbour/reports/reviews/")
    page.get_by_role("link", name="Start review").first.click()
    page.get_by_role("button", name="Start review").click()
    row = page.get_by_role("row", name="Acme Bakery").filter(has_text="Mia")
    row.get_by_label("Remove").check()
    page.get_by_role("button", name="Save decisions").click()
    expect(page.get_by_text("0 confirmed, 1 removed.")).to_be_visible()

    while page.get_by_role("button", name="Confirm all shown").count():
        page.get_by_role("button", name="Confirm all shown").click()
        page.goto(page.url.split("?")[0] + "?show=open")

    page.goto(page.url.split("?")[0])
    page.get_by_role("link", name="Sign off").click()
    page.get_by_role("button", name="Sign off").click()
    expect(page.get_by_text("Signed off by")).to_be_visible()
    with tenancy.as_system():
        assert AccessReview.objects.get().signed_off_by == world.olga
        ties = TeamAssignment.objects.filter(user=world.mia)
        assert not ties.filter(content_object__client_number="1010").exists()


def test_mia_leaves_and_adam_takes_over(world, signed_in):
    mia = world.mia
    with tenancy.as_system():
        member = mia.team_members.get()
        before = TeamAssignment.objects.filter(user=mia).count()
    page = signed_in(world.sana)
    page.goto(f"/harbour/team/{member.pk}/")
    page.get_by_role("link", name="Offboard").click()

    page.get_by_label("Who takes over").select_option(label=str(world.adam))
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("takes over")).to_be_visible()
    page.get_by_role("button", name="Offboard").click()

    expect(page.get_by_role("heading", name=f"{mia} has left")).to_be_visible()
    expect(page.locator(".stat", has_text="Assignments ended")).to_contain_text(str(before))
    with tenancy.as_system():
        assert not TeamMember.objects.get(pk=member.pk).is_active
        assert not TeamAssignment.objects.filter(user=mia).exists()
        assert TeamAssignment.objects.filter(user=world.adam).count() >= before - 1
