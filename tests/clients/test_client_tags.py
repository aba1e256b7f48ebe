"""Edit Tags of one client (F-088, F-088a)."""

import pytest

from clients.models import Connection, Tag
from clients.roles import ClientRole
from tests import factories


@pytest.fixture
def url(connection) -> str:
    return f"/harbour/clients/{connection.pk}/tags/"


@pytest.fixture
def seasonal(connection) -> Tag:
    tag = factories.TagFactory(firm=connection.firm, name="Seasonal")
    give(connection, tag)
    return tag


def give(connection: Connection, *tags: Tag) -> None:
    with factories.arranging():
        Connection.objects.filter(pk=connection.pk).update(tag_ids=[tag.pk for tag in tags])
    connection.refresh_from_db()


def names(connection: Connection) -> list[str]:
    held = Connection.objects.get(pk=connection.pk).tag_ids
    return sorted(Tag.objects.filter(pk__in=held).values_list("name", flat=True))


def ticked(response) -> list[str]:
    form = response.context["form"]
    return list(form["tag"].value())


def test_a_new_word_is_typed_added_and_saved(client, branch_owner, connection, seasonal, url):
    client.force_login(branch_owner)

    picked = client.post(
        f"{url}pick/", {"tag": ["Seasonal"], "new": "VIP", "version": connection.version}
    )
    saved_yet = names(connection)
    answers = {"tag": ticked(picked), "new": "", "version": connection.version}
    done = client.post(url, answers, follow=True)

    assert (picked.status_code, ticked(picked), saved_yet) == (
        200,
        ["Seasonal", "VIP"],
        ["Seasonal"],
    )
    assert done.redirect_chain == [(f"/harbour/clients/{connection.pk}/", 302)]
    assert names(connection) == ["Seasonal", "VIP"]
    row = Connection.objects.get(pk=connection.pk)
    assert "vip" in row.search_text
    assert row.version == connection.version + 1
    assert row.history.first().history_user == branch_owner


def test_the_existing_tag_is_used_in_whatever_case(client, branch_owner, connection, url):
    vip = factories.TagFactory(firm=connection.firm, name="VIP")
    client.force_login(branch_owner)

    picked = client.post(f"{url}pick/", {"new": "vip, ＶＩＰ", "version": connection.version})
    client.post(url, {"new": "Vip", "version": connection.version})

    assert ticked(picked) == ["VIP"]
    assert list(Tag.objects.values_list("name", flat=True)) == ["VIP"]
    assert Connection.objects.get(pk=connection.pk).tag_ids == [vip.pk]


def test_a_tag_is_taken_off_by_its_tick(client, branch_owner, connection, seasonal, url):
    client.force_login(branch_owner)

    client.post(url, {"version": connection.version})

    assert names(connection) == []


def test_the_page_suggests_the_firms_tags_and_says_add(client, branch_owner, connection, url):
    factories.TagFactory(firm=connection.firm, name="Property")
    factories.TagFactory(name="Of another firm")
    client.force_login(branch_owner)

    html = client.get(url).content.decode()

    assert '<option value="Property">' in html
    assert "Of another firm" not in html
    assert ">Add</button>" in html


def test_the_second_of_two_is_told(client, branch_owner, connection, seasonal, url):
    client.force_login(branch_owner)
    client.post(url, {"tag": ["Seasonal"], "new": "Theirs", "version": connection.version})

    told = client.post(url, {"new": "Mine", "version": connection.version})
    form = told.context["form"]
    client.post(url, {"new": "Mine", "version": form["version"].value()})

    assert told.status_code == 409
    assert "Saved now: <b>Seasonal, Theirs</b>" in told.content.decode()
    assert form["new"].value() == "Mine"
    assert names(connection) == ["Mine"]


@pytest.mark.parametrize("page", ["", "pick/"])
def test_a_word_that_is_too_long_is_said(client, branch_owner, connection, url, page):
    client.force_login(branch_owner)

    response = client.post(f"{url}{page}", {"new": "x" * 41, "version": connection.version})

    assert response.status_code == 422
    assert "is longer than 40 characters" in response.content.decode()
    assert response.context["form"]["new"].value() == "x" * 41


@pytest.mark.parametrize(
    ("persona", "status"), [("viewer", 403), ("unassigned_member", 404), ("outsider", 404)]
)
def test_others_cannot(client, request, connection, url, persona, status):
    client.force_login(request.getfixturevalue(persona))

    answers = [client.post(f"{url}{page}", {"new": "Mischief"}) for page in ("", "pick/")]

    assert [answer.status_code for answer in answers] == [status, status]
    assert not Tag.objects.exists()


def test_limited_access_may_and_the_menu_leads_here(client, unassigned_member, connection, url):
    factories.TeamAssignmentFactory(
        content_object=connection, user=unassigned_member, role=ClientRole.LIMITED
    )
    client.force_login(unassigned_member)

    menu = client.get(f"/harbour/clients/{connection.pk}/menu/").content.decode()

    assert f'<a href="{url}">Edit Tags</a>' in menu
    assert client.get(url).status_code == 200
