"""Practice Settings > Security: the switch, the list of factors, and a reset (F-022a)."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from practice.models import Message, SecurityEvent
from tests import factories as make
from tests import passkeys

URL = "/harbour/settings/security/"
EXPORT = f"{URL}export/"
REQUIRE = f"{URL}require/"
RELAX = f"{URL}relax/"
REASON = {"reason": "Mia lost her phone on the train."}
SECRET = "JBSWY3DPEHPK3PXP"


def with_app(user) -> Authenticator:
    RecoveryCodes.activate(user)
    return TOTP.activate(user, SECRET).instance


def reset_url(user) -> str:
    return f"{URL}{user.team_members.get(firm__slug='harbour').pk}/reset/"


@pytest.fixture
def required(firm):
    with make.arranging():
        firm.requires_second_factor = True
        firm.save()
    return firm


# The list


@pytest.mark.parametrize(
    ("persona", "status"),
    [
        ("super_admin", 200),
        ("billing_admin", 403),
        ("viewer", 403),
        ("branch_owner", 403),
        ("assigned_member", 403),
        ("contact", 404),
        ("outsider", 404),
        ("operator", 404),
    ],
)
@pytest.mark.parametrize("url", [URL, EXPORT, REQUIRE, RELAX])
def test_who_may_open_it(persona_client, persona, status, url, branch):
    assert persona_client(persona).get(url).status_code == status


def test_the_tabs_lead_there_and_back(client, super_admin):
    client.force_login(super_admin)

    assert f'href="{URL}"' in client.get("/harbour/settings/").content.decode()
    assert 'href="/harbour/settings/"' in client.get(URL).content.decode()


def test_the_list_says_who_has_which_factor(client, super_admin, branch_owner, viewer):
    with_app(branch_owner)
    passkeys.given(viewer)
    client.force_login(super_admin)

    response = client.get(URL)

    rows = [(m.user.full_name, m.has_app, m.has_passkey) for m in response.context["page"]]
    assert rows == [
        ("Olga London Owner", True, False),
        ("Sana Super Admin", False, False),
        ("Vera Viewer", False, True),
    ]
    assert "1 without a second factor" in response.content.decode()


def test_recovery_codes_alone_are_no_factor(client, super_admin, viewer):
    RecoveryCodes.activate(viewer)
    client.force_login(super_admin)

    assert client.get(URL).context["without_count"] == 2


def test_those_without_one_are_a_list_of_their_own(client, super_admin, branch_owner):
    with_app(super_admin)
    client.force_login(super_admin)

    page = client.get(URL, {"factor": "none"}).context["page"]
    with_app(branch_owner)
    nobody = client.get(URL, {"factor": "none"}).content.decode()

    assert [member.user for member in page] == [branch_owner]
    assert "Nobody is without one" in nobody


def test_long_teams_have_pages(client, super_admin, firm):
    for _ in range(51):
        make.TeamMemberFactory(firm=firm)
    client.force_login(super_admin)

    second = client.get(URL, {"page": "2", "factor": "none"}).context["page"]

    assert (second.label, second.previous_url) == ("51–52 of 52", "?page=1&factor=none")


def test_colleagues_of_another_firm_and_past_ones_are_left_out(
    client, super_admin, viewer, outsider
):
    with make.arranging():
        viewer.team_members.update(is_active=False)
    client.force_login(super_admin)

    assert [member.user for member in client.get(URL).context["page"]] == [super_admin]


def test_export_holds_what_the_list_shows(client, super_admin, branch_owner):
    with_app(super_admin)
    client.force_login(super_admin)
    type(super_admin).objects.filter(pk=super_admin.pk).update(
        last_login=timezone.datetime(2026, 3, 1, 9, 5, tzinfo=timezone.get_current_timezone())
    )

    whole = b"".join(client.get(EXPORT).streaming_content).decode("utf-8-sig").splitlines()
    without = b"".join(client.get(f"{EXPORT}?factor=none").streaming_content).decode("utf-8-sig")

    assert whole == [
        "Name,Email,Second factor,Authenticator app,Passkey,Last sign-in (UTC)",
        "Olga London Owner,olga@harbour.test,No,No,No,",
        "Sana Super Admin,sana@harbour.test,Yes,Yes,No,2026-03-01 09:05:00+00:00",
    ]
    assert len(without.splitlines()) == 2


def test_query_count_is_constant(client, super_admin, firm, django_assert_num_queries):
    client.force_login(super_admin)
    with CaptureQueriesContext(connection) as few:
        client.get(URL)
    for _ in range(2):
        with_app(make.TeamMemberFactory(firm=firm).user)

    with django_assert_num_queries(len(few)):
        client.get(URL)


# The switch


def test_the_confirmation_says_whom_it_stops(client, super_admin, branch_owner, viewer):
    with_app(super_admin)
    with_app(viewer)
    client.force_login(super_admin)

    page = client.get(REQUIRE).content.decode()

    assert "1 of the team has no second factor yet" in page
    assert "Olga London Owner" in page
    assert "Vera Viewer" not in page


def test_many_are_counted_and_some_are_named(client, super_admin, firm):
    with_app(super_admin)
    for _ in range(14):
        make.TeamMemberFactory(firm=firm)
    client.force_login(super_admin)

    response = client.get(REQUIRE)

    assert len(response.context["missing"]) == 12
    assert "All 14 of them" in response.content.decode()


def test_requiring_it_is_on_record(client, super_admin, firm):
    with_app(super_admin)
    client.force_login(super_admin)

    response = client.post(REQUIRE, follow=True)

    firm.refresh_from_db()
    version = firm.history.first()
    assert response.redirect_chain == [(URL, 302)]
    assert "Two-factor sign-in is required now." in response.content.decode()
    assert firm.requires_second_factor
    assert (version.history_change_reason, version.history_user_id) == (
        "Now requires two-factor sign-in of the whole team.",
        super_admin.pk,
    )


def test_who_has_none_cannot_require_it_of_others(client, super_admin, firm):
    client.force_login(super_admin)

    page = client.get(REQUIRE).content.decode()
    response = client.post(REQUIRE, follow=True)

    firm.refresh_from_db()
    sentence = "Set up a second factor for yourself first: you would lock yourself out."
    assert sentence in page
    assert sentence in response.content.decode()
    assert not firm.requires_second_factor


def test_no_longer_requiring_it_lets_people_in_again(client, super_admin, viewer, required):
    with_app(super_admin)
    client.force_login(super_admin)

    client.post(RELAX)

    other = Client()
    other.force_login(viewer)
    required.refresh_from_db()
    assert other.get("/harbour/").status_code == 200
    assert required.history.first().history_change_reason == (
        "No longer requires two-factor sign-in of the team."
    )


@pytest.mark.parametrize(
    ("persona", "status"),
    [("viewer", 403), ("billing_admin", 403), ("branch_owner", 403), ("outsider", 404)],
)
@pytest.mark.parametrize("url", [REQUIRE, RELAX])
def test_others_cannot_switch_it(request, persona_client, persona, status, url, branch, firm):
    with_app(request.getfixturevalue(persona))

    response = persona_client(persona).post(url)

    before = firm.requires_second_factor
    firm.refresh_from_db()
    assert response.status_code == status
    assert firm.requires_second_factor is before


# The reset


def test_a_reset_removes_every_factor_and_tells_the_person(client, super_admin, assigned_member):
    with_app(assigned_member)
    passkeys.given(assigned_member, "Mia’s phone")
    client.force_login(super_admin)

    response = client.post(reset_url(assigned_member), REASON, follow=True)

    message = Message.objects.get()
    assert "is reset; they were told" in response.content.decode()
    assert not Authenticator.objects.filter(user=assigned_member).exists()
    assert (message.recipient, message.firm.slug) == ("mia@harbour.test", "harbour")
    assert REASON["reason"] in message.body
    assert "Sana Super Admin of Harbour Accounting removed" in message.body


def test_a_reset_is_on_record_and_in_the_trail(client, super_admin, assigned_member):
    with_app(assigned_member)
    passkeys.given(assigned_member, "Mia’s phone")
    client.force_login(super_admin)

    client.post(reset_url(assigned_member), REASON)

    event = SecurityEvent.objects.get()
    version = event.history.get()
    trail = client.get("/harbour/activity/audit/", {"kind": "securityevent"}).content.decode()
    assert event.member.user == assigned_member
    assert event.details == "Authenticator app, Mia’s phone, Recovery codes"
    assert (version.history_change_reason, version.history_user_id) == (
        REASON["reason"],
        super_admin.pk,
    )
    assert "Second factor reset" in trail
    assert "Mia London Member" in trail
    assert REASON["reason"] in trail


def test_a_reset_ends_the_sessions_of_the_person_alone(client, super_admin, assigned_member):
    with_app(assigned_member)
    hers = Client()
    hers.force_login(assigned_member)
    assert hers.get("/harbour/").status_code == 200
    client.force_login(super_admin)

    client.post(reset_url(assigned_member), REASON)

    assert hers.get("/harbour/").url == "/login/?next=/harbour/"
    assert client.get("/harbour/").status_code == 200


def test_a_reset_without_a_reason_does_nothing(client, super_admin, assigned_member):
    with_app(assigned_member)
    client.force_login(super_admin)

    response = client.post(reset_url(assigned_member), {"reason": " \u200b "})

    assert response.status_code == 422
    assert Authenticator.objects.filter(user=assigned_member).count() == 2


def test_ones_own_is_not_reset_here(client, super_admin):
    with_app(super_admin)
    client.force_login(super_admin)

    response = client.post(reset_url(super_admin), REASON, follow=True)

    assert "is changed on your security page" in response.content.decode()
    assert Authenticator.objects.count() == 2


def test_nothing_to_reset_is_said(client, super_admin, assigned_member):
    client.force_login(super_admin)

    response = client.post(reset_url(assigned_member), REASON, follow=True)

    assert "Mia London Member has no second factor" in response.content.decode()
    assert not SecurityEvent.objects.exists()


def test_one_firm_cannot_weaken_a_login_that_opens_another(
    client, super_admin, assigned_member, outsider
):
    """Southgate would otherwise be open to whoever knows Mia's password."""
    elsewhere = outsider.team_members.get().firm
    make.TeamMemberFactory(firm=elsewhere, user=assigned_member)
    with_app(assigned_member)
    client.force_login(super_admin)

    asked = client.get(reset_url(assigned_member)).content.decode()
    response = client.post(reset_url(assigned_member), REASON, follow=True)

    assert "outside your firm too" in asked
    assert "outside your firm too" in response.content.decode()
    assert "Southgate" not in asked
    assert Authenticator.objects.filter(user=assigned_member).count() == 2


def test_an_operator_is_not_reset_by_a_firm(client, super_admin, operator, firm):
    make.TeamMemberFactory(firm=firm, user=operator)
    with_app(operator)
    client.force_login(super_admin)

    client.post(reset_url(operator), REASON)

    assert Authenticator.objects.filter(user=operator).count() == 2


@pytest.mark.parametrize(
    ("persona", "status"), [("viewer", 403), ("branch_owner", 403), ("outsider", 404)]
)
def test_others_cannot_reset(persona_client, persona, status, assigned_member):
    with_app(assigned_member)

    response = persona_client(persona).post(reset_url(assigned_member), REASON)

    assert response.status_code == status
    assert Authenticator.objects.count() == 2


@pytest.mark.parametrize("change", ["update", "delete"])
def test_what_is_on_record_stays(assigned_member, change):
    event = make.SecurityEventFactory(member=assigned_member.team_members.get())
    rows = SecurityEvent.objects.filter(pk=event.pk)

    with (
        pytest.raises(DatabaseError, match="neither changed nor deleted"),
        make.arranging(),
    ):
        rows.update(details="Nothing") if change == "update" else rows.delete()
