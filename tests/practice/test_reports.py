"""Reports: what exists, for those who may see it."""

import pytest

URL = "/harbour/reports/"


@pytest.mark.parametrize(
    ("persona", "status"),
    [
        ("super_admin", 200),
        ("billing_admin", 200),
        ("viewer", 200),
        ("branch_owner", 200),
        ("branch_admin", 200),
        ("assigned_member", 403),
        ("contact", 404),
        ("outsider", 404),
        ("operator", 404),
    ],
)
def test_who_may_open_it(persona_client, persona, status, branch):
    assert persona_client(persona).get(URL).status_code == status


@pytest.mark.parametrize(("persona", "sees"), [("super_admin", True), ("billing_admin", False)])
def test_only_what_one_may_open_is_listed(persona_client, persona, sees, branch):
    page = persona_client(persona).get(URL).content.decode()

    assert "Client list" in page
    assert ("Audit trail" in page) is sees
    assert ("Every email the firm sent" in page) is sees


def test_every_report_opens(client, super_admin, branch):
    client.force_login(super_admin)

    urls = ["/harbour/clients/", "/harbour/team/", "/harbour/activity/audit/"]

    assert [client.get(url).status_code for url in urls] == [200, 200, 200]
