"""Settings > Staff of a client account: who may open it, and the way to shut it (F-218, F-218a)."""

from datetime import timedelta

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clients.actions.client_consent import disable_access
from clients.models import ActivityEvent, Connection, Task
from clients.roles import AccessStatus
from practice.errors import Refused
from practice.models import Message
from tests import factories


@pytest.fixture
def delta(branch, account_owner, assigned_member):
    """A Client Pays connection of Arthur's second company, with Mia assigned."""
    row = factories.ConnectionFactory(
        branch=branch, client_pays=True, name="Delta Design", account__owner=account_owner
    )
    factories.TeamAssignmentFactory(content_object=row, user=assigned_member)
    return row


def url(row, page: str = "") -> str:
    tail = f"{row.pk}/{page}/" if page else ""
    return f"/companies/{row.account_id}/staff/{tail}"


def fresh(row) -> Connection:
    return Connection.objects.get(pk=row.pk)


def test_people_of_every_firm_with_their_last_visit(client, account_owner, delta, outsider):
    mia = delta.assignments.get().user
    at = timezone.now()
    for days in (9, 3):
        factories.AccessVisitFactory(connection=delta, user=mia, at=at - timedelta(days=days))
    southgate = factories.BranchFactory(firm=outsider.team_members.get().firm, name="Southgate 2")
    other = factories.ConnectionFactory(branch=southgate, account=delta.account)
    factories.TeamAssignmentFactory(content_object=other, user=outsider)
    factories.TeamAssignmentFactory(content_object=delta, ended=True)
    client.force_login(account_owner)

    html = client.get(url(delta)).content.decode()
    lines = client.get(f"{url(delta)}?format=csv").content.decode("utf-8-sig").splitlines()

    for words in ("Harbour Accounting", "Mia London Member", "3 days ago", "Sol Super Admin"):
        assert words in html
    assert "never" in html
    assert lines[0] == "Firm,Branch,Access Status,Person,Role,Last visit"
    assert [line.rpartition(",")[0] for line in lines[1:]] == [
        "Harbour Accounting,London,Active,Mia London Member,Full Access",
        "Southgate Books,Southgate 2,Active,Sol Super Admin,Full Access",
    ]


def test_queries_do_not_grow(client, account_owner, delta):
    client.force_login(account_owner)
    client.get(url(delta))
    with CaptureQueriesContext(database) as one:
        client.get(url(delta))
    for _ in range(2):
        row = factories.ConnectionFactory(account=delta.account)
        factories.TeamAssignmentFactory(content_object=row)

    with CaptureQueriesContext(database) as three:
        client.get(url(delta))

    assert len(one) == len(three)


def test_disabled_the_next_click_is_refused_and_reinstated_it_opens(
    client, account_owner, assigned_member, delta
):
    account = f"/harbour/clients/{delta.pk}/access/"
    client.force_login(account_owner)

    page = client.post(url(delta, "disable"), follow=True).content.decode()
    client.force_login(assigned_member)
    shut = client.post(account)
    client.force_login(account_owner)
    client.post(url(delta, "reinstate"))
    client.force_login(assigned_member)
    opened = client.post(account)

    assert "Harbour Accounting can no longer open the account." in page
    assert "Disabled by client" in page
    assert (shut.status_code, opened.status_code) == (403, 302)
    assert fresh(delta).status == "active"
    reasons = [row.history_change_reason for row in delta.history.order_by("history_id")[1:]]
    assert reasons == [
        "The client disabled the firm’s access to its account.",
        "The client reinstated the firm’s access to its account.",
    ]
    assert delta.history.first().history_user == account_owner
    assert ActivityEvent.objects.filter(text__contains="disabled the firm’s access").count() == 1
    assert set(Message.objects.values_list("recipient", "subject")) == {
        (to, f"Delta Design {did} your firm’s access")
        for to in ("mia@harbour.test", "london@harbour.test")
        for did in ("disabled", "reinstated")
    }


@pytest.mark.parametrize(
    "facts",
    [
        {"access_requested_at": timezone.now()},
        {"last_accessed_at": timezone.now() - timedelta(days=61)},
    ],
    ids=["requested", "expired"],
)
def test_the_owner_reinstates_what_expired_or_was_asked_for(client, account_owner, delta, facts):
    with factories.arranging():
        Connection.objects.filter(pk=delta.pk).update(**facts)
    client.force_login(account_owner)

    client.post(url(delta, "reinstate"))

    assert fresh(delta).access_status == AccessStatus.ACTIVE
    assert fresh(delta).access_days_left == 60


@pytest.mark.parametrize(("first", "says"), [("disable", "disabled"), ("reinstate", "active")])
def test_a_second_click_changes_nothing(client, account_owner, delta, first, says):
    client.force_login(account_owner)
    if first == "disable":
        client.post(url(delta, "disable"))
    before = (Message.objects.count(), delta.history.count())

    page = client.post(url(delta, first), follow=True).content.decode()

    assert f"The firm’s access is {says} already." in page
    assert (Message.objects.count(), delta.history.count()) == before


