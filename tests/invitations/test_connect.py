"""By a branch's link: landing, sign-up, company, payment method, consent (F-107…F-111a)."""

import re

import pytest
from django.test import Client

from clients.models import ClientAccount, Connection
from invitations.actions.branch_links import rotate_branch_link
from invitations.actions.setups import LINK_OVER, NO_METHOD, choose_company, finish_setup
from invitations.models import BranchLink, ClientInvitation, ClientSetup
from invitations.models.links import ConnectLink, ReconnectLink
from invitations.roles import InvitationSource
from practice import clock
from practice.errors import Refused
from practice.models import Message, TeamMember, User
from tests import factories

CONSENT = {"full_name": "Nora N. North", "agrees": "on", "message": "We met in May."}


@pytest.fixture
def link(branch) -> ConnectLink:
    return ConnectLink.of(BranchLink.objects.of(branch))


@pytest.fixture
def page(link) -> str:
    return f"/connect/{link.token}/"


@pytest.fixture
def nora(db) -> User:
    return factories.UserFactory(full_name="Nora North", email="nora@north.test")


@pytest.fixture
def north(nora) -> ClientAccount:
    return factories.ClientAccountFactory(name="North & Co", owner=nora, has_method=True)


def signed_in(client: Client, user: User) -> Client:
    client.force_login(user)
    return client


def pay(account: ClientAccount) -> None:
    """As billing does when a payment method is added."""
    with factories.arranging():
        ClientAccount.objects.filter(pk=account.pk).update(has_method=True)


def text_of(response) -> str:
    return re.sub(r"<[^>]+>", " ", response.content.decode())


def test_the_landing_names_firm_and_branch_and_no_client(client, page, connection):
    response = client.get(page)

    html = response.content.decode()
    assert response.status_code == 200
    for words in ("Harbour Accounting", "London", "What access means", "Create account"):
        assert words in html
    assert connection.name not in html
    assert "london@harbour.test" not in html


def test_looking_changes_nothing(client, page):
    client.get(page)
    client.head(page)

    assert not ClientSetup.objects.exists()
    assert not BranchLink.objects.exists()


@pytest.mark.parametrize("step", ["", "register/", "next/", "company/", "payment/", "accept/"])
def test_off_rotated_and_unknown_links_are_answered_alike(client, nora, branch, link, step):
    off = factories.BranchLinkFactory(off=True)
    unknown = ConnectLink(2**40, "1", is_mailed=False)
    archived = factories.BranchFactory(archived=True)
    other = ReconnectLink(branch.pk, "1", is_mailed=False)
    tokens = [
        ConnectLink.of(off).token,
        ConnectLink(branch.pk, "2", is_mailed=False).token,
        unknown.token,
        ConnectLink(archived.pk, "1", is_mailed=False).token,
        other.token,
        "nonsense",
    ]
    if step not in ("", "register/"):
        client.force_login(nora)

    answers = [client.get(f"/connect/{token}/{step}") for token in tokens]

    assert {answer.status_code for answer in answers} == {410}
    assert len({text_of(answer) for answer in answers}) == 1
    assert LINK_OVER in text_of(answers[0])


def test_a_flood_is_slowed_down(client, page):
    statuses = [client.get(page).status_code for _ in range(61)]

    assert (statuses[0], statuses[59], statuses[60]) == (200, 200, 429)


def registered(client: Client, page: str, **changes) -> str:
    """Sign up by the link and confirm the address; where one stands then."""
    data = {
        "full_name": "Nell New",
        "email": "nell@new.test",
        "password1": "correct horse battery staple",
        **changes,
    }
    client.post(f"{page}register/", data)
    body = Message.objects.filter(recipient=data["email"]).latest("pk").body
    key = re.search(r"/confirm-email/(\S+)/", body)
    assert key, body
    return client.post(f"/confirm-email/{key[1]}/").headers["Location"]


