"""Reports > Access reviews: start, decide, sign off, for good (F-225, S0.76)."""

import csv
import io
from datetime import date, timedelta

import pytest
from django.db import transaction
from django.db.utils import IntegrityError

from clients.actions.reviews import decide_items, sign_review, start_review
from clients.models import AccessReview, AccessReviewItem, Decision, TeamAssignment
from clients.models.reviews import quarter_of
from clients.periodic import remind_of_access_reviews
from practice import clock, tenancy
from practice.history import because
from practice.models import Message
from tests import factories

LIST = "/harbour/reports/reviews/"
START = f"{LIST}start/"


@pytest.fixture
def due_on() -> date:
    return clock.today() + timedelta(days=14)


@pytest.fixture
def review(branch, branch_owner, assigned_member, due_on) -> AccessReview:
    """Of the one assignment at hand: Mia's to Acme."""
    return start_review(branch, by=branch_owner, due_on=due_on)


@pytest.fixture
def item(review) -> AccessReviewItem:
    return review.items.get()


@pytest.fixture
def url(review) -> str:
    return f"{LIST}{review.pk}/"


def rows(response) -> list[list[str]]:
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


@pytest.mark.parametrize(
    ("day", "quarter"),
    [
        (date(2026, 1, 1), "Q1 2026"),
        (date(2026, 3, 31), "Q1 2026"),
        (date(2026, 4, 1), "Q2 2026"),
        (date(2026, 12, 31), "Q4 2026"),
    ],
)
def test_quarters(day, quarter):
    assert quarter_of(day) == quarter


def test_starting_notes_every_running_assignment_unused_ones_first(
    client, branch_owner, assigned_member, branch, connection, firm, due_on
):
    stale = clock.now() - timedelta(days=90)
    old = factories.ConnectionFactory(branch=branch, name="Zeta", paused=True)
    factories.TeamAssignmentFactory(
        content_object=old, user=assigned_member, role="limited", granted_at=stale
    )
    used = factories.ConnectionFactory(branch=branch, name="Used")
    factories.TeamAssignmentFactory(content_object=used, user=assigned_member, granted_at=stale)
    factories.AccessVisitFactory(connection=used, user=assigned_member)
    over = factories.ConnectionFactory(branch=branch)
    factories.TeamAssignmentFactory(content_object=over, user=assigned_member, ended=True)
    far = factories.ConnectionFactory(branch=factories.BranchFactory(firm=firm))
    factories.TeamAssignmentFactory(content_object=far)
    client.force_login(branch_owner)

    response = client.post(START, {"branch": branch.pk, "due_on": due_on.isoformat()})

    review = AccessReview.objects.get()
    assert response.url == f"{LIST}{review.pk}/"
    assert (review.branch, review.started_by, review.due_on) == (branch, branch_owner, due_on)
    assert review.quarter == quarter_of(clock.today())
    found = [(i.connection.name, i.role, i.is_unused, i.place) for i in review.items.all()]
    assert found == [
        ("Zeta", "limited", True, 1),
        ("Acme Bakery", "full", False, 2),
        ("Used", "full", False, 3),
    ]
    assert review.items.get(place=3).last_used_at is not None
    history = review.history.get()
    assert history.history_change_reason == f"Started the access review {review.quarter} of London."


def test_one_open_review_per_branch(client, branch_owner, review, branch, due_on):
    client.force_login(branch_owner)

    response = client.post(START, {"branch": branch.pk, "due_on": due_on.isoformat()})

    assert response.status_code == 422
    assert "London has an open review already" in response.content.decode()
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.AccessReviewFactory(branch=branch)


def test_without_assignments_there_is_nothing_to_review(client, branch_owner, branch, due_on):
    client.force_login(branch_owner)

    response = client.post(START, {"branch": branch.pk, "due_on": due_on.isoformat()})

    assert response.status_code == 422
    assert "nothing to review" in response.content.decode()
    assert not AccessReview.objects.exists()


