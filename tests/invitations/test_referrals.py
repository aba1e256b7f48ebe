"""Partner Program > Referral Links: named links, and sign-ups counted (F-119)."""

import re

import pytest
from django.test import Client

from clients.models import ClientAccount, Connection
from invitations.actions.referrals import TAKEN, create_referral_link, switch_referral_link
from invitations.models import ReferralLink, ReferralSignUp
from invitations.models.links import ReferralUrl
from practice.errors import Refused
from practice.models import Message, TeamMember, User
from tests import factories

LIST = "/harbour/settings/partner-program/"
SIGN_UP = {
    "full_name": "Nell New",
    "company": "New & Co",
    "email": "nell@new.test",
    "password1": "correct horse battery staple",
}


@pytest.fixture
def link(firm) -> ReferralLink:
    return factories.ReferralLinkFactory(firm=firm, name="Newsletter")


def page_of(link: ReferralLink) -> str:
    return f"/refer/{ReferralUrl.of(link.pk).token}/"


def test_a_link_is_created_with_a_name(client, super_admin):
    client.force_login(super_admin)

    response = client.post(f"{LIST}add/", {"name": " Newsletter,  spring "})

    link = ReferralLink.objects.get()
    html = client.get(response.headers["Location"]).content.decode()
    assert (link.name, link.history.get().history_user) == ("Newsletter, spring", super_admin)
    assert f'readonly value="{ReferralUrl.of(link.pk).url}"' in html


def test_it_is_reached_from_practice_settings(client, super_admin):
    client.force_login(super_admin)

    assert f'href="{LIST}"' in client.get("/harbour/settings/").content.decode()


def test_who_signs_up_by_it_is_counted_and_connected_to_nobody(client, super_admin, link):
    client.post(page_of(link), SIGN_UP)
    before = counts(super_admin)
    body = Message.objects.get(recipient="nell@new.test").body
    confirm = re.search(r"(/confirm-email/\S+/)", body)
    assert confirm
    client.post(confirm[1])

    user = User.objects.get(email="nell@new.test")
    assert (before, counts(super_admin)) == (["1", "0"], ["1", "1"])
    assert ClientAccount.objects.get(owner=user).name == "New & Co"
    assert ReferralSignUp.objects.get().link == link
    assert not TeamMember.objects.filter(user=user).exists()
    assert not Connection.objects.exists()


def counts(super_admin: User) -> list[str]:
    """Sign-ups and confirmed ones, as the list shows them."""
    client = Client()
    client.force_login(super_admin)
    return re.findall(r'<td class="num[^"]*">(\d+)</td>', client.get(LIST).content.decode())


def test_who_has_a_login_is_not_counted_and_not_told_apart(link):
    factories.UserFactory(email="olaf@old.test")

    answers = [
        Client().post(page_of(link), {**SIGN_UP, "email": email})
        for email in ("olaf@old.test", "nell@new.test")
    ]

    assert len({(one.status_code, one.headers["Location"]) for one in answers}) == 1
    assert ReferralSignUp.objects.get().user.email == "nell@new.test"


def test_switched_off_it_is_no_longer_valid(client, super_admin, link):
    client.force_login(super_admin)

    client.post(f"{LIST}{link.pk}/switch/", {"on": "0"})
    off = Client().get(page_of(link)).status_code
    client.post(f"{LIST}{link.pk}/switch/", {"on": "1"})

    assert (off, Client().get(page_of(link)).status_code) == (410, 200)


@pytest.mark.parametrize("token", ["nonsense", "1-.x", ReferralUrl.of(2**40).token])
def test_an_unknown_one_neither(db, client, token):
    assert client.get(f"/refer/{token}/").status_code == 410


@pytest.mark.parametrize("data", [{"company": ""}, {"company": "\u200b"}, {"email": "x"}])
def test_bad_answers_are_said(client, link, data):
    response = client.post(page_of(link), {**SIGN_UP, **data})

    assert response.status_code == 422
    assert not User.objects.filter(email="nell@new.test").exists()


@pytest.mark.parametrize("name", ["", "newsletter ", "ﷺ" * 120])
def test_a_bad_name_is_said(client, super_admin, link, name):
    client.force_login(super_admin)

    response = client.post(f"{LIST}add/", {"name": name})

    assert response.status_code == 422
    assert ReferralLink.objects.count() == 1


def test_the_action_judges_rights_and_names(firm, super_admin, branch_owner, link):
    with pytest.raises(Refused, match=TAKEN):
        create_referral_link(firm, by=super_admin, name="NEWSLETTER")
    with pytest.raises(Refused):
        create_referral_link(firm, by=branch_owner, name="Another")
    with pytest.raises(Refused):
        switch_referral_link(link, by=branch_owner, is_on=False)


def test_the_export_has_every_link(client, super_admin, link):
    factories.ReferralSignUpFactory(link=link)
    client.force_login(super_admin)

    lines = b"".join(client.get(f"{LIST}export/").streaming_content).decode().splitlines()

    assert len(lines) == 2
    assert "Newsletter" in lines[1]
    assert ReferralUrl.of(link.pk).url in lines[1]


def test_another_firms_links_are_not_listed(client, super_admin, outsider):
    factories.ReferralLinkFactory(firm=outsider.team_members.get().firm, name="Theirs")
    client.force_login(super_admin)

    assert "Theirs" not in client.get(LIST).content.decode()


@pytest.mark.parametrize("rows", [1, 3])
def test_queries_do_not_grow(client, super_admin, firm, rows, django_assert_max_num_queries):
    factories.ReferralLinkFactory.create_batch(rows, firm=firm)
    client.force_login(super_admin)

    with django_assert_max_num_queries(9):
        client.get(LIST)
