"""Two-factor sign-in that a firm requires, from the next request on (F-022, F-022a)."""

import re
from urllib.parse import quote

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from practice.auth import explain
from practice.models import Message
from practice.permissions import VIEW_TEAM
from tests import factories as make
from tests import passkeys
from tests.practice.test_profile import code_of, sign_in, turn_on
from tests.practice.test_security_settings import with_app

SECURITY = "/security/"


@pytest.fixture
def required(firm):
    with make.arranging():
        firm.requires_second_factor = True
        firm.save()
    return firm


@pytest.fixture
def mia(assigned_member, required):
    """A member without a second factor, at a firm that requires one."""
    return assigned_member


@pytest.fixture
def signed_in(client, mia):
    client.force_login(mia)
    return client


# Stopped, from the next sign-in and the next request


def test_the_next_sign_in_leads_to_enrolment(client, mia):
    response = client.post("/login/", {"login": mia.email, "password": make.PASSWORD}, follow=True)

    page = response.content.decode()
    assert [url for url, _ in response.redirect_chain] == ["/", "/harbour/", SECURITY]
    assert "Harbour Accounting" in page
    assert "requires two-factor sign-in" in page


def test_the_next_request_of_an_open_session_leads_there_too(client, assigned_member, firm):
    client.force_login(assigned_member)
    before = client.get("/harbour/clients/")
    with make.arranging():
        firm.requires_second_factor = True
        firm.save()

    after = client.get("/harbour/clients/")

    assert before.status_code == 200
    assert (after.status_code, after.url) == (302, SECURITY)


def test_a_fragment_sends_the_whole_page_there(signed_in):
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/harbour/team/?q=a"}

    response = signed_in.get("/harbour/team/?q=ab", headers=headers)

    assert (response.status_code, response["HX-Redirect"]) == (204, SECURITY)
    assert response.content == b""


def test_a_download_is_not_given(signed_in):
    response = signed_in.get("/harbour/team/export/")

    assert (response.status_code, response.url) == (302, SECURITY)
    assert not response.streaming


def test_what_is_sent_is_not_done(signed_in, mia, connection):
    response = signed_in.post("/harbour/branch/", {"branch": str(connection.branch_id)})

    assert (response.status_code, response.url) == (302, SECURITY)
    assert f"branch:{connection.firm_id}" not in signed_in.session


def test_ones_profile_and_signing_out_stay_open(signed_in):
    assert signed_in.get("/harbour/profile/").status_code == 200
    assert signed_in.post("/logout/").status_code == 302


def test_who_has_a_passkey_is_not_stopped(signed_in, mia):
    passkeys.given(mia)

    assert signed_in.get("/harbour/").status_code == 200


def test_recovery_codes_alone_do_not_open_the_firm(signed_in, mia):
    with_app(mia)
    Authenticator.objects.filter(user=mia, type="totp").delete()

    assert signed_in.get("/harbour/").url == SECURITY


def test_the_chain_names_the_rule(mia, branch):
    verdict = explain(mia, VIEW_TEAM, branch)

    assert not verdict.allowed
    assert verdict.decisive.name == "Second factor"
    assert verdict.decisive.about("Mia") == (
        "The firm requires two-factor sign-in, and Mia has not set it up."
    )


# Another firm does not require it


@pytest.fixture
def elsewhere(mia, outsider):
    """Mia works at Southgate too, which requires nothing."""
    firm = outsider.team_members.get().firm
    member = make.TeamMemberFactory(firm=firm, user=mia)
    make.BranchMembershipFactory(branch=make.BranchFactory(firm=firm), member=member)
    return firm


def test_only_the_firm_that_requires_it_is_closed(signed_in, elsewhere):
    assert signed_in.get("/southgate/").status_code == 200
    assert signed_in.get("/harbour/").url == SECURITY
    assert signed_in.get("/southgate/clients/").status_code == 200


def test_the_choice_of_firms_stays_open(client, mia, elsewhere):
    response = client.post("/login/", {"login": mia.email, "password": make.PASSWORD}, follow=True)

    assert response.redirect_chain == [("/", 302)]
    assert "Southgate Books" in response.content.decode()


def test_visiting_the_other_firm_does_not_lose_the_way(signed_in, elsewhere):
    signed_in.get("/harbour/clients/?q=acme")
    signed_in.get("/southgate/")

    assert signed_in.session["destination"] == "/harbour/clients/?q=acme"


# On to where one was going


def enrol(client: Client, mia) -> str:
    """Turn on the app as the person does, and return the page of the recovery codes."""
    turn_on(client)
    return client.get("/security/recovery-codes/").content.decode()


def onward(page: str) -> list[str]:
    return re.findall(r'href="([^"]+)"[^>]*>Continue', page)


