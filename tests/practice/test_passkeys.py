"""Passkeys: added, named, removed, and signing in with one (F-022)."""

import json
import re
import threading

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.db import connection
from django.test import Client

from tests import factories as make
from tests import passkeys
from tests.practice.test_profile import sign_in, turn_on

LIST = "/security/passkeys/"
ADD = "/security/passkeys/add/"
SIGN_IN = "/security/passkeys/sign-in/"
AGAIN = "/security/passkeys/again/"
CODE = "/security/code/"
UNREADABLE = ["", "{", "1", "[]", "{}", '{"id": "x"}', '{"response": {}}', "null", '"\\u0000"']


@pytest.fixture
def client() -> Client:
    return Client(SERVER_NAME=passkeys.HOST)


@pytest.fixture
def proven(client, viewer) -> Client:
    """Vera, who signed in and gave her password once more."""
    sign_in(client, viewer)
    client.post("/account/again/", {"password": make.PASSWORD, "next": LIST})
    return client


def question(client: Client, url: str) -> dict:
    page = client.get(url).content.decode()
    block = re.search(r'<script id="passkey-question"[^>]*>(.*?)</script>', page, re.DOTALL)
    return json.loads(block[1])


def added(client: Client, name: str = "My phone") -> passkeys.Device:
    device = passkeys.Device()
    answer = device.create(question(client, ADD)["creation_options"])
    response = client.post(ADD, {"name": name, "credential": answer, "passwordless": "on"})
    assert response.status_code == 302, response.content.decode()
    return device


def asked_to_sign_in(client: Client) -> dict:
    return client.get(SIGN_IN, headers={"Accept": "application/json"}).json()["request_options"]


# Adding


def test_adding_asks_for_the_password_first(client, viewer):
    sign_in(client, viewer)

    assert client.get(ADD).url == "/account/again/?next=%2Fsecurity%2Fpasskeys%2Fadd%2F"


def test_a_passkey_is_added_with_recovery_codes_and_told(proven, viewer):
    device = passkeys.Device()
    answer = device.create(question(proven, ADD)["creation_options"])

    response = proven.post(ADD, {"name": "My phone", "credential": answer})

    kinds = Authenticator.objects.filter(user=viewer).values_list("type", flat=True)
    page = proven.get(LIST).content.decode()
    assert response.url == "/security/recovery-codes/"
    assert set(kinds) == {"webauthn", "recovery_codes"}
    assert "My phone" in page


def test_a_passkey_without_a_name_gets_one(proven, viewer):
    added(proven, "")
    added(proven, "\u200b")

    names = [str(row) for row in Authenticator.objects.filter(type="webauthn").order_by("pk")]
    assert names == ["Passkey", "Passkey 2"]


def test_a_name_that_is_too_long_is_refused_and_kept(proven, viewer):
    device = passkeys.Device()
    answer = device.create(question(proven, ADD)["creation_options"])

    response = proven.post(ADD, {"name": "x" * 61, "credential": answer})

    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["name"]
    assert "x" * 61 in response.content.decode()
    assert not Authenticator.objects.exists()


@pytest.mark.parametrize("answer", UNREADABLE)
def test_an_answer_that_cannot_be_read_is_refused(proven, answer):
    question(proven, ADD)

    response = proven.post(ADD, {"name": "My phone", "credential": answer})

    assert response.status_code == 422
    assert not Authenticator.objects.exists()


def test_without_script_it_says_what_is_missing(proven):
    response = proven.post(ADD, {"name": "My phone"})

    assert "This needs JavaScript." in response.content.decode()


def test_an_answer_to_another_question_is_refused(proven):
    device = passkeys.Device()
    answer = device.create(question(proven, ADD)["creation_options"])
    question(proven, ADD)

    response = proven.post(ADD, {"name": "My phone", "credential": answer})

    assert response.status_code == 422
    assert "could not be added" in response.content.decode()


# Signing in


