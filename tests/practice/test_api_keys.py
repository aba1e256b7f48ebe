"""Practice Settings > API keys: created once, listed, revoked, recognised (F-226)."""

import csv
import re
from datetime import timedelta

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from practice import clock
from practice.actions import api_keys
from practice.actions.api_keys import recognise
from practice.models import ApiKey
from practice.models.api_keys import hash_of
from practice.roles import ApiScope
from practice.spreadsheets import BYTE_ORDER_MARK
from tests import factories as make

URL = "/harbour/settings/api/"
ADD = f"{URL}add/"
ONCE = "x" * 43
FORM = {"name": "Job board", "scopes": ["clients:read", "activity:write"], "once": ONCE}


def secret_in(response) -> str:
    [secret] = re.findall(r'value="(chk_[^"]+)"', response.content.decode())
    return secret


@pytest.fixture
def admin(client, super_admin):
    client.force_login(super_admin)
    return client


@pytest.mark.parametrize(
    ("persona", "status"),
    [("super_admin", 200), ("billing_admin", 403), ("viewer", 403), ("branch_owner", 403)],
)
def test_who_may_see_keys(persona_client, persona, status, branch):
    assert persona_client(persona).get(URL).status_code == status


def test_the_secret_is_shown_once_and_kept_as_a_hash(admin, super_admin, firm):
    response = admin.post(ADD, FORM)

    key, secret = ApiKey.objects.get(), secret_in(response)
    assert response.status_code == 200
    assert re.fullmatch(r"chk_[\w-]{43}", secret)
    assert (key.firm, key.name, key.created_by) == (firm, "Job board", super_admin)
    assert key.scopes == ["activity:write", "clients:read"]
    assert (key.secret_hash, key.hint) == (hash_of(secret), secret[:10])
    listed = admin.get(URL).content.decode()
    assert "Job board" in listed
    assert secret not in listed
    assert hash_of(secret) not in listed


def test_creating_is_on_record(admin, super_admin):
    admin.post(ADD, FORM)

    row = ApiKey.history.get()
    assert (row.history_change_reason, row.history_user) == ("Created the API key.", super_admin)
    assert not hasattr(row, "secret_hash")
    audit = admin.get("/harbour/activity/audit/?kind=apikey").content.decode()
    assert "Job board" in audit


def test_a_form_sent_twice_is_one_key_and_one_secret(admin):
    secrets = {secret_in(admin.post(ADD, FORM)) for _ in range(2)}

    assert len(secrets) == ApiKey.objects.count() == 1


def test_two_forms_are_two_keys(admin):
    opened = [admin.get(ADD).context["form"]["once"].value() for _ in range(2)]

    secrets = {secret_in(admin.post(ADD, FORM | {"once": once})) for once in opened}

    assert len(secrets) == ApiKey.objects.count() == 2


def test_an_old_page_does_not_show_the_secret_again(admin):
    admin.post(ADD, FORM)
    with make.arranging():
        ApiKey.objects.update(created_at=clock.now() - timedelta(minutes=11))

    response = admin.post(ADD, FORM)

    assert response.status_code == 422
    assert "is not shown again" in response.content.decode()
    assert "chk_" not in response.content.decode()


def test_a_form_of_somebody_else_is_another_key(admin, persona_client, firm):
    colleague = make.TeamMemberFactory(firm=firm, super_admin=True).user
    first = secret_in(admin.post(ADD, FORM))
    admin.force_login(colleague)

    assert secret_in(admin.post(ADD, FORM)) != first


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"name": " "}, "Enter a name."),
        ({"scopes": []}, "Tick what the key may do."),
        ({"scopes": ["everything"]}, "Select a valid choice"),
        ({"once": "y" * 201}, "at most 200"),
        ({"name": "n" * 121}, "at most 120"),
    ],
)
def test_what_is_wrong_is_said(admin, wrong, says):
    response = admin.post(ADD, FORM | wrong)

    assert response.status_code == 422
    assert says in response.content.decode()
    assert not ApiKey.objects.exists()


def test_a_firm_has_so_many_live_keys(admin, firm, monkeypatch):
    monkeypatch.setattr(api_keys, "MOST", 1)
    make.ApiKeyFactory(firm=firm, revoked=True)
    make.ApiKeyFactory(firm=firm)

    response = admin.post(ADD, FORM)

    assert response.status_code == 422
    assert "Revoke one" in response.content.decode()


def test_rights_are_judged_again_behind_the_lock(admin, super_admin, firm):
    make.TeamMemberFactory(firm=firm, super_admin=True)
    with make.arranging():
        super_admin.team_members.update(parent_role="viewer")

    with pytest.raises(api_keys.Refused, match="Manage Security"):
        api_keys.create_api_key(firm, by=super_admin, name="K", scopes=["clients:read"], once=ONCE)


def test_revoking_asks_and_takes_effect(admin, super_admin, firm):
    key = make.ApiKeyFactory(firm=firm, secret="chk_one")
    url = f"{URL}{key.pk}/revoke/"
    page = admin.get(url).content.decode()

    response = admin.post(url, {"reason": "The job board was sold."}, follow=True)

    key.refresh_from_db()
    assert "does not come back" in page
    assert f"The key {key} is revoked." in response.content.decode()
    assert key.revoked_at is not None
    assert recognise("chk_one") is None
    last = ApiKey.history.latest("history_id")
    assert (last.history_change_reason, last.history_user) == (
        "The job board was sold.",
        super_admin,
    )


def test_revoking_needs_a_reason_and_happens_once(admin, firm):
    key = make.ApiKeyFactory(firm=firm)
    url = f"{URL}{key.pk}/revoke/"

    assert admin.post(url, {"reason": ""}).status_code == 422
    admin.post(url, {"reason": "Sold."})
    again = admin.post(url, {"reason": "Sold."}, follow=True)

    assert "This key is revoked already." in again.content.decode()
    assert ApiKey.history.filter(history_type="~").count() == 1


def test_a_key_is_recognised_and_its_use_noted(firm):
    key = make.ApiKeyFactory(firm=firm, secret="chk_one")
    make.ApiKeyFactory(firm=firm, secret="chk_two", revoked=True)

    assert recognise("chk_one") == key
    assert recognise("chk_two") is None
    assert recognise("chk_three") is None
    key.refresh_from_db()
    assert key.last_used_at is not None
    used = key.last_used_at
    recognise("chk_one")
    key.refresh_from_db()
    assert key.last_used_at == used
    assert ApiKey.history.filter(history_type="~").count() == 0


def test_the_list_pins_its_queries(admin, firm):
    make.ApiKeyFactory(firm=firm)
    admin.get(URL)
    with CaptureQueriesContext(database) as one:
        admin.get(URL)
    make.ApiKeyFactory(firm=firm)
    make.ApiKeyFactory(firm=firm, revoked=True)
    with CaptureQueriesContext(database) as three:
        admin.get(URL)

    assert len(three) == len(one)


def test_the_empty_list_says_what_a_key_is_for(admin):
    assert "No API keys yet" in admin.get(URL).content.decode()


def test_the_export_holds_no_secret(admin, firm, super_admin):
    key = make.ApiKeyFactory(firm=firm, name="=cmd", secret="chk_one", created_by=super_admin)
    make.ApiKeyFactory(name="Elsewhere")

    body = b"".join(admin.get(f"{URL}export/").streaming_content).decode()

    [line] = csv.DictReader(body.removeprefix(BYTE_ORDER_MARK).splitlines())
    assert line["Name"] == "'=cmd"
    assert line["May"] == ", ".join(ApiScope.values)
    assert key.secret_hash not in body
