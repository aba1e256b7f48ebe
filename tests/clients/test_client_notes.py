"""Notes about a client: written, filtered, edited, deleted, and hidden from it (F-089…F-089c)."""

import csv
import io
from datetime import date

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from clients.actions.notes import add_note, delete_note, edit_note
from clients.models import Connection, Note, NoteKind
from clients.permissions import VIEW_CLIENT_NOTES
from clients.roles import ClientRole
from practice.errors import Conflict, Refused
from tests import factories

MEETING = {
    "kind": "meeting",
    "met_on": "2026-11-02",
    "attendees": "Cara Baker, Mia",
    "text": "Agreed the year end.\nBring the ledgers.",
}
INTERNAL = {"kind": "internal", "text": "Pays late, always."}


@pytest.fixture
def url(connection) -> str:
    return f"/harbour/clients/{connection.pk}/notes/"


@pytest.fixture
def note(connection, assigned_member) -> Note:
    return factories.NoteFactory(
        connection=connection, author=assigned_member, text="Likes tea at nine."
    )


def sent(note: Note, **answers) -> dict[str, object]:
    return {**INTERNAL, "seen": note.stamp, **answers}


def texts(response) -> list[str]:
    return [note.text for note in response.context["page"].rows]


def test_a_note_shows_its_author_and_reaches_another_assigned_member(
    client, connection, assigned_member, unassigned_member, url
):
    factories.TeamAssignmentFactory(
        content_object=connection, user=unassigned_member, role=ClientRole.VIEW_ONLY
    )
    client.force_login(assigned_member)

    response = client.post(f"{url}add/", INTERNAL, follow=True)

    assert response.redirect_chain == [(url, 302)]
    assert "The note is saved." in response.content.decode()
    client.force_login(unassigned_member)
    html = client.get(url).content.decode()
    assert "Pays late, always." in html
    assert assigned_member.full_name in html
    assert Note.objects.get().author == assigned_member


def test_the_button_says_save_note_and_the_page_works_without_a_script(client, super_admin, url):
    client.force_login(super_admin)

    html = client.get(f"{url}add/").content.decode()

    assert "Save Note" in html
    assert "Add Note" in client.get(url).content.decode()
    assert 'method="post"' in html


