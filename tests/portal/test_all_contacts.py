"""Practice Settings > Client Portal > All Contacts (F-153…F-153b, S2.28)."""

import csv

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from clients.models import ContactAccess
from clients.roles import ClientRole
from practice.paging import PAGE_SIZE
from tests import factories
from tests.conftest import a_colleague

pytestmark = pytest.mark.django_db

PAGE = "/harbour/settings/portal/"


@pytest.fixture
def echo(branch):
    return factories.ConnectionFactory(branch=branch, name="Echo Farms", client_number="1012")


@pytest.fixture
def dublin(firm):
    return factories.BranchFactory(firm=firm, name="Dublin")


@pytest.fixture
def max_(firm, connection):
    person = factories.ContactFactory(firm=firm, name="Max Mercer", email="max@mercer.test")
    factories.ContactAccessFactory(connection=connection, contact=person, has_files=True)
    return person


def names(response) -> list[str]:
    return [line.contact.name for line in response.context["lines"]]


def clients_of(person) -> set[str]:
    rows = ContactAccess.objects.filter(contact=person)
    return set(rows.values_list("connection__name", flat=True))


def give(client, person, had, now, **more):
    asked = {"had": [row.pk for row in had], "clients": [row.pk for row in now], **more}
    return client.post(f"{PAGE}{person.pk}/clients/", asked)


@pytest.fixture
def cast(firm, dublin, connection, max_, outsider):
    """Max of London, Nora of Dublin, Zoe without a client, and somebody of another firm."""
    nora = factories.ContactFactory(firm=firm, name="Nora")
    there = factories.ConnectionFactory(branch=dublin)
    factories.ContactAccessFactory(connection=there, contact=nora)
    factories.ContactFactory(firm=firm, name="Zoe")
    factories.ContactFactory(name="Stranger")


@pytest.mark.parametrize(
    ("persona", "wanted"),
    [("super_admin", ["Max Mercer", "Nora", "Zoe"]), ("branch_admin", ["Max Mercer"])],
)
def test_admins_see_the_contacts_of_their_clients(client, request, cast, persona, wanted):
    client.force_login(request.getfixturevalue(persona))

    found = names(client.get(PAGE))
    file = client.get(f"{PAGE}export/").getvalue().decode("utf-8-sig").splitlines()

    assert found == wanted
    assert [row["Contact"] for row in csv.DictReader(file)] == wanted


@pytest.mark.parametrize(("needle", "wanted"), [("merc", 1), ("MAX@", 1), ("nobody", 0), ("%", 0)])
def test_search_by_name_or_address(client, super_admin, max_, needle, wanted):
    client.force_login(super_admin)

    response = client.get(PAGE, {"q": needle})

    assert len(names(response)) == wanted
    assert ("No such contact" in response.content.decode()) is not wanted


def test_pages_follow_each_other(client, super_admin, firm):
    people = factories.ContactFactory.create_batch(PAGE_SIZE + 1, firm=firm, name="Same")
    client.force_login(super_admin)

    first = client.get(PAGE)
    second = client.get(PAGE + first.context["page"].next_url)

    seen = [line.contact.pk for page in (first, second) for line in page.context["lines"]]
    assert seen == sorted(person.pk for person in people)


def test_the_list_asks_as_many_questions_for_one_as_for_three(
    client, super_admin, firm, connection
):
    client.force_login(super_admin)
    counts = []

    for more in (1, 2):
        factories.ContactAccessFactory.create_batch(more, connection=connection)
        with CaptureQueriesContext(database) as asked:
            client.get(PAGE)
        counts.append(len(asked))

    assert counts == [counts[0], counts[0]]


def test_a_client_is_found_and_ticked(client, super_admin, max_, connection, echo):
    """Max sees Echo; what he may do at Acme stays as it is."""
    client.force_login(super_admin)
    found = client.get(f"{PAGE}{max_.pk}/clients/", {"find": "echo"})

    response = give(client, max_, [connection], [connection, echo], permissions=["has_tax"])

    there = ContactAccess.objects.get(connection=echo)
    assert [(row.name, tick) for row, tick in found.context["options"]] == [
        ("Acme Bakery", True),
        ("Echo Farms", False),
    ]
    assert response.status_code == 302
    assert clients_of(max_) == {"Acme Bakery", "Echo Farms"}
    assert (there.permission_names, there.is_primary) == (["Tax"], False)
    assert ContactAccess.objects.get(connection=connection).permission_names == ["Files"]


def test_what_was_ticked_meanwhile_stays(client, super_admin, max_, connection, echo):
    factories.ContactAccessFactory(connection=echo, contact=max_)
    client.force_login(super_admin)

    give(client, max_, [connection], [])

    assert clients_of(max_) == {"Echo Farms"}


def refused(response) -> str:
    assert response.status_code == 422
    return " ".join(response.context["form"].non_field_errors())


def test_only_an_admin_of_all_of_the_clients_merges(client, branch_admin, dublin, max_, connection):
    """Not with a Full Access tie to the other client either (S2.28)."""
    theirs = factories.ConnectionFactory(branch=dublin, name="Dublin Dairy")
    factories.TeamAssignmentFactory(content_object=theirs, user=branch_admin, role=ClientRole.FULL)
    client.force_login(branch_admin)

    says = refused(give(client, max_, [connection], [connection, theirs]))

    assert "Only an admin of all of a contact’s clients" in says
    assert clients_of(max_) == {"Acme Bakery"}


@pytest.mark.parametrize(
    ("facts", "says"),
    [({"paused": True}, "paused"), ({"restricted": True}, "There is no such client.")],
)
def test_clients_that_are_closed_or_unseen_are_refused(
    client, branch_admin, branch, max_, connection, facts, says
):
    shut = factories.ConnectionFactory(branch=branch, name="Shut", **facts)
    client.force_login(branch_admin)

    assert says in refused(give(client, max_, [connection], [connection, shut]))
    assert clients_of(max_) == {"Acme Bakery"}


def test_another_firms_client_does_not_exist(client, super_admin, max_, connection, outsider):
    foreign = factories.ConnectionFactory()
    client.force_login(super_admin)

    assert refused(give(client, max_, [], [foreign])) == "There is no such client."


def test_an_admin_elsewhere_is_not_shown_the_person(client, dublin, max_):
    client.force_login(a_colleague(dublin, "Nia Dublin Admin", admin=True))

    assert client.get(f"{PAGE}{max_.pk}/clients/").status_code == 404


def test_add_contact_asks_for_the_client_first(client, super_admin, connection):
    client.force_login(super_admin)

    body = client.get(f"{PAGE}add/", {"find": "1010"}).content.decode()

    assert f"/harbour/clients/{connection.pk}/portal/contacts/add/" in body
