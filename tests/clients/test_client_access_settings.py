"""Access Settings: the four levels, why, by whom and when; and the restricted client."""

import pytest

from clients.actions.access_levels import set_access_level, set_access_levels
from clients.actions.judging import Outcome
from clients.actions.restrictions import restrict_connection
from clients.contact_rules import OPEN_CLIENT, SHUT_OUT, VIEW_FILES, VIEW_TAX
from clients.models import ActivityEvent, Connection, ContactAccess
from clients.roles import AccessLevel, ClientRole
from practice.errors import Refused
from practice.models import Message
from tests import factories


@pytest.fixture
def url(connection) -> str:
    return f"/harbour/clients/{connection.pk}/access-settings/"


@pytest.fixture
def restrict_url(connection) -> str:
    return f"/harbour/clients/{connection.pk}/restrict/"


def facts() -> tuple[str, list[str], str]:
    row = Connection.objects.get()
    return row.access_level, row.access_features, row.access_reason


def test_the_page_shows_the_four_levels_each_with_its_meaning(client, branch_owner, url):
    client.force_login(branch_owner)

    response = client.get(url)

    html = response.content.decode()
    assert "Client access level" in html
    assert "Save Changes" in html
    levels = [(radio.choice_label, meaning) for radio, meaning in response.context["form"].levels()]
    assert [label for label, _ in levels] == [
        "Full Access",
        "View Only",
        "No Access",
        "Custom Access",
    ]
    assert all(meaning in html for _, meaning in levels)


def test_saving_takes_effect_and_is_kept_with_its_reason(
    client, branch_owner, contact, connection, url
):
    client.force_login(branch_owner)

    response = client.post(url, {"level": "none", "reason": "Their books are with us"}, follow=True)

    access = ContactAccess.objects.get()
    assert facts() == ("none", [], "Their books are with us")
    assert access.explain(OPEN_CLIENT).reason == SHUT_OUT.replace("{Your}", "Your")
    change = connection.history.latest("history_id")
    assert (change.history_user, change.history_change_reason) == (
        branch_owner,
        "Their books are with us",
    )
    assert ActivityEvent.objects.get().text == (
        "Olga London Owner set the client access level to No Access — “Their books are with us”"
    )
    assert "is No Access, from now on." in response.content.decode()
    assert not Message.objects.exists()


def test_access_configuration_says_level_features_why_who_and_when(
    client, branch_owner, connection, url
):
    client.force_login(branch_owner)
    client.post(url, {"level": "custom", "features": ["tax", "files"], "reason": "Payroll is ours"})
    with factories.arranging():  # something else changes later
        Connection.objects.update(contact_name="Somebody")

    response = client.get(f"/harbour/clients/{connection.pk}/")

    html = response.content.decode()
    assert "Custom Access: Files, Tax" in html
    assert "Payroll is ours" in html
    assert response.context["level_turn"].history_user == branch_owner
    assert f'href="{url}"' in html


def test_custom_access_picks_features(client, branch_owner, connection, url):
    factories.ContactAccessFactory(connection=connection, client_admin=True)
    client.force_login(branch_owner)

    client.post(url, {"level": "custom", "features": ["files"]})

    access = ContactAccess.objects.get()
    assert facts() == ("custom", ["files"], "")
    assert (access.explain(VIEW_FILES).allowed, access.explain(VIEW_TAX).allowed) == (True, False)


def test_the_access_history_tells_every_choice_of_features(client, branch_owner, connection, url):
    client.force_login(branch_owner)
    client.post(url, {"level": "custom", "features": ["files"], "reason": "Only files"})
    client.post(url, {"level": "custom", "features": ["files", "tax"], "reason": "And tax"})

    html = client.get(f"/harbour/clients/{connection.pk}/access-history/").content.decode()

    for words in ("Custom Access: Files<", "Only files", "Custom Access: Files, Tax<", "And tax"):
        assert words in html


@pytest.mark.parametrize(
    ("answers", "field", "says"),
    [
        ({"level": "custom"}, "features", "Choose at least one feature, or “No Access”."),
        ({"level": "custom", "features": ["moon"]}, "features", "moon is not one of the available"),
        ({"level": "royal"}, "level", "royal is not one of the available choices"),
        ({}, "level", "This field is required."),
        ({"level": "none", "reason": "x" * 301}, "reason", "at most 300 characters"),
    ],
)
def test_bad_answers_are_said_at_the_field_and_kept(
    client, branch_owner, connection, url, answers, field, says
):
    client.force_login(branch_owner)

    response = client.post(url, {"reason": "Because of this", **answers})

    assert response.status_code == 422
    assert says in str(response.context["form"].errors[field])
    assert answers.get("reason", "Because of this") in response.content.decode()
    assert facts() == ("full", [], "")


