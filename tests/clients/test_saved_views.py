"""Saved views of the client list (F-038)."""

import pytest

from practice.models import SavedView
from tests import factories

ADD = "/harbour/clients/views/add/"
LIST = "/harbour/clients/views/"


@pytest.fixture
def signed_in(client, branch_owner):
    client.force_login(branch_owner)
    return client


def test_the_filters_in_force_are_saved_under_a_name(signed_in, connection):
    page = signed_in.get(f"{ADD}?status=paused&q=acme&after=xyz")
    query = page.context["form"]["query"].value()

    response = signed_in.post(ADD, {"name": "Tax season", "query": query})

    view = SavedView.objects.get()
    assert view.query == "status=paused&q=acme"
    assert response["Location"] == f"/harbour/clients/?status=paused&q=acme&view={view.pk}"
    assert "Tax season" in signed_in.get(LIST).content.decode()
    assert "Tax season" in signed_in.get(response["Location"]).content.decode()


def test_private_views_are_private_and_shared_ones_are_not(signed_in, branch, viewer):
    member = viewer.team_members.get()
    factories.SavedViewFactory(member=member, name="Mine alone")
    factories.SavedViewFactory(member=member, name="For all", is_shared=True)

    html = signed_in.get(LIST).content.decode()

    assert "For all" in html
    assert "Mine alone" not in html


def test_only_the_maker_deletes(signed_in, branch_owner, viewer):
    theirs = factories.SavedViewFactory(member=viewer.team_members.get(), is_shared=True)
    mine = factories.SavedViewFactory(member=branch_owner.team_members.get())

    assert signed_in.post(f"{LIST}{theirs.pk}/delete/").status_code == 403
    assert signed_in.post(f"{LIST}{mine.pk}/delete/").status_code == 302
    assert list(SavedView.objects.all()) == [theirs]


@pytest.mark.parametrize("name", ["Default", "ＤＥＦＡＵＬＴ ", "", "x" * 61])
def test_bad_names_are_said_and_nothing_is_saved(signed_in, name):
    response = signed_in.post(ADD, {"name": name, "query": "status=paused"})

    assert response.status_code == 422
    assert "status=paused" in response.content.decode()
    assert not SavedView.objects.exists()


def test_a_name_twice_is_refused_in_words(signed_in, branch_owner):
    factories.SavedViewFactory(member=branch_owner.team_members.get(), name="Tax")

    response = signed_in.post(ADD, {"name": "Tax", "query": ""})

    assert response.status_code == 422
    assert "You have a view of this name already." in response.content.decode()


def test_default_offers_no_delete(signed_in):
    html = signed_in.get(LIST).content.decode()

    assert "Default" in html
    assert "/delete/" not in html
