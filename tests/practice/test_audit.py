"""Activity > Audit: who, what, before, after, when, why; only what one may read (F-222)."""

import csv
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clients.models import Connection, Contact
from practice import tenancy
from practice.auth import find_standing
from practice.database import history_models
from practice.history import Facts, because, request_facts
from practice.models.entries import entries
from practice.models.trail import AuditFilter, Trail, Viewer, read_versions, sources
from practice.spreadsheets import BYTE_ORDER_MARK
from tests.conftest import a_colleague
from tests.factories import (
    BranchFactory,
    BranchMembershipFactory,
    ConnectionFactory,
    ContactAccessFactory,
    ContactFactory,
    NoteFactory,
    TagFactory,
    TeamAssignmentFactory,
)

pytestmark = pytest.mark.django_db

# People's own profiles, plans and prices are nobody's at a firm: they are in Django admin.
NOT_IN_THE_TRAIL = {"user", "plan", "planprice", "promotion", "accountsubscription"}


@pytest.fixture
def url(firm) -> str:
    return reverse("practice:audit", kwargs={"firm_slug": firm.slug})


@pytest.fixture
def other_client(firm):
    """A client of another branch of the firm."""
    dublin = BranchFactory(firm=firm, name="Dublin")
    return ConnectionFactory(branch=dublin, name="Liffey Boats")


def viewer_of(user, firm) -> Viewer:
    standing = find_standing(user, firm.pk)
    assert standing
    return Viewer(user, standing)


def trail(user, firm, **wanted):
    """What the person reads, newest first."""
    with tenancy.in_firm(firm.pk, user.pk):
        asked = Trail(viewer_of(user, firm), AuditFilter(**wanted))
        return entries(read_versions(asked.places(200)), asked.viewer)


def edit(row, *, by=None, reason="A reason.", **values):
    with because(reason, by=by):
        type(row).objects.filter(pk=row.pk).update(**values)


def seen(lines) -> set[tuple[str, str]]:
    return {(line.kind, line.client or line.about) for line in lines}


def test_every_history_is_in_the_trail_or_known_not_to_be():
    names = {history.instance_type._meta.model_name for history in history_models()}

    assert {source.key for source in sources()} == names - NOT_IN_THE_TRAIL


def test_the_columns_of_each_source_exist():
    for source in sources():
        known = {field.attname for field in source.history._meta.concrete_fields}
        named = {source.about, source.client, *source.hidden, *source.references, *source.guarded}
        assert named - {""} <= known, source


def test_a_line_says_who_what_before_after_when_why_and_where_from(firm, connection, super_admin):
    token = request_facts.set(Facts("a-request", "203.0.113.9", on_behalf_of_id=super_admin.pk))
    edit(
        connection,
        by=super_admin,
        reason="The client asked for it.",
        contact_name="Cara",
        is_restricted=True,
    )
    request_facts.reset(token)

    line = trail(super_admin, firm)[0]

    assert (line.who, line.on_behalf_of) == ("Sana Super Admin", "Sana Super Admin")
    assert (line.kind, line.verb, line.about) == ("Client", "changed", "Acme Bakery")
    assert line.client_id == connection.pk
    changes = {(change.label, change.before, change.after) for change in line.changes}
    assert changes == {("Contact name", "", "Cara"), ("Is restricted", "No", "Yes")}
    assert (line.reason, line.ip, line.request_id) == (
        "The client asked for it.",
        "203.0.113.9",
        "a-request",
    )
    assert datetime.now(UTC) - line.at < timedelta(minutes=1)


def test_rows_are_named_not_numbered(firm, connection, super_admin, assigned_member):
    vip = TagFactory(firm=firm, name="VIP")
    dublin = BranchFactory(firm=firm, name="Dublin")
    edit(connection, tag_ids=[vip.pk], branch_id=dublin.pk)

    lines = trail(super_admin, firm)

    changes = {(c.label, c.before, c.after) for c in lines[0].changes}
    assert changes == {("Tag ids", "", "VIP"), ("Branch", "London", "Dublin")}
    tie = next(line for line in lines if line.kind == "Team assignment")
    assert (tie.about, tie.client, tie.verb) == ("Mia London Member", "Acme Bakery", "added")
    assert ("Role", "", "Full Access") in {(c.label, c.before, c.after) for c in tie.changes}


def test_what_was_removed_stays(firm, connection, super_admin):
    access = ContactAccessFactory(
        connection=connection, contact=ContactFactory(firm=firm, name="Old Hand"), primary=True
    )
    with because("Left the company."):
        access.delete()
        Contact.objects.filter(pk=access.contact_id).delete()

    gone = [line for line in trail(super_admin, firm) if line.verb == "removed"]

    assert {(line.kind, line.about, line.client, line.reason) for line in gone} == {
        ("Contact’s permissions", "Old Hand", "Acme Bakery", "Left the company."),
        ("Contact", "Old Hand", "", "Left the company."),
    }


