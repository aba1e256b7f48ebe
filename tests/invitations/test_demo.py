"""The invitations of the demo world (F-238)."""

import pytest
from django.core.management import call_command

from invitations.models import ClientInvitation, TeamInvitation
from practice.models import Message

pytestmark = pytest.mark.django_db


def test_one_is_pending_and_one_has_expired(db):
    call_command("demo", clients=20, verbosity=0)

    assert TeamInvitation.objects.pending().get().full_name == "Tess Okafor"
    assert TeamInvitation.objects.overdue().get().full_name == "Ed Lindqvist"
    assert ClientInvitation.objects.pending().get().company == "Hillside Hotel"
    assert Message.objects.filter(recipient="tess@harbour.test").count() == 1


def test_a_second_call_adds_nothing(db):
    call_command("demo", clients=20, verbosity=0)

    call_command("demo", "--once", verbosity=0)

    assert TeamInvitation.objects.count() == 2
