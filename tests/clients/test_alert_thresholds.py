"""Practice Settings > Alert thresholds (F-100a)."""

import pytest

from practice.models import Firm

URL = "/harbour/settings/alerts/"
DEFAULTS = {
    "login_alert_days": 30,
    "transaction_alert_days": 60,
    "low_engagement": 40,
    "mass_downloads": 20,
    "new_country_days": 365,
    "inactive_days": 30,
    "dormant_days": 90,
    "usage_days": 7,
    "access_days": 60,
    "access_warning_days": 53,
}


def test_the_defaults_and_the_other_clocks_stand_on_one_page(client, super_admin, branch):
    client.force_login(super_admin)

    response = client.get(URL)

    html = response.content.decode()
    assert response.context["form"].initial == DEFAULTS
    assert "60 at most: this protects the client." in html
    assert f'href="{URL}" aria-current="page">Alert thresholds' in html


def test_what_is_saved_stands_in_the_history(client, super_admin, firm):
    client.force_login(super_admin)

    response = client.post(URL, {**DEFAULTS, "login_alert_days": 45}, follow=True)

    firm.refresh_from_db()
    turn = Firm.history.filter(id=firm.pk).latest("history_id")
    assert firm.login_alert_days == 45
    assert "The next run uses them." in response.content.decode()
    assert (turn.login_alert_days, turn.history_user) == (45, super_admin)


@pytest.mark.parametrize(
    "wrong",
    [
        {"login_alert_days": 0},
        {"login_alert_days": "soon"},
        {"transaction_alert_days": 366},
        {"low_engagement": 101},
        {"low_engagement": ""},
        {"mass_downloads": 1001},
        {"new_country_days": -1},
        {"inactive_days": 90},
        {"dormant_days": 30},
        {"usage_days": 0},
        {"access_days": 61},
        {"access_days": 53},
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_saved(client, super_admin, firm, wrong):
    client.force_login(super_admin)

    response = client.post(URL, {**DEFAULTS, "login_alert_days": 45, **wrong})

    firm.refresh_from_db()
    assert (response.status_code, firm.login_alert_days) == (422, 30)
    assert str(next(iter(wrong.values()))) in response.content.decode()


@pytest.mark.parametrize("persona", ["branch_owner", "viewer", "billing_admin", "assigned_member"])
def test_others_cannot(client, request, firm, branch, persona):
    client.force_login(request.getfixturevalue(persona))

    assert client.post(URL, {**DEFAULTS, "login_alert_days": 45}).status_code == 403
    firm.refresh_from_db()
    assert firm.login_alert_days == 30