def test_a_disconnected_client_stays_in_the_trail(firm, connection, super_admin):
    edit(connection, status="disconnected", disconnected_at=datetime.now(UTC))

    assert ("Client", "Acme Bakery") in seen(trail(super_admin, firm))


def test_branch_roles_read_about_their_branch_and_its_team(
    firm, branch, connection, other_client, branch_owner, viewer
):
    someone = a_colleague(other_client.branch, "Dara Dublin")
    TagFactory(firm=firm)
    restricted = ConnectionFactory(branch=branch, name="Secret Ltd", restricted=True)
    TeamAssignmentFactory(content_object=restricted, user=someone)
    ContactAccessFactory(connection=connection, contact=ContactFactory(firm=firm, name="Cara"))
    ContactAccessFactory(connection=other_client, contact=ContactFactory(firm=firm, name="Dan"))

    lines = trail(branch_owner, firm)

    assert seen(lines) == {
        ("Branch", "London"),
        ("Branch role", "Olga London Owner"),
        ("Team member", "Olga London Owner"),
        ("Client", "Acme Bakery"),
        ("Contact", "Cara"),
        ("Contact’s permissions", "Acme Bakery"),
    }


def test_parent_roles_read_about_all_but_clients_restricted_to_others(
    firm, branch, connection, other_client, viewer, super_admin
):
    ConnectionFactory(branch=branch, name="Secret Ltd", restricted=True)

    clients = {line.about for line in trail(viewer, firm) if line.kind == "Client"}
    everything = {line.about for line in trail(super_admin, firm) if line.kind == "Client"}

    assert clients == {"Acme Bakery", "Liffey Boats"}
    assert everything == clients | {"Secret Ltd"}


def test_another_firm_is_not_there(firm, connection, super_admin, outsider):
    lines = trail(super_admin, firm)

    assert not {"Southgate Books", "Smith, Jane", "Southgate"} & {line.about for line in lines}


def test_notes_are_named_but_not_shown_to_those_who_may_not_read_them(
    firm, connection, branch_owner
):
    membership = branch_owner.team_members.get().memberships.get()
    edit(membership, withdrawn=["clients.view_client_notes"])
    edit(connection, internal_notes="A secret.")

    line = trail(branch_owner, firm)[0]

    assert [(change.label, change.after) for change in line.changes] == [
        ("Internal notes", "(not shown: it needs the permission “View Client Notes”)")
    ]


def test_notes_are_judged_by_the_branch_of_the_client(
    firm, connection, other_client, branch_owner, super_admin
):
    here, there = NoteFactory(connection=connection), NoteFactory(connection=other_client)
    edit(here, text="Likes tea at nine.")
    edit(there, text="Likes coffee.")

    lines = [line for line in trail(branch_owner, firm) if line.kind == "Note"]
    all_of_it = [line for line in trail(super_admin, firm) if line.kind == "Note"]

    assert [change.after for change in lines[0].changes] == ["Likes tea at nine."]
    assert {line.client_id for line in lines} == {connection.pk}
    assert "Likes coffee." in {c.after for line in all_of_it for c in line.changes}


def test_who_may_not_read_notes_on_the_branch_of_the_client_is_shown_none(
    firm, connection, other_client, branch_owner
):
    member = branch_owner.team_members.get()
    edit(member.memberships.get(), withdrawn=["clients.view_client_notes"])
    BranchMembershipFactory(member=member, branch=other_client.branch, owner=True)
    edit(NoteFactory(connection=connection), text="Likes tea at nine.")
    edit(NoteFactory(connection=other_client), text="Likes coffee.")

    texts = {c.after for line in trail(branch_owner, firm) for c in line.changes}

    assert "Likes coffee." in texts
    assert "Likes tea at nine." not in texts


def test_a_company_is_in_the_trail_of_its_client(firm, connection, other_client, super_admin):
    edit(connection.account, tax_id="GB 123")
    edit(other_client.account, tax_id="IE 456")

    lines = trail(super_admin, firm, clients=[connection.pk])

    companies = [line for line in lines if line.kind == "Company"]
    assert {line.about for line in companies} == {"Acme Bakery"}
    assert not [line for line in trail(super_admin, firm) if line.kind == "Company"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("client=acme", {"Acme Bakery"}),
        ("client=1010", {"Acme Bakery"}),
        ("client=li", {"Liffey Boats"}),
        ("client=nobody", set()),
        ("kind=connection", {"Acme Bakery", "Liffey Boats"}),
        ("person=olga", {"Liffey Boats"}),
        ("person=the system&kind=connection", {"Acme Bakery", "Liffey Boats"}),
        ("since=2001-01-01&until=2001-12-31", {"Acme Bakery"}),
        ("client=acme&kind=connection&person=olga", set()),
    ],
)
def test_filters(
    client, url, firm, connection, other_client, super_admin, branch_owner, query, found
):
    with because("Long ago."), database.cursor() as cursor:
        cursor.execute("SELECT set_config('app.now', '2001-06-01 12:00+00', true)")
        Connection.objects.filter(pk=connection.pk).update(contact_name="Then")
    edit(other_client, by=branch_owner, contact_name="Now")
    client.force_login(super_admin)

    page = client.get(f"{url}?{query}").context["page"]

    clients = {line.about for line in page.rows if line.kind == "Client"}
    assert clients == found


