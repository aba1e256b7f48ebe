"""Signing in to the portal by mailed link, code and password (F-159…F-164, F-239)."""

from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.test import Client

from clients.models import Contact, ContactAccess
from clients.roles import AccessLevel
from portal.actions.sign_in_links import revoke_links, send_magic_link, send_reset_link
from portal.models import LinkOutcome, PortalSettings, SignInLink
from practice import clock
from practice.emails import for_colleagues
from practice.errors import Refused
from practice.history import because
from practice.models import Message, User
from tests import factories, passkeys
from tests.portal.mails import code_in, latest, link_in

pytestmark = pytest.mark.django_db
DOOR = "/portal/harbour/sign-in/"
TOM = "Tom@Acme.test"
NEW = "a long and calm sentence"


@pytest.fixture
def tom(connection) -> Contact:
    """A contact of Acme without a login."""
    tom = factories.ContactFactory(firm=connection.firm, name="Tom Tucker", email=TOM)
    factories.ContactAccessFactory(connection=connection, contact=tom)
    return tom


def asked(client: Client, email: str = TOM, page: str = DOOR) -> str:
    """The path of the link that the browser asked for."""
    client.post(page, {"email": email})
    return link_in(latest(TOM))


def whose(client: Client) -> str:
    """The address that the browser is signed in with."""
    user_id = client.session.get("_auth_user_id")
    return User.objects.get(pk=user_id).email if user_id else ""


def test_known_and_unknown_addresses_get_the_same_answer(client, tom):
    other = Client()

    known = client.post(DOOR, {"email": "tom@acme.test"}, follow=True)
    unknown = other.post(DOOR, {"email": "tim@acme.test"}, follow=True)

    assert known.redirect_chain == unknown.redirect_chain == [(f"{DOOR}code/", 302)]
    words = known.content.decode().replace("tom@", "tim@")
    tokens = [r.context["csrf_token"] for r in (known, unknown)]
    assert words.replace(str(tokens[0]), "") == unknown.content.decode().replace(str(tokens[1]), "")
    assert [message.recipient for message in Message.objects.all()] == [TOM]


def test_scanners_open_the_link_and_the_person_signs_in(client, tom):
    """F-239: neither HEAD nor GET spends it; the first sign-in makes the login."""
    url = asked(client)

    seen = {client.head(url).status_code for _ in range(10)}
    seen |= {Client().get(url).status_code for _ in range(10)}
    before = client.session.session_key
    response = client.post(url)

    assert seen == {200}
    assert response.url == "/portal/?firm=harbour"
    assert whose(client) == "tom@acme.test"
    assert client.session.session_key != before
    tom.refresh_from_db()
    assert not tom.user.has_usable_password()
    assert EmailAddress.objects.get(user=tom.user).verified
    reasons = [row.history_change_reason for row in SignInLink.history.order_by("history_id")]
    assert reasons == [
        "Tom Tucker asked for a magic link.",
        "Signed in to the portal by a magic link.",
    ]


@pytest.mark.parametrize(
    ("becomes", "says"),
    [("used", "used already"), ("replaced", "replaced by a newer"), ("expired", "expired")],
)
def test_a_link_that_is_over_says_why_and_offers_another(client, tom, becomes, says):
    """F-160, F-160a."""
    url = asked(client)
    later = clock.now()
    if becomes == "used":
        client.post(url)
        client.logout()
    elif becomes == "replaced":
        assert asked(client) != url
    else:
        later += timedelta(minutes=16)

    with time_machine.travel(later):
        answers = [client.get(url), client.post(url)]

    assert [answer.status_code for answer in answers] == [410, 410]
    assert says in answers[1].content.decode()
    assert f'href="{DOOR}"' in answers[1].content.decode()
    assert whose(client) == ""


def test_the_fresh_link_works_after_the_earlier_was_refused(client, tom):
    first, second = asked(client), asked(client)

    client.post(first)
    client.post(second)

    assert whose(client) == "tom@acme.test"


def test_the_firm_says_how_long_links_last(tom, super_admin):
    facts = {"firm": tom.firm, "link_minutes": 5, "sent_link_hours": 48}
    with because("Arranged."):
        PortalSettings.objects.create(**facts)

    sent = send_magic_link(tom, by=super_admin)
    asked(Client())
    own = SignInLink.objects.unspent().get()

    assert abs(sent.lasts - timedelta(hours=48)) < timedelta(seconds=1)
    assert abs(own.lasts - timedelta(minutes=5)) < timedelta(seconds=1)
    sent.refresh_from_db()
    assert sent.outcome == LinkOutcome.REPLACED


def test_on_another_device_the_link_takes_the_code(client, tom):
    url, phone = asked(client), Client()
    code = code_in(latest(TOM))

    without = phone.post(url)
    wrong = phone.post(url, {"code": f"{(int(code) + 1) % 10**6:06}"})

    assert [without.status_code, wrong.status_code] == [422, 422]
    assert whose(phone) == ""
    phone.post(url, {"code": f"{code[:3]} {code[3:]}"})
    assert whose(phone) == "tom@acme.test"


def test_the_code_signs_in_where_the_mail_was_asked_for(client, tom):
    """F-239: the mail is read on the telephone, its code is typed at the desk."""
    asked(client)

    client.post(f"{DOOR}code/", {"email": "tom@acme.test", "code": code_in(latest(TOM))})

    assert whose(client) == "tom@acme.test"
    assert SignInLink.objects.get().outcome == LinkOutcome.USED


