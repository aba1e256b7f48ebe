"""Message Client: recipients, channels, templates, preview, one effect (F-090…F-092c)."""

from uuid import uuid4

import pytest

from clients.actions.correspondence import write_to_contacts
from clients.actions.letters import fill
from clients.models import ActivityEvent, ClientMessage
from clients.roles import ClientRole
from practice import clock
from practice.errors import Refused
from practice.models import Channel, Message
from tests import factories


@pytest.fixture
def url(connection) -> str:
    return f"/harbour/clients/{connection.pk}/message/"


@pytest.fixture
def people(connection) -> dict[str, object]:
    """Cara, primary, with both; Tom without a number; Ned without an address."""
    facts = {
        "cara": {"email": "cara@acme.test", "phone": "+44 7700 900123"},
        "tom": {"email": "tom@acme.test", "phone": "0770 900 456"},
        "ned": {"email": "", "phone": ""},
    }
    made = {}
    for name, fields in facts.items():
        contact = factories.ContactFactory(firm=connection.firm, name=name.title(), **fields)
        factories.ContactAccessFactory(
            connection=connection, contact=contact, is_primary=name == "cara"
        )
        made[name] = contact
    return made


def answers(*contacts, **changes) -> dict[str, object]:
    return {
        "channel": "email",
        "contacts": [contact.pk for contact in contacts],
        "subject": "News for {contact}",
        "body": "Dear {contact} of {client},\n{sender}, {firm}, {branch}",
        "key": str(uuid4()),
        **changes,
    }


def test_the_button_stands_on_top_of_the_client(client, assigned_member, url):
    client.force_login(assigned_member)

    html = client.get(url.removesuffix("message/")).content.decode()

    assert f'href="{url}"' in html
    assert "Message Client" in html


def test_the_form_has_all_contacts_with_the_primary_one_ticked(
    client, assigned_member, people, url
):
    client.force_login(assigned_member)

    html = client.get(url).content.decode()

    boxes = {name: box_of(html, contact.pk) for name, contact in people.items()}
    assert "checked" in boxes["cara"]
    assert "checked" not in boxes["tom"]
    assert "disabled" in boxes["ned"]
    assert "Ned – no email address" in html
    assert "Send To" in html


def box_of(html: str, pk: int) -> str:
    start = html.rindex("<input", 0, html.index(f'value="{pk}"', html.index("Send To")))
    return html[start : html.index(">", start)]


def test_exactly_the_chosen_two_get_it_each_in_their_own_words(
    client, assigned_member, connection, people, url
):
    extra = factories.ContactFactory(firm=connection.firm)
    factories.ContactAccessFactory(connection=connection, contact=extra)
    client.force_login(assigned_member)

    response = client.post(url, answers(people["cara"], people["tom"]))

    assert response["Location"] == url.replace("message", "emails")
    sent = list(Message.objects.order_by("recipient").values_list("recipient", "subject", "body"))
    words = "Mia London Member, Harbour Accounting, London"
    assert sent == [
        ("cara@acme.test", "News for Cara", f"Dear Cara of Acme Bakery,\n{words}\n"),
        ("tom@acme.test", "News for Tom", f"Dear Tom of Acme Bakery,\n{words}\n"),
    ]
    event = ActivityEvent.objects.get()
    assert event.text == "Mia London Member wrote to Cara and Tom: News for Cara"
    entries = ClientMessage.objects.order_by("contact__name")
    assert [(e.contact.name, e.written_by) for e in entries] == [
        ("Cara", assigned_member),
        ("Tom", assigned_member),
    ]


def test_the_preview_shows_it_and_sends_nothing(client, assigned_member, people, url):
    client.force_login(assigned_member)

    response = client.post(f"{url}preview/", answers(people["cara"], people["tom"]))

    html = response.content.decode()
    assert "Dear Cara of Acme Bakery" in html
    assert "Dear Tom of Acme Bakery" in html
    assert 'value="News for {contact}"' in html
    assert not Message.objects.exists()


def test_two_clicks_on_send_are_one_effect(client, assigned_member, people, url):
    client.force_login(assigned_member)
    data = answers(people["cara"])

    first, again = client.post(url, data), client.post(url, data)

    assert (first.status_code, again["Location"]) == (302, first["Location"])
    assert Message.objects.count() == ClientMessage.objects.count() == 1
    assert ActivityEvent.objects.count() == 1


def test_a_text_goes_to_the_outbox_of_texts(client, assigned_member, people, url):
    client.force_login(assigned_member)

    client.post(url, answers(people["cara"], channel="text", subject="", body="Call us, {contact}"))

    message = Message.objects.get()
    assert (message.channel, message.recipient) == (Channel.TEXT, "+447700900123")
    assert (message.subject, message.body) == ("", "Call us, Cara\n")
    assert b"Call us, Cara" in client.get(url.replace("message", "emails")).content


def test_for_texts_who_has_no_number_is_greyed(client, assigned_member, people, url):
    client.force_login(assigned_member)

    html = client.post(f"{url}draft/", answers(people["tom"], channel="text")).content.decode()

    assert "disabled" in box_of(html, people["tom"].pk)
    assert "checked" not in box_of(html, people["tom"].pk)
    assert "the number needs its country code" in html
    assert "Ned – no phone number" in html
    assert "Dear {contact} of {client}" in html