def test_who_signs_up_is_mailed_and_goes_on_by_itself(client, page, branch):
    there = registered(client, page)

    user = User.objects.get(email="nell@new.test")
    setup = ClientSetup.objects.get()
    assert there == f"{page}next/"
    assert client.get(there).headers["Location"] == f"{page}company/"
    assert (setup.user, setup.branch, setup.account) == (user, branch, None)
    assert not TeamMember.objects.filter(user=user).exists()
    assert not user.owned_accounts.exists()


def test_the_address_is_confirmed_before_anything_else(client, page):
    data = {"full_name": "Nell New", "email": "n@n.test", "password1": "correct horse battery"}

    client.post(f"{page}register/", data)

    assert client.get(f"{page}company/").headers["Location"].startswith("/login/")


def test_an_address_with_a_login_is_not_told_apart(client, page, nora):
    data = {"full_name": "Nell New", "password1": "correct horse battery staple"}

    answers = [
        Client().post(f"{page}register/", {**data, "email": email})
        for email in (nora.email, "nell@new.test")
    ]

    assert len({(one.status_code, one.headers["Location"]) for one in answers}) == 1
    assert not ClientSetup.objects.filter(user=nora).exists()
    assert Message.objects.filter(recipient=nora.email).exists()


def test_bad_answers_at_sign_up_are_said(client, page):
    response = client.post(
        f"{page}register/", {"full_name": "Nell", "email": "x", "password1": "1"}
    )

    assert response.status_code == 422
    assert "Nell" in response.content.decode()


def test_the_steps_in_their_order(client, page, branch, nora):
    """F-109: without a payment method it does not end; returning goes on at the same step."""
    signed_in(client, nora)

    places = [client.get(f"{page}next/").headers["Location"]]
    client.post(f"{page}company/", {"name": "North & Co", "tax_id": "GB 1"})
    account = ClientAccount.objects.get(owner=nora)
    places.append(client.get(f"{page}next/").headers["Location"])
    early = client.post(f"{page}accept/", CONSENT).headers["Location"]
    payment = client.get(f"{page}payment/").content.decode()
    elsewhere = signed_in(Client(), nora)
    home = elsewhere.get("/connect/begun/").content.decode()
    pay(account)
    places.append(elsewhere.get(f"{page}next/").headers["Location"])

    assert places == [f"{page}company/", f"{page}payment/", f"{page}accept/"]
    assert early == f"{page}next/"
    assert f"/companies/{account.pk}/plan/?next=" in payment
    assert f"{page}next/" in home
    assert not ClientInvitation.objects.exists()


def test_the_last_step_sends_the_invitation_back(client, page, branch, nora, north):
    """F-110, F-111: tick, time and name are stored; the branch has it, nobody is connected yet."""
    signed_in(client, nora)
    client.post(f"{page}company/", {"company": north.pk})

    response = client.post(f"{page}accept/", CONSENT)

    row = ClientInvitation.objects.get()
    assert response.headers["Location"] == page
    assert (row.branch, row.account, row.source, row.link_number) == (
        branch,
        north,
        InvitationSource.LINK,
        1,
    )
    assert (row.consented_name, row.message) == ("Nora N. North", "We met in May.")
    assert abs((clock.now() - row.consented_at).total_seconds()) < 60
    assert ClientSetup.objects.get().invitation == row
    assert not Connection.objects.exists()
    assert "North &amp; Co" in client.get(page).content.decode()
    assert Message.objects.filter(recipient=branch.email).count() == 1


@pytest.mark.parametrize("missing", ["agrees", "full_name"])
def test_without_tick_or_name_nothing_is_sent(client, page, nora, north, missing):
    signed_in(client, nora)
    client.post(f"{page}company/", {"company": north.pk})

    response = client.post(f"{page}accept/", {**CONSENT, missing: ""})

    assert response.status_code == 422
    assert "We met in May." in response.content.decode()
    assert not ClientInvitation.objects.exists()


def test_a_second_click_sends_nothing_more(client, page, branch, nora, north, link):
    setup = choose_company(branch, link, by=nora, account=north)

    first, second = (finish_setup(setup, by=nora, consent_name="Nora") for _ in range(2))

    assert first == second
    assert ClientInvitation.objects.count() == 1


