"""Client Pays: the branch's link to copy, rotated and switched off (F-104…F-106, F-108)."""

import pytest
from django.test import Client

from invitations.actions.branch_links import rotate_branch_link, switch_branch_link
from invitations.models import BranchLink
from invitations.models.links import ConnectLink
from practice.errors import Refused
from practice.models import Branch, Message
from tests import factories

PAGE = "/harbour/clients/add/client-pays/"


@pytest.fixture
def dublin(firm) -> Branch:
    return factories.BranchFactory(firm=firm, name="Dublin")


def link_on(client: Client, branch: Branch) -> str:
    return str(client.get(f"{PAGE}?branch={branch.pk}").context["url"])


def path_of(url: str) -> str:
    return "/connect/" + url.split("/connect/")[1]


def test_each_branch_has_a_link_that_stays(client, super_admin, branch, dublin):
    client.force_login(super_admin)

    first, again, other = link_on(client, branch), link_on(client, branch), link_on(client, dublin)

    assert first == again != other
    assert not BranchLink.objects.exists()


def test_link_and_summary_are_there_to_be_selected_and_nothing_is_sent(
    client, branch_owner, branch
):
    client.force_login(branch_owner)

    response = client.get(PAGE)

    html, url = response.content.decode(), response.context["url"]
    mail = html.split("<textarea")[1].split("</textarea>")[0]
    assert f'readonly value="{url}"' in html
    assert ("Harbour Accounting" in mail, url in mail, "readonly" in mail) == (True,) * 3
    assert ('data-copy="branch-link"' in html, 'data-copy="branch-mail"' in html) == (True, True)
    assert Message.objects.count() == 0


def test_rotating_voids_the_earlier_link(client, branch_owner, branch):
    client.force_login(branch_owner)
    before = link_on(client, branch)

    response = client.post(f"{PAGE}{branch.pk}/rotate/", {"number": 1})

    after, row = link_on(client, branch), BranchLink.objects.get()
    assert response.status_code == 302
    assert [Client().get(path_of(url)).status_code for url in (before, after)] == [410, 200]
    assert (row.number, row.changed_by, row.history.latest().history_user) == (
        2,
        branch_owner,
        branch_owner,
    )


def test_the_second_of_two_clicks_changes_nothing(client, branch_owner, branch):
    client.force_login(branch_owner)

    for _ in range(2):
        client.post(f"{PAGE}{branch.pk}/rotate/", {"number": 1})

    assert BranchLink.objects.get().number == 2


def test_switched_off_and_on_it_is_the_same_link(client, branch_owner, branch):
    client.force_login(branch_owner)
    url = link_on(client, branch)

    client.post(f"{PAGE}{branch.pk}/off/")
    off, page = Client().get(path_of(url)).status_code, client.get(PAGE).content.decode()
    client.post(f"{PAGE}{branch.pk}/on/")

    assert (off, "is switched off" in page) == (410, True)
    assert Client().get(path_of(link_on(client, branch))).status_code == 200
    assert link_on(client, branch) == url


def test_uses_are_counted(client, branch_owner, branch):
    factories.ClientInvitationFactory(branch=branch)
    factories.ClientInvitationFactory(branch=branch)
    factories.ClientInvitationFactory(branch=branch, external=True)
    client.force_login(branch_owner)

    html = client.get(PAGE).content.decode()

    assert "2 companies came by this link" in html


@pytest.mark.parametrize("step", ["rotate", "off"])
def test_it_is_asked_first(client, branch_owner, branch, step):
    client.force_login(branch_owner)

    response = client.get(f"{PAGE}{branch.pk}/{step}/")

    assert response.status_code == 200
    assert not BranchLink.objects.exists()


@pytest.mark.parametrize("step", ["rotate", "off", "on"])
@pytest.mark.parametrize(
    ("persona", "status"), [("viewer", 403), ("assigned_member", 403), ("outsider", 404)]
)
def test_others_cannot(persona_client, branch, persona, status, step):
    response = persona_client(persona).post(f"{PAGE}{branch.pk}/{step}/", {"number": 1})

    assert response.status_code == status
    assert not BranchLink.objects.exists()


def test_the_action_judges_the_rights_of_now(branch, viewer):
    with pytest.raises(Refused):
        rotate_branch_link(branch, by=viewer, number=1)
    with pytest.raises(Refused):
        switch_branch_link(branch, by=viewer, is_on=False)


@pytest.mark.parametrize("asked", ["0", "x", "99999999999999999999", "-1"])
def test_an_unknown_branch_is_not_found(client, branch_owner, branch, asked):
    client.force_login(branch_owner)

    assert client.get(PAGE, {"branch": asked}).status_code == 404


def test_a_branch_of_another_firm_is_not_found(client, super_admin, branch, outsider):
    southgate = Branch.objects.get(name="Southgate")
    client.force_login(super_admin)

    assert client.get(PAGE, {"branch": southgate.pk}).status_code == 404


@pytest.mark.parametrize("branches", [1, 3])
def test_queries_do_not_grow(client, super_admin, firm, branches, django_assert_max_num_queries):
    factories.BranchFactory.create_batch(branches, firm=firm)
    client.force_login(super_admin)

    with django_assert_max_num_queries(14):
        client.get(PAGE)


def test_a_link_of_another_kind_opens_nothing(client, branch):
    forged = ConnectLink(branch.pk, "1", is_mailed=False).token[:-2] + "xx"

    assert [client.get(f"/connect/{token}/").status_code for token in (forged, "1-1", "é")] == [
        410,
        410,
        410,
    ]
