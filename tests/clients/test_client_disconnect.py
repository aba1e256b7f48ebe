"""Disconnect Client over HTTP: checklist, reasons, confirmation, and what follows (F-070…F-077)."""

import re

import pytest

from clients.models import Connection
from clients.roles import ConnectionStatus
from tests import factories

STEPS = (
    "Outstanding work done",
    "Final reports",
    "Data export if asked",
    "Handover documented",
    "Client told the timeline",
)


@pytest.fixture
def url(connection) -> str:
    return f"/harbour/clients/{connection.pk}/disconnect/"


def answers(**changes) -> dict[str, object]:
    return {"reason": "Client request", "note": "", "is_sure": "on", **changes}


def test_it_opens_with_five_steps_and_the_exact_reasons(client, branch_owner, url):
    client.force_login(branch_owner)

    html = client.get(url).content.decode()

    assert html.count('name="done"') == 5
    assert all(step in html for step in STEPS)
    select = html[html.index('<select name="reason"') :].split("</select>")[0]
    assert re.findall(r">\s*([^<\n]+?)\s*</option>", select) == [
        "Choose a reason",
        "Client request",
        "Business closed",
        "Switched accountants",
        "Non-payment",
        "Service termination",
        "Other (add note)",
    ]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"reason": ""}, "Choose a reason."),
        ({"reason": "Because"}, "Select a valid choice"),
        ({"reason": "Other"}, "“Other” needs a note"),
        ({"reason": "Other", "note": "\u200b "}, "“Other” needs a note"),
        ({"is_sure": ""}, "Tick this to confirm."),
    ],
)
def test_what_is_missing_is_said_and_nothing_typed_is_lost(
    client, branch_owner, url, changes, says
):
    client.force_login(branch_owner)

    response = client.post(url, answers(done=["work"], **changes))

    html = response.content.decode()
    assert response.status_code == 422
    assert says in html
    assert re.search(r'value="work"[^>]*checked', html)
    assert Connection.objects.get().is_open


def test_unticked_steps_warn_and_do_not_block(client, branch_owner, connection, url):
    client.force_login(branch_owner)

    response = client.post(url, answers(done=["work", "reports", "export"]), follow=True)

    row = Connection.objects.get()
    html = response.content.decode()
    assert row.status == ConnectionStatus.DISCONNECTED
    assert response.redirect_chain == [(f"/harbour/clients/{connection.pk}/records/", 302)]
    assert "Left open of the 5 steps before: Handover documented; Client told the timeline." in html
    assert "Historical records" in html
    assert "Client request" in html


def test_the_team_is_refused_at_once(client, branch_owner, assigned_member, connection, url):
    client.force_login(branch_owner)
    client.post(url, answers())

    client.force_login(assigned_member)
    detail = f"/harbour/clients/{connection.pk}/"
    pages = [client.get(detail + page) for page in ("", "notes/", "dashboard/", "menu/")]

    assert [page.status_code for page in pages] == [403] * 4
    assert "No longer connected" in pages[2].content.decode()


def test_the_dashboard_is_no_longer_connected_for_the_owner_too(
    client, branch_owner, connection, url
):
    client.force_login(branch_owner)
    client.post(url, answers())

    response = client.get(f"/harbour/clients/{connection.pk}/dashboard/")

    assert response.status_code == 403
    assert "No longer connected" in response.content.decode()


def test_it_leaves_the_list_and_is_found_under_its_filter(client, branch_owner, connection, url):
    client.force_login(branch_owner)
    client.post(url, answers(reason="Non-payment"), follow=True)

    usual = client.get("/harbour/clients/").content.decode()
    filtered = client.get("/harbour/clients/?status=disconnected").content.decode()

    assert "Acme Bakery" not in usual
    assert "Acme Bakery" in filtered
    assert "Non-payment" in filtered
    day = Connection.objects.get().disconnected_at
    assert f'<time datetime="{day:%Y-%m-%d}"' in filtered


def test_nothing_turns_it_back(client, super_admin, branch):
    row = factories.ConnectionFactory(branch=branch, disconnected=True)
    client.force_login(super_admin)
    detail = f"/harbour/clients/{row.pk}/"

    menu = client.get(f"{detail}menu/").content.decode()
    posts = [client.post(detail + page, answers(reason="x")) for page in
             ("resume/", "pause/", "disconnect/", "edit/", "change-branch/")]  # fmt: skip

    assert [post.status_code for post in posts] == [403] * 5
    assert f'href="{detail}resume/"' not in menu
    assert not Connection.objects.get().is_open


@pytest.mark.parametrize(
    ("persona", "status"),
    [("viewer", 403), ("assigned_member", 403), ("unassigned_member", 404), ("outsider", 404)],
)
def test_others_cannot(client, request, url, persona, status):
    client.force_login(request.getfixturevalue(persona))

    response = client.post(url, answers())

    assert response.status_code == status
    assert Connection.objects.filter(name="Acme Bakery").get().is_open
