"""Why can't they see it? The answer, its chain, and what changes it (F-243)."""

import re
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.utils import timezone

from clients import permissions as p
from clients.models import Connection, TeamAssignment
from clients.roles import ClientRole
from practice.history import because
from practice.models import BranchMembership, TeamMember, User
from tests import factories
from tests.conftest import a_colleague

pytestmark = pytest.mark.django_db

URL = "/harbour/clients/why/"


def member_id(user: User) -> int:
    return TeamMember.objects.get(user=user).pk


@pytest.fixture
def ask(client):
    """`ask(asker, person, connection)`: the page's answer to that question."""

    def question(asker, person, connection, permission="", **more):
        client.force_login(asker)
        params = {"person": member_id(person), "client": connection.pk, "permission": permission}
        return client.get(URL, {**params, **more})

    return question


def sentence(response) -> str:
    return response.context["answer"].sentence


def page(response) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def change(rows, **facts) -> None:
    with because("Changed by a test"):
        rows.update(**facts)


def test_an_unassigned_member_is_named_with_the_rule_that_decided(
    ask, branch_admin, unassigned_member, connection
):
    response = ask(branch_admin, unassigned_member, connection)

    assert sentence(response) == (
        "Una London Member cannot open Acme Bakery: "
        "Una London Member is not assigned to this client."
    )
    assert [
        (rule.name, is_blocking) for rule, _, is_blocking in response.context["answer"].chain
    ] == [
        ("Firm", False),
        ("Assignment", True),
    ]
    assert "this decided" in page(response)
    assert "Una London Member works at this firm." in page(response)


def test_the_fix_assigns_and_the_page_shows_the_new_chain(
    ask, client, branch_admin, unassigned_member, connection
):
    response = ask(branch_admin, unassigned_member, connection)
    assert "Assign Una London Member" in page(response)

    answer = client.post(
        URL,
        {
            "person": member_id(unassigned_member),
            "client": connection.pk,
            "permission": p.VIEW_CLIENT,
            "role": ClientRole.VIEW_ONLY,
            "reason": "Holiday cover",
        },
        follow=True,
    )

    tie = TeamAssignment.objects.get()
    assert (tie.user, tie.role, tie.granted_by, tie.reason) == (
        unassigned_member,
        ClientRole.VIEW_ONLY,
        branch_admin,
        "Holiday cover",
    )
    assert sentence(answer) == (
        "Una London Member can open Acme Bakery: Una London Member is assigned to this client."
    )
    assert "is assigned to Acme Bakery." in page(answer)
    assert "What would change the answer" not in page(answer)


def test_a_fix_without_a_role_says_so_and_keeps_the_reason(
    ask, client, branch_admin, unassigned_member, connection
):
    client.force_login(branch_admin)
    facts = {"person": member_id(unassigned_member), "client": connection.pk}

    response = client.post(URL, {**facts, "reason": "Holiday cover"})

    assert response.status_code == 422
    assert 'value="Holiday cover"' in page(response)
    assert not TeamAssignment.objects.exists()


@pytest.mark.parametrize(("persona", "status"), [("viewer", 403), ("billing_admin", 403)])
def test_who_may_not_assign_cannot_by_hand(
    persona_client, unassigned_member, connection, persona, status
):
    facts = {"person": member_id(unassigned_member), "client": connection.pk, "role": "full"}

    response = persona_client(persona).post(URL, facts)

    assert response.status_code == status
    assert not TeamAssignment.objects.exists()


def test_who_may_not_assign_learns_who_can(
    ask, viewer, branch_owner, super_admin, unassigned_member, connection
):
    a_colleague(factories.BranchFactory(firm=connection.firm), "Dara Dublin Owner", owner=True)

    response = ask(viewer, unassigned_member, connection)

    assert 'aria-disabled="true"' in page(response)
    assert "“Grant Client Access”" in page(response)
    assert "Who can do it: Olga London Owner, Sana Super Admin." in page(response)


def test_owners_who_do_not_see_a_restricted_client_are_not_named(
    ask, viewer, branch_owner, super_admin, assigned_member, connection
):
    change(Connection.objects, is_restricted=True)
    factories.TeamAssignmentFactory(content_object=connection, user=viewer)

    response = ask(viewer, branch_owner, connection)

    assert "restricted to named people" in sentence(response)
    assert response.context["answer"].helpers == ("Sana Super Admin",)


def test_only_roles_that_would_open_it_are_offered(ask, branch_admin, assigned_member, connection):
    change(TeamAssignment.objects, role=ClientRole.LIMITED)

    response = ask(branch_admin, assigned_member, connection, p.PAUSE_CLIENTS)

    assert sentence(response) == (
        "Mia London Member cannot use “Pause Clients” at Acme Bakery: "
        "Mia London Member’s role lacks “Pause Clients”."
    )
    assert response.context["answer"].roles == (ClientRole.FULL,)


