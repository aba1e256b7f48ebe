"""Error pages in the design, with a way back (F-235c)."""

import pytest
from django.test import RequestFactory
from django.urls import reverse

from practice.views.errors import bad_request, csrf_failure, server_error


def test_forbidden_names_the_permission_and_the_rule(client, assigned_member, firm):
    client.force_login(assigned_member)

    response = client.get(reverse("practice:settings", kwargs={"firm_slug": firm.slug}))

    page = response.content.decode()
    assert response.status_code == 403
    assert "Your role lacks “Manage Organisation”." in page
    assert "You work at this firm." in page
    assert 'href="/"' in page


def test_unknown_and_foreign_pages_are_the_same_bytes(client, outsider, super_admin, firm):
    client.force_login(super_admin)

    foreign = client.get(f"/{outsider.team_members.get().firm.slug}/clients/")
    unknown = client.get("/nobody/clients/")

    assert (foreign.status_code, unknown.status_code) == (404, 404)
    assert foreign.content == unknown.content
    assert b"csrf" not in unknown.content


@pytest.mark.parametrize(
    ("response", "status"),
    [
        (server_error(RequestFactory().get("/")), 500),
        (bad_request(RequestFactory().get("/"), ValueError()), 400),
        (csrf_failure(RequestFactory().get("/")), 403),
    ],
)
def test_each_has_a_heading_and_a_way_back(response, status):
    page = response.content.decode()

    assert response.status_code == status
    assert "<h1>" in page
    assert "Back to the start" in page