def test_after_five_wrong_codes_the_right_one_is_wrong_too(client, tom):
    url = asked(client)
    code = code_in(latest(TOM))
    wrong = f"{(int(code) + 1) % 10**6:06}"

    tries = [wrong] * 5 + [code]
    pages = [client.post(f"{DOOR}code/", {"email": TOM, "code": one}) for one in tries]

    assert {page.status_code for page in pages} == {422}
    assert whose(client) == ""
    client.post(url)  # the link itself goes on working where it was asked for
    assert whose(client) == "tom@acme.test"


def test_asking_too_often_is_slowed_down_alike(client, tom):
    answers = {
        email: [client.post(DOOR, {"email": email}).status_code for _ in range(6)]
        for email in (TOM, "nobody@acme.test")
    }

    assert answers[TOM] == answers["nobody@acme.test"] == [302] * 5 + [429]


def changed(contact: Contact, **facts: object) -> None:
    with because("Arranged."):
        Contact.objects.filter(pk=contact.pk).update(**facts)


def no_access(contact: Contact) -> None:
    connection = ContactAccess.objects.get(contact=contact).connection
    connection.access_level = AccessLevel.NONE
    with because("Arranged."):
        connection.save(update_fields=["access_level"])


def gone(contact: Contact) -> None:
    with because("Arranged."):
        ContactAccess.objects.filter(contact=contact).delete()


def switched_off(contact: Contact) -> None:
    changed(contact, user=factories.UserFactory(email="tom@acme.test", is_active=False))


def look_alike(contact: Contact) -> None:
    """Ｔ is folded to t: the login is not the contact's, though the keys are one."""
    factories.UserFactory(email="\uff34om@acme.test", email_key="tom@acme.test")


def other_login(contact: Contact) -> None:
    changed(contact, user=factories.UserFactory(email="boss@elsewhere.test"))


@pytest.mark.parametrize("becomes", [no_access, gone, switched_off, look_alike, other_login])
def test_nobody_is_mailed_who_could_not_sign_in(client, tom, super_admin, becomes):
    becomes(tom)

    response = client.post(DOOR, {"email": TOM})

    assert response.url == f"{DOOR}code/"
    assert Message.objects.count() == 0
    with pytest.raises(Refused):
        send_magic_link(tom, by=super_admin)


@pytest.mark.parametrize("becomes", [no_access, gone, switched_off, look_alike, other_login])
def test_what_changed_since_the_mail_counts(client, tom, becomes):
    url = asked(client)

    becomes(tom)

    assert client.post(url).status_code == 410
    assert whose(client) == ""


def test_a_link_to_an_address_that_is_no_longer_the_contacts(client, tom):
    url = asked(client)

    changed(tom, email="new@acme.test", email_key="new@acme.test")

    assert client.post(url).status_code == 410


def test_revoked_links_open_nothing(client, tom):
    url = asked(client)

    with because("Deleted the contact."):
        revoke_links(tom)

    assert client.post(url).status_code == 410


def test_a_password_set_before_the_address_was_proved_goes(client, tom):
    """Somebody registered the contact's address first, and waits for them to come."""
    early = factories.UserFactory(email="tom@acme.test", password=NEW, address=False)
    url = asked(client)

    client.post(url)

    assert whose(client) == "tom@acme.test"
    early.refresh_from_db()
    assert not early.has_usable_password()


def test_a_reset_link_sets_the_password(client, tom):
    """F-162: the new password works, the old does not, and who was signed in is out."""
    user = factories.UserFactory(email="tom@acme.test", password="an old one 230")
    elsewhere = Client()
    elsewhere.force_login(user)
    client.post(f"{DOOR}help/", {"email": TOM})
    url = link_in(latest(TOM))

    weak = client.post(url, {"password": "12345"})
    client.post(url, {"password": NEW})

    assert weak.status_code == 422
    assert whose(client) == "tom@acme.test"
    assert elsewhere.get("/security/").status_code == 302
    for password, status in (("an old one 230", 422), (NEW, 302)):
        words = {"login": "TOM@acme.test", "password": password}
        assert Client().post(f"{DOOR}password/", words).status_code == status


def test_a_reset_link_signs_nobody_in_by_its_code(client, tom, super_admin):
    send_reset_link(tom, by=super_admin)

    page = client.post(f"{DOOR}code/", {"email": TOM, "code": code_in(latest(TOM))})

    assert page.status_code == 422


def test_five_wrong_passwords_slow_down(client, contact):
    """F-161."""
    words = {"login": contact.email, "password": "wrong"}

    pages = [client.post(f"{DOOR}password/", words).content.decode() for _ in range(6)]

    assert "not correct" in pages[4]
    assert "Too many failed" in pages[5]


def test_the_second_factor_is_asked_for_first(client, contact):
    """F-163."""
    passkeys.given(contact)
    client.post(DOOR, {"email": contact.email})

    response = client.post(link_in(latest(contact.email)))

    assert response.url == "/security/code/"
    assert whose(client) == ""


def test_colleagues_read_neither_the_link_nor_the_code(tom, super_admin):
    send_magic_link(tom, by=super_admin)
    message = latest(TOM)

    words = for_colleagues(message.body)

    assert message.firm_id == tom.firm_id
    assert link_in(message) not in words
    assert code_in(message) not in words
    assert f"{DOOR} and type" in words


def test_another_firms_door_does_not_know_the_link(client, tom, outsider):
    url = asked(client).replace("harbour", "southgate")

    assert client.post(url).status_code == 404


def test_who_is_somebody_else_signs_out_first(client, tom, contact):
    url = asked(client)
    client.force_login(contact)

    page = client.post(url)

    assert page.status_code == 403
    assert b"Sign out and come back" in page.content
    assert whose(client) == contact.email
