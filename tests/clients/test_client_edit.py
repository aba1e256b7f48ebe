"""Edit Client and Add Client (F-012, F-047…F-049a, F-237)."""

import pytest

from clients.models import ActivityEvent, Connection, ContactAccess, Tag
from clients.roles import ClientRole
from practice.models import Message
from tests import factories


@pytest.fixture
def url(connection) -> str:
    return f"/harbour/clients/{connection.pk}/edit/"


def answers(**changes) -> dict[str, object]:
    return {
        "contact_name": "Cara Doyle",
        "contact_email": "cara@acme.test",
        "tag_names": "VIP, Seasonal",
        "internal_notes": "Prefers mornings.",
        "version": 1,
        **changes,
    }


def test_the_form_has_what_may_be_edited_and_locks_the_rest(client, branch_owner, url):
    client.force_login(branch_owner)

    html = client.get(url).content.decode()

    for words in (
        "Edit Client",
        "Save Changes",
        "edited in the client’s account",
        "Company name",
        "Tax ID",
    ):
        assert words in html
    assert 'name="name"' not in html
    assert 'name="tax_id"' not in html


def test_saving_changes_the_row_its_words_and_one_history_entry(
    client, branch_owner, connection, url
):
    client.force_login(branch_owner)

    response = client.post(url, answers())

    row = Connection.objects.get()
    assert response.status_code == 302
    assert (row.contact_name, row.contact_email) == ("Cara Doyle", "cara@acme.test")
    assert row.internal_notes == "Prefers mornings."
    assert set(Tag.objects.values_list("name", flat=True)) == {"VIP", "Seasonal"}
    assert sorted(row.tag_ids) == sorted(Tag.objects.values_list("pk", flat=True))
    assert "seasonal" in row.search_text
    entries = row.history.filter(history_type="~")
    assert [(e.history_user, e.history_change_reason) for e in entries] == [
        (branch_owner, "Edited the client's details.")
    ]
    assert ActivityEvent.objects.get().actor == branch_owner
    assert not Message.objects.exists()


def test_saving_what_is_there_already_leaves_no_trace(client, branch_owner, connection, url):
    client.force_login(branch_owner)

    client.post(url, answers(contact_name="", contact_email="", tag_names="", internal_notes=""))

    assert not connection.history.filter(history_type="~").exists()
    assert Connection.objects.get().version == 1


def test_forged_company_fields_change_nothing(client, branch_owner, connection, url):
    client.force_login(branch_owner)

    client.post(url, answers(name="Stolen", tax_id="X", billing_model="bill_us", firm=99))

    row = Connection.objects.select_related("account").get()
    assert (row.name, row.account.name, row.billing_model) == (
        "Acme Bakery",
        "Acme Bakery",
        "bill_us",
    )


def test_a_forged_billing_model_is_a_conflict_with_the_help_text(
    client, branch_owner, connection, url
):
    client.force_login(branch_owner)

    response = client.post(url, answers(billing_model="client_pays"))

    row = Connection.objects.get()
    assert response.status_code == 409
    assert "The billing model of a connection cannot change." in response.content.decode()
    assert (row.billing_model, row.contact_name) == ("bill_us", "")


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("contact_email", "abc", "Enter a valid email address."),
        ("contact_name", "x" * 201, "at most 200 characters"),
        ("tag_names", "ok, " + "t" * 41, "longer than 40 characters"),
    ],
)
def test_bad_input_is_said_at_the_field_and_kept(
    client, branch_owner, connection, url, field, value, says
):
    client.force_login(branch_owner)

    response = client.post(url, answers(**{field: value}))

    html = response.content.decode()
    assert response.status_code == 422
    assert says in html
    assert value in html
    assert "Prefers mornings." in html
    assert Connection.objects.get().contact_name == ""


def test_the_second_of_two_is_told_and_shown_the_difference(client, branch_owner, connection, url):
    client.force_login(branch_owner)
    client.post(url, answers(contact_name="First"))

    second = client.post(url, answers(contact_name="Second"))

    html = second.content.decode()
    assert second.status_code == 409
    assert second.context["theirs"] == {"Contact name": ("First", "Second")}
    assert "Somebody else saved this client" in html
    assert Connection.objects.get().contact_name == "First"

    again = client.post(
        url, answers(contact_name="Second", version=second.context["form"]["version"].value())
    )
    assert again.status_code == 302
    assert Connection.objects.get().contact_name == "Second"


@pytest.mark.parametrize(
    ("persona", "status"),
    [
        ("assigned_member", 302),
        ("branch_admin", 302),
        ("viewer", 403),
        ("billing_admin", 403),
        ("unassigned_member", 404),
        ("outsider", 404),
    ],
)
def test_who_may_edit(persona_client, connection, url, persona, status):
    response = persona_client(persona).post(url, answers())

    assert response.status_code == status
    assert (Connection.objects.get(pk=connection.pk).contact_name == "Cara Doyle") is (
        status == 302
    )


def test_limited_access_edits_basics_but_not_the_address(
    client, unassigned_member, connection, url
):
    factories.TeamAssignmentFactory(
        content_object=connection, user=unassigned_member, role=ClientRole.LIMITED
    )
    client.force_login(unassigned_member)

    client.post(url, answers())

    row = Connection.objects.get()
    assert (row.contact_name, row.contact_email) == ("Cara Doyle", "")


def test_view_only_closes_the_form(client, unassigned_member, connection, url):
    factories.TeamAssignmentFactory(
        content_object=connection, user=unassigned_member, role=ClientRole.VIEW_ONLY
    )
    client.force_login(unassigned_member)

    assert client.post(url, answers()).status_code == 403


def test_names_of_any_script_survive(client, branch_owner, connection, url):
    client.force_login(branch_owner)

    client.post(url, answers(contact_name="عائشة 🍞 \u202edrow"))

    assert Connection.objects.get().contact_name == "عائشة 🍞 drow"


def test_the_contact_list_follows_the_edit(client, branch_owner, connection, url):
    client.force_login(branch_owner)

    client.post(url, answers())

    access = ContactAccess.objects.select_related("contact").get(connection=connection)
    assert (access.contact.name, access.is_primary) == ("Cara Doyle", True)
