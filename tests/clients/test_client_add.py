"""Add Client: the chooser (F-103, F-103a)."""

import pytest

from clients import permissions as p
from practice.auth import find_standing
from practice.permissions import MANAGE_BILLING, lacking_all
from tests import factories
from tests.conftest import a_colleague

CHOOSER = "/harbour/clients/add/"


@pytest.mark.parametrize("page", [CHOOSER, f"{CHOOSER}bill-us/", f"{CHOOSER}client-pays/"])
def test_without_a_branch_the_page_asks_for_one(client, super_admin, page):
    client.force_login(super_admin)

    html = client.get(page).content.decode()

    assert "Add a branch first" in html
    assert 'href="/harbour/branches/add/"' in html.split("<main")[1]


@pytest.mark.parametrize("where", ["/harbour/", "/harbour/clients/"])
def test_members_see_the_button_closed(client, assigned_member, where):
    client.force_login(assigned_member)

    html = client.get(where).content.decode()

    assert "You need the permission “Create Clients”." in html


def test_the_chooser_compares_who_owns_pays_and_may_disconnect(client, branch_owner, branch):
    client.force_login(branch_owner)

    html = client.get(CHOOSER).content.decode()

    for words in (
        "Charge Us (Bill Us)",
        "Client Pays",
        "Who owns the account",
        "Who pays",
        "Who may disconnect",
        "External Access",
    ):
        assert words in html
    assert 'href="/harbour/clients/add/bill-us/"' in html
    assert 'href="/harbour/clients/add/client-pays/"' in html
    assert 'href="/harbour/clients/import/"' in html
    assert 'value="london@harbour.test"' in html


def test_the_email_is_that_of_the_chosen_branch(client, super_admin, branch):
    factories.BranchFactory(firm=branch.firm, name="Dublin", email="dublin@harbour.test")
    client.force_login(super_admin)

    both = client.get(CHOOSER).content.decode()
    client.post("/harbour/branch/", {"branch": branch.pk})
    one = client.get(CHOOSER).content.decode()

    assert ("dublin@harbour.test" in both, "dublin@harbour.test" in one) == (True, False)


PAGES = ["", "bill-us/", "client-pays/"]
BOTH = (p.CREATE_CLIENTS, MANAGE_BILLING)


@pytest.mark.parametrize(
    ("added", "statuses"),
    [
        ((), [403, 403, 403]),
        ((p.CREATE_CLIENTS,), [200, 403, 200]),
        ((MANAGE_BILLING,), [403, 403, 403]),
        (BOTH, [200, 200, 200]),
    ],
)
def test_charge_us_takes_two_permissions_and_client_pays_one(client, branch, added, statuses):
    client.force_login(a_colleague(branch, "Mia London Member", added=list(map(str, added))))

    assert [client.get(f"{CHOOSER}{page}").status_code for page in PAGES] == statuses


def test_the_closed_button_names_the_permission(client, branch):
    cleo = a_colleague(branch, "Cleo Creator", added=[str(p.CREATE_CLIENTS)])
    client.force_login(cleo)

    html = client.get(CHOOSER).content.decode()

    assert "You need the permission “Manage Billing”." in html
    assert 'href="/harbour/clients/add/bill-us/"' not in html


def test_both_on_different_branches_are_not_enough(branch):
    cleo = a_colleague(branch, "Cleo Creator", added=[str(p.CREATE_CLIENTS)])
    dublin = factories.BranchFactory(firm=branch.firm, name="Dublin")
    factories.BranchMembershipFactory(
        branch=dublin, member=cleo.team_members.get(), added=[str(MANAGE_BILLING)]
    )

    standing = find_standing(cleo, branch.firm_id)

    assert lacking_all(standing, p.TO_CHARGE).endswith("on the same branch.")


@pytest.mark.parametrize("page", PAGES)
def test_a_super_admin_always_may(client, super_admin, branch, page):
    client.force_login(super_admin)

    assert client.get(f"{CHOOSER}{page}").status_code == 200
