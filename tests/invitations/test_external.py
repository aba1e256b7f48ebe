"""A client invites an accountant by its branch's address (F-114…F-115, F-217)."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clients.models import ClientAccount, Connection
from invitations.actions.client_answers import accept_client_invitation
from invitations.actions.external import JOB, deliver, invite_by_address, withdraw
from invitations.models import ClientInvitation, ExternalInvitation
from invitations.models.own_data import of_invitations
from invitations.roles import InvitationSource, InvitationStatus
from practice import tenancy
from practice.actions.jobs import run_job
from practice.errors import Refused
from practice.models import Job, Message, User
from tests import factories

KNOWN, UNKNOWN = "london@harbour.test", "nobody@nowhere.test"


@pytest.fixture
def dina(db) -> User:
    return factories.UserFactory(full_name="Dina Delta", email="dina@delta.test")


@pytest.fixture
def delta(dina) -> ClientAccount:
    return factories.ClientAccountFactory(name="Delta Design", owner=dina)


def page(account: ClientAccount, tail: str = "external-access/") -> str:
    return f"/companies/{account.pk}/{tail}"


def said(email: str = KNOWN, **changes) -> dict[str, str]:
    return {"email": email, "full_name": "Dina D.", "agrees": "on", "message": "Hi", **changes}


def invite(account: ClientAccount, by: User, email: str = KNOWN) -> ExternalInvitation:
    return invite_by_address(account, email=email, consent_name="Dina D.", by=by)


def work() -> None:
    for job in Job.objects.filter(kind=JOB).order_by("pk"):
        run_job(job.pk)


def sent(account: ClientAccount) -> ExternalInvitation:
    return ExternalInvitation.objects.of(account)[0]


def test_from_the_form_to_the_branch_s_list(client, dina, delta, branch, branch_admin):
    client.force_login(dina)
    answer = client.post(page(delta, "invitations/send/"), said("London@Harbour.test"), follow=True)
    work()

    client.force_login(branch_admin)
    listed = client.get("/harbour/invitations/").content.decode()

    row = ClientInvitation.objects.get()
    assert "Your invitation to london@harbour.test is on its way." in answer.content.decode()
    assert (row.branch, row.account, row.source) == (branch, delta, InvitationSource.EXTERNAL)
    assert (row.consented_name, row.message) == ("Dina D.", "Hi")
    assert "Delta Design" in listed
    assert '<span class="tag">1<span class="vh"> pending' in listed
    assert Message.objects.get().recipient == KNOWN


def asked(client, account: ClientAccount, email: str) -> tuple[list[str], int, str]:
    """The statements of the request, its status, and the words of the page that follows."""
    with CaptureQueriesContext(database) as captured:
        response = client.post(page(account, "invitations/send/"), said(email))
    shapes = [re.sub(r"'[^']*'|\d+", "?", one["sql"]) for one in captured.captured_queries]
    text = client.get(response.url).content.decode().replace(email, "?")
    words = re.search(r'<[^>]*class="messages.*?</div>', text, re.DOTALL)
    assert words
    return shapes, response.status_code, words[0]


def test_an_unknown_address_gets_the_same_answer_by_the_same_statements(
    client, dina, delta, branch
):
    """F-114a: the request never looks for a branch, so neither words nor time can tell."""
    other = factories.ClientAccountFactory(name="Delta Design", owner=dina)
    client.force_login(dina)
    client.get(page(delta))

    known = asked(client, delta, KNOWN)
    unknown = asked(client, other, UNKNOWN)

    assert known == unknown
    assert known[1] == 302
    assert "on its way" in known[2]
    assert not [statement for statement in known[0] if "practice_branch" in statement]


def test_the_lists_of_both_look_alike(client, dina, delta, branch):
    invite(delta, dina, KNOWN)
    invite(delta, dina, UNKNOWN)
    work()
    client.force_login(dina)

    html = client.get(page(delta, "invitations/")).content.decode()

    rows = re.findall(r"<tr>\s*<th scope=\"row\">(.*?)</tr>", html, re.DOTALL)
    alike = {
        re.sub(r"csrfmiddlewaretoken\" value=\"[^\"]*|sent/\d+|<time.*?</time>", "", row)
        .replace(KNOWN, "?")
        .replace(UNKNOWN, "?")
        for row in rows
    }
    assert len(rows) == 2
    assert len(alike) == 1
    assert "Pending" in alike.pop()


@pytest.mark.parametrize("email", [KNOWN, UNKNOWN])
def test_a_second_one_is_already_pending(client, dina, delta, branch, email):
    invite(delta, dina, email)
    work()
    client.force_login(dina)

    response = client.post(page(delta, "invitations/send/"), said(email.upper()))

    assert response.status_code == 422
    assert f"Your invitation to {email} is already pending." in response.content.decode()
    assert ExternalInvitation.objects.count() == 1
    assert ClientInvitation.objects.count() == (1 if email == KNOWN else 0)


def test_one_that_came_by_the_link_counts_too(dina, delta, branch):
    factories.ClientInvitationFactory(branch=branch, account=delta, invited_by=dina)

    invite(delta, dina)
    work()

    assert "is already pending" in sent(delta).says
    assert ClientInvitation.objects.count() == 1


def test_a_job_that_runs_twice_sends_once(dina, delta, branch):
    row = invite(delta, dina)

    deliver(row.pk)
    deliver(row.pk)

    assert ClientInvitation.objects.count() == Message.objects.count() == 1


@pytest.mark.parametrize("email", [KNOWN, UNKNOWN])
def test_withdrawn_nobody_can_accept_it(client, dina, delta, branch, branch_admin, email):
    row = invite(delta, dina, email)
    work()
    client.force_login(dina)

    answer = client.post(page(delta, f"invitations/sent/{row.pk}/withdraw/"), follow=True)

    assert "The invitation is withdrawn." in answer.content.decode()
    assert "Withdrawn" in client.get(page(delta, "invitations/")).content.decode()
    for one in ClientInvitation.objects.all():
        assert one.status == InvitationStatus.CANCELLED
        with pytest.raises(Refused):
            accept_client_invitation(one, by=branch_admin)
    assert invite(delta, dina, email).is_pending


def test_withdrawn_before_the_job_it_is_never_sent(dina, delta, branch):
    row = invite(delta, dina)
    withdraw(row, by=dina)

    work()

    assert not ClientInvitation.objects.exists()


def test_one_by_the_link_is_withdrawn_too(client, dina, delta, branch):
    row = factories.ClientInvitationFactory(branch=branch, account=delta, invited_by=dina)
    client.force_login(dina)

    shown = client.get(page(delta, "invitations/")).content.decode()
    client.post(page(delta, f"invitations/{row.pk}/withdraw/"))

    assert "Harbour Accounting</bdi>, London" in shown
    assert ClientInvitation.objects.get().status == InvitationStatus.CANCELLED


def test_accepted_the_firm_is_among_those_connected(client, dina, delta, branch, branch_admin):
    invite(delta, dina)
    work()
    accept_client_invitation(ClientInvitation.objects.get(), by=branch_admin)
    client.force_login(dina)

    html = client.get(page(delta)).content.decode()

    assert "Harbour Accounting" in html
    assert "You pay" in html
    assert "Accepted" in client.get(page(delta, "invitations/")).content.decode()
    with pytest.raises(Refused):
        withdraw(sent(delta), by=dina)


def test_an_archived_branch_is_like_none(dina, delta, branch):
    with factories.arranging():
        branch.is_archived = True
        branch.save(update_fields=["is_archived"])

    invite(delta, dina)
    work()

    assert sent(delta).is_pending
    assert sent(delta).says == ""
    assert not ClientInvitation.objects.exists()


def test_ten_an_hour(dina, delta):
    for number in range(10):
        invite(delta, dina, f"branch{number}@firm.test")

    with pytest.raises(Refused, match="10 invitations within an hour"):
        invite(delta, dina, "eleventh@firm.test")

    with time_machine.travel(timezone.now() + timedelta(hours=1, minutes=1)):
        invite(delta, dina, "eleventh@firm.test")


def test_without_the_tick_nothing_is_sent_and_nothing_lost(client, dina, delta):
    client.force_login(dina)
    answers = said()
    del answers["agrees"]

    response = client.post(page(delta, "invitations/send/"), answers)

    assert response.status_code == 422
    assert "Tick this to send it." in response.content.decode()
    assert KNOWN in response.content.decode()
    assert not ExternalInvitation.objects.exists()


def test_after_thirty_days_it_has_expired(dina, delta):
    invite(delta, dina, UNKNOWN)

    with time_machine.travel(timezone.now() + timedelta(days=30, minutes=1)):
        assert sent(delta).outcome == InvitationStatus.EXPIRED


def test_an_archived_account_subscribes_first(client, dina, delta):
    with factories.arranging():
        ClientAccount.objects.filter(pk=delta.pk).update(archived_at=timezone.now())
    client.force_login(dina)

    response = client.post(page(delta, "invitations/send/"), said())

    assert response.status_code == 422
    assert not ExternalInvitation.objects.exists()


@pytest.mark.parametrize("persona", ["branch_owner", "contact", "super_admin", "outsider"])
def test_only_the_owner_gets_in(client, request, dina, delta, branch, persona):
    row = invite(delta, dina)
    work()
    link = factories.ClientInvitationFactory(branch=branch, external=True)
    client.force_login(request.getfixturevalue(persona))

    answers = [
        client.get(page(delta, "invitations/")),
        client.post(page(delta, "invitations/send/"), said("other@firm.test")),
        client.post(page(delta, f"invitations/sent/{row.pk}/withdraw/")),
        client.post(page(delta, f"invitations/{link.pk}/withdraw/")),
    ]

    assert [answer.status_code for answer in answers] == [404] * 4
    assert sent(delta).is_pending


def test_another_company_s_are_not_found(client, dina, delta, branch):
    theirs = factories.ClientAccountFactory(owner=factories.UserFactory())
    row = invite(theirs, theirs.owner)
    link = factories.ClientInvitationFactory(branch=branch)
    client.force_login(dina)

    answers = [
        client.post(page(delta, f"invitations/sent/{row.pk}/withdraw/")),
        client.post(page(delta, f"invitations/{link.pk}/withdraw/")),
    ]

    assert [answer.status_code for answer in answers] == [404, 404]


def test_postgres_shows_them_to_the_owner_alone(dina, delta, firm, outsider, as_nobody):
    invite(delta, dina)

    def seen(context: tenancy.Context) -> int:
        with tenancy.enter(context):
            return ExternalInvitation.objects.count()

    stranger = tenancy.Context(user_id=outsider.pk)
    staff = tenancy.Context(tenancy.Realm.STAFF, firm.pk, outsider.pk)
    assert seen(tenancy.Context(user_id=dina.pk)) == 1
    assert [seen(stranger), seen(staff), seen(tenancy.NOBODY)] == [0, 0, 0]


def test_two_firms_at_once_without_a_word_of_each_other(
    client, dina, delta, branch, branch_admin, outsider
):
    """F-115."""
    southgate = Connection.objects.get(name="Smith, Jane").branch
    for place, person in ((branch, branch_admin), (southgate, outsider)):
        invite(delta, dina, place.email)
        work()
        waiting = ClientInvitation.objects.get(branch=place)
        accept_client_invitation(waiting, by=person)
    client.force_login(outsider)
    theirs = Connection.objects.get(account=delta, branch=southgate)

    html = client.get(f"/southgate/clients/{theirs.pk}/").content.decode()

    assert Connection.objects.filter(account=delta).count() == 2
    assert "Harbour" not in html
    assert client.get("/southgate/invitations/?status=all").content.decode().count("Review<") == 1


def test_own_invitations_are_in_the_download(dina, delta, branch, outsider):
    invite(delta, dina, UNKNOWN)
    factories.ClientInvitationFactory(branch=branch, account=delta, invited_by=dina)
    factories.ClientInvitationFactory(branch=branch)
    invite(factories.ClientAccountFactory(owner=outsider), outsider, KNOWN)

    rows = [list(row)[:2] for row in of_invitations(delta)]

    assert rows == [["External Access", UNKNOWN], ["Link", "Harbour Accounting"]]