def test_a_date_in_the_past_is_said_at_the_field(client, branch_owner, assigned_member, branch):
    client.force_login(branch_owner)

    response = client.post(START, {"branch": branch.pk, "due_on": "2020-01-01"})

    assert response.status_code == 422
    assert "The date has passed already." in response.content.decode()
    assert 'value="2020-01-01"' in response.content.decode()


def test_a_branch_of_others_is_no_choice(client, branch_owner, assigned_member, firm, due_on):
    dublin = factories.BranchFactory(firm=firm, name="Dublin")
    client.force_login(branch_owner)

    response = client.post(START, {"branch": dublin.pk, "due_on": due_on.isoformat()})

    assert response.status_code == 422
    assert "Dublin" not in client.get(START).content.decode()


def test_keep_leaves_the_assignment_and_says_who_decided(
    client, branch_owner, item, url, assigned_member
):
    client.force_login(branch_owner)

    response = client.post(f"{url}decide/", {f"decision_{item.pk}": "keep", "note": "Needed."})

    item.refresh_from_db()
    assert response.status_code == 302
    assert (item.decision, item.decided_by, item.note) == ("keep", branch_owner, "Needed.")
    assert item.decided_at is not None
    assert TeamAssignment.objects.filter(user=assigned_member).exists()


def test_remove_ends_the_assignment_at_once(
    client, persona_client, branch_owner, item, review, url, connection
):
    mia = persona_client("assigned_member")
    client.force_login(branch_owner)
    assert mia.get(f"/harbour/clients/{connection.pk}/").status_code == 200

    client.post(f"{url}decide/", {f"decision_{item.pk}": "remove"})

    assert mia.get(f"/harbour/clients/{connection.pk}/").status_code == 403
    ended = TeamAssignment.history.get(history_type="-")
    assert (ended.history_user, ended.history_change_reason) == (
        branch_owner,
        f"Access review {review.quarter}",
    )
    item.refresh_from_db()
    assert item.decision == "remove"


def test_what_was_removed_is_not_brought_back_by_a_click(branch_owner, item, review):
    decide_items(review, {item.pk: Decision.REMOVE}, by=branch_owner)

    done = decide_items(review, {item.pk: Decision.KEEP}, by=branch_owner)

    item.refresh_from_db()
    assert (done.kept, done.removed, item.decision) == (0, 0, "remove")


def test_a_paused_client_can_be_kept_but_not_taken_away(
    client, branch_owner, item, url, connection
):
    with because("Arranged by a test"):
        type(connection).objects.update(status="paused", paused_at=clock.now())
    client.force_login(branch_owner)

    response = client.post(f"{url}decide/", {f"decision_{item.pk}": "remove", "note": "Gone."})

    html = response.content.decode()
    assert response.status_code == 422
    assert "You cannot take access to Acme Bakery from others." in html
    assert 'value="Gone."' in html
    assert f'name="decision_{item.pk}" value="remove" checked' in html
    assert TeamAssignment.objects.count() == 1


@pytest.mark.parametrize(
    "answers",
    [{}, {"decision_x": "keep"}, {"decision_1": "burn"}, {"decision_99999999999999999999": "keep"}],
)
def test_damaged_forms_are_refused(client, branch_owner, url, answers):
    client.force_login(branch_owner)

    assert client.post(f"{url}decide/", answers).status_code == 422


def test_lines_of_other_reviews_are_nobodys(client, branch_owner, url):
    other = factories.AccessReviewItemFactory()
    client.force_login(branch_owner)

    response = client.post(f"{url}decide/", {f"decision_{other.pk}": "remove"})

    other.refresh_from_db()
    assert (response.status_code, other.decision) == (404, "")


def test_all_that_is_shown_is_confirmed_by_one_button(client, branch_owner, item, url):
    client.force_login(branch_owner)

    html = client.get(f"{url}?show=open").content.decode()

    assert "Confirm all shown" in html
    assert f'<input type="hidden" name="decision_{item.pk}" value="keep">' in html