def test_nobody_is_offered_a_role_that_they_cannot_give(ask, branch, unassigned_member, connection):
    lee = a_colleague(branch, "Lee Limited", added=[p.GRANT_ACCESS])
    factories.TeamAssignmentFactory(content_object=connection, user=lee, role=ClientRole.LIMITED)

    response = ask(lee, unassigned_member, connection)

    assert response.context["answer"].roles == (ClientRole.VIEW_ONLY, ClientRole.LIMITED)


def paused(person, connection) -> None:
    change(Connection.objects, status="paused", paused_at=timezone.now())


def disconnected(person, connection) -> None:
    change(Connection.objects, status="disconnected", disconnected_at=timezone.now())


def expired(person, connection) -> None:
    change(Connection.objects, last_accessed_at=timezone.now() - timedelta(days=60))


def withdrawn(person, connection) -> None:
    place = BranchMembership.objects.filter(member__user=person)
    change(place, withdrawn=[p.VIEW_ASSIGNED_CLIENTS])


def off(person, connection) -> None:
    change(User.objects.filter(pk=person.pk), is_active=False)


def left(person, connection) -> None:
    change(TeamMember.objects.filter(user=person), is_active=False)


def enrol(person, connection) -> None:
    change(type(connection.firm).objects.filter(pk=connection.firm_id), requires_second_factor=True)


@pytest.mark.parametrize(
    ("trouble", "permission", "rule", "step", "advice"),
    [
        (paused, p.UPDATE_CLIENTS, "State", "client", "The relationship would have to be resumed"),
        (disconnected, p.VIEW_CLIENT, "State", "member", "“View Historical Records” on London"),
        (expired, p.OPEN_ACCOUNT, "Access", "", "Only the client can open it"),
        (withdrawn, p.VIEW_CLIENT, "Branch", "member", "“View Assigned Clients” on London"),
        (off, p.VIEW_CLIENT, "Person", "", "The operator of this installation"),
        (left, p.VIEW_CLIENT, "Firm", "", "can invite them to the firm again"),
        (None, p.CHANGE_BRANCH, "Role", "member", "“Change Branch” on London"),
    ],
)
def test_every_refusal_has_a_way_on(
    ask, super_admin, assigned_member, connection, trouble, permission, rule, step, advice
):
    if trouble:
        trouble(assigned_member, connection)

    answer = ask(super_admin, assigned_member, connection, permission).context["answer"]

    assert answer.verdict.decisive.name == rule
    assert answer.step == step
    assert advice in answer.advice


def test_a_missing_second_factor_is_theirs_to_set_up(ask, super_admin, assigned_member, connection):
    enrol(assigned_member, connection)
    Authenticator.objects.create(user=super_admin, type="totp", data={})

    answer = ask(super_admin, assigned_member, connection).context["answer"]

    assert answer.verdict.decisive.name == "Second factor"
    assert answer.advice == "Only Mia London Member can set it up: Profile, then Security."


def test_somebody_of_another_branch_has_to_be_added_first(ask, super_admin, firm, connection):
    nia = a_colleague(factories.BranchFactory(firm=firm, name="Dublin"), "Nia Dublin Member")

    answer = ask(super_admin, nia, connection).context["answer"]

    assert answer.step == "member"
    assert answer.advice == "Nia Dublin Member would first have to be added to branch London."


def test_everybody_may_ask_about_themselves(ask, assigned_member, connection):
    response = ask(assigned_member, assigned_member, connection)

    assert sentence(response) == "You can open Acme Bakery: You are assigned to this client."


def test_a_former_assignee_is_told_why_but_not_the_clients_name(ask, assigned_member, connection):
    with because("Cover ended"):
        TeamAssignment.objects.all().delete()
    change(Connection.objects, name="Acme Renamed")

    response = ask(assigned_member, assigned_member, connection)

    assert sentence(response) == (
        "You cannot open this client: You are not assigned to this client."
    )
    assert "Acme" not in page(response)


@pytest.mark.parametrize(
    ("asker", "person"),
    [
        ("unassigned_member", "unassigned_member"),
        ("unassigned_member", "assigned_member"),
        ("assigned_member", "elsewhere"),
        ("branch_admin", "elsewhere"),
        ("super_admin", "outsider"),
    ],
)
def test_what_the_asker_does_not_see_is_not_found(request, ask, firm, connection, asker, person):
    dublin = factories.BranchFactory(firm=firm, name="Dublin")
    cast = {"elsewhere": a_colleague(dublin, "Nia Dublin Member")}
    users = [cast.get(name) or request.getfixturevalue(name) for name in (asker, person)]

    response = ask(*users, connection)
    unknown = ask(users[0], users[0], connection, client=2**40)

    assert (response.status_code, unknown.status_code) == (404, 404)
    assert response.content == unknown.content


