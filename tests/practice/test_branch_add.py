"""Add Branch (F-010, F-010c, F-012)."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection as database

from practice import tenancy
from practice.actions.branches import Taken, add_branch
from practice.forms.branches import currencies
from practice.models import Branch
from tests import factories

URL = "/harbour/branches/add/"


def answers(**changes) -> dict[str, str]:
    dublin = {"name": "Dublin", "email": "Dublin@Harbour.test", "country": "IE", "currency": "EUR"}
    return {**dublin, **changes}


def test_a_branch_is_added_chosen_and_in_the_selector(client, super_admin, branch):
    client.force_login(super_admin)

    response = client.post(URL, answers(), follow=True)

    made = Branch.objects.get(name="Dublin")
    html = response.content.decode()
    assert response.redirect_chain == [("/harbour/", 302)]
    assert (made.firm, made.email, made.email_key) == (
        branch.firm,
        "Dublin@Harbour.test",
        "dublin@harbour.test",
    )
    assert (made.country, made.currency) == ("IE", "EUR")
    assert client.session[f"branch:{branch.firm_id}"] == made.pk
    assert "<h1>Dublin</h1>" in html
    assert f'<button name="branch" value="{made.pk}" aria-current="true">Dublin' in html
    assert "The branch Dublin is added, and chosen." in html


def test_history_says_who_opened_it(client, super_admin):
    client.force_login(super_admin)

    client.post(URL, answers())

    entry = Branch.objects.get().history.get()
    assert (entry.history_user, entry.history_change_reason) == (
        super_admin,
        "Opened the branch Dublin.",
    )


def test_the_form_begins_with_the_country_of_the_firm(client, super_admin):
    client.force_login(super_admin)

    form = client.get(URL).context["form"]

    assert (form["country"].value(), form["currency"].value()) == ("GB", "GBP")


def test_currencies_are_those_in_use_with_their_names():
    offered = dict(currencies())

    assert offered["GBP"] == "GBP · British Pound"
    assert {"EUR", "USD", "JPY"} < set(offered)
    assert "DEM" not in offered


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("name", " \u200b ", "This field is required."),
        ("email", "not an address", "Enter a valid email address."),
        ("email", f"a@{'ﷺ' * 20}.com", "Enter a valid email address."),
        ("country", "XX", "Select a valid choice."),
        ("currency", "DEM", "Select a valid choice."),
    ],
)
def test_bad_input_is_said_at_the_field_and_kept(client, super_admin, field, value, says):
    client.force_login(super_admin)

    response = client.post(URL, answers(**{field: value}))

    assert response.status_code == 422
    assert says in response.context["form"].errors[field][0]
    assert response.context["form"].data.dict() == answers(**{field: value})
    assert not Branch.objects.exists()


@pytest.mark.parametrize("email", ["london@harbour.test", "LONDON@Harbour.Test"])
def test_an_address_of_our_own_is_taken(client, super_admin, branch, email):
    client.force_login(super_admin)

    response = client.post(URL, answers(email=email))

    assert response.status_code == 422
    assert response.context["form"].errors == {
        "email": ["This address belongs to a branch already. Choose another."]
    }
    assert 'value="Dublin"' in response.content.decode()
    assert Branch.objects.count() == 1


def test_an_address_of_another_firm_is_taken_and_nobody_is_named(client, super_admin, outsider):
    """F-010c: row-level security hides the other branch, and PostgreSQL still counts it."""
    with factories.arranging():
        Branch.objects.update(email="office@south.test", email_key="office@south.test")
    client.force_login(super_admin)

    response = client.post(URL, answers(email="Office@South.test"))

    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["email"]
    assert "Southgate" not in response.content.decode()
    assert not Branch.objects.filter(name="Dublin").exists()


def test_a_name_is_taken_within_the_firm_alone(client, super_admin, branch, outsider):
    client.force_login(super_admin)

    own = client.post(URL, answers(name="London"))
    theirs = client.post(URL, answers(name="Southgate"))

    assert own.context["form"].errors == {"name": ["The firm has a branch by this name already."]}
    assert theirs.status_code == 302


@pytest.mark.parametrize(
    ("persona", "status"),
    [
        ("billing_admin", 403),
        ("viewer", 403),
        ("branch_owner", 403),
        ("branch_admin", 403),
        ("assigned_member", 403),
        ("outsider", 404),
    ],
)
def test_others_cannot(persona_client, persona, status, branch):
    """An Owner manages a branch; a new one belongs to the firm."""
    response = persona_client(persona).post(URL, answers())

    assert response.status_code == status
    assert not Branch.objects.filter(name="Dublin").exists()


def test_a_form_sent_twice_at_once_makes_one_branch(transactional_db, super_admin, firm):
    def send(_: int) -> str:
        try:
            with tenancy.in_firm(firm.pk, super_admin.pk):
                return add_branch(firm, by=super_admin, **answers()).name
        except Taken as taken:
            return taken.field
        finally:
            database.close()

    with ThreadPoolExecutor(2) as pool:
        found = sorted(pool.map(send, range(2)))

    with tenancy.as_system():
        assert Branch.objects.count() == 1
    assert found[0] == "Dublin"
    assert found[1] in {"name", "email"}