def test_signing_in_with_a_passkey_alone(proven, viewer):
    device = added(proven)
    proven.post("/logout/")

    response = proven.post(SIGN_IN, {"credential": device.get(asked_to_sign_in(proven))})

    assert response.url == "/"
    assert proven.get("/harbour/").status_code == 200


def test_signing_in_with_a_passkey_goes_where_one_wanted(proven):
    device = added(proven)
    proven.post("/logout/")
    wanted = {"next": "/harbour/team/"}

    wrong = proven.post(SIGN_IN, {"credential": "{}", **wanted})
    right = proven.post(SIGN_IN, {"credential": device.get(asked_to_sign_in(proven)), **wanted})

    assert wrong.url == "/login/?next=%2Fharbour%2Fteam%2F"
    assert right.url == "/harbour/team/"


def test_a_passkey_is_the_second_step_after_a_password(proven, viewer):
    device = added(proven)
    proven.post("/logout/")

    asked = sign_in(proven, viewer)
    answer = device.get(question(proven, CODE)["request_options"])
    response = proven.post(CODE, {"credential": answer})

    assert (asked.url, response.url) == (CODE, "/")
    assert proven.get("/harbour/").status_code == 200


@pytest.mark.parametrize("answer", UNREADABLE)
def test_nonsense_is_no_second_step(proven, viewer, answer):
    added(proven)
    proven.post("/logout/")
    sign_in(proven, viewer)

    response = proven.post(CODE, {"credential": answer})

    assert response.status_code == 422
    assert proven.get("/harbour/").status_code == 302


def test_who_has_only_the_app_is_asked_for_a_code_alone(client, viewer):
    sign_in(client, viewer)
    turn_on(client)
    client.post("/logout/")
    sign_in(client, viewer)

    assert "passkey-question" not in client.get(CODE).content.decode()


def test_a_removed_passkey_opens_nothing(proven, viewer):
    device = added(proven)
    Authenticator.objects.filter(user=viewer).delete()
    proven.post("/logout/")

    response = proven.post(
        SIGN_IN, {"credential": device.get(asked_to_sign_in(proven))}, follow=True
    )

    assert "This passkey was not recognised." in response.content.decode()
    assert proven.get("/harbour/").status_code == 302


def test_a_passkey_of_a_login_that_is_switched_off_opens_nothing(proven, viewer):
    device = added(proven)
    proven.post("/logout/")
    with make.arranging():
        viewer.is_active = False
        viewer.save()

    response = proven.post(SIGN_IN, {"credential": device.get(asked_to_sign_in(proven))})

    assert response.url == "/account/inactive/"


def test_an_answer_works_once(proven):
    device = added(proven)
    proven.post("/logout/")
    answer = device.get(asked_to_sign_in(proven))
    proven.post(SIGN_IN, {"credential": answer})
    proven.post("/logout/")

    response = proven.post(SIGN_IN, {"credential": answer})

    assert response.url == "/login/"
    assert proven.get("/harbour/").status_code == 302


def test_a_passkey_of_another_device_is_not_believed(proven):
    device, thief = added(proven), passkeys.Device()
    thief.id, thief.user_handle = device.id, device.user_handle
    proven.post("/logout/")

    response = proven.post(SIGN_IN, {"credential": thief.get(asked_to_sign_in(proven))})

    assert response.url == "/login/"


@pytest.mark.parametrize("answer", UNREADABLE)
def test_nonsense_at_the_door_is_sent_back(client, db, answer):
    asked_to_sign_in(client)

    response = client.post(SIGN_IN, {"credential": answer})

    assert (response.status_code, response.url) == (302, "/login/")


@pytest.mark.parametrize("part", ["clientDataJSON", "authenticatorData", "signature", "userHandle"])
@pytest.mark.parametrize("nonsense", ["", "AAAA", "!!", "MTAwMDAwMDAwMDAwMDAwMDAwMDAwMDAw", None])
def test_a_damaged_answer_is_sent_back(proven, part, nonsense):
    device = added(proven)
    proven.post("/logout/")
    answer = json.loads(device.get(asked_to_sign_in(proven)))
    answer["response"][part] = nonsense

    response = proven.post(SIGN_IN, {"credential": json.dumps(answer)})

    assert (response.status_code, response.url) == (302, "/login/")


