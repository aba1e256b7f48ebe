"""Registering a firm, proving the address, signing in (F-001…F-003)."""

import re
from types import SimpleNamespace

import pytest
from allauth.core.exceptions import ImmediateHttpResponse
from django.conf import settings
from django.urls import URLPattern, get_resolver
from django.urls.resolvers import RegexPattern, URLResolver

from practice.accounts import AccountAdapter
from practice.actions.firms import RESERVED, free_slug, register_firm
from practice.models import Firm, Message, TeamMember, User
from practice.roles import ParentRole
from tests import factories as make

FORM = {
    "full_name": "Nell New",
    "firm_name": "North Lights",
    "email": "Nell@North.test",
    "password1": "a long and calm sentence",
}


@pytest.fixture
def registered(client, db):
    return client.post("/register/", FORM)


def link_in(message: Message) -> str:
    found = re.search(rf"{re.escape(settings.SITE_URL)}(/\S+)", message.body)
    assert found
    return found[1]


def sign_in(client, email: str, password: str = make.PASSWORD, **extra):
    return client.post("/login/", {"login": email, "password": password}, **extra)


def test_registration_makes_a_firm_with_its_super_admin(registered):
    firm = Firm.objects.get(slug="north-lights")
    member = TeamMember.objects.get(firm=firm)

    assert registered.url == "/confirm-email/"
    assert (firm.name, member.parent_role) == ("North Lights", ParentRole.SUPER_ADMIN)
    assert (member.user.email, member.user.email_key) == ("nell@north.test", "nell@north.test")


def test_registration_is_on_record(registered):
    user = User.objects.get(full_name="Nell New")
    reasons = [
        user.history.get().history_change_reason,
        Firm.objects.get().history.get().history_change_reason,
        TeamMember.objects.get().history.get().history_change_reason,
    ]

    assert reasons == ["Registered at Countinghouse.", *["Registered the firm."] * 2]
    assert Firm.objects.get().history.get().history_user_id == user.pk


def test_the_mail_waits_in_the_outbox_and_opens_the_firm(client, registered):
    message = Message.objects.get(recipient="nell@north.test")

    page = client.get(link_in(message))
    confirmed = client.post(link_in(message))
    opened = client.get("/", follow=True)

    assert message.subject == "Confirm your email address"
    assert "registered nell@north.test at Countinghouse" in message.body
    assert "Confirm" in page.content.decode()
    assert confirmed.status_code == 302
    assert opened.redirect_chain[-1][0] == "/north-lights/"


def test_looking_at_the_link_confirms_nothing(client, registered):
    link = link_in(Message.objects.get())

    client.get(link)
    client.head(link)

    assert not User.objects.get().emailaddress_set.get().verified


def test_unproved_people_see_no_other_page(client, registered):
    answer = sign_in(client, FORM["email"], FORM["password1"])
    home = client.get("/north-lights/")

    assert answer.url == "/confirm-email/"
    assert home.url == "/login/?next=/north-lights/"


def test_links_never_begin_with_the_host_header(client, db):
    make.UserFactory(email="mia@harbour.test")

    client.post("/register/", FORM, HTTP_HOST="127.0.0.1")
    client.post("/password/reset/", {"email": "mia@harbour.test"}, HTTP_HOST="127.0.0.1")

    bodies = [message.body for message in Message.objects.all()]
    assert len(bodies) == 2
    assert all(settings.SITE_URL in body and "127.0.0.1" not in body for body in bodies)


def test_a_foreign_host_is_refused(client, db):
    response = client.get("/login/", HTTP_HOST="evil.example")

    assert response.status_code == 400


def test_a_known_address_learns_of_it_by_mail_only(client, db):
    make.UserFactory(email="mia@harbour.test")

    response = client.post("/register/", {**FORM, "email": "MIA@Harbour.TEST"})

    message = Message.objects.get()
    assert response.url == "/confirm-email/"
    assert (message.recipient, message.subject) == (
        "mia@harbour.test",
        "You have an account already",
    )
    assert (User.objects.count(), Firm.objects.count()) == (1, 0)


def test_a_look_alike_of_a_known_address_is_the_known_one(client, db):
    make.UserFactory(email="mia@harbour.test")

    client.post("/register/", {**FORM, "email": "mia@ｈarbour.test"})

    assert Message.objects.get().recipient == "mia@harbour.test"
    assert User.objects.count() == 1