def test_a_filter_that_makes_no_sense_is_said_at_the_field(client, url, super_admin):
    client.force_login(super_admin)

    response = client.get(f"{url}?since=2026-02-30&person=Mia&kind=nonsense&client_id=x")
    turned = client.get(f"{url}?since=2026-02-02&until=2026-01-01")

    assert (response.status_code, turned.status_code) == (422, 422)
    assert set(response.context["form"].errors) == {"since", "kind", "client_id"}
    assert 'value="Mia"' in response.text
    assert turned.context["form"].errors["until"] == ["The last day lies before the first."]


def test_pages_go_forth_and_back_over_all_tables(client, url, firm, branch, super_admin):
    for number in range(60):
        ConnectionFactory(branch=branch, name=f"C{number:02}")
        TagFactory(firm=firm, name=f"T{number:02}")
    client.force_login(super_admin)
    expected = [(line.kind, line.about) for line in trail(super_admin, firm)]

    pages, step = [], url
    while step:
        page = client.get(url + step.removeprefix(url)).context["page"]
        pages.append([(line.kind, line.about) for line in page.rows])
        step = page.next_url
    back = client.get(url + page.previous_url).context["page"]

    assert [line for lines in pages for line in lines] == expected
    assert [(line.kind, line.about) for line in back.rows] == pages[-2]
    assert (page.start, back.start) == (101, 51)
    assert page.total == len(expected)


@pytest.mark.parametrize("cursor", ["x", "W10", "é", "WyJ4IiwgInkiLCAxLCAxXQ", "bnVsbA"])
def test_a_bad_cursor_shows_the_first_page(client, url, connection, super_admin, cursor):
    client.force_login(super_admin)

    assert client.get(url, {"after": cursor}).context["page"].start == 1
    assert client.get(url, {"before": cursor}).context["page"].start == 1


@pytest.mark.parametrize(
    ("persona", "status"),
    [
        ("super_admin", 200),
        ("viewer", 200),
        ("branch_owner", 200),
        ("branch_admin", 200),
        ("billing_admin", 403),
        ("assigned_member", 403),
        ("unassigned_member", 403),
        ("contact", 404),
        ("outsider", 404),
        ("anonymous", 302),
    ],
)
def test_who_reads_the_trail(persona_client, url, connection, persona, status):
    browser = persona_client(persona)

    assert browser.get(url).status_code == status
    assert browser.get(f"{url}export/").status_code == status


def test_the_export_has_a_line_for_each_field(client, url, firm, connection, super_admin):
    edit(connection, by=super_admin, contact_name="=1+1", contact_email="cara@acme.test")
    client.force_login(super_admin)

    response = client.get(f"{url}export/?person=sana")

    text = b"".join(response.streaming_content).decode().removeprefix(BYTE_ORDER_MARK)
    lines = list(csv.DictReader(text.splitlines()))
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert [(line["Field"], line["Before"], line["After"]) for line in lines] == [
        ("Contact name", "", "'=1+1"),
        ("Contact email", "", "cara@acme.test"),
    ]
    assert {line["Name"] for line in lines} == {"Acme Bakery"}


def test_one_change_or_three_take_the_same_queries(client, url, branch, connection, super_admin):
    client.force_login(super_admin)
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(database) as queries:
            client.get(url)
        counts.append(len(queries))
        ConnectionFactory(branch=branch)
        ConnectionFactory(branch=branch)

    assert counts[0] == counts[1]
    assert counts[0] <= 16


def test_the_application_cannot_rewrite_history(connection):
    table = Connection.history.model._meta.db_table
    for statement in (
        f"UPDATE {table} SET history_change_reason = 'x'",
        f"DELETE FROM {table}",
        f"INSERT INTO {table} SELECT * FROM {table}",
        f"TRUNCATE {table}",
    ):
        with (
            pytest.raises(DatabaseError, match="permission denied"),
            tenancy.as_system(),
            database.cursor() as cursor,
        ):
            cursor.execute(statement)


def test_a_page_of_hostile_names_is_text(client, url, firm, branch, super_admin):
    connection = ConnectionFactory(branch=branch, name="<script>alert(1)</script>")
    edit(connection, by=super_admin, contact_name="<img src=x onerror=alert(1)>")
    client.force_login(super_admin)

    text = client.get(url).text

    assert "<script>alert" not in text
    assert "<img src=x" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