def test_lines_are_filtered_and_paged(client, branch_owner, branch, assigned_member, due_on):
    for number in range(51):
        row = factories.ConnectionFactory(branch=branch, name=f"Client {number:02}")
        factories.TeamAssignmentFactory(content_object=row, user=assigned_member)
    review = start_review(branch, by=branch_owner, due_on=due_on)
    client.force_login(branch_owner)
    url = f"{LIST}{review.pk}/"

    first = client.get(url).context["page"]
    second = client.get(url + first.next_url).context["page"]
    found = client.get(f"{url}?q=client+07").context["page"]
    none = client.get(f"{url}?show=unused").content.decode()

    assert (first.label, second.label) == ("1–50 of 52", "51–52 of 52")
    assert [item.connection.name for item in found] == ["Client 07"]
    assert "No such lines" in none


def test_signing_waits_for_the_last_decision(client, branch_owner, review, url):
    client.force_login(branch_owner)

    response = client.post(f"{url}sign/")

    assert response.status_code == 422
    assert "1 assignments are still to be decided" in response.content.decode()
    assert "Decide every line first." in client.get(url).content.decode()
    assert AccessReview.objects.get().is_open


def test_the_signed_result_says_who_and_when(client, branch_owner, item, review, url):
    decide_items(review, {item.pk: Decision.KEEP}, by=branch_owner)
    client.force_login(branch_owner)

    asked = client.get(f"{url}sign/").content.decode()
    response = client.post(f"{url}sign/", follow=True)

    review.refresh_from_db()
    assert "cannot be changed any more" in asked
    assert review.signed_off_by == branch_owner
    assert "Signed off by <bdi>Olga London Owner</bdi>" in response.content.decode()
    found = rows(client.get(f"{url}export/"))
    assert found[1][:5] == [
        "Mia London Member",
        "mia@harbour.test",
        "Acme Bakery",
        "1010",
        "Full Access",
    ]
    assert found[1][8:10] == ["Keep", "Olga London Owner"]
    assert found[1][12:] == ["Olga London Owner", review.signed_off_at.isoformat(" ", "seconds")]


def test_a_signed_review_is_final(client, branch_owner, item, review, url):
    decide_items(review, {item.pk: Decision.KEEP}, by=branch_owner)
    sign_review(review, by=branch_owner)
    client.force_login(branch_owner)

    decided = client.post(f"{url}decide/", {f"decision_{item.pk}": "remove"})
    signed = client.post(f"{url}sign/")

    assert (decided.status_code, signed.status_code) == (422, 422)
    assert "has signed this review off already" in decided.content.decode()
    assert TeamAssignment.objects.count() == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda review: AccessReview.objects.filter(pk=review.pk).update(quarter="Q1 1999"),
        lambda review: AccessReview.objects.filter(pk=review.pk).update(
            signed_off_at=None, signed_off_by=None
        ),
        lambda review: review.items.update(note="Changed."),
        lambda review: review.items.all().delete(),
        lambda review: factories.AccessReviewItemFactory(review=review, firm=review.firm),
    ],
)
def test_postgresql_refuses_to_change_a_signed_review(branch_owner, item, review, change):
    decide_items(review, {item.pk: Decision.KEEP}, by=branch_owner)
    sign_review(review, by=branch_owner)

    with pytest.raises(IntegrityError, match="final"), transaction.atomic(), because("Mischief"):
        change(review)


def test_postgresql_refuses_a_signature_while_something_is_open(branch_owner, review):
    with (
        pytest.raises(IntegrityError, match="all of it is decided"),
        transaction.atomic(),
        because("Mischief"),
    ):
        AccessReview.objects.update(signed_off_at=clock.now(), signed_off_by=branch_owner)


def test_restricted_clients_are_left_to_who_may_see_them(
    client, super_admin, branch_owner, item, review, url, connection
):
    with because("Arranged by a test"):
        type(connection).objects.update(is_restricted=True)
    client.force_login(branch_owner)

    html = client.get(url).content.decode()
    decided = client.post(f"{url}decide/", {f"decision_{item.pk}": "keep"})
    exported = rows(client.get(f"{url}export/"))

    assert "Acme Bakery" not in html
    assert "1 of them is about restricted clients" in html
    assert decided.status_code == 404
    assert len(exported) == 1
    client.force_login(super_admin)
    assert client.post(f"{url}decide/", {f"decision_{item.pk}": "keep"}).status_code == 302