def test_the_door_counts_tries(client, db):
    statuses = [client.post(SIGN_IN).status_code for _ in range(61)]

    assert (statuses[0], statuses[-1]) == (302, 429)


def test_a_passkey_proves_that_it_is_still_you(proven, viewer):
    device = added(proven)
    proven.post("/logout/")
    proven.post(SIGN_IN, {"credential": device.get(asked_to_sign_in(proven))})
    answer = device.get(question(proven, f"{AGAIN}?next={LIST}")["request_options"])

    response = proven.post(AGAIN, {"credential": answer, "next": LIST})
    inside = proven.get(ADD)

    assert response.url == LIST
    assert inside.status_code == 200


@pytest.mark.parametrize("answer", UNREADABLE)
def test_nonsense_does_not_prove_it(proven, answer):
    added(proven)

    response = proven.post(AGAIN, {"credential": answer})

    assert response.status_code == 422


# Naming and removing


def test_renaming(proven, viewer):
    row = passkeys.given(viewer)
    url = f"{LIST}{row.pk}/name/"

    opened = proven.get(url)
    response = proven.post(url, {"name": "  Blue key\u200b "})
    refused = proven.post(url, {"name": " "})

    row.refresh_from_db()
    assert (opened.status_code, response.url, refused.status_code) == (200, LIST, 422)
    assert str(row) == "Blue key"


def test_removing_is_confirmed_and_told(proven, viewer):
    row = passkeys.given(viewer)
    url = f"{LIST}{row.pk}/remove/"

    opened = proven.get(url)
    response = proven.post(url)

    assert (opened.status_code, response.url) == (200, LIST)
    assert not Authenticator.objects.exists()


def test_the_last_passkey_stays_while_a_firm_requires_it(proven, viewer, firm):
    row = passkeys.given(viewer)
    with make.arranging():
        firm.requires_second_factor = True
        firm.save()

    opened = proven.get(f"{LIST}{row.pk}/remove/")
    refused = proven.post(f"{LIST}{row.pk}/remove/")

    assert "so your last factor stays" in opened.content.decode()
    assert refused.status_code == 422
    assert Authenticator.objects.filter(pk=row.pk).exists()


def removal(viewer, row: Authenticator) -> threading.Thread:
    """Vera removes it from a browser of its own."""
    client = Client(SERVER_NAME=passkeys.HOST)
    sign_in(client, viewer)
    response = client.post(CODE, {"code": RecoveryCodes.activate(viewer).get_unused_codes()[0]})
    assert response.url == "/"
    client.post("/account/again/", {"password": make.PASSWORD, "next": LIST})

    def remove() -> None:
        client.post(f"{LIST}{row.pk}/remove/")
        connection.close()

    return threading.Thread(target=remove)


@pytest.mark.django_db(transaction=True)
def test_two_factors_removed_at_once_leave_one(viewer, firm):
    with make.arranging():
        firm.requires_second_factor = True
        firm.save()
    for _ in range(5):
        Authenticator.objects.filter(user=viewer).delete()
        threads = [removal(viewer, row) for row in [passkeys.given(viewer), passkeys.given(viewer)]]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert Authenticator.objects.filter(user=viewer, type="webauthn").count() == 1


@pytest.mark.parametrize("page", ["name", "remove"])
def test_a_passkey_of_somebody_else_does_not_exist(proven, super_admin, page):
    row = passkeys.given(super_admin)
    url = f"{LIST}{row.pk}/{page}/"

    answers = [proven.get(url).status_code, proven.post(url, {"name": "Mine"}).status_code]

    row.refresh_from_db()
    assert answers == [404, 404]
    assert str(row) == "Passkey"


def test_a_name_is_shown_as_it_is(proven, viewer):
    passkeys.given(viewer, "<b>Key</b>")

    assert "&lt;b&gt;Key&lt;/b&gt;" in proven.get(LIST).content.decode()