def test_remove_asks_which_and_client_pays_may_disconnect(client, account_owner, delta):
    client.force_login(account_owner)

    page = client.get(url(delta, "remove")).content.decode()
    unsaid = client.post(url(delta, "remove"), {})
    disconnects = client.post(url(delta, "remove"), {"how": "disconnect"})
    client.post(disconnects.url)

    assert "Disable:" in page
    assert "Disconnect:" in page
    assert "Choose one of the two." in unsaid.content.decode()
    assert not fresh(delta).is_open
    assert Message.objects.filter(recipient="london@harbour.test").count() == 1


def test_remove_disables(client, account_owner, delta):
    client.force_login(account_owner)

    client.post(url(delta, "remove"), {"how": "disable"})
    page = client.get(url(delta, "remove")).content.decode()

    assert (fresh(delta).access_status, fresh(delta).is_open) == (AccessStatus.DISABLED, True)
    assert "disabled already" in page
    assert "Disable:" not in page


def test_of_a_bill_us_account_removing_only_asks(client, account_owner, connection):
    client.force_login(account_owner)

    page = client.get(url(connection, "remove")).content.decode()
    forced = client.post(url(connection, "remove"), {"how": "disconnect"})
    asks = client.post(url(connection, "remove"), {"how": "request"})
    client.post(asks.url)

    assert "Request disconnection:" in page
    assert forced.status_code == 422
    assert fresh(connection).is_open
    assert Task.objects.get().connection == connection


@pytest.fixture
def asked(delta):
    """What Mia asked after the access had expired."""
    mia = delta.assignments.get().user
    at = timezone.now()
    with factories.arranging():
        facts = {"last_accessed_at": at - timedelta(days=61), "access_requested_at": at}
        Connection.objects.filter(pk=delta.pk).update(**facts)
    return factories.AccessRequestFactory(connection=delta, asked_by=mia, reason="Year end")


@pytest.mark.parametrize(
    ("answer", "state", "status", "did"),
    [
        ("reinstate", "granted", "Active", "reinstated your firm’s access"),
        ("decline", "declined", "Expired", "declined your firm’s request for access"),
        ("disable", "declined", "Disabled by client", "disabled your firm’s access"),
    ],
)
def test_the_owner_answers_a_request(
    client, account_owner, delta, asked, answer, state, status, did
):
    """F-143, F-144: the page says who asks and why."""
    client.force_login(account_owner)

    page = client.get(url(delta)).content.decode()
    client.post(url(delta, answer))
    client.post(url(delta, answer))  # a second click

    asked.refresh_from_db()
    for words in ("Mia London Member asks for access", "“Year end”", "Reinstate", "Decline"):
        assert words in page
    assert (asked.state, asked.answered_by, asked.answered_at is not None) == (
        state,
        account_owner,
        True,
    )
    assert fresh(delta).access_status.label == status
    assert set(Message.objects.values_list("recipient", "subject")) == {
        (to, f"Delta Design {did}") for to in ("mia@harbour.test", "london@harbour.test")
    }
    assert asked.history.first().history_user == account_owner


def test_expired_is_listed_and_reinstated(client, account_owner, assigned_member, delta):
    """F-144, also where no job put the end on record: the history knows it all the same."""
    with factories.arranging():
        expired = timezone.now() - timedelta(days=60)
        Connection.objects.filter(pk=delta.pk).update(last_accessed_at=expired)
    client.force_login(account_owner)

    page = client.get(url(delta)).content.decode()
    client.post(url(delta, "reinstate"))
    client.force_login(assigned_member)
    opened = client.post(f"/harbour/clients/{delta.pk}/access/")

    assert ">Expired<" in page
    assert "Reinstate" in page
    assert opened.status_code == 302
    assert [row.history_change_reason for row in delta.history.order_by("history_id")[1:]] == [
        "The firm’s access expired after 60 days without a visit.",
        "The client reinstated the firm’s access to its account.",
    ]


def test_nothing_is_declined_that_was_not_asked(client, account_owner, delta):
    client.force_login(account_owner)

    page = client.post(url(delta, "decline"), follow=True).content.decode()

    assert "does not ask for access any more" in page
    assert Message.objects.count() == 0


@pytest.mark.parametrize("persona", ["branch_owner", "contact", "outsider"])
def test_only_the_owner_gets_in(client, request, delta, persona):
    client.force_login(request.getfixturevalue(persona))

    answers = [
        client.get(url(delta)),
        *(client.post(url(delta, page)) for page in ("disable", "reinstate", "decline", "remove")),
    ]

    assert [answer.status_code for answer in answers] == [404] * 5
    assert fresh(delta).access_disabled_at is None


def test_a_former_owner_may_no_longer(account_owner, delta):
    stranger = factories.UserFactory()

    with pytest.raises(Refused, match="Only the owner"):
        disable_access(delta, by=stranger)
