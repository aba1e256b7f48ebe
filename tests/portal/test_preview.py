"""What the preview of staff leaves behind: nothing as the client, a line as the colleague (F-185b).

What it shows and refuses is in `test_home`.
"""

import pytest
from django.test import Client

from clients.models import ContactAccess
from portal.models import PortalPreview
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def access(connection, firm) -> ContactAccess:
    person = factories.ContactFactory(firm=firm, name="Tom Tucker")
    return factories.ContactAccessFactory(connection=connection, contact=person, has_tax=True)


def looked(access: ContactAccess) -> str:
    return f"/portal/harbour~{access.pk}/{access.connection_id}/"


def test_the_eye_beside_the_permissions_opens_it(client, branch_admin, access, connection):
    client.force_login(branch_admin)
    listed = client.get(f"/harbour/clients/{connection.pk}/portal/")

    response = client.get(listed.context["lines"][0].preview_url, follow=True)

    assert f'href="/portal/harbour~{access.pk}/"' in listed.text
    assert response.redirect_chain[-1][0] == looked(access)
    assert "Preview" in response.text


def test_it_is_on_record_as_the_colleague(client, branch_admin, super_admin, access):
    client.force_login(branch_admin)
    client.get(looked(access))
    client.get(looked(access))
    auditor = Client()
    auditor.force_login(super_admin)

    trail = auditor.get("/harbour/activity/audit/").text

    look = PortalPreview.objects.get()
    past = PortalPreview.history.get()
    access.refresh_from_db()
    assert (look.user, look.contact, look.connection) == (
        branch_admin,
        access.contact,
        access.connection,
    )
    assert past.history_user == branch_admin
    assert past.history_change_reason == "Looked at the portal as the contact sees it."
    assert "Portal preview" in trail
    assert access.last_seen_at is None


def test_what_was_refused_is_no_look(client, viewer, access):
    client.force_login(viewer)

    response = client.get(looked(access))

    assert response.status_code == 403
    assert not PortalPreview.objects.exists()
