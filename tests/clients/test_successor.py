"""The successor's link: consent first, then seven days, counted, revocable (F-244)."""

import io
from datetime import timedelta
from zipfile import ZipFile

import pytest
from django.core.files.storage import default_storage

from clients.actions.handover import ask_consent, asked_person, decline_consent, give_consent
from clients.actions.relationships import disconnect_connection
from clients.models import ActivityEvent, ClientMessage, Connection, HandoverPack
from clients.models.handover import LinkState
from clients.models.handover_links import PackLink, Purpose
from clients.roles import DisconnectReason
from practice import clock
from practice.errors import Refused
from practice.models import Message, TeamMember
from tests import factories
from tests.clients.handing_over import made, mailed

SUCCESSOR = {"name": "Newman & Co", "email": "new@man.test"}
YES = {"name": "Cara Client", "is_sure": "on"}


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path)},
        },
    }


@pytest.fixture
def pack(connection, super_admin) -> HandoverPack:
    account = connection.account
    with factories.arranging():
        account.owner = factories.UserFactory(full_name="Otto Owner", email="otto@acme.test")
        account.save(update_fields=["owner"])
    return made(connection, super_admin)


@pytest.fixture
def asked(pack, super_admin) -> HandoverPack:
    return ask_consent(pack, by=super_admin, **SUCCESSOR)


@pytest.fixture
def consented(asked) -> HandoverPack:
    return give_consent(asked, PackLink.of(asked, Purpose.CONSENT), name="Otto")


def changed(pack: HandoverPack, **facts) -> None:
    with factories.arranging():
        HandoverPack.objects.filter(pk=pack.pk).update(**facts)


def download_url(pack: HandoverPack) -> str:
    return f"/handover/{PackLink.of(pack, Purpose.DOWNLOAD).token}/"


def decline_url(pack: HandoverPack) -> str:
    return f"/handover/{PackLink.of(pack, Purpose.CONSENT).token}/decline/"


def told(pack: HandoverPack) -> list[str]:
    events = ActivityEvent.objects.filter(connection=pack.connection_id)
    return list(events.order_by("pk").values_list("text", flat=True))


def test_from_the_question_to_the_download(client, super_admin, pack):
    base = f"/harbour/clients/{pack.connection_id}/handover/{pack.pk}/"
    client.force_login(super_admin)
    form = client.get(f"{base}link/").content.decode()
    client.post(f"{base}link/", SUCCESSOR)
    client.logout()

    offer = client.get(mailed("otto@acme.test")).content.decode()
    early = Message.objects.filter(recipient=SUCCESSOR["email"]).exists()
    thanks = client.post(mailed("otto@acme.test"), YES).content.decode()
    page = client.get(mailed(SUCCESSOR["email"])).content.decode()
    file = client.post(mailed(SUCCESSOR["email"]))

    assert "Otto Owner" in form
    assert "Newman &amp; Co" in offer
    assert not early
    assert "Newman &amp; Co gets a link that works for 7 days." in thanks
    assert "Cara Client" in page
    assert file["Content-Disposition"].startswith("attachment")
    with ZipFile(io.BytesIO(b"".join(file.streaming_content))) as zipped:
        assert "manifest.json" in zipped.namelist()
    row = HandoverPack.objects.get()
    assert (row.downloads, row.consented_by, row.link_state) == (1, "Cara Client", LinkState.OPEN)
    assert row.ends_at - row.consented_at == timedelta(days=7)
    assert told(row)[-3:] == [
        f"{super_admin} asked Otto Owner to consent to a handover to Newman & Co",
        "Cara Client consented, for the client, to a handover to Newman & Co",
        "Newman & Co downloaded the handover pack by the link",
    ]
    assert ClientMessage.objects.filter(connection=pack.connection_id).count() == 2


def test_looking_changes_nothing(client, asked, consented):
    before = HandoverPack.objects.values().get()

    for _ in range(2):
        client.get(mailed("otto@acme.test"))
        client.get(mailed(SUCCESSOR["email"]))
        client.head(mailed(SUCCESSOR["email"]))

    assert HandoverPack.objects.values().get() == before