def test_a_forged_tick_reaches_nobody(client, assigned_member, people, url):
    stranger = factories.ContactFactory(firm=people["cara"].firm)
    client.force_login(assigned_member)

    responses = [client.post(url, answers(who)) for who in (people["ned"], stranger)]

    assert [response.status_code for response in responses] == [422, 422]
    assert b"Ned: no email address." in responses[0].content
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"contacts": []}, "Choose at least one recipient."),
        ({"subject": ""}, "An email needs a subject."),
        ({"body": ""}, "This field is required."),
        ({"body": "Dear {contract}"}, "There is no merge field {contract}."),
        ({"channel": "text", "body": "x" * 1601}, "at most 1,600 characters"),
    ],
)
@pytest.mark.parametrize("path", ["", "preview/"])
def test_what_is_wrong_is_said_and_nothing_is_lost(
    client, assigned_member, people, url, path, changes, says
):
    client.force_login(assigned_member)

    response = client.post(f"{url}{path}", answers(people["cara"]) | changes)

    html = response.content.decode()
    assert response.status_code == 422
    assert says in html
    assert changes.get("body", "Dear {contact} of {client}") in html
    assert not Message.objects.exists()


def test_a_template_is_put_in(client, assigned_member, people, connection, url):
    template = factories.MessageTemplateFactory(
        firm=connection.firm, subject="About {client}", body="Hello {contact}"
    )
    client.force_login(assigned_member)

    response = client.post(f"{url}draft/", answers(people["tom"], template=template.pk))

    html = response.content.decode()
    assert 'value="About {client}"' in html
    assert "Hello {contact}</textarea>" in html
    assert "checked" in box_of(html, people["tom"].pk)


def test_the_fragment_leads_to_the_preview_too(client, assigned_member, people, url):
    client.force_login(assigned_member)

    response = client.post(f"{url}draft/", answers(), headers={"HX-Request": "true"})

    html = response.content.decode()
    assert "<html" not in html
    assert f'<form method="post" action="{url}preview/"' in html
    assert f'hx-post="{url}draft/"' in html


def test_a_template_of_another_firm_is_not_there(client, assigned_member, people, outsider, url):
    theirs = factories.MessageTemplateFactory(firm=outsider.team_members.get().firm, body="Secret")
    client.force_login(assigned_member)

    response = client.post(f"{url}draft/", answers(people["tom"], template=theirs.pk))

    assert b"Secret" not in response.content


def test_what_is_put_in_is_not_filled_again():
    assert fill("Dear {contact} of {client}", {"contact": "{client}", "client": "Acme"}) == (
        "Dear {client} of Acme"
    )


@pytest.fixture
def merged(people, connection, branch) -> dict[str, object]:
    """Max is at Acme, at Delta, and was at Foxtrot."""
    person = factories.ContactFactory(firm=connection.firm, name="Max", email="max@mercer.test")
    delta = factories.ConnectionFactory(branch=branch, name="Delta Design")
    gone = factories.ConnectionFactory(branch=branch, name="Foxtrot", disconnected=True)
    for row in (connection, delta, gone):
        factories.ContactAccessFactory(connection=row, contact=person)
    return {"max": person, "delta": delta, "gone": gone}


def test_mail_to_a_merged_contact_stands_at_each_of_their_clients(
    client, assigned_member, branch_owner, merged, connection, url
):
    client.force_login(assigned_member)

    client.post(url, answers(merged["max"]))

    assert Message.objects.count() == 1
    places = ClientMessage.objects.values_list("connection_id", flat=True)
    assert sorted(places) == sorted([connection.pk, merged["delta"].pk])
    delta = f"/harbour/clients/{merged['delta'].pk}/emails/"
    assert client.get(delta).status_code == 404
    client.force_login(branch_owner)
    assert b"News for Max" in client.get(delta).content


def test_of_a_restricted_client_nothing_is_told_elsewhere(
    client, assigned_member, merged, connection, url
):
    with factories.arranging():
        connection.is_restricted = True
        connection.save()
    client.force_login(assigned_member)

    client.post(url, answers(merged["max"]))

    assert ClientMessage.objects.get().connection == connection


def test_view_only_people_may_not_write(client, branch, connection, unassigned_member, url, people):
    factories.TeamAssignmentFactory(
        content_object=connection, user=unassigned_member, role=ClientRole.VIEW_ONLY
    )
    client.force_login(unassigned_member)

    assert client.post(url, answers(people["cara"])).status_code == 403
    assert not Message.objects.exists()


def test_the_action_judges_again_after_the_lock(connection, assigned_member, people):
    with factories.arranging():
        connection.status, connection.disconnected_at = "disconnected", clock.now()
        connection.save()

    with pytest.raises(Refused):
        write_to_contacts(connection, [people["cara"]], by=assigned_member, subject="S", body="B")

    assert not Message.objects.exists()


def test_who_was_taken_off_the_client_meanwhile_gets_nothing(connection, assigned_member, people):
    with factories.arranging():
        people["cara"].accesses.all().delete()

    with pytest.raises(Refused, match="Cara is no contact of Acme Bakery any more"):
        write_to_contacts(connection, [people["cara"]], by=assigned_member, subject="S", body="B")


def test_a_firm_sends_so_many_texts_an_hour(client, assigned_member, people, url, settings):
    settings.TEXTS_PER_HOUR = 1
    client.force_login(assigned_member)
    data = answers(people["cara"], channel="text")
    client.post(url, data)

    again = client.post(url, data)
    more = client.post(url, answers(people["cara"], channel="text"))

    assert again.status_code == 302
    assert more.status_code == 422
    assert b"Your firm may send 1 text messages an hour." in more.content
    assert Message.objects.count() == 1


def test_a_client_without_contacts_says_what_is_needed(client, assigned_member, url):
    client.force_login(assigned_member)

    assert b"This client has no contacts yet" in client.get(url).content