def test_another_firms_client_is_not_found(ask, super_admin, outsider, connection):
    theirs = Connection.objects.exclude(firm=connection.firm).get()

    assert ask(super_admin, super_admin, theirs).status_code == 404


@pytest.mark.parametrize(
    "params",
    [{"person": "x"}, {"client": "-1"}, {"person": "9" * 30}, {"permission": "clients.nothing"}],
)
def test_nonsense_is_not_found(client, branch_admin, params):
    client.force_login(branch_admin)

    assert client.get(URL, params).status_code == 404


def test_people_and_clients_are_found_as_one_types(
    client, branch_admin, assigned_member, connection
):
    client.force_login(branch_admin)

    response = client.get(URL, {"who": "mia", "find": "1010"})

    assert [str(person) for person, _ in response.context["people"]] == ["Mia London Member"]
    assert [row.name for row, _ in response.context["clients"]] == ["Acme Bakery"]
    assert f"person={member_id(assigned_member)}" in page(response)
    assert f"client={connection.pk}" in page(response)


def test_clients_outside_the_askers_scope_are_not_offered(client, unassigned_member, connection):
    client.force_login(unassigned_member)

    response = client.get(URL, {"find": "acme"})

    assert response.context["clients"] == []
    assert [str(person) for person, _ in response.context["people"]] == ["Una London Member"]


def test_the_refusal_links_to_its_explanation(client, viewer, connection):
    client.force_login(viewer)

    refused = client.get(f"/harbour/clients/{connection.pk}/edit/")
    [url] = re.findall(r'href="(/harbour/clients/why/[^"]+)"', refused.content.decode())
    answer = client.get(url.replace("&amp;", "&"))

    assert "Why can't I see this?" in refused.content.decode()
    assert sentence(answer) == (
        "You cannot use “Update Clients” at Acme Bakery: Your role lacks “Update Clients”."
    )


def test_a_refusal_about_the_firm_links_to_help(client, assigned_member, firm):
    client.force_login(assigned_member)

    response = client.get("/harbour/settings/")

    assert "/harbour/help/managing-team-members/" in response.content.decode()


@pytest.fixture
def tom(connection):
    """A contact of Acme with the permission Tax."""
    row = factories.ContactFactory(firm=connection.firm, name="Tom Tax", email="tom@acme.test")
    factories.ContactAccessFactory(connection=connection, contact=row, has_tax=True)
    return row


@pytest.fixture
def ask_contact(client):
    def question(asker, contact, connection, permission=""):
        client.force_login(asker)
        params = {"contact": contact.pk, "client": connection.pk, "permission": permission}
        return client.get(URL, params)

    return question


def test_a_contact_is_judged_by_their_own_ticks(ask_contact, branch_admin, tom, connection):
    tax = ask_contact(branch_admin, tom, connection, "see-tax-returns-and-their-files")
    files = ask_contact(branch_admin, tom, connection, "see-files")

    assert sentence(tax) == (
        "Tom Tax can see tax returns and their files at Acme Bakery: "
        "Tom Tax has the permission “Tax”."
    )
    assert sentence(files) == (
        "Tom Tax cannot see files at Acme Bakery: Tom Tax’s contact permissions lack “Files”."
    )
    assert files.context["answer"].advice == "Tom Tax would need the contact permission “Files”."


def test_a_contact_is_judged_by_the_client_access_level(
    ask_contact, branch_admin, viewer, branch_owner, tom, connection
):
    change(Connection.objects, access_level="none")

    may, may_not = (ask_contact(asker, tom, connection) for asker in (branch_admin, viewer))

    assert sentence(may).startswith("Tom Tax cannot open Acme Bakery in the portal: ")
    assert f"/harbour/clients/{connection.pk}/access-settings/" in page(may)
    assert "Who can do it: Olga London Owner." in page(may_not)


def test_contacts_of_the_chosen_client_are_offered_and_found(client, branch_admin, tom, connection):
    client.force_login(branch_admin)
    elsewhere = factories.ContactAccessFactory(connection__branch=connection.branch)

    response = client.get(URL, {"client": connection.pk, "who": "tom"})
    foreign = client.get(URL, {"client": connection.pk, "contact": elsewhere.contact_id})

    assert [str(access.contact) for access, _ in response.context["contacts"]] == ["Tom Tax"]
    assert foreign.status_code == 404


def test_nobody_asks_about_contacts_of_a_client_that_they_do_not_see(
    ask_contact, unassigned_member, tom, connection
):
    assert ask_contact(unassigned_member, tom, connection).status_code == 404


def test_a_contact_of_a_disconnected_client_keeps_what_can_be_read(
    ask_contact, branch_admin, tom, connection
):
    disconnected(None, connection)

    reads = ask_contact(branch_admin, tom, connection)
    writes = ask_contact(branch_admin, tom, connection, "act-on-tax-returns")

    assert reads.context["answer"].verdict.allowed
    assert "The relationship has ended" in sentence(writes)
