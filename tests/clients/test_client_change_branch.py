"""Change Branch: the picker, what the move means for the team, and the move (F-050…F-051d)."""

import pytest

from clients import permissions as p
from clients.models import (
    ActivityEvent,
    Connection,
    ConnectionPeriod,
    ContactAccess,
    TeamAssignment,
    UsageSnapshot,
)
from clients.roles import ClientRole
from practice.models import Branch, Message
from practice.roles import BranchRole
from tests import factories
from tests.conftest import a_colleague


@pytest.fixture
def url(connection) -> str:
    return f"/harbour/clients/{connection.pk}/change-branch/"


@pytest.fixture
def dublin(firm):
    return factories.BranchFactory(firm=firm, name="Dublin", currency="EUR")


@pytest.fixture
def nia(dublin):
    return a_colleague(dublin, "Nia Dublin Member")


@pytest.fixture
def dara(dublin):
    return a_colleague(dublin, "Dara Dublin Owner", owner=True)


@pytest.fixture
def xavi(branch, connection):
    user = a_colleague(branch, "Xavi London Member", added=[p.CROSS_BRANCH])
    factories.TeamAssignmentFactory(content_object=connection, user=user, role=ClientRole.VIEW_ONLY)
    return user


def rows_of(response) -> dict[str, list[tuple[str, str]]]:
    return {
        group["label"]: [(effect.name, effect.why) for effect in group["shown"]]
        for group in response.context["groups"]
        if group["shown"]
    }


def test_only_branches_with_the_permission_are_offered(
    client, firm, branch, branch_owner, dublin, url
):
    factories.BranchFactory(firm=firm, name="Cork")
    factories.BranchFactory(firm=firm, name="Leeds", archived=True)
    factories.BranchMembershipFactory(
        branch=dublin, member=branch_owner.team_members.get(), role=BranchRole.ADMIN
    )
    client.force_login(branch_owner)

    response = client.get(url)

    choices = dict(response.context["form"].fields["branch"].widget.choices)
    assert choices == {"": "Choose a branch", dublin.pk: "Dublin · EUR"}


def test_without_another_branch_the_page_says_what_it_takes(client, branch_owner, dublin, url):
    client.force_login(branch_owner)

    html = client.get(url).content.decode()

    assert "No other branch to choose" in html
    assert "on both of which you hold “Change Branch”" in html


def test_the_page_before_the_button_names_everybody(
    client,
    super_admin,
    branch_owner,
    assigned_member,
    unassigned_member,
    xavi,
    nia,
    dara,
    dublin,
    url,
):
    client.force_login(super_admin)

    response = client.get(url, {"branch": dublin.pk})

    assert "Transfer Client" in response.content.decode()
    assert rows_of(response) == {
        "gains access": [("Dara Dublin Owner", "by branch role, Owner of Dublin")],
        "gains it once assigned": [
            ("Nia Dublin Member", "Member of Dublin: sees the client once assigned")
        ],
        "loses access": [
            (
                "Mia London Member",
                "the assignment, Full Access, ends: no cross-branch permission",
            ),
            ("Olga London Owner", "sees it by branch role, Owner of London"),
        ],
        "keeps access": [
            ("Sana Super Admin", "by parent role, Super Admin"),
            ("Xavi London Member", "by assignment, View Only, with cross-branch permission"),
        ],
    }
    assert Connection.objects.get().branch.name == "London"


def test_a_member_of_both_branches_keeps_by_assignment(
    client, super_admin, assigned_member, dublin, url
):
    factories.BranchMembershipFactory(branch=dublin, member=assigned_member.team_members.get())
    client.force_login(super_admin)

    response = client.get(url, {"branch": dublin.pk})

    assert ("Mia London Member", "by assignment, Full Access") in rows_of(response)["keeps access"]


def test_a_restricted_client_is_gained_by_nobody_unnamed(
    client, super_admin, assigned_member, nia, dara, dublin, connection, url
):
    with factories.arranging():
        Connection.objects.update(is_restricted=True)
    client.force_login(super_admin)

    found = rows_of(client.get(url, {"branch": dublin.pk}))

    assert "gains access" not in found
    assert [name for name, _ in found["gains it once assigned"]] == [
        "Dara Dublin Owner",
        "Nia Dublin Member",
    ]


@pytest.mark.parametrize(
    ("currency", "model", "says"),
    [
        ("EUR", "bill_us", "Dublin bills in EUR: the next subscription line will be in EUR."),
        ("GBP", "bill_us", "Billing is not interrupted: Dublin bills in GBP too."),
        ("EUR", "client_pays", "The client pays its own subscription: nothing about it changes."),
    ],
)
def test_billing_is_explained(client, super_admin, firm, branch, currency, model, says):
    dublin = factories.BranchFactory(firm=firm, name="Dublin", currency=currency)
    row = factories.ConnectionFactory(branch=branch, billing_model=model)
    client.force_login(super_admin)

    page = client.get(f"/harbour/clients/{row.pk}/change-branch/", {"branch": dublin.pk})

    assert says in page.content.decode()


def test_the_transfer_works_at_once(
    client, super_admin, assigned_member, xavi, dara, dublin, connection, url
):
    client.force_login(super_admin)

    response = client.post(url, {"branch": dublin.pk, "reason": "Closer to home"}, follow=True)

    row = Connection.objects.get()
    assert row.branch == dublin
    assert list(TeamAssignment.objects.values_list("user", flat=True)) == [xavi.pk]
    assert "Acme Bakery is now in Dublin." in response.content.decode()
    assert f'href="{url}?branch={connection.branch_id}"' in response.content.decode()
    change = row.history.latest("history_id")
    assert (change.history_user, change.history_change_reason) == (
        super_admin,
        "Transferred to Dublin: Closer to home",
    )
    assert ActivityEvent.objects.get().text == (
        "Sana Super Admin transferred the client from London to Dublin;"
        " no longer assigned: Mia London Member"
    )


