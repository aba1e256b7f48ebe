"""Mass downloads raise "unusual activity" (F-102)."""

from datetime import timedelta

import pytest
import time_machine

from practice import clock
from practice.actions.downloads import forget_downloads
from practice.history import because
from practice.models import Download, Message, SecurityEvent
from tests import factories

FILE = "/harbour/tasks/export/"


@pytest.fixture
def threshold(firm):
    def set_to(many: int) -> None:
        with because("Arranged."):
            type(firm).objects.filter(pk=firm.pk).update(mass_downloads=many)

    set_to(3)
    return set_to


@pytest.fixture
def take(client, assigned_member, branch):
    client.force_login(assigned_member)
    return lambda times: [b"".join(client.get(FILE).streaming_content) for _ in range(times)]


def test_below_the_threshold_nothing_happens(threshold, take, assigned_member, super_admin):
    take(2)

    assert not SecurityEvent.objects.exists()
    assert {one.member.user_id for one in Download.objects.all()} == {assigned_member.pk}
    assert set(Download.objects.values_list("name", flat=True)) == {"my-tasks.csv"}


def test_from_the_threshold_on_it_is_unusual_once_and_super_admins_are_told(
    threshold, take, assigned_member, super_admin, client
):
    take(5)

    event = SecurityEvent.objects.get()
    [mail] = Message.objects.all()
    assert event.member.user == assigned_member
    assert event.details == "3 downloads within an hour; unusual from 3 on"
    assert mail.recipient == super_admin.email
    assert event.details in mail.body
    client.force_login(super_admin)
    for page in ("/harbour/alerts/", "/harbour/settings/security/"):
        assert event.details in client.get(page).content.decode()
    client.force_login(assigned_member)
    assert event.details not in client.get("/harbour/alerts/").content.decode()


def test_an_hour_ago_does_not_count(threshold, take, assigned_member, super_admin):
    member = assigned_member.team_members.get()
    for ago in (60, 61):
        factories.DownloadFactory(member=member, at=clock.now() - timedelta(minutes=ago))

    take(2)

    assert not SecurityEvent.objects.exists()


def test_the_next_day_it_is_said_again(threshold, take, client, assigned_member, super_admin):
    take(3)

    with time_machine.travel(clock.now() + timedelta(hours=25), tick=False):
        client.force_login(assigned_member)
        take(3)

    assert SecurityEvent.objects.count() == 2
    assert Message.objects.count() == 2


def test_zero_switches_it_off(threshold, take, super_admin):
    threshold(0)

    take(5)

    assert not SecurityEvent.objects.exists()


def test_others_do_not_add_up(threshold, take, branch_owner, client, super_admin):
    take(2)
    client.force_login(branch_owner)

    take(2)

    assert not SecurityEvent.objects.exists()


def test_they_are_forgotten_after_30_days(assigned_member):
    member = assigned_member.team_members.get()
    kept = factories.DownloadFactory(member=member, at=clock.now() - timedelta(days=29))
    factories.DownloadFactory(member=member, at=clock.now() - timedelta(days=31))

    assert forget_downloads() == 1
    assert Download.objects.get() == kept