@pytest.mark.parametrize(
    ("method", "url", "headers", "destination"),
    [
        ("GET", "/harbour/clients/?q=acme", {}, "/harbour/clients/?q=acme"),
        ("GET", "/harbour/team/export/?q=a", {}, "/harbour/team/export/?q=a"),
        ("POST", "/harbour/branch/", {}, "/harbour/"),
        (
            "GET",
            "/harbour/clients/suggest/?q=a",
            {"HX-Request": "true", "HX-Current-URL": "http://testserver/harbour/team/?q=a"},
            "/harbour/team/?q=a",
        ),
        (
            "POST",
            "/harbour/branch/",
            {"HX-Request": "true", "HX-Current-URL": "https://x.test//evil.test/harbour/"},
            "/harbour/",
        ),
    ],
    ids=["page", "download", "post", "fragment", "forged"],
)
def test_after_enrolment_one_goes_on(client, mia, method, url, headers, destination):
    sign_in(client, mia)
    client.generic(method, url, headers=headers)

    page = enrol(client, mia)

    assert [link.replace("&amp;", "&") for link in onward(page)] == [destination]
    assert onward(client.get(SECURITY).content.decode())


def test_with_codes_already_made_one_goes_straight_on(client, mia):
    """Nothing new is to be kept, so there is no page between."""
    with_app(mia)
    Authenticator.objects.filter(user=mia, type="totp").delete()
    sign_in(client, mia)
    client.get("/harbour/clients/")
    asked = client.get("/security/app/")
    client.post(asked.url, {"password": make.PASSWORD})
    page = client.get("/security/app/").content.decode()
    secret = re.findall(r"<code>(\w+)</code>", page)[0]

    response = client.post("/security/app/", {"code": code_of(secret)})

    assert response.url == "/harbour/clients/"


def test_who_has_arrived_is_not_sent_again(client, mia):
    sign_in(client, mia)
    client.get("/harbour/clients/")
    enrol(client, mia)

    assert client.get("/harbour/clients/").status_code == 200
    assert onward(client.get(SECURITY).content.decode()) == []


def test_without_a_factor_there_is_nowhere_to_go_on(signed_in):
    signed_in.get("/harbour/clients/")

    assert onward(signed_in.get(SECURITY).content.decode()) == []


# The last factor stays


def test_the_last_factor_stays_while_a_firm_requires_one(client, mia):
    sign_in(client, mia)
    turn_on(client)

    page = client.get(SECURITY).content.decode()
    asked = client.get("/security/app/off/")
    refused = client.post("/security/app/off/")

    assert "so your last factor stays" in page
    assert (asked.status_code, refused.status_code) == (200, 422)
    assert "so your last factor stays" in refused.content.decode()
    assert Authenticator.objects.filter(user=mia, type="totp").exists()


def test_one_of_two_factors_may_go(client, mia):
    sign_in(client, mia)
    turn_on(client)
    passkeys.given(mia)

    response = client.post("/security/app/off/")

    assert response.status_code == 302
    assert not Authenticator.objects.filter(user=mia, type="totp").exists()


# Codes


def test_codes_are_not_guessed_for_long(client, viewer):
    sign_in(client, viewer)
    secret = turn_on(client)
    client.post("/logout/")
    sign_in(client, viewer)

    wrong = [client.post("/security/code/", {"code": "000000"}) for _ in range(6)]
    right = client.post("/security/code/", {"code": code_of(secret, ahead=1)})

    assert {response.status_code for response in wrong} == {422}
    assert "This code is not correct." in wrong[0].content.decode()
    assert "Too many failed" in wrong[-1].content.decode()
    assert right.status_code == 422


def test_the_secret_is_shown_as_a_picture_and_as_text(client, viewer):
    sign_in(client, viewer)
    asked = client.get("/security/app/")
    client.post(asked.url, {"password": make.PASSWORD})

    page = client.get("/security/app/").content.decode()

    assert 'src="data:image/svg+xml;base64,' in page
    assert re.search(r"<code>[A-Z2-7]{32}</code>", page)


def test_turning_it_on_and_off_is_told_by_mail(client, viewer, django_capture_on_commit_callbacks):
    sign_in(client, viewer)
    with django_capture_on_commit_callbacks(execute=True):
        turn_on(client)

    client.post("/security/app/off/")

    subjects = list(Message.objects.order_by("pk").values_list("subject", flat=True))
    assert subjects == ["Your authenticator app is on", "Your authenticator app is off"]


# Other sessions


def test_signing_out_others_ends_every_session_but_this(client, viewer):
    other = Client()
    for each in (client, other):
        sign_in(each, viewer)

    response = client.post("/security/sign-out-others/", follow=True)

    viewer.refresh_from_db()
    assert "You are signed out everywhere else." in response.content.decode()
    assert client.get("/harbour/").status_code == 200
    assert other.get("/harbour/").url == f"/login/?next={quote('/harbour/')}"
    assert viewer.history.first().history_change_reason == "Signed out everywhere else."
