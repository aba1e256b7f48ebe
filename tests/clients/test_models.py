"""What the rows of a client guarantee, and what they compute."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.db.utils import IntegrityError
from django.utils import timezone

from clients.models import Connection
from clients.roles import AccessStatus, ConnectionStatus
from practice.history import because
from tests import factories

pytestmark = pytest.mark.django_db


def refused(constraint: str):
    return pytest.raises(IntegrityError, match=constraint)


def test_one_open_connection_per_firm_and_account(branch, connection):
    with refused("connection_open_once_per_account"), transaction.atomic():
        factories.ConnectionFactory(branch=branch, account=connection.account)


def test_a_new_connection_may_follow_a_disconnected_one(branch):
    former = factories.ConnectionFactory(branch=branch, disconnected=True)

    again = factories.ConnectionFactory(branch=branch, account=former.account, supersedes=former)

    assert again.is_open
    assert not former.is_open


def test_two_firms_may_act_for_one_account(connection, outsider):
    other = outsider.team_members.get().firm

    theirs = factories.ConnectionFactory(
        branch=factories.BranchFactory(firm=other), account=connection.account
    )

    assert theirs.account == connection.account


def test_a_client_id_is_given_once_per_firm(branch, connection):
    with refused("client_id_once_per_firm"), transaction.atomic():
        factories.ConnectionFactory(branch=branch, client_number="1010")


def test_clients_without_an_id_do_not_collide(branch):
    factories.ConnectionFactory.create_batch(2, branch=branch, client_number="")

    assert Connection.objects.filter(client_number="").count() == 2


@pytest.mark.parametrize(
    ("facts", "constraint"),
    [
        ({"status": "asleep"}, "connection_status_known"),
        ({"billing_model": "barter"}, "billing_model_known"),
        ({"status": ConnectionStatus.PAUSED}, "paused_connection_says_when"),
        ({"status": ConnectionStatus.DISCONNECTED}, "disconnected_connection_says_when"),
    ],
)
def test_impossible_connections_are_impossible(branch, facts, constraint):
    with refused(constraint), transaction.atomic():
        factories.ConnectionFactory(branch=branch, **facts)


def test_one_running_period_per_connection(connection):
    factories.ConnectionPeriodFactory(connection=connection)

    with refused("one_open_period_per_connection"), transaction.atomic():
        factories.ConnectionPeriodFactory(connection=connection)


def test_a_period_ends_after_it_starts(connection):
    yesterday = timezone.localdate() - timedelta(days=1)

    with refused("period_ends_after_it_starts"), transaction.atomic():
        factories.ConnectionPeriodFactory(connection=connection, closed_on=yesterday)


def test_one_tie_per_person_and_client(assigned_member, connection):
    with refused("team_assignment_once_per_person"), transaction.atomic():
        factories.TeamAssignmentFactory(content_object=connection, user=assigned_member)


def test_one_primary_accountant_per_client(connection):
    factories.TeamAssignmentFactory(content_object=connection, is_primary=True)

    with refused("one_primary_accountant_per_client"), transaction.atomic():
        factories.TeamAssignmentFactory(content_object=connection, is_primary=True)


def test_one_primary_contact_per_client(connection):
    factories.ContactAccessFactory(connection=connection, primary=True)

    with refused("one_primary_contact_per_client"), transaction.atomic():
        factories.ContactAccessFactory(connection=connection, primary=True)


def test_a_contacts_address_is_theirs_once_per_firm(firm):
    factories.ContactFactory(firm=firm, email="cara@acme.test")

    with refused("contact_email_once_per_firm"), transaction.atomic():
        factories.ContactFactory(firm=firm, email="CARA@acme.test")


def test_contacts_without_an_address_do_not_collide(firm):
    factories.ContactFactory.create_batch(2, firm=firm, email="")


def test_a_tag_is_a_word_once_without_regard_to_case(firm):
    factories.TagFactory(firm=firm, name="Seasonal")

    with refused("tag_once_per_firm"), transaction.atomic():
        factories.TagFactory(firm=firm, name="SEASONAL")


def test_tags_are_found_or_made_by_name(firm):
    known = factories.TagFactory(firm=firm, name="Seasonal")

    with because("Tagged the client."):
        tags = type(known).objects.named(firm.pk, ["seasonal", " VIP ", "vip", ""])

    assert sorted(tag.name for tag in tags) == ["Seasonal", "VIP"]


@pytest.mark.parametrize(
    ("days", "seconds", "status", "left"),
    [
        (0, 0, AccessStatus.ACTIVE, 60),
        (53, 0, AccessStatus.ACTIVE, 7),
        (59, 0, AccessStatus.ACTIVE, 1),
        (59, 86399, AccessStatus.ACTIVE, 1),
        (60, 0, AccessStatus.EXPIRED, 0),
        (61, 0, AccessStatus.EXPIRED, 0),
    ],
)
def test_access_expires_sixty_days_after_the_last_visit(
    branch, time_machine, days, seconds, status, left
):
    time_machine.move_to("2027-03-01 09:00:00+00:00", tick=False)
    since = timezone.now() - timedelta(days=days, seconds=seconds)
    row = factories.ConnectionFactory(branch=branch, last_accessed_at=since)

    assert (row.access_status, row.access_days_left) == (status, left)


def test_access_never_used_counts_from_the_connection(branch, time_machine):
    time_machine.move_to("2027-03-01 09:00:00+00:00", tick=False)
    row = factories.ConnectionFactory(branch=branch)

    time_machine.shift(timedelta(days=60))

    assert row.access_status == AccessStatus.EXPIRED


def test_what_the_client_decided_comes_first(branch):
    now = timezone.now()
    disabled = factories.ConnectionFactory(branch=branch, access_disabled_at=now)
    requested = factories.ConnectionFactory(branch=branch, access_requested_at=now)

    assert (disabled.access_status, requested.access_status) == (
        AccessStatus.DISABLED,
        AccessStatus.REQUESTED,
    )


@pytest.mark.parametrize(
    ("ticks", "names"),
    [
        ({}, []),
        ({"has_tax": True, "has_files": True}, ["Tax", "Files"]),
        ({"is_client_admin": True, "has_tax": True}, ["Client admin"]),
    ],
)
def test_a_contacts_ticks_have_names(connection, ticks, names):
    access = factories.ContactAccessFactory(connection=connection, **ticks)

    assert access.permission_names == names


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"bank_accounts": 2, "bank_accounts_expired": 1}, "Needs attention"),
        ({}, "Nothing connected"),
        ({"accounting_package": "Ledgerline"}, "Healthy"),
    ],
)
def test_the_worst_finding_names_the_health(connection, facts, words):
    assert factories.UsageSnapshotFactory(connection=connection, **facts).health == words
