"""Client Invitations, before there are any."""

import pytest

URL = "/harbour/invitations/"


@pytest.mark.parametrize(
    ("persona", "status"),
    [
        ("super_admin", 200),
        ("viewer", 200),
        ("assigned_member", 200),
        ("contact", 404),
        ("outsider", 404),
        ("operator", 404),
    ],
)
def test_who_may_open_it(persona_client, persona, status, branch):
    assert persona_client(persona).get(URL).status_code == status


def test_an_empty_list_says_what_fills_it(client, super_admin):
    client.force_login(super_admin)

    page = client.get(URL).content.decode()

    assert "<h1>Client Invitations</h1>" in page
    assert "No pending invitations" in page
