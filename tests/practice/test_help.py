"""Help: five troubles (F-009) and eight subjects (F-009a)."""

import pytest

from practice.views.help import BY_SLUG

URL = "/harbour/help/"
TROUBLES = (
    "Cannot Find Client in List",
    "Client Shows Wrong Billing Model",
    "Team Member Cannot See Client",
    "Client Cannot Access Their Account",
    "Disconnection Cannot Be Undone",
)
SUBJECTS = (
    "Inviting Clients",
    "Accepting Client Invitations",
    "Client Access Levels",
    "Billing Models Overview",
    "Managing Team Members",
    "Charge Us Model",
    "Switching Billing Models",
    "Adding Clients",
)


@pytest.mark.parametrize("persona", ["super_admin", "viewer", "branch_owner", "assigned_member"])
def test_the_team_reads_it(persona_client, persona, branch):
    page = persona_client(persona).get(URL).content.decode()

    assert [title for title in (*TROUBLES, *SUBJECTS) if title not in page] == []


@pytest.mark.parametrize("persona", ["contact", "outsider", "operator"])
@pytest.mark.parametrize("url", [URL, f"{URL}adding-clients/"])
def test_others_find_no_such_page(persona_client, persona, url, branch):
    assert persona_client(persona).get(url).status_code == 404


def test_htmx_receives_the_panel_only(client, viewer):
    client.force_login(viewer)

    page = client.get(URL, headers={"HX-Request": "true"}).content.decode()

    assert "<html" not in page
    assert TROUBLES[0] in page


@pytest.mark.parametrize("slug", BY_SLUG)
def test_each_topic_opens_and_says_something(client, viewer, slug):
    client.force_login(viewer)

    response = client.get(f"{URL}{slug}/")

    page = response.content.decode()
    assert response.status_code == 200
    assert f"<h1>{BY_SLUG[slug].title}</h1>" in page
    assert len(page.split("</article>")[0].split("<article")[1]) > 700


def test_an_unknown_topic_is_not_found(client, viewer):
    client.force_login(viewer)

    assert client.get(f"{URL}nothing/").status_code == 404