def test_before_consent_nothing_is_downloaded(client, asked):
    answers = [client.get(download_url(asked)), client.post(download_url(asked))]

    assert [answer.status_code for answer in answers] == [410, 410]
    assert "has not consented" in answers[1].content.decode()
    assert HandoverPack.objects.get().downloads == 0


def test_without_name_and_tick_it_is_no_consent(client, asked):
    answers = [client.post(mailed("otto@acme.test"), facts) for facts in ({}, {"name": "Otto"})]

    assert [answer.status_code for answer in answers] == [422, 422]
    assert HandoverPack.objects.get().consented_at is None


def test_without_a_name_it_is_no_answer(client, asked):
    response = client.post(decline_url(asked), {"name": " "})

    assert response.status_code == 422
    assert HandoverPack.objects.get().declined_at is None


def test_the_client_declines_and_the_firm_is_told(client, super_admin, asked):
    offer = client.get(mailed("otto@acme.test")).content.decode()
    page = client.get(decline_url(asked)).content.decode()
    said = client.post(decline_url(asked), {"name": "Otto Owner"}).content.decode()
    again = client.post(mailed("otto@acme.test"), YES)
    client.force_login(super_admin)
    shown = client.get(f"/harbour/clients/{asked.connection_id}/handover/{asked.pk}/")

    row = HandoverPack.objects.get()
    assert decline_url(asked) in offer
    assert "Newman &amp; Co" in page
    assert "You have declined. Nothing goes to Newman &amp; Co" in said
    assert (row.link_state, row.declined_by) == (LinkState.DECLINED, "Otto Owner")
    assert again.status_code == 410
    assert "was declined, by Otto Owner" in again.content.decode()
    assert "declined by <bdi>Otto Owner</bdi>" in shown.content.decode()
    assert told(row)[-1] == "Otto Owner declined, for the client, a handover to Newman & Co"
    message = Message.objects.get(recipient=super_admin.email)
    assert message.subject == f"{row.connection.name} declined the handover"
    assert ClientMessage.objects.filter(message=message, connection=row.connection).exists()


def test_the_branch_is_told_where_the_asker_has_left(super_admin, asked):
    factories.TeamMemberFactory(firm=asked.firm, super_admin=True)
    with factories.arranging():
        TeamMember.objects.filter(user=super_admin).update(is_active=False)

    decline_consent(asked, PackLink.of(asked, Purpose.CONSENT), name="Otto")

    message = Message.objects.get(subject__endswith="declined the handover")
    assert message.recipient == asked.connection.branch.email


def test_after_a_refusal_the_firm_may_ask_anew(client, super_admin, asked):
    declined = decline_consent(asked, PackLink.of(asked, Purpose.CONSENT), name="Otto")
    first = mailed("otto@acme.test")

    ask_consent(declined, by=super_admin, **SUCCESSOR)

    row = HandoverPack.objects.get()
    assert (row.link_state, row.declined_by, row.declined_at) == (LinkState.ASKED, "", None)
    assert client.post(first, YES).status_code == 410
    assert client.post(mailed("otto@acme.test"), YES).status_code == 200


def test_a_file_that_is_gone_is_said_and_not_counted(client, super_admin, consented):
    default_storage.delete(consented.file)
    page = f"/harbour/clients/{consented.connection_id}/handover/{consented.pk}/"
    before = told(consented)

    by_link = client.post(mailed(SUCCESSOR["email"]))
    client.force_login(super_admin)
    by_firm = client.post(f"{page}download/", follow=True)

    assert by_link.status_code == 410
    assert "The file is no longer on the firm’s server." in by_link.content.decode()
    assert by_firm.redirect_chain == [(page, 302)]
    assert "no longer on the server. Make a new pack." in by_firm.content.decode()
    assert HandoverPack.objects.get().downloads == 0
    assert told(consented) == before