def test_a_meeting_has_a_day_and_people_and_can_be_filtered(client, super_admin, note, url):
    client.force_login(super_admin)
    client.post(f"{url}add/", MEETING)

    only_meetings = client.get(url, {"kind": "meeting"})
    only_internal = client.get(url, {"kind": "internal"})

    assert texts(only_meetings) == ["Agreed the year end.\nBring the ledgers."]
    assert texts(only_internal) == ["Likes tea at nine."]
    assert "Cara Baker, Mia" in only_meetings.content.decode()
    met = Note.objects.get(kind=NoteKind.MEETING)
    assert (met.met_on, met.attendees) == (date(2026, 11, 2), "Cara Baker, Mia")


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ({**MEETING, "met_on": ""}, "Say on which day the meeting was."),
        ({**MEETING, "met_on": "soon"}, "Enter a valid date."),
        ({**INTERNAL, "text": " \u200b\u202e "}, "Write something."),
        ({**INTERNAL, "kind": "gossip"}, "Select a valid choice"),
        ({}, "Write something."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(client, super_admin, url, answers, says):
    client.force_login(super_admin)

    response = client.post(f"{url}add/", answers)

    assert response.status_code == 422
    assert says in response.content.decode()
    assert response.context["form"]["attendees"].value() == answers.get("attendees")
    assert not Note.objects.exists()


def test_search_finds_words_of_the_text_and_of_who_was_there(client, super_admin, note, url):
    client.force_login(super_admin)
    client.post(f"{url}add/", MEETING)

    assert texts(client.get(url, {"words": "TEA"})) == ["Likes tea at nine."]
    assert texts(client.get(url, {"words": "cara"})) == [Note.objects.first().text]
    assert "No such notes" in client.get(url, {"words": "zebra\0"}).content.decode()


def test_the_search_of_the_client_list_does_not_narrow_the_notes(client, super_admin, note, url):
    client.force_login(super_admin)

    assert texts(client.get(url, {"q": "Acme"})) == ["Likes tea at nine."]


def test_edited_is_said_and_the_earlier_text_is_for_holders_of_view_audit_trail(
    client, branch_owner, assigned_member, note, url
):
    client.force_login(assigned_member)
    client.post(f"{url}{note.pk}/", sent(note, text="Likes coffee."))

    member_html = client.get(url).content.decode()
    refused = client.get(f"{url}{note.pk}/history/")
    client.force_login(branch_owner)
    owner_html = client.get(url).content.decode()
    history = client.get(f"{url}{note.pk}/history/")

    assert "edited" in member_html
    assert f"{url}{note.pk}/history/" not in member_html
    assert refused.status_code == 403
    assert "Likes tea at nine." not in refused.content.decode()
    assert f"{url}{note.pk}/history/" in owner_html
    assert [version.text for version in history.context["page"].rows] == [
        "Likes coffee.",
        "Likes tea at nine.",
    ]
    assert assigned_member.full_name in history.content.decode()


def test_the_history_needs_view_client_notes_beside_view_audit_trail(
    client, branch_owner, note, url
):
    with factories.arranging():
        branch_owner.team_members.get().memberships.update(withdrawn=[str(VIEW_CLIENT_NOTES)])
    client.force_login(branch_owner)

    statuses = [client.get(address).status_code for address in (url, f"{url}{note.pk}/history/")]

    assert statuses == [403, 403]


def test_a_deleted_note_is_gone_from_the_list_and_stays_in_the_history(
    client, branch_owner, note, url
):
    client.force_login(branch_owner)

    question = client.get(f"{url}{note.pk}/delete/").content.decode()
    response = client.post(f"{url}{note.pk}/delete/", follow=True)

    assert "Likes tea at nine." in question
    assert "Likes tea at nine." not in response.content.decode()
    assert not Note.objects.exists()
    history = client.get(f"{url}{note.pk}/history/").content.decode()
    assert "Deleted" in history
    assert "Likes tea at nine." in history
    assert "Likes tea at nine." in client.get(url, {"kind": "deleted"}).content.decode()


def test_deleted_notes_are_for_holders_of_view_audit_trail(client, assigned_member, note, url):
    delete_note(note, by=assigned_member)
    client.force_login(assigned_member)

    html = client.get(url, {"kind": "deleted"}).content.decode()

    assert "Likes tea at nine." not in html
    assert "Deleted notes" not in html


def test_the_trail_shows_a_text_to_who_reads_notes_on_every_branch(
    client, super_admin, assigned_member, note
):
    delete_note(note, by=assigned_member)
    client.force_login(super_admin)

    trail = client.get("/harbour/activity/audit/", {"kind": "note"}).content.decode()

    assert "Likes tea at nine." in trail


def test_the_second_of_two_editors_is_told_and_shown_the_difference(client, super_admin, note, url):
    client.force_login(super_admin)
    stale = sent(note, text="Mine.")
    client.post(f"{url}{note.pk}/", sent(note, text="Theirs."))

    told = client.post(f"{url}{note.pk}/", stale)
    again = client.post(f"{url}{note.pk}/", {**stale, "seen": told.context["form"]["seen"].value()})

    assert told.status_code == 409
    assert told.context["theirs"] == {"Note": ("Theirs.", "Mine.")}
    assert again.status_code == 302
    assert Note.objects.get().text == "Mine."


def test_notes_are_written_while_paused_and_not_when_disconnected(client, super_admin, branch):
    paused = factories.ConnectionFactory(branch=branch, paused=True)
    ended = factories.ConnectionFactory(branch=branch, disconnected=True)
    old = factories.NoteFactory(connection=ended, text="From before.")
    client.force_login(super_admin)

    statuses = [
        client.post(f"/harbour/clients/{row.pk}/notes/add/", INTERNAL).status_code
        for row in (paused, ended)
    ]
    page = client.get(f"/harbour/clients/{ended.pk}/notes/").content.decode()

    assert statuses == [302, 403]
    assert list(Note.objects.values_list("connection", flat=True)) == [paused.pk, ended.pk]
    assert old.text in page
    assert 'aria-description="This client is disconnected; its records are read-only."' in page


def test_whoever_reads_only_sees_the_buttons_closed(client, viewer, note, url):
    client.force_login(viewer)

    html = client.get(url).content.decode()

    assert "Your role lacks “Update Client Notes”." in html
    assert client.get(f"{url}{note.pk}/").status_code == 403
    assert client.post(f"{url}{note.pk}/delete/").status_code == 403


def test_a_note_of_another_client_is_not_found(client, super_admin, branch, note):
    other = factories.ConnectionFactory(branch=branch)
    client.force_login(super_admin)

    for page in ("", "delete/", "history/"):
        url = f"/harbour/clients/{other.pk}/notes/{note.pk}/{page}"
        assert client.get(url).status_code == 404


@pytest.mark.parametrize("person", ["contact", "account_owner", "billing_admin", "outsider"])
def test_no_note_reaches_who_may_not_read_notes(client, request, person, connection, note, url):
    """No page of the company, no export, no client page, not even as a part of one (F-089a)."""
    with factories.arranging():
        Connection.objects.filter(pk=connection.pk).update(internal_notes="Likes tea at home.")
    client.force_login(request.getfixturevalue(person))
    of_client = f"/harbour/clients/{connection.pk}/"
    company = f"/companies/{connection.account_id}/"
    pages = [
        "/companies/",
        company,
        f"{company}access/",
        url,
        f"{url}export/",
        f"{url}{note.pk}/history/",
        of_client,
        f"{of_client}activity/",
        f"{of_client}records/",
        "/harbour/clients/export/",
        "/harbour/clients/export/?format=csv",
        "/harbour/activity/events/",
        "/harbour/activity/audit/",
    ]

    for page in pages:
        response = client.get(page)
        content = b"".join(response.streaming_content) if response.streaming else response.content
        assert b"Likes tea" not in content, page


def test_the_export_holds_what_was_asked_for(client, super_admin, note, url):
    client.force_login(super_admin)
    client.post(f"{url}add/", MEETING)

    response = client.get(f"{url}export/", {"kind": "meeting"})

    rows = list(csv.reader(io.StringIO(response.getvalue().decode("utf-8-sig"))))
    assert rows[0][:4] == ["Kind", "Date of the meeting", "Attendees", "Note"]
    assert [row[:5] for row in rows[1:]] == [
        ["Meeting note", "2026-11-02", "Cara Baker, Mia", MEETING["text"], "Sana Super Admin"]
    ]


def test_one_note_and_three_cost_the_same_queries(client, super_admin, connection, note, url):
    client.force_login(super_admin)
    client.get(url)

    with CaptureQueriesContext(database) as one:
        client.get(url)
    for _ in range(2):
        factories.NoteFactory(connection=connection, author=factories.UserFactory())
    with CaptureQueriesContext(database) as three:
        response = client.get(url)

    assert len(response.context["page"].rows) == 3
    assert len(one) == len(three)
    assert len(one) <= 22


def test_the_action_looks_again_after_the_lock(connection, assigned_member, note):
    with factories.arranging():
        Connection.objects.filter(pk=connection.pk).update(
            status="disconnected", disconnected_at=note.created_at
        )

    with pytest.raises(Refused):
        add_note(connection, by=assigned_member, text="Too late")
    with pytest.raises(Refused):
        delete_note(note, by=assigned_member)

    assert Note.objects.get().text == "Likes tea at nine."


def test_saving_the_same_again_is_no_edit(assigned_member, note):
    same = {"text": note.text, "kind": NoteKind.INTERNAL}

    edit_note(note, by=assigned_member, seen=note.stamp, **same)

    assert Note.objects.get().edited_at is None
    with pytest.raises(Conflict):
        edit_note(note, by=assigned_member, seen="1999", **same)
