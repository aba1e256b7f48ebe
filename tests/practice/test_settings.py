"""Practice Settings (F-006)."""

import pytest

from practice.models import Firm

URL = "/harbour/settings/"
VALUES = {
    "name": "Harbour & Co",
    "address": "1 Quay\nLondon",
    "phone": "+44 20 7946 0000",
    "website": "harbour.example",
    "time_zone": "Europe/Dublin",
}


@pytest.mark.parametrize(
    ("persona", "status"),
    [
        ("super_admin", 200),
        ("viewer", 403),
        ("billing_admin", 403),
        ("branch_owner", 403),
        ("assigned_member", 403),
        ("contact", 404),
        ("outsider", 404),
        ("operator", 404),
    ],
)
def test_who_may_open_it(persona_client, persona, status, firm):
    assert persona_client(persona).get(URL).status_code == status


@pytest.mark.parametrize(
    ("persona", "status"), [("viewer", 403), ("assigned_member", 403), ("outsider", 404)]
)
def test_others_cannot_save(persona_client, persona, status, firm):
    response = persona_client(persona).post(URL, VALUES)

    firm.refresh_from_db()
    assert response.status_code == status
    assert firm.name == "Harbour Accounting"


@pytest.mark.parametrize(("persona", "sees"), [("super_admin", True), ("assigned_member", False)])
def test_the_gear_is_for_admins(persona_client, persona, sees, branch):
    page = persona_client(persona).get("/harbour/").content.decode()

    assert ("Practice Settings" in page) is sees


def test_saving_changes_the_firm_and_says_who(client, super_admin, firm):
    client.force_login(super_admin)

    response = client.post(URL, VALUES)

    firm.refresh_from_db()
    version = firm.history.first()
    assert response.url == URL
    assert (firm.name, firm.website, firm.time_zone) == (
        "Harbour & Co",
        "https://harbour.example",
        "Europe/Dublin",
    )
    assert (version.history_change_reason, version.history_user_id) == (
        "Changed the practice settings.",
        super_admin.pk,
    )


def test_saving_the_same_writes_no_history(client, super_admin, firm):
    client.force_login(super_admin)
    client.post(URL, VALUES)
    before = firm.history.count()

    client.post(URL, VALUES)

    assert firm.history.count() == before


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " \u202e "),
        ("website", "javascript:alert(1)"),
        ("time_zone", "Mars/Olympus"),
        ("phone", "0" * 41),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_lost(client, super_admin, firm, field, value):
    client.force_login(super_admin)

    response = client.post(URL, {**VALUES, field: value})

    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert "1 Quay" in response.content.decode()
    assert Firm.objects.get().name == "Harbour Accounting"
