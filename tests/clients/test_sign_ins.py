"""When a client's own people sign in, that is a login of their client (F-093)."""

from datetime import timedelta

import pytest
from django.urls import reverse

from clients.models import Connection, UsageEvent, UsageSnapshot
from clients.roles import UsageKind
from practice import clock
from tests import factories

pytestmark = pytest.mark.django_db
PASSWORD = "harbour lights 230"


@pytest.fixture
def sign_in(client, django_capture_on_commit_callbacks):
    def sign_in(user):
        user.set_password(PASSWORD)
        user.save()
        with django_capture_on_commit_callbacks(execute=True):
            words = {"login": user.email, "password": PASSWORD}
            return client.post(reverse("account_login"), words)

    return sign_in


@pytest.mark.parametrize("persona", ["account_owner", "contact"])
def test_it_is_a_login_of_the_client(persona, request, sign_in, connection):
    person = request.getfixturevalue(persona)
    Connection.objects.update(last_activity_at=clock.now() - timedelta(days=40))

    assert sign_in(person).status_code == 302

    event = UsageEvent.objects.get()
    assert (event.connection, event.kind, event.count) == (connection, UsageKind.LOGIN, 1)
    assert UsageSnapshot.objects.get().last_login_at == event.at
    connection.refresh_from_db()
    assert connection.last_activity_at == event.at


def test_each_firm_is_told_of_its_own_client(account_owner, connection, sign_in):
    elsewhere = factories.ConnectionFactory(account=connection.account)
    factories.ConnectionFactory()

    sign_in(account_owner)

    told = UsageEvent.objects.values_list("firm", "connection")
    assert set(told) == {
        (connection.firm_id, connection.pk),
        (elsewhere.firm_id, elsewhere.pk),
    }


def test_a_client_that_left_is_told_of_nothing(account_owner, branch, sign_in):
    factories.ConnectionFactory(branch=branch, account__owner=account_owner, disconnected=True)

    sign_in(account_owner)

    assert UsageEvent.objects.count() == 1


def test_colleagues_at_the_firm_are_no_clients(assigned_member, sign_in):
    assert sign_in(assigned_member).status_code == 302

    assert not UsageEvent.objects.exists()


def test_a_note_that_fails_keeps_nobody_outside(account_owner, sign_in, monkeypatch, client):
    monkeypatch.setattr("clients.actions.usage.sign_ins.UsageKind", None)

    assert sign_in(account_owner).status_code == 302

    assert client.get(reverse("practice:home")).wsgi_request.user == account_owner
