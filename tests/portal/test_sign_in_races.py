"""A link signs in once, whoever presses at the same moment (F-160a)."""

import pytest

from clients.models import Contact
from portal.actions.sign_in_links import ask_link
from portal.actions.signing_in import use_link
from portal.models import LinkKind, SignInLink
from practice import tenancy
from practice.errors import Refused
from practice.models import Message, User
from tests import factories
from tests.invitations.test_team_actions import at_once, refused

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def tom(db) -> Contact:
    return factories.ContactAccessFactory(contact__email="tom@acme.test").contact


def test_one_of_many_signs_in(tom):
    link = factories.SignInLinkFactory(contact=tom)

    answers = at_once(*[lambda: use_link(link, browser="")] * 12)

    assert len(refused(answers)) == 11
    with tenancy.as_system():
        assert User.objects.filter(email_key="tom@acme.test").count() == 1


def test_five_codes_are_tried_and_no_more(tom):
    """The sixth try is refused even when it is right: trying at once gains nothing."""
    link = factories.SignInLinkFactory(contact=tom)
    codes = [f"{number:06}" for number in range(11)]

    def guess(code: str) -> bool:
        with pytest.raises(Refused):  # as a page does: what was counted stays
            use_link(link, browser="", code=code)
        return True

    at_once(*[lambda code=code: guess(code) for code in codes])

    with tenancy.as_system():
        assert SignInLink.objects.get().tries == 5
    with pytest.raises(Refused):
        use_link(link, browser="", code="123456")


def test_one_link_is_open_however_many_are_asked_for(tom):
    at_once(*[lambda: ask_link("tom@acme.test", LinkKind.MAGIC, browser="b")] * 6)

    with tenancy.as_system():
        assert SignInLink.objects.unspent().count() == 1
        assert SignInLink.objects.count() == Message.objects.count() == 6