def test_the_list_shows_reviews_of_ones_own_branches(client, branch_owner, review, firm):
    factories.AccessReviewFactory(branch=factories.BranchFactory(firm=firm, name="Dublin"))
    client.force_login(branch_owner)

    page = client.get(LIST).context["page"]
    exported = rows(client.get(f"{LIST}?format=csv"))

    assert [(row.branch.name, row.undecided, row.total) for row in page] == [("London", 1, 1)]
    assert [row[0] for row in exported] == ["Branch", "London"]


def test_an_empty_list_says_what_would_fill_it(client, viewer, branch):
    client.force_login(viewer)

    html = client.get(LIST).content.decode()

    assert "No reviews yet" in html
    assert "You need the permission “Manage Team”." in html


def test_owners_are_reminded_once_when_it_is_due(branch_owner, branch_admin, review):
    assert remind_of_access_reviews() == 0
    with because("Arranged by a test"):
        AccessReview.objects.update(due_on=clock.today())

    first, again = remind_of_access_reviews(), remind_of_access_reviews()

    assert (first, again) == (1, 0)
    message = Message.objects.get()
    assert (message.recipient, message.firm) == ("olga@harbour.test", review.firm)
    assert message.subject == f"The access review {review.quarter} of London is due"
    assert f"/harbour/reports/reviews/{review.pk}/" in message.body


def test_super_admins_are_reminded_where_a_branch_has_no_owner(super_admin, branch):
    factories.AccessReviewFactory(branch=branch, due_on=clock.today() - timedelta(1))

    remind_of_access_reviews()

    assert Message.objects.get().recipient == "sana@harbour.test"


def test_nobody_is_reminded_of_a_signed_one(branch_owner, branch):
    factories.AccessReviewFactory(branch=branch, signed=True, due_on=clock.today())

    assert remind_of_access_reviews() == 0


def test_starting_is_set_based(branch_owner, branch, due_on, django_assert_num_queries):
    counts = []
    for many in (1, 9):
        for _ in range(many):
            row = factories.ConnectionFactory(branch=branch)
            factories.TeamAssignmentFactory(content_object=row)
        with tenancy.as_system(), django_assert_num_queries(9):
            review = start_review(branch, by=branch_owner, due_on=due_on)
        counts.append(review.items.count())
        with because("Arranged by a test"):
            review.items.all().delete()
            review.delete()

    assert counts == [1, 10]


@pytest.mark.parametrize("many", [1, 3])
def test_query_count(client, branch_owner, branch, due_on, many, django_assert_num_queries):
    for _ in range(many):
        row = factories.ConnectionFactory(branch=branch)
        factories.TeamAssignmentFactory(content_object=row)
    review = start_review(branch, by=branch_owner, due_on=due_on)
    client.force_login(branch_owner)
    client.get(LIST)

    with django_assert_num_queries(12):
        client.get(f"{LIST}{review.pk}/")
    with django_assert_num_queries(9):
        client.get(LIST)


@pytest.mark.parametrize("page", ["", "sign/", "export/"])
def test_reviews_of_other_firms_are_not_found(client, super_admin, outsider, page):
    foreign = factories.AccessReviewFactory()
    client.force_login(super_admin)

    assert client.get(f"{LIST}{foreign.pk}/{page}").status_code == 404
    assert client.get(f"{LIST}999999/{page}").status_code == 404


@pytest.mark.parametrize(
    ("persona", "reads", "decides"),
    [
        ("super_admin", 200, 302),
        ("viewer", 200, 403),
        ("billing_admin", 403, 403),
        ("branch_admin", 200, 302),
        ("assigned_member", 403, 403),
        ("outsider", 404, 404),
    ],
)
def test_who_may(persona_client, item, url, persona, reads, decides):
    client = persona_client(persona)

    answers = {f"decision_{item.pk}": "keep"}

    assert client.get(url).status_code == reads
    assert client.post(f"{url}decide/", answers).status_code == decides
