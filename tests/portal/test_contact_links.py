"""Send magic link, Send reset link, Send intro email (F-155, F-155a)."""

import pytest

from clients.models import Contact, ContactAccess
from clients.roles import AccessLevel
from practice.models import Message
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def tom(firm, connection) -> ContactAccess:
    person = factories.ContactFactory(firm=firm, name="Tom Tucker", email="tom@acme.test")
    return factories.ContactAccessFactory(connection=connection, contact=person, has_tax=True)


def send(client, access: ContactAccess, kind: str):
    page = f"/harbour/clients/{access.connection_id}/portal/"
    return client.post(f"{page}contacts/{access.pk}/{kind}/", follow=True)


@pytest.mark.parametrize("kind", ["magic-link", "reset-link", "intro"])
def test_one_mail_goes_to_the_contact_who_is_invited_now(client, assigned_member, tom, kind):
    client.force_login(assigned_member)

    response = send(client, tom, kind)

    message = Message.objects.get()
    assert message.recipient == "tom@acme.test"
    assert "/portal/harbour/" in message.body
    assert "to tom@acme.test is on its way" in response.text
    assert (">Invited<" in response.text, Contact.objects.get().invited_at is None) == (True, False)


@pytest.mark.parametrize("facts", [{"email": "", "email_key": ""}, {}])
def test_who_cannot_sign_in_gets_none(client, branch_admin, tom, facts):
    with factories.arranging():
        if facts:
            Contact.objects.update(**facts)
        else:
            tom.connection.access_level = AccessLevel.NONE
            tom.connection.save(update_fields=["access_level"])
    client.force_login(branch_admin)

    response = send(client, tom, "magic-link")

    assert "Tom Tucker" in response.text
    assert "is on its way" not in response.text
    assert not Message.objects.exists()
    assert Contact.objects.get().invited_at is None
