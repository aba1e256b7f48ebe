"""Reports > Access matrix: the page, its filters and its files (F-241)."""

import csv
import io
from datetime import timedelta

import pytest
from django.http import QueryDict
from django.test import RequestFactory
from openpyxl import load_workbook

from clients.models import Connection
from clients.views import access_matrix
from practice import clock, tenancy
from practice.auth import find_standing
from practice.history import because
from practice.http import STOPPED
from practice.models import BranchMembership, User
from tests import factories

URL = "/harbour/reports/access/"
EXPORT = f"{URL}export/"


def rows(response) -> list[list[str]]:
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def squares(response) -> dict[tuple[str, str], str]:
    return {
        (row.name, str(slot.member)): slot.word
        for row, slots in response.context["rows"]
        for slot in slots
    }


def test_each_square_says_the_role_that_opens_the_client(
    client, super_admin, branch_owner, assigned_member, unassigned_member, viewer
):
    client.force_login(super_admin)

    response = client.get(URL)

    assert squares(response) == {
        ("Acme Bakery", "Sana Super Admin"): "Super Admin",
        ("Acme Bakery", "Olga London Owner"): "Owner",
        ("Acme Bakery", "Mia London Member"): "Full Access",
        ("Acme Bakery", "Una London Member"): "–",
        ("Acme Bakery", "Vera Viewer"): "Viewer",
    }
    assert 'title="By the role Owner on London."' in response.content.decode()
    assert 'title="Assigned: Full Access."' in response.content.decode()


def test_an_owner_reads_about_their_own_branch_alone(
    client, branch_owner, assigned_member, viewer, firm
):
    dublin = factories.BranchFactory(firm=firm, name="Dublin")
    factories.ConnectionFactory(branch=dublin, name="Liffey Boats")
    nia = factories.TeamMemberFactory(firm=firm, user__full_name="Nia Dublin")
    factories.BranchMembershipFactory(branch=dublin, member=nia)
    client.force_login(branch_owner)

    found = squares(client.get(URL))

    assert {name for name, _ in found} == {"Acme Bakery"}
    assert {person for _, person in found} == {
        "Olga London Owner",
        "Mia London Member",
        "Vera Viewer",
    }
    assert {row[2] for row in rows(client.get(EXPORT))} == {"Client", "Acme Bakery"}


def test_a_restricted_client_stays_closed_to_who_is_not_named(client, branch_owner, branch):
    factories.ConnectionFactory(branch=branch, name="Secret", restricted=True)
    client.force_login(branch_owner)

    assert "Secret" not in client.get(URL).content.decode()
    assert "Secret" not in str(rows(client.get(EXPORT)))


@pytest.mark.parametrize(
    ("query", "clients", "people"),
    [
        ("q=acme", {"Acme Bakery"}, 3),
        ("q=ac", {"Acme Bakery"}, 3),
        ("branch=dub", {"Liffey Boats"}, 1),
        ("who=mia", {"Acme Bakery", "Liffey Boats"}, 1),
    ],
)
def test_filters(client, super_admin, branch_owner, assigned_member, firm, query, clients, people):
    dublin = factories.BranchFactory(firm=firm, name="Dublin")
    factories.ConnectionFactory(branch=dublin, name="Liffey Boats", search_text="liffey boats")
    client.force_login(super_admin)

    response = client.get(f"{URL}?{query}")

    assert {name for name, _ in squares(response)} == clients
    assert response.context["staff"].total == people


def test_an_empty_matrix_says_what_would_fill_it(client, super_admin, firm):
    client.force_login(super_admin)

    html = client.get(URL).content.decode()
    narrowed = client.get(f"{URL}?q=zzzz").content.decode()

    assert "No clients yet" in html
    assert "Nothing found" in narrowed


def test_people_and_clients_have_pages(client, super_admin, branch):
    for number in range(51):
        factories.ConnectionFactory(branch=branch, name=f"Client {number:02}")
    for _ in range(21):
        factories.BranchMembershipFactory(branch=branch)
    client.force_login(super_admin)

    first = client.get(URL)
    second = client.get(first.context["staff"].next_url.replace("?", f"{URL}?"))
    below = client.get(first.context["page"].next_url.replace("?", f"{URL}?"))

    assert (first.context["staff"].label, first.context["page"].label) == (
        "1–20 of 22",
        "1–50 of 51",
    )
    assert second.context["staff"].label == "21–22 of 22"
    assert below.context["page"].label == "51–51 of 51"


@pytest.mark.parametrize("many", [1, 3])
def test_query_count(client, super_admin, branch, many, django_assert_num_queries):
    for _ in range(many):
        row = factories.ConnectionFactory(branch=branch)
        place = factories.BranchMembershipFactory(branch=branch)
        factories.TeamAssignmentFactory(content_object=row, user=place.member.user)
    client.force_login(super_admin)
    client.get(URL)

    with django_assert_num_queries(11):
        client.get(URL)