def test_features_are_forgotten_with_custom_access(client, branch_owner, connection, url):
    client.force_login(branch_owner)
    client.post(url, {"level": "custom", "features": ["files"], "reason": "Only files"})

    client.post(url, {"level": "view_only", "features": ["files"]})

    assert facts() == ("view_only", [], "")


def test_saving_what_is_so_already_leaves_no_trace(client, branch_owner, connection, url):
    client.force_login(branch_owner)

    response = client.post(url, {"level": "full"}, follow=True)

    assert "Nothing changed: Acme Bakery has Full Access already." in response.content.decode()
    assert not connection.history.filter(history_type="~").exists()


def test_another_reason_for_the_same_level_is_kept(client, branch_owner, connection, url):
    client.force_login(branch_owner)

    client.post(url, {"level": "full", "reason": "They keep their own books"})

    assert facts() == ("full", [], "They keep their own books")


@pytest.mark.parametrize(
    ("persona", "status"),
    [
        ("super_admin", 302),
        ("branch_owner", 302),
        ("branch_admin", 302),
        ("assigned_member", 403),
        ("viewer", 403),
        ("billing_admin", 403),
        ("unassigned_member", 404),
        ("outsider", 404),
        ("contact", 404),
    ],
)
def test_who_may_set_a_level(persona_client, connection, url, persona, status):
    response = persona_client(persona).post(url, {"level": "view_only"})

    assert response.status_code == status
    row = Connection.objects.get(pk=connection.pk)
    assert (row.access_level == AccessLevel.VIEW_ONLY) is (status == 302)


def test_a_paused_client_keeps_its_level(client, super_admin, branch):
    row = factories.ConnectionFactory(branch=branch, paused=True)
    client.force_login(super_admin)

    assert client.get(f"/harbour/clients/{row.pk}/access-settings/").status_code == 403


# The action, in sets.


def test_each_client_is_told_what_became_of_it(branch_owner, firm, branch, connection):
    there = factories.ConnectionFactory(
        branch=branch, name="Delta", access_level=AccessLevel.VIEW_ONLY
    )
    paused = factories.ConnectionFactory(branch=branch, paused=True)
    hidden = factories.ConnectionFactory(branch=branch, restricted=True)

    outcomes = set_access_levels(
        firm.pk,
        [connection.pk, there.pk, paused.pk, hidden.pk],
        AccessLevel.VIEW_ONLY,
        by=branch_owner,
    )

    assert outcomes == [
        Outcome(connection.pk, "changed", "Full Access → View Only"),
        Outcome(there.pk, "unchanged", "Delta has View Only already."),
        Outcome(paused.pk, "refused", "This relationship is paused, so it is view-only."),
        Outcome(hidden.pk, "refused", "There is no such client."),
    ]


def test_many_cost_as_many_statements_as_one(
    branch_owner, firm, branch, connection, django_assert_num_queries
):
    rows = factories.ConnectionFactory.create_batch(20, branch=branch)

    with django_assert_num_queries(11):
        set_access_level(connection, AccessLevel.NONE, by=branch_owner)
    with django_assert_num_queries(11):
        set_access_levels(firm.pk, [row.pk for row in rows], AccessLevel.NONE, by=branch_owner)

    assert set(Connection.objects.values_list("access_level", flat=True)) == {"none"}


def test_the_action_refuses_custom_access_without_a_feature(branch_owner, connection):
    with pytest.raises(Refused, match="Choose at least one feature"):
        set_access_level(connection, AccessLevel.CUSTOM, by=branch_owner, features=["moon"])


# Restricted (F-060).


@pytest.fixture
def restricted(connection, super_admin) -> Connection:
    """Acme, restricted to Sana, who is Super Admin, and to whoever is assigned."""
    return restrict_connection(connection, by=super_admin, reason="The owner's own books")


def test_a_super_admin_restricts_with_a_reason(client, super_admin, connection, url, restrict_url):
    client.force_login(super_admin)

    client.post(restrict_url, {"is_restricted": "yes", "reason": "The owner's own books"})

    row = Connection.objects.get()
    html = client.get(f"/harbour/clients/{connection.pk}/").content.decode()
    assert row.is_restricted
    assert row.history.latest("history_id").history_change_reason == "The owner's own books"
    assert "Restricted" in html
    assert "The owner&#x27;s own books" in html
    assert "Restricted" in client.get("/harbour/clients/").content.decode()
    assert "Lift Restriction" in client.get(url).content.decode()


