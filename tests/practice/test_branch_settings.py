"""The gear beside a branch (F-010a…F-010c)."""

import pytest
from django.db import DatabaseError, connection, transaction

from practice.history import because
from practice.models import Branch
from tests import factories


@pytest.fixture
def url(branch) -> str:
    return f"/harbour/branches/{branch.pk}/"


def answers(**changes) -> dict[str, str]:
    return {"name": "City", "email": "city@harbour.test", "country": "IE", **changes}


def test_saving_changes_the_branch_and_the_selector(client, branch_owner, branch, url):
    client.force_login(branch_owner)

    response = client.post(url, answers(), follow=True)

    branch.refresh_from_db()
    html = response.content.decode()
    assert response.redirect_chain == [(url, 302)]
    assert (branch.name, branch.email, branch.email_key, branch.country) == (
        "City",
        "city@harbour.test",
        "city@harbour.test",
        "IE",
    )
    assert "The settings of City are saved." in html
    assert f'<button name="branch" value="{branch.pk}" aria-current="true">City' in html


def test_history_has_one_entry_with_who_and_why(client, branch_owner, branch, url):
    client.force_login(branch_owner)

    client.post(url, answers())

    entries = branch.history.filter(history_type="~")
    assert [(e.history_user, e.history_change_reason) for e in entries] == [
        (branch_owner, "Changed the branch settings.")
    ]


def test_saving_what_is_there_leaves_no_trace(client, branch_owner, branch, url):
    client.force_login(branch_owner)

    client.post(url, answers(name=branch.name, email=branch.email, country=branch.country))

    assert not branch.history.filter(history_type="~").exists()


def test_the_currency_is_shown_locked_with_the_reason(client, branch_owner, url):
    client.force_login(branch_owner)

    html = client.get(url).content.decode()

    assert "<dt>Billing currency</dt><dd>GBP" in html
    assert "frozen when the branch was added" in html
    assert 'name="currency"' not in html


def test_a_forged_currency_changes_nothing(client, super_admin, branch, outsider, url):
    client.force_login(super_admin)

    client.post(url, answers(currency="USD", firm=99, is_archived="on", email_key="x"))

    branch.refresh_from_db()
    assert (branch.name, branch.currency, branch.firm.slug) == ("City", "GBP", "harbour")
    assert (branch.is_archived, branch.email_key) == (False, "city@harbour.test")


def test_postgresql_refuses_another_currency(branch):
    """F-010a, below every form and action."""
    refused = pytest.raises(DatabaseError, match="frozen at its creation")

    with refused, transaction.atomic(), because("A test tried."), connection.cursor() as cursor:
        cursor.execute("UPDATE practice_branch SET currency = 'USD', name = 'New'")

    branch.refresh_from_db()
    assert (branch.currency, branch.name) == ("GBP", "London")


def test_postgresql_lets_the_rest_change(branch):
    with because("A test tried."), connection.cursor() as cursor:
        cursor.execute("UPDATE practice_branch SET currency = 'GBP', name = 'New'")

    branch.refresh_from_db()
    assert branch.name == "New"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"email": "Dublin@harbour.test"}, "email"),
        ({"email": "Office@South.test"}, "email"),
        ({"name": "Dublin"}, "name"),
    ],
)
def test_what_another_branch_has_is_said_at_the_field(
    client, branch_owner, branch, outsider, url, changed, field
):
    with factories.arranging():
        Branch.objects.exclude(pk=branch.pk).update(
            email="office@south.test", email_key="office@south.test"
        )
    factories.BranchFactory(firm=branch.firm, name="Dublin", email="dublin@harbour.test")
    client.force_login(branch_owner)

    response = client.post(url, answers(**changed))

    html = response.content.decode()
    branch.refresh_from_db()
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert f'value="{changed[field]}"' in html
    assert "Southgate" not in html
    assert (branch.name, branch.email) == ("London", "london@harbour.test")


@pytest.mark.parametrize(
    ("persona", "status"),
    [
        ("billing_admin", 403),
        ("viewer", 403),
        ("branch_admin", 403),
        ("assigned_member", 403),
        ("outsider", 404),
    ],
)
def test_others_cannot(persona_client, persona, status, branch, url):
    response = persona_client(persona).post(url, answers())

    branch.refresh_from_db()
    assert response.status_code == status
    assert branch.name == "London"


def test_an_owner_finds_no_other_branch(client, branch_owner, firm):
    dublin = factories.BranchFactory(firm=firm, name="Dublin")
    client.force_login(branch_owner)

    foreign = client.get(f"/harbour/branches/{dublin.pk}/")
    unknown = client.get("/harbour/branches/999999/")

    assert (foreign.status_code, unknown.status_code) == (404, 404)


def test_a_withdrawn_permission_closes_it(client, branch_owner, url):
    with factories.arranging():
        branch_owner.team_members.get().memberships.update(withdrawn=["practice.manage_branches"])
    client.force_login(branch_owner)

    assert client.post(url, answers()).status_code == 403
    assert "Settings of London" not in client.get("/harbour/").content.decode()


def test_an_archived_branch_has_no_settings(client, super_admin, branch, url):
    with factories.arranging():
        Branch.objects.update(is_archived=True)
    client.force_login(super_admin)

    assert client.get(url).status_code == 404
