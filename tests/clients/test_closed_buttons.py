"""What one may not do stays visible, disabled, and names the permission (F-007)."""

from dataclasses import dataclass
from html.parser import HTMLParser

import pytest

from clients import permissions as p
from clients.models import Connection
from clients.roles import ClientRole
from tests import factories
from tests.conftest import a_colleague

pytestmark = pytest.mark.django_db


@dataclass
class Button:
    """A link, a button or a line of a menu: what it says, and whether it is closed and why."""

    attributes: dict[str, str | None]
    words: str = ""

    @property
    def is_closed(self) -> bool:
        return self.attributes.get("aria-disabled") == "true" and "href" not in self.attributes

    @property
    def why(self) -> str:
        return self.attributes.get("aria-description") or self.words


class Buttons(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[Button] = []
        self.open: list[tuple[str, Button]] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        if tag in {"a", "button"} or (tag == "span" and ("aria-disabled", "true") in attrs):
            self.open.append((tag, Button(dict(attrs))))

    def handle_data(self, data):
        for _, button in self.open:
            button.words += data

    def handle_endtag(self, tag):
        if self.open and self.open[-1][0] == tag:
            self.found.append(self.open.pop()[1])

    def named(self, label: str) -> list[Button]:
        return [b for b in self.found if " ".join(b.words.split()).startswith(label)]


@pytest.fixture
def member(branch, connection):
    """Mia works for Acme as View Only: she reads it, and changes nothing."""
    user = a_colleague(branch, "Mia London Member")
    factories.TeamAssignmentFactory(content_object=connection, user=user, role=ClientRole.VIEW_ONLY)
    return user


WRITES = [
    ("/harbour/clients/", "Import", "Create Clients"),
    ("/harbour/clients/", "Add Client", "Create Clients"),
    ("/harbour/", "Add Client", "Create Clients"),
    ("/harbour/team/", "Invite Team Member", "Manage Team"),
    ("/harbour/clients/{id}/", "Edit Client", "Update Clients"),
    ("/harbour/clients/{id}/", "Access Settings", "Update Client Access"),
    ("/harbour/clients/{id}/menu/", "Edit Client", "Update Clients"),
    ("/harbour/clients/{id}/menu/", "Edit Tags", "Update Clients"),
    ("/harbour/clients/{id}/menu/", "Change Branch", "Change Branch"),
    ("/harbour/clients/{id}/menu/", "Access Settings", "Update Client Access"),
    ("/harbour/clients/{id}/menu/", "Pause Relationship", "Pause Clients"),
    ("/harbour/clients/{id}/menu/", "Disconnect Client", "Delete Clients"),
    ("/harbour/clients/{id}/team/", "Add Team Member", "Grant Client Access"),
]
FOR_VIEWERS = [
    ("/harbour/clients/", "Set Up Access", "Grant Client Access"),
    ("/harbour/clients/{id}/", "Set Up Access", "Grant Client Access"),
]
ASKED = [
    *((persona, *case) for persona in ("viewer", "member") for case in WRITES),
    *(("viewer", *case) for case in FOR_VIEWERS),
    ("member", "/harbour/clients/", "Export", "Export Clients"),
]


@pytest.mark.parametrize(("persona", "page", "label", "permission"), ASKED)
def test_a_button_without_permission_is_visible_closed_and_names_it(
    persona_client, connection, persona, page, label, permission
):
    response = persona_client(persona).get(page.format(id=connection.pk))

    buttons = Buttons(response.content.decode()).named(label)
    assert buttons
    assert [(b.is_closed, f"“{permission}”" in b.why) for b in buttons] == [(True, True)] * len(
        buttons
    )


@pytest.mark.parametrize("page", ["/harbour/clients/", "/harbour/", "/harbour/clients/{id}/menu/"])
def test_the_same_buttons_are_open_to_whoever_may(persona_client, connection, page):
    response = persona_client("super_admin").get(page.format(id=connection.pk))

    closed = [b for b in Buttons(response.content.decode()).found if b.is_closed]
    assert [b.words for b in closed if "“" in b.why] == []


BY_HAND = [
    "/harbour/clients/add/bill-us/",
    "/harbour/clients/import/",
    "/harbour/clients/{id}/edit/",
    "/harbour/clients/{id}/set-up-access/",
    "/harbour/clients/{id}/change-branch/",
    "/harbour/clients/{id}/access-settings/",
    "/harbour/clients/{id}/restrict/",
    "/harbour/clients/{id}/team/add/",
    "/harbour/team/invite/",
    "/harbour/branches/add/",
    "/harbour/settings/",
]


@pytest.mark.parametrize("persona", ["viewer", "member"])
@pytest.mark.parametrize("url", BY_HAND)
def test_a_post_by_hand_is_refused_and_changes_nothing(persona_client, connection, persona, url):
    before = Connection.objects.values_list("pk", "version").get()

    response = persona_client(persona).post(
        url.format(id=connection.pk), {"name": "Mischief", "billing_model": "bill_us"}
    )

    assert response.status_code == 403
    assert Connection.objects.values_list("pk", "version").get() == before


def test_import_is_closed_to_whoever_creates_but_does_not_update(client, branch):
    cleo = a_colleague(branch, "Cleo Creator", added=[p.CREATE_CLIENTS])
    client.force_login(cleo)

    pages = [client.get(f"/harbour/clients/{page}") for page in ("", "imports/")]

    imports = [Buttons(page.content.decode()).named("Import") for page in pages]
    closed = [[b for b in found if "href" not in b.attributes] for found in imports]
    assert all("“Update Clients”" in b.why for found in closed for b in found)
    assert [len(found) > 0 for found in closed] == [True, True]