def test_lifting_opens_it_again(client, super_admin, branch_owner, restricted, restrict_url):
    client.force_login(super_admin)

    client.post(restrict_url, {"is_restricted": "no", "reason": "The books were sold"})

    client.force_login(branch_owner)
    assert client.get(f"/harbour/clients/{restricted.pk}/").status_code == 200


def test_who_would_shut_themselves_out_assigns_themselves_first(
    client, branch_owner, connection, url, restrict_url
):
    client.force_login(branch_owner)
    answers = {"is_restricted": "yes", "reason": "Sensitive"}

    told = client.get(url).content.decode()
    refused = client.post(restrict_url, answers)
    factories.TeamAssignmentFactory(content_object=connection, user=branch_owner)
    done = client.post(restrict_url, answers)

    assert "Assign yourself to this client first" in told
    assert refused.status_code == 422
    assert "Assign yourself to this client first" in refused.content.decode()
    assert "Sensitive" in refused.content.decode()
    assert done.status_code == 302
    assert client.get(f"/harbour/clients/{connection.pk}/").status_code == 200


@pytest.mark.parametrize("answers", [{}, {"is_restricted": "yes"}, {"reason": "Why not"}])
def test_a_restriction_says_why(client, super_admin, connection, restrict_url, answers):
    client.force_login(super_admin)

    response = client.post(restrict_url, answers)

    assert response.status_code == 422
    assert not Connection.objects.get().is_restricted


@pytest.mark.parametrize(
    ("persona", "status"),
    [("assigned_member", 403), ("viewer", 403), ("unassigned_member", 404), ("outsider", 404)],
)
def test_others_cannot_restrict(persona_client, connection, restrict_url, persona, status):
    answers = {"is_restricted": "yes", "reason": "Mischief"}

    assert persona_client(persona).post(restrict_url, answers).status_code == status
    assert not Connection.objects.get(pk=connection.pk).is_restricted


NAME = "Acme Bakery"
PATHS = {
    "list": "/harbour/clients/",
    "count": "/harbour/clients/?count=exact",
    "search": "/harbour/clients/?q=acme",
    "by number": "/harbour/clients/?q=1010",
    "suggest": "/harbour/clients/suggest/?q=acme",
    "export": "/harbour/clients/export/",
    "portfolio": "/harbour/clients/portfolio/",
    "recent": "/harbour/clients/recent/",
    "activity": "/harbour/activity/events/",
    "activity export": "/harbour/activity/events/export/",
    "audit": "/harbour/activity/audit/",
    "audit of it": "/harbour/activity/audit/?client=Acme",
    "audit export": "/harbour/activity/audit/export/",
}
SHOWS_COUNT = {"portfolio": '<span id="client-total" hidden>1</span>'}


def body(response) -> str:
    if response.streaming:
        return b"".join(response.streaming_content).decode()
    return response.content.decode()


@pytest.mark.parametrize("place", PATHS)
def test_a_restricted_client_is_nowhere_for_the_unnamed(
    client, super_admin, branch_owner, restricted, place
):
    shown = SHOWS_COUNT.get(place, "Acme Bakery")

    client.force_login(super_admin)
    for_super_admin = body(client.get(PATHS[place]))
    client.force_login(branch_owner)
    for_owner = body(client.get(PATHS[place]))
    factories.TeamAssignmentFactory(
        content_object=restricted, user=branch_owner, role=ClientRole.VIEW_ONLY
    )
    for_named = body(client.get(PATHS[place]))

    assert [shown in html for html in (for_super_admin, for_owner, for_named)] == [
        True,
        False,
        True,
    ]


def test_the_list_does_not_count_it(client, branch_owner, branch, restricted):
    factories.ConnectionFactory(branch=branch, name="Delta Design")
    client.force_login(branch_owner)

    response = client.get("/harbour/clients/?count=exact")

    assert response.context["page"].total == 1


@pytest.mark.parametrize("tab", ["", "edit/", "menu/", "access-settings/", "change-branch/"])
def test_its_pages_are_unknown_to_the_unnamed(client, branch_owner, viewer, restricted, tab):
    for person in (branch_owner, viewer):
        client.force_login(person)

        page = client.get(f"/harbour/clients/{restricted.pk}/{tab}")

        assert page.status_code == 404
        assert page.content == client.get("/harbour/clients/987654321/").content