def test_two_businesses_by_one_link_are_two_invitations(branch, link, nora, north):
    """F-107a, F-111a: and nobody asks whether the branch's billing is verified."""
    other = factories.ClientAccountFactory(
        owner=factories.UserFactory(full_name="Olaf"), has_method=True
    )

    for account in (north, other):
        setup = choose_company(branch, link, by=account.owner, account=account)
        finish_setup(setup, by=account.owner, consent_name="Someone")

    assert ClientInvitation.objects.pending().filter(branch=branch).count() == 2


def test_one_person_connects_a_second_company(client, page, nora, north):
    signed_in(client, nora)
    client.post(f"{page}company/", {"company": north.pk})
    client.post(f"{page}accept/", CONSENT)

    client.post(f"{page}company/", {"company": "new", "name": "South & Co"})
    pay(ClientAccount.objects.get(name="South & Co"))
    client.post(f"{page}accept/", CONSENT)

    companies = ClientInvitation.objects.values_list("company", flat=True)
    assert sorted(companies) == ["North & Co", "South & Co"]


def test_the_same_new_name_again_is_the_same_company(client, page, nora):
    signed_in(client, nora)

    for _ in range(2):
        client.post(f"{page}company/", {"company": "new", "name": "North & Co"})

    assert ClientAccount.objects.filter(owner=nora).count() == 1


def test_a_link_that_is_rotated_under_way_ends_it(branch, link, nora, north, branch_owner):
    setup = choose_company(branch, link, by=nora, account=north)
    rotate_branch_link(branch, by=branch_owner, number=1)

    with pytest.raises(Refused, match=LINK_OVER):
        finish_setup(setup, by=nora, consent_name="Nora")


def test_the_method_is_asked_for_once_more_at_the_end(branch, link, nora, north):
    setup = choose_company(branch, link, by=nora, account=north)
    with factories.arranging():
        ClientAccount.objects.update(has_method=False)

    with pytest.raises(Refused, match=NO_METHOD):
        finish_setup(setup, by=nora, consent_name="Nora")


def test_a_company_of_somebody_else_is_no_choice(client, page, nora, connection):
    signed_in(client, nora)

    response = client.post(f"{page}company/", {"company": connection.account_id, "name": "X"})

    assert connection.name not in response.content.decode()
    assert not ClientSetup.objects.filter(account=connection.account).exists()


def test_the_action_takes_no_company_of_somebody_else(branch, link, nora):
    theirs = factories.ClientAccountFactory(archived_at=clock.now())

    with pytest.raises(Refused):
        choose_company(branch, link, by=nora, account=theirs)


def test_a_flood_of_companies_is_stopped(client, page, nora):
    signed_in(client, nora)

    statuses = [client.post(f"{page}company/", {"name": ""}).status_code for _ in range(21)]

    assert (statuses[0], statuses[19], statuses[20]) == (422, 422, 429)


def test_a_company_that_is_connected_already_is_said(client, page, nora, north, branch):
    factories.ConnectionFactory(branch=branch, account=north)
    signed_in(client, nora)

    response = client.post(f"{page}company/", {"company": north.pk})

    assert response.status_code == 422
    assert "are connected already" in response.content.decode()


@pytest.mark.parametrize("name", ["", "\u200b"])
def test_a_company_has_a_name(client, page, nora, name):
    signed_in(client, nora)

    response = client.post(f"{page}company/", {"name": name})

    assert response.status_code == 422
    assert "Enter the company’s name." in response.content.decode()


def test_who_works_at_the_firm_uses_another_login(client, page, branch_owner):
    signed_in(client, branch_owner)

    landing, there = client.get(page).content.decode(), client.get(f"{page}next/")
    response = client.post(f"{page}company/", {"name": "Mine"})

    assert "You work at Harbour Accounting" in landing
    assert there.headers["Location"] == page
    assert response.status_code in {302, 422}
    assert not ClientAccount.objects.filter(owner=branch_owner).exists()


def test_nothing_begun_is_an_empty_list(client, nora):
    assert "Nothing is waiting" in signed_in(client, nora).get("/connect/begun/").content.decode()
