"""Practice Settings > Message templates (F-092c)."""

import pytest

from clients.actions.letters import unknown_fields
from clients.actions.message_templates import STARTERS
from clients.models import MessageTemplate
from tests import factories

pytestmark = pytest.mark.django_db
URL = "/harbour/settings/templates/"
ANSWERS = {"name": "Reminder", "subject": "For {client}", "body": "Dear {contact}"}


@pytest.fixture
def boss(client, super_admin):
    client.force_login(super_admin)
    return client


def test_it_is_added_edited_and_deleted(boss, firm):
    boss.post(f"{URL}add/", ANSWERS)
    template = MessageTemplate.objects.get()
    assert (template.name, template.subject, template.body) == tuple(ANSWERS.values())

    boss.post(f"{URL}{template.pk}/", ANSWERS | {"body": "Hello {contact}"})
    template.refresh_from_db()
    assert template.body == "Hello {contact}"
    assert b"Hello {contact}" in boss.get(URL).content

    boss.post(f"{URL}{template.pk}/delete/")

    assert not MessageTemplate.objects.exists()
    reasons = list(template.history.values_list("history_change_reason", flat=True))
    assert reasons == [
        "Deleted a message template.",
        "Edited a message template.",
        "Added a message template.",
    ]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"name": "reminder "}, "There is a template “reminder” already."),
        ({"name": "Other", "subject": "{clint}"}, "There is no merge field {clint}."),
        ({"name": "Other", "body": ""}, "This field is required."),
    ],
)
def test_what_is_wrong_is_said(boss, firm, changes, says):
    factories.MessageTemplateFactory(firm=firm, name="Reminder")

    response = boss.post(f"{URL}add/", ANSWERS | changes)

    assert response.status_code == 422
    assert says in response.content.decode()
    assert MessageTemplate.objects.count() == 1


def test_the_starter_set_comes_once(boss, firm):
    factories.MessageTemplateFactory(firm=firm, name="accounts READY", body="Ours")

    for _ in range(2):
        boss.post(f"{URL}starters/")

    assert MessageTemplate.objects.count() == len(STARTERS)
    assert MessageTemplate.objects.filter(body="Ours").exists()


def test_the_starters_use_known_fields():
    assert [unknown_fields(subject + body) for _, subject, body in STARTERS] == [""] * len(STARTERS)


def test_the_export(boss, firm):
    factories.MessageTemplateFactory(firm=firm, name="=Sum", body="Dear {contact}")

    file = b"".join(boss.get(f"{URL}export/").streaming_content).decode()

    assert "'=Sum,,Dear {contact}" in file


def test_pages_of_one_and_of_three_ask_alike(boss, firm, django_assert_num_queries):
    factories.MessageTemplateFactory(firm=firm)
    boss.get(URL)
    for _ in range(2):
        factories.MessageTemplateFactory(firm=firm)

    with django_assert_num_queries(9):
        boss.get(URL)