def test_the_file_has_one_row_per_person_and_client(
    client, super_admin, branch_owner, assigned_member
):
    client.force_login(super_admin)

    found = rows(client.get(EXPORT))

    assert found[0] == list(access_matrix.FILE_HEADER)
    assert [(row[0], row[2], row[5], row[6]) for row in found[1:]] == [
        ("Mia London Member", "Acme Bakery", "Assignment", "Full Access"),
        ("Olga London Owner", "Acme Bakery", "Branch role", "Owner"),
        ("Sana Super Admin", "Acme Bakery", "Parent role", "Super Admin"),
    ]
    assert all(row[7] for row in found[1:])


def test_the_workbook_has_the_same_rows(client, super_admin, branch_owner, assigned_member):
    with because("Arranged by a test"):
        Connection.objects.update(name="=1+1")
    client.force_login(super_admin)

    data = b"".join(client.get(f"{EXPORT}?format=xlsx").streaming_content)

    sheet = load_workbook(io.BytesIO(data)).active
    found = [tuple(cell.value for cell in row) for row in sheet.iter_rows()]
    assert [row[:3] for row in found[1:]] == [
        ("Mia London Member", "mia@harbour.test", "=1+1"),
        ("Olga London Owner", "olga@harbour.test", "=1+1"),
        ("Sana Super Admin", "sana@harbour.test", "=1+1"),
    ]
    assert {sheet.cell(2, 3).data_type} == {"s"}


def test_a_matrix_that_no_worksheet_holds_is_offered_as_csv(
    client, super_admin, connection, monkeypatch
):
    monkeypatch.setattr(access_matrix, "MOST_IN_WORKBOOK", 0)
    client.force_login(super_admin)

    response = client.get(f"{EXPORT}?format=xlsx&q=acme", follow=True)

    assert response.redirect_chain == [(f"{URL}?q=acme", 302)]
    assert "A worksheet ends at 1,048,576 rows" in response.content.decode()


def running_export(user: User, firm):
    """The pieces of an export that has begun, two people at a time."""
    request = RequestFactory().get(EXPORT)
    request.user, request.firm, request.GET = user, firm, QueryDict()
    request.standing = find_standing(user, firm.pk)
    return access_matrix.csv(request)


def test_an_export_that_runs_stops_with_the_right_to_read(
    branch_owner, branch_admin, assigned_member, firm, connection, monkeypatch
):
    monkeypatch.setattr(access_matrix, "PEOPLE_PER_PIECE", 1)
    with tenancy.in_firm(firm.pk, branch_owner.pk):
        text = running_export(branch_owner, firm)
        head, first = next(text), next(text)
        with because("Arranged by a test"):
            BranchMembership.objects.filter(member__user=branch_owner).delete()
        rest = "".join(text)

    assert head.startswith("\ufeffMember,")
    assert "Adam London Admin" in first
    assert rest == f"{STOPPED}\n"


def test_an_export_that_runs_leaves_out_what_was_just_closed(
    branch_owner, branch_admin, assigned_member, firm, connection, monkeypatch
):
    monkeypatch.setattr(access_matrix, "PEOPLE_PER_PIECE", 1)
    with tenancy.in_firm(firm.pk, branch_owner.pk):
        text = running_export(branch_owner, firm)
        next(text), next(text)
        with because("Arranged by a test"):
            Connection.objects.update(is_restricted=True)
        rest = "".join(text)

    assert rest == ""


def test_a_person_who_left_or_whose_login_is_off_is_not_in_it(
    client, super_admin, connection, branch
):
    gone = factories.BranchMembershipFactory(branch=branch, owner=True, member__is_active=False)
    off = factories.BranchMembershipFactory(branch=branch, owner=True)
    with because("Arranged by a test"):
        User.objects.filter(pk=off.member.user_id).update(is_active=False)
    client.force_login(super_admin)

    people = {person for _, person in squares(client.get(URL))}

    assert people == {"Sana Super Admin"}
    assert str(gone.member) not in str(rows(client.get(EXPORT)))


def test_an_assignment_that_has_ended_is_not_in_it(client, super_admin, branch, connection):
    place = factories.BranchMembershipFactory(branch=branch)
    factories.TeamAssignmentFactory(
        content_object=connection, user=place.member.user, ends_at=clock.now() - timedelta(1)
    )
    client.force_login(super_admin)

    assert squares(client.get(URL))["Acme Bakery", str(place.member)] == "–"


@pytest.mark.parametrize("page", [URL, EXPORT])
@pytest.mark.parametrize(
    ("persona", "status"),
    [
        ("viewer", 200),
        ("billing_admin", 403),
        ("branch_admin", 200),
        ("assigned_member", 403),
        ("outsider", 404),
    ],
)
def test_who_reads_it(persona_client, connection, page, persona, status):
    assert persona_client(persona).get(page).status_code == status