def test_the_old_team_is_shut_out_and_the_new_one_is_let_in(
    persona_client, super_admin, branch_owner, dara, dublin, connection, url
):
    mia = persona_client("assigned_member")
    page = f"/harbour/clients/{connection.pk}/"
    before = mia.get(page).status_code

    persona_client("super_admin").post(url, {"branch": dublin.pk})

    dublin_owner = persona_client("anonymous")
    dublin_owner.force_login(dara)
    assert (before, mia.get(page).status_code) == (200, 403)
    assert "not assigned to this client" in mia.get(page).content.decode()
    assert persona_client("branch_owner").get(page).status_code == 404
    assert dublin_owner.get(page).status_code == 200


def test_nothing_but_the_branch_changes_and_nobody_is_told(
    client, super_admin, contact, connection, dublin, url
):
    factories.ConnectionPeriodFactory(connection=connection)
    factories.UsageSnapshotFactory(connection=connection)
    before = Connection.objects.values().get()
    client.force_login(super_admin)

    client.post(url, {"branch": dublin.pk})

    assert Connection.objects.values().get() == {**before, "branch_id": dublin.pk}
    about = (ConnectionPeriod, UsageSnapshot, ContactAccess)
    assert [model.objects.filter(connection=connection).count() for model in about] == [1, 1, 1]
    assert not Message.objects.exists()


@pytest.mark.parametrize("kind", ["archived", "foreign", "without permission", "nothing"])
def test_a_branch_that_is_no_choice_changes_nothing(
    client, branch_owner, outsider, firm, dublin, url, kind
):
    archived = factories.BranchFactory(firm=firm, name="Leeds", archived=True)
    target = {
        "archived": archived.pk,
        "foreign": Branch.objects.get(name="Southgate").pk,
        "without permission": dublin.pk,
        "nothing": "",
    }[kind]
    client.force_login(branch_owner)

    response = client.post(url, {"branch": target, "reason": "Because <of> this"})

    assert response.status_code == 422
    assert "Choose a" in str(response.context["form"].errors["branch"])
    assert set(Connection.objects.values_list("branch__name", flat=True)) == {
        "London",
        "Southgate",
    }


def test_the_present_branch_is_said_to_be_the_present_one(client, super_admin, branch, dublin, url):
    client.force_login(super_admin)

    asked = client.get(url, {"branch": branch.pk})
    sent = client.post(url, {"branch": branch.pk}, follow=True)

    assert asked.status_code == 422
    assert "Acme Bakery is in London already." in asked.content.decode()
    assert "Acme Bakery is in London already." in sent.content.decode()
    assert not Connection.objects.get().history.filter(history_type="~").exists()


def test_a_paused_client_keeps_its_branch(client, super_admin, branch, dublin):
    row = factories.ConnectionFactory(branch=branch, paused=True)
    client.force_login(super_admin)

    response = client.post(f"/harbour/clients/{row.pk}/change-branch/", {"branch": dublin.pk})

    assert response.status_code == 403
    assert "This relationship is paused, so it is view-only." in response.content.decode()


def test_a_reason_that_is_too_long_is_kept_on_the_page(client, super_admin, dublin, url):
    client.force_login(super_admin)

    response = client.post(url, {"branch": dublin.pk, "reason": "x" * 301})

    assert response.status_code == 422
    assert "x" * 301 in response.content.decode()
    assert "Transfer Client" in response.content.decode()


def test_a_person_whose_own_sight_ends_is_led_to_the_list(client, branch, dublin, connection, url):
    mover = a_colleague(branch, "Moe London Admin", admin=True)
    factories.BranchMembershipFactory(
        branch=dublin, member=mover.team_members.get(), added=[p.CHANGE_BRANCH]
    )
    client.force_login(mover)

    response = client.post(url, {"branch": dublin.pk})

    assert response["Location"] == "/harbour/clients/"


@pytest.mark.parametrize(
    ("persona", "status"),
    [
        ("super_admin", 200),
        ("branch_owner", 200),
        ("branch_admin", 200),
        ("assigned_member", 403),
        ("viewer", 403),
        ("billing_admin", 403),
        ("unassigned_member", 404),
        ("outsider", 404),
        ("contact", 404),
    ],
)
def test_who_may(persona_client, dublin, url, persona, status):
    assert persona_client(persona).get(url).status_code == status


@pytest.mark.parametrize("count", [1, 3])
def test_the_query_count_does_not_grow(
    client, super_admin, branch, dublin, connection, url, count, django_assert_num_queries
):
    for n in range(count):
        a_colleague(dublin, f"D{n} Dublin Owner", owner=True)
        user = a_colleague(branch, f"L{n} London Member")
        factories.TeamAssignmentFactory(content_object=connection, user=user)
    client.force_login(super_admin)
    client.get(url)

    with django_assert_num_queries(14):
        client.get(url, {"branch": dublin.pk})


def test_the_menu_leads_there(client, super_admin, connection, url):
    client.force_login(super_admin)

    html = client.get(f"/harbour/clients/{connection.pk}/menu/").content.decode()

    assert f'href="{url}"' in html
    assert f'href="/harbour/clients/{connection.pk}/access-settings/"' in html
