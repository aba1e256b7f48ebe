"""The demo world is the one that testers were promised (F-238)."""

import pytest
from django.core.management import CommandError, call_command

from clients.models import Connection, TeamAssignment, UsageSnapshot
from clients.roles import ConnectionStatus, SubscriptionStatus
from practice.models import Firm, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def harbour(db) -> Firm:
    call_command("demo", verbosity=0)
    return Firm.objects.get(slug="harbour")


def test_the_list_shows_230_clients_at_first(harbour):
    shown = Connection.objects.for_firm(harbour).exclude(status=ConnectionStatus.DISCONNECTED)

    assert shown.count() == 230


def test_each_state_of_the_story_has_its_one_client(harbour):
    rows = Connection.objects.for_firm(harbour)

    found = {
        name: [row.name for row in rows.filter(**facts)]
        for name, facts in {
            "paused": {"status": ConnectionStatus.PAUSED},
            "disconnected": {"status": ConnectionStatus.DISCONNECTED},
            "reconnecting": {"status": ConnectionStatus.RECONNECTING},
            "trial": {"subscription_status": SubscriptionStatus.TRIAL},
        }.items()
    }

    assert found == {
        "paused": ["Echo Farms"],
        "disconnected": ["Foxtrot Films"],
        "reconnecting": ["Tern Island Ferries"],
        "trial": ["Golf Gardens"],
    }


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("acme", ["Acme Bakery"]),
        ("cara", ["Acme Bakery"]),
        ("1002", ["Smith Family Trust"]),
        ("jane", ["Jane Smith Realty Group", "Smith Family Trust", "Smith, Jane"]),
    ],
)
def test_the_searches_of_the_story_find_its_clients_alone(harbour, words, names):
    rows = Connection.objects.for_firm(harbour).filter(search_text__contains=words)

    assert sorted(rows.values_list("name", flat=True)) == names


def test_mia_works_for_twenty_clients_and_not_for_adams(harbour):
    mia = User.objects.get(email="mia@harbour.test")

    numbers = set(
        Connection.objects.visible_to(mia, harbour.pk).values_list("client_number", flat=True)
    )

    assert (len(numbers), "1010" in numbers, "1030" in numbers) == (20, True, False)


def test_xavi_works_across_branches(harbour):
    xavi = User.objects.get(email="xavi@harbour.test")

    branches = Connection.objects.visible_to(xavi, harbour.pk).values_list(
        "branch__name", flat=True
    )

    assert set(branches) == {"London", "Dublin"}


def test_every_change_is_explained(harbour):
    reasons = {
        model: set(model.history.values_list("history_change_reason", flat=True))
        for model in (Connection, TeamAssignment, User, Firm)
    }

    assert reasons == dict.fromkeys(reasons, {"Loaded the demo world."})


def test_every_limit_has_a_client(harbour):
    boundary = Connection.objects.for_firm(harbour).filter(
        internal_notes__endswith="when the demo world was loaded."
    )

    assert (boundary.count(), UsageSnapshot.objects.filter(connection__in=boundary).count()) == (
        26,
        26,
    )


def test_everybody_listed_may_sign_in(harbour, client):
    assert client.login(email="sana@harbour.test", password="harbour lights 230")


def test_once_leaves_the_world_alone(harbour):
    call_command("demo", "--once", verbosity=0)

    assert Firm.objects.count() == 2


def test_a_second_world_is_refused(harbour):
    with pytest.raises(CommandError, match="loaded already"):
        call_command("demo", verbosity=0)


def test_the_logins_are_left_in_a_file(db, tmp_path, settings):
    settings.LOGINS_FILE = str(tmp_path / "logins.txt")

    call_command("demo", "--clients", "20", verbosity=0)

    assert "mia@harbour.test" in (tmp_path / "logins.txt").read_text()
