"""The card "Estimated Bill" (F-013, F-013a, F-013b, F-015)."""

import pytest

from tests import factories as make

pytestmark = pytest.mark.django_db
URL = "/harbour/billing/estimate/"


@pytest.fixture
def dublin(firm):
    return make.BranchFactory(firm=firm, name="Dublin", currency="EUR", email="d@harbour.test")


@pytest.fixture
def third_client(billed, run):
    billed("2027-05-01", name="Acme")
    billed("2027-05-01", name="Bolt")
    run("2027-06")
    billed("2027-06-16", name="Cobalt")


def card(client, url: str = URL) -> str:
    return client.get(url, headers={"HX-Request": "true"}).content.decode()


def test_a_third_client_at_half_month(client, branch_owner, third_client):
    """F-013b: 70.00 is 3 × 20.00 + 10.00."""
    client.force_login(branch_owner)

    html = card(client)

    assert "<html" not in html
    assert "<span>Estimated Bill</span><b>£70.00</b>" in html
    assert "Due 1 Jul 2027" in html
    assert "<li>3 × £20.00 + £10.00 = £70.00</li>" in html


def test_client_pays_does_not_change_it(client, branch_owner, branch, third_client):
    """F-013a."""
    client.force_login(branch_owner)
    before = card(client)

    make.ConnectionFactory(branch=branch, client_pays=True)

    assert card(client) == before


def test_all_branches_have_a_sum_for_each_currency(
    client, super_admin, branch, dublin, third_client, billed
):
    """F-015: the parent dashboard's card does not ask the selector."""
    billed("2027-06-16", at=dublin)
    client.force_login(super_admin)
    client.post("/harbour/branch/", {"branch": branch.pk})

    here, everywhere = card(client), card(client, f"{URL}?branches=all")

    assert "<span>Estimated Bill</span><b>£70.00</b>" in here
    assert "<span>Total Estimated Bill</span><b>€24.00 · £70.00</b>" in everywhere
    assert "London: 3 × £20.00 + £10.00 = £70.00" in everywhere


def test_a_restricted_client_is_not_named(client, branch_owner, billed, run):
    billed("2027-05-01", name="Acme")
    run("2027-06")
    billed("2027-06-16", name="Secret Ltd", restricted=True)
    client.force_login(branch_owner)

    html = card(client) + client.get("/harbour/billing/").content.decode()

    assert "Secret Ltd" not in html
    assert html.count("Restricted client, Solo, 16–30 June 2027") == 2


def test_nothing_is_invented(client, branch_owner):
    client.force_login(branch_owner)

    assert "<b>—</b>" in card(client)
    assert "No charges yet" in card(client)


@pytest.mark.parametrize("url", [URL, f"{URL}?branches=all"])
@pytest.mark.parametrize(
    ("persona", "status"), [("branch_owner", 200), ("assigned_member", 403), ("outsider", 404)]
)
def test_it_is_for_those_who_see_billing(persona_client, branch, persona, status, url):
    assert persona_client(persona).get(url).status_code == status


def test_query_count_is_constant(client, super_admin, firm, billed, django_assert_max_num_queries):
    for n in range(3):
        billed("2027-05-16", at=make.BranchFactory(firm=firm, name=f"Branch {n}"))
    client.force_login(super_admin)
    card(client)

    with django_assert_max_num_queries(20):
        card(client)
