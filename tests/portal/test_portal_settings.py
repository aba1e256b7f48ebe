"""The firm's own look at the door of its portal, and how its clients sign in (F-163, F-165)."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from clients.models import ContactAccess
from portal.models import PortalSettings
from portal.models.colours import DARK, ENOUGH, SUNKEN, contrast, tokens
from tests import factories, passkeys

pytestmark = pytest.mark.django_db
BRANDING = "/harbour/settings/portal/branding/"
SIGN_IN = "/harbour/settings/portal/sign-in/"
DOOR = "/portal/harbour/sign-in/"
PNG = b"\x89PNG\r\n\x1a\n" + b"picture"


def picture(content: bytes = PNG, name: str = "logo.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def test_the_door_shows_the_firms_name_colour_and_logo(client, super_admin):
    client.force_login(super_admin)
    words = {"name": "Harbour & Co", "colour": "#7A1F3D", "picture": picture()}

    saved = client.post(BRANDING, words)
    client.logout()
    door = client.get(DOOR).text

    assert saved.status_code == 302
    assert 'alt="Harbour &amp; Co"' in door
    assert f'href="{DOOR}style.css?v=7a1f3d-' in door
    style = client.get(f"{DOOR}style.css")
    assert (style["Content-Type"], style.text[:31]) == (
        "text/css",
        ":root{--brand:light-dark(#7a1f3",
    )
    logo = client.get(f"{DOOR}logo/")
    assert (logo["Content-Type"], logo.content) == ("image/png", PNG)
    row = PortalSettings.history.get()
    assert (row.history_user, row.history_change_reason) == (
        super_admin,
        "Changed the look of the client portal.",
    )


def test_a_firm_that_set_nothing_is_shown_by_its_name(client, firm):
    assert f"<bdi>{firm.name}</bdi>" in client.get(DOOR).text
    assert client.get(f"{DOOR}style.css").content == b""
    assert client.get(f"{DOOR}logo/").status_code == 404


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ({"colour": "red"}, "Write the colour as #rrggbb"),
        ({"colour": "#ffcc00"}, "hard to read"),
        ({"picture": picture(b"<svg onload=alert(1)>", "logo.png")}, "PNG or JPEG"),
        ({"picture": picture(PNG + bytes(200 * 1024))}, "larger than 200 kB"),
    ],
)
def test_what_cannot_be_shown_is_refused(client, super_admin, words, says):
    client.force_login(super_admin)

    page = client.post(BRANDING, {"name": "Kept", **words})

    assert page.status_code == 422
    assert says in page.text
    assert 'value="Kept"' in page.text
    assert not PortalSettings.objects.exists()


@pytest.mark.parametrize("colour", ["#14604c", "#000000", "#7a1f3d", "#0000ff"])
def test_every_colour_that_is_taken_can_be_read_in_light_and_dark(colour):
    found = tokens(colour)

    for name in ("--brand", "--brand-ink"):
        light, dark = found[name]
        assert min(contrast(light, SUNKEN), contrast(dark, DARK)) >= ENOUGH
    inks, washes = found["--brand-ink"], found["--brand-wash"]
    assert min(map(contrast, inks, washes)) >= ENOUGH


def test_a_logo_is_taken_away_again(client, super_admin, firm):
    with factories.arranging():
        PortalSettings.objects.create(firm=firm, logo=PNG, logo_type="image/png", logo_hash="a")
    client.force_login(super_admin)

    client.post(BRANDING, {"is_without": "on"})

    assert client.get(f"{DOOR}logo/").status_code == 404


def test_a_required_second_factor_stops_the_next_page(client, contact, super_admin, connection):
    """F-163: set up first, then on to where they were going."""
    home = f"/portal/harbour/{connection.pk}/"
    client.force_login(super_admin)
    words = {"requires_second_factor": "on", "link_minutes": 15, "sent_link_hours": 24}
    client.post(SIGN_IN, words)
    client.force_login(contact)

    stopped = client.get(home, follow=True)

    assert stopped.redirect_chain == [("/security/", 302)]
    assert "Harbour Accounting asks for a second factor" in stopped.text
    passkeys.given(contact)
    assert f'href="{home}"' in client.get("/security/").text
    assert client.get(home).status_code == 200
    assert f'href="{home}"' not in client.get("/security/").text


def test_a_preview_asks_staff_for_no_factor_of_clients(client, contact, super_admin, connection):
    with factories.arranging():
        PortalSettings.objects.create(firm=connection.firm, requires_second_factor=True)
    access = ContactAccess.objects.get(connection=connection)
    client.force_login(super_admin)

    assert client.get(f"/portal/harbour~{access.pk}/{connection.pk}/").status_code == 200


@pytest.mark.parametrize(("minutes", "hours"), [(4, 24), (61, 24), (15, 0), (15, 169)])
def test_links_last_neither_too_short_nor_too_long(client, super_admin, minutes, hours):
    client.force_login(super_admin)

    page = client.post(SIGN_IN, {"link_minutes": minutes, "sent_link_hours": hours})

    assert page.status_code == 422
    assert not PortalSettings.objects.exists()


def test_who_is_stopped_at_the_portal_signs_in_at_its_door(client, contact, connection):
    page = f"/portal/harbour/{connection.pk}/"

    stopped = client.get(page)
    client.post(stopped.url, {"email": "nobody@acme.test"})
    fragment = client.get(page, headers={"HX-Request": "true", "HX-Current-URL": f"http://x{page}"})
    answer = client.post(
        f"{DOOR}password/?next={page}",
        {"login": contact.email, "password": factories.PASSWORD},
    )

    assert stopped.url == f"{DOOR}?next={page}"
    assert fragment["HX-Redirect"] == f"{DOOR}?next=%2Fportal%2Fharbour%2F{connection.pk}%2F"
    assert answer.url == page
