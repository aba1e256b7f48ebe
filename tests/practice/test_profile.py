"""One's own profile, password and second factor (F-022 as far as allauth gives it)."""

import re
import time
from datetime import UTC, datetime

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

from practice.models import Message
from tests import factories as make
from tests import passkeys

URL = "/harbour/profile/"
VALUES = {"full_name": "Mia Ray", "time_zone": "Asia/Tokyo"}


@pytest.mark.parametrize(
    ("persona", "status"),
    [("super_admin", 200), ("viewer", 200), ("assigned_member", 200), ("outsider", 404)],
)
def test_who_may_open_it(persona_client, persona, status, branch):
    assert persona_client(persona).get(URL).status_code == status


def test_saving_changes_the_person_and_says_so(client, assigned_member):
    client.force_login(assigned_member)

    response = client.post(URL, VALUES)

    assigned_member.refresh_from_db()
    version = assigned_member.history.first()
    assert response.url == URL
    assert (assigned_member.full_name, assigned_member.time_zone) == ("Mia Ray", "Asia/Tokyo")
    assert (version.history_change_reason, version.history_user_id) == (
        "Changed their own profile.",
        assigned_member.pk,
    )


def test_times_are_shown_in_the_chosen_zone(client, super_admin, firm):
    client.force_login(super_admin)
    client.post(URL, {**VALUES, "time_zone": "Asia/Tokyo"})
    make.TeamMemberFactory(
        firm=firm,
        user=make.UserFactory(full_name="Nia Byrne"),
        joined_at=datetime(2026, 3, 1, 20, 0, tzinfo=UTC),
    )

    page = client.get("/harbour/team/", {"q": "byrne"}).content.decode()

    assert "2 Mar 2026" in page


def test_nothing_but_name_and_zone_can_be_changed(client, assigned_member):
    client.force_login(assigned_member)

    client.post(URL, {**VALUES, "email": "other@harbour.test", "is_staff": "on"})

    assigned_member.refresh_from_db()
    assert (assigned_member.email, assigned_member.is_staff) == ("mia@harbour.test", False)


def test_an_empty_name_is_refused(client, assigned_member):
    client.force_login(assigned_member)

    response = client.post(URL, {**VALUES, "full_name": "\u200b"})

    assert response.status_code == 422
    assert "Mia London Member" in response.content.decode()


def test_roles_are_shown(client, branch_owner):
    client.force_login(branch_owner)

    page = client.get(URL).content.decode()

    assert "London" in page
    assert "Owner" in page


def test_a_new_password_is_told_by_mail(client, viewer):
    sign_in(client, viewer)

    response = client.post(
        "/password/change/",
        {
            "oldpassword": make.PASSWORD,
            "password1": "another calm sentence",
            "password2": "another calm sentence",
        },
    )

    viewer.refresh_from_db()
    assert response.status_code == 302
    assert viewer.check_password("another calm sentence")
    assert Message.objects.get().recipient == viewer.email


def test_a_wrong_old_password_changes_nothing(client, viewer):
    sign_in(client, viewer)

    response = client.post(
        "/password/change/",
        {"oldpassword": "wrong", "password1": "x" * 12, "password2": "x" * 12},
    )

    assert response.status_code == 422


def test_the_second_factor_is_asked_at_the_next_sign_in(client, viewer):
    sign_in(client, viewer)
    secret = turn_on(client)
    client.post("/logout/")

    asked = sign_in(client, viewer)
    inside = client.get("/harbour/")
    answered = client.post("/security/code/", {"code": code_of(secret, ahead=1)})

    assert asked.url == "/security/code/"
    assert inside.url == "/login/?next=/harbour/"
    assert (answered.status_code, answered.url) == (302, "/")


def test_a_recovery_code_works_once(client, viewer):
    sign_in(client, viewer)
    turn_on(client)
    page = client.get("/security/recovery-codes/").content.decode()
    code = re.findall(r"<code>(\w{8,})</code>", page)[0]
    client.post("/logout/")

    sign_in(client, viewer)
    first = client.post("/security/code/", {"code": code})
    client.post("/logout/")
    sign_in(client, viewer)
    second = client.post("/security/code/", {"code": code})

    assert (first.status_code, second.status_code) == (302, 422)


@pytest.mark.parametrize(
    "url",
    ["/security/", "/account/again/", "/password/change/", "/password/reset/", "/logout/"],
)
def test_pages_open(client, viewer, url):
    sign_in(client, viewer)

    assert client.get(url).status_code == 200


def test_profile_says_that_it_is_on(client, viewer):
    sign_in(client, viewer)
    turn_on(client)

    assert "Manage" in client.get(URL).content.decode()


def test_profile_says_that_a_passkey_is_one(client, viewer):
    passkeys.given(viewer)
    client.force_login(viewer)

    assert "Manage" in client.get(URL).content.decode()


def test_turning_off_takes_the_codes_along(client, viewer):
    sign_in(client, viewer)
    turn_on(client)

    client.post("/security/app/off/")

    assert not Authenticator.objects.exists()


def sign_in(client, user):
    return client.post("/login/", {"login": user.email, "password": make.PASSWORD})


def turn_on(client) -> str:
    """Turn on the authenticator app, and return its secret."""
    asked = client.get("/security/app/")
    client.post(asked.url, {"password": make.PASSWORD})
    page = client.get("/security/app/").content.decode()
    secret = re.findall(r"<code>(\w+)</code>", page)[0]
    response = client.post("/security/app/", {"code": code_of(secret)})
    assert response.status_code == 302
    return secret


def code_of(secret: str, ahead: int = 0) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + ahead))
