"""Activity: the page that holds the panel of events."""

import pytest
from django.urls import reverse

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("persona", "status"),
    [("super_admin", 200), ("unassigned_member", 200), ("outsider", 404), ("anonymous", 302)],
)
def test_who_opens_it(persona_client, firm, persona, status):
    url = reverse("practice:activity", kwargs={"firm_slug": firm.slug})

    response = persona_client(persona).get(url)

    assert response.status_code == status


def test_it_links_to_its_panel_and_the_other_records(client, firm, super_admin):
    client.force_login(super_admin)

    text = client.get(reverse("practice:activity", kwargs={"firm_slug": firm.slug})).text

    for name in ("clients:activity-panel", "practice:audit", "practice:outbox"):
        assert f'href="{reverse(name, kwargs={"firm_slug": firm.slug})}"' in text