def test_after_seven_days_the_link_has_expired(client, consented):
    changed(consented, ends_at=clock.now())

    answer = client.post(mailed(SUCCESSOR["email"]))

    assert answer.status_code == 410
    assert "This link has expired" in answer.content.decode()


def test_a_revoked_link_opens_nothing(client, super_admin, consented):
    row = consented.connection_id
    client.force_login(super_admin)
    client.post(f"/harbour/clients/{row}/handover/{consented.pk}/revoke/")
    client.logout()

    answer = client.post(mailed(SUCCESSOR["email"]))

    assert answer.status_code == 410
    assert "the firm has taken it back" in answer.content.decode()
    assert told(consented)[-1] == f"{super_admin} revoked the handover link for Newman & Co"


def test_a_revoked_question_is_not_answered(client, super_admin, asked):
    changed(asked, revoked_at=clock.now())

    answer = client.post(mailed("otto@acme.test"), YES)

    assert answer.status_code == 410
    assert HandoverPack.objects.get().consented_at is None


def test_after_thirty_days_the_question_has_expired(client, asked):
    changed(asked, asked_at=clock.now() - timedelta(days=30))

    answer = client.post(mailed("otto@acme.test"), YES)

    assert answer.status_code == 410
    assert "could be answered for 30 days" in answer.content.decode()


def test_asking_anew_ends_the_earlier_links(client, super_admin, consented):
    first = mailed(SUCCESSOR["email"])
    changed(consented, ends_at=clock.now())
    ask_consent(consented, by=super_admin, **SUCCESSOR)

    answer = client.post(first)

    assert answer.status_code == 410
    row = HandoverPack.objects.get()
    assert (row.link_state, row.consented_by) == (LinkState.ASKED, "")


def test_the_links_are_not_each_others(client, asked, consented):
    consent = mailed("otto@acme.test").split("/")[2]
    download = mailed(SUCCESSOR["email"]).split("/")[2]

    assert client.get(f"/handover/{consent}/").status_code == 404
    assert client.get(f"/handover/{download}/consent/").status_code == 404
    assert client.get("/handover/1-forged.sum/").status_code == 404


def test_one_link_at_a_time(super_admin, asked):
    with pytest.raises(Refused, match="Revoke it first"):
        ask_consent(asked, by=super_admin, **SUCCESSOR)


def test_the_successor_does_not_consent(super_admin, pack):
    with pytest.raises(Refused, match="the client’s"):
        ask_consent(pack, by=super_admin, name="Otto", email="OTTO@acme.test")


def test_without_an_owner_the_primary_contact_is_asked(connection):
    contact = factories.ContactFactory(firm=connection.firm, name="Pia", email="pia@acme.test")
    with factories.arranging():
        connection.account.owner = None
        connection.account.save(update_fields=["owner"])
    before = asked_person(connection)
    factories.ContactAccessFactory(connection=connection, contact=contact, is_primary=True)

    person = asked_person(connection)

    assert before is None
    assert person is not None
    assert (person.name, person.email) == ("Pia", "pia@acme.test")


def test_it_works_after_the_client_has_left(client, super_admin, pack):
    connection = Connection.objects.get(pk=pack.connection_id)
    disconnect_connection(connection, by=super_admin, reason=DisconnectReason.NON_PAYMENT)
    client.force_login(super_admin)

    client.post(f"/harbour/clients/{connection.pk}/handover/{pack.pk}/link/", SUCCESSOR)
    client.logout()
    client.post(mailed("otto@acme.test"), YES)
    file = client.post(mailed(SUCCESSOR["email"]))

    assert b"".join(file.streaming_content).startswith(b"PK")


def test_colleagues_do_not_read_the_links(client, super_admin, consented):
    client.force_login(super_admin)
    pages = [
        client.get(f"/harbour/activity/outbox/{message.pk}/").content.decode()
        for message in Message.objects.filter(recipient__in=["otto@acme.test", "new@man.test"])
    ]

    assert len(pages) == 2
    assert not any("/handover/" in page.split("<main")[1] for page in pages)
