"""The branch selector (F-011, F-011a)."""

import pytest
from django.urls import reverse

from tests import factories


@pytest.fixture
def url(firm) -> str:
    return reverse("practice:branch-choose", kwargs={"firm_slug": firm.slug})


@pytest.fixture
def dublin(firm):
    return factories.BranchFactory(firm=firm, name="Dublin", email="d@harbour.test", currency="EUR")


def test_choosing_a_branch_keeps_it_and_goes_back(client, super_admin, firm, dublin, url):
    client.force_login(super_admin)

    response = client.post(url, {"branch": dublin.pk, "next": f"/{firm.slug}/team/"})

    assert (response.status_code, response["Location"]) == (302, f"/{firm.slug}/team/")
    assert client.session[f"branch:{firm.pk}"] == dublin.pk


def test_parent_roles_may_choose_all(client, viewer, firm, branch, url):
    client.force_login(viewer)

    response = client.post(url, {"branch": "all"})

    assert response["Location"] == reverse("practice:dashboard", kwargs={"firm_slug": firm.slug})
    assert client.session[f"branch:{firm.pk}"] == "all"


@pytest.mark.parametrize("wanted", ["all", "0", "x", ""])
def test_others_may_not(client, branch_owner, url, wanted):
    client.force_login(branch_owner)

    assert client.post(url, {"branch": wanted}).status_code == 404


def test_a_branch_of_others_does_not_exist(client, branch_owner, dublin, url):
    client.force_login(branch_owner)

    assert client.post(url, {"branch": dublin.pk}).status_code == 404


def test_the_way_back_stays_on_this_site(client, super_admin, dublin, url):
    client.force_login(super_admin)

    response = client.post(url, {"branch": dublin.pk, "next": "https://elsewhere.test/"})

    assert "elsewhere" not in response["Location"]


def test_the_long_list_is_searched(client, super_admin, branch, dublin, url):
    client.force_login(super_admin)

    page = client.get(url, {"q": "dub"}).content.decode()

    assert "Choose Dublin" in page
    assert "Choose London" not in page