def test_a_double_click_is_one_registration(client, registered, rf):
    request = client.get("/register/").wsgi_request
    form = SimpleNamespace(
        cleaned_data={**FORM, "email": FORM["email"].lower()}, _has_phone_field=False
    )

    with pytest.raises(ImmediateHttpResponse) as answer:
        AccountAdapter(request).save_user(request, User(), form)

    assert answer.value.response.url == "/confirm-email/"
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("full_name", " \u200b "),
        ("firm_name", ""),
        ("email", "nell@"),
        ("password1", "short"),
        ("password1", "12345678901"),
    ],
)
def test_what_cannot_be_keeps_what_was_typed(client, db, field, value):
    response = client.post("/register/", {**FORM, field: value})

    page = response.content.decode()
    kept = next(text for name, text in FORM.items() if name not in {field, "password1"})
    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert kept in page
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Harbour & Söhne", "harbour-sohne"),
        ("Nørth Łódź", "north-lodz"),
        ("Weiß", "weiss"),
        ("株式会社", "firm"),
        ("Login", "login-2"),
        ("ADMIN", "admin-2"),
        ("-", "firm"),
        ("x" * 200, "x" * 48),
    ],
)
def test_every_name_gets_an_address(db, name, slug):
    assert free_slug(name) == slug


def test_two_firms_of_one_name_have_two_addresses(db):
    people = make.UserFactory.create_batch(3)

    slugs = [register_firm(name="Harbour", by=person).slug for person in people]

    assert slugs == ["harbour", "harbour-2", "harbour-3"]


def test_no_firm_can_take_a_page_of_ours():
    first_parts = {word for entry in get_resolver().url_patterns for word in words_of(entry)}

    assert {"admin", "login", "companies"} < first_parts
    assert first_parts - RESERVED == set()


def words_of(entry: URLPattern | URLResolver, before: str = "") -> set[str]:
    """The fixed first parts of the addresses below an entry of the URL configuration."""
    route = str(entry.pattern)
    if isinstance(entry.pattern, RegexPattern):
        route = route.removeprefix("^")
    whole = before + route
    head, slash, _ = whole.partition("/")
    if slash:
        return set() if "<" in head else {head}
    children = entry.url_patterns if isinstance(entry, URLResolver) else []
    return {word for child in children for word in words_of(child, whole)}


def test_signing_in_opens_the_one_firm(client, super_admin):
    response = sign_in(client, "SANA@harbour.test", follow=True)

    assert response.redirect_chain[-1][0] == "/harbour/"
    assert "Sana Super Admin" in response.content.decode()


def test_signing_in_returns_to_where_one_was(client, super_admin):
    response = client.post(
        "/login/",
        {"login": super_admin.email, "password": make.PASSWORD, "next": "/harbour/help/"},
    )

    assert response.url == "/harbour/help/"


def test_signing_in_never_leads_elsewhere(client, super_admin):
    response = client.post(
        "/login/",
        {"login": super_admin.email, "password": make.PASSWORD, "next": "https://evil.example/"},
    )

    assert response.url == "/"


def test_a_wrong_password_is_said_once_for_both_fields(client, super_admin):
    known = sign_in(client, super_admin.email, "wrong")
    unknown = sign_in(client, "nobody@harbour.test", "wrong")

    assert (known.status_code, unknown.status_code) == (422, 422)
    assert known.context["form"].errors == unknown.context["form"].errors


def test_guessing_is_slowed_down(client, super_admin):
    for _ in range(6):
        sign_in(client, super_admin.email, "wrong")

    response = sign_in(client, super_admin.email)

    assert response.status_code == 422
    assert "Too many failed" in response.content.decode()


def test_twenty_tries_at_different_names_slow_down_too(client, super_admin):
    answers = [sign_in(client, f"p{n}@harbour.test", "wrong") for n in range(20)]

    assert "Too many failed" in answers[-1].content.decode()


def test_signing_out_takes_a_post(client, super_admin):
    client.force_login(super_admin)

    asked = client.get("/logout/")
    still_in = client.get("/harbour/")
    client.post("/logout/")
    after = client.get("/harbour/")

    assert (asked.status_code, still_in.status_code) == (200, 200)
    assert after.url == "/login/?next=/harbour/"


def test_a_forgotten_password_is_replaced_once(client, super_admin):
    client.post("/password/reset/", {"email": "sana@HARBOUR.test"})
    link = link_in(Message.objects.get(subject="Choose a new password"))

    page = client.get(link, follow=True)
    form = page.redirect_chain[-1][0]
    client.post(form, {"password1": "another calm sentence", "password2": "another calm sentence"})
    again = client.get(link, follow=True)

    assert sign_in(client, super_admin.email, "another calm sentence").status_code == 302
    assert "does not work any more" in again.content.decode()


def test_an_inactive_person_stays_outside(client, super_admin):
    with make.arranging():
        User.objects.filter(pk=super_admin.pk).update(is_active=False)

    response = sign_in(client, super_admin.email, follow=True)

    assert "switched off" in response.content.decode()
