"""A sign-in from a new country raises "unusual activity" (F-102)."""

from datetime import timedelta

import pytest
import time_machine
from django.test import override_settings

from practice import clock
from practice.history import because
from practice.models import Message, SecurityEvent, SecurityEventKind, SignInCountry
from tests import factories

SAYS = "a sign-in from France; unusual where there was none from there within 365 days"


@pytest.fixture
def mia(assigned_member, super_admin):
    return assigned_member


@pytest.fixture
def sign_in(client, django_capture_on_commit_callbacks):
    def enter(user, country=None):
        headers = {"X-Country": country} if country else {}
        user.set_password(factories.PASSWORD)
        user.save()
        with django_capture_on_commit_callbacks(execute=True):
            facts = {"login": user.email, "password": factories.PASSWORD}
            answer = client.post("/login/", facts, headers=headers)
        assert answer.status_code == 302
        client.logout()

    return enter


def test_a_new_country_is_unusual_once_and_super_admins_are_told(mia, super_admin, sign_in, client):
    for country in ("GB", "fr", "FR", "GB"):
        sign_in(mia, country)

    event = SecurityEvent.objects.get()
    [mail] = Message.objects.filter(subject__startswith="Unusual activity")
    assert (event.member.user, event.kind) == (mia, SecurityEventKind.NEW_COUNTRY)
    assert event.details == SAYS
    assert (mail.recipient, SAYS in mail.body) == (super_admin.email, True)
    client.force_login(super_admin)
    for page in ("/harbour/alerts/", "/harbour/settings/security/"):
        assert SAYS in client.get(page).content.decode()
    client.force_login(mia)
    assert SAYS not in client.get("/harbour/alerts/").content.decode()


@pytest.mark.parametrize("countries", [["GB", None, "XX", "T1", "France"], ["FR", "FR"]])
def test_the_first_country_is_home_and_what_names_none_says_nothing(mia, sign_in, countries):
    for country in countries:
        sign_in(mia, country)

    assert not SecurityEvent.objects.exists()
    assert SignInCountry.objects.get().country == countries[0]


@pytest.mark.parametrize(("days", "count"), [(364, 0), (365, 1)])
def test_a_country_is_new_again_after_the_firms_days(mia, sign_in, days, count):
    member = mia.team_members.get()
    factories.SignInCountryFactory(member=member)
    factories.SignInCountryFactory(member=member, country="FR")

    with time_machine.travel(clock.now() + timedelta(days=days), tick=False):
        sign_in(mia, "FR")

    assert SecurityEvent.objects.count() == count


def test_zero_switches_it_off_and_the_country_is_known_then(mia, firm, sign_in):
    factories.SignInCountryFactory(member=mia.team_members.get())
    for days in (0, 365):
        with because("Arranged."):
            type(firm).objects.filter(pk=firm.pk).update(new_country_days=days)
        sign_in(mia, "FR")

    assert not SecurityEvent.objects.exists()


@override_settings(COUNTRY_HEADER="")
def test_without_a_proxy_that_names_it_nobody_is_believed(mia, super_admin, sign_in, client):
    factories.SignInCountryFactory(member=mia.team_members.get())

    sign_in(mia, "FR")

    client.force_login(super_admin)
    page = client.get("/harbour/settings/security/").content.decode()
    assert "Countries are not known to this installation." in page
    assert not SecurityEvent.objects.exists()
