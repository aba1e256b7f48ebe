"""Quarterly access reviews: starting, deciding line by line, signing off (F-225)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection as database
from django.db import transaction
from django.db.models import QuerySet

from clients.actions.assignments import end_assignments
from clients.actions.limits import Giver
from clients.actions.places import lock_clients
from clients.models import AccessReview, AccessReviewItem, Decision
from clients.models.assignments import UNUSED_AFTER
from clients.models.reviews import quarter_of
from practice import clock, tenancy
from practice.actions.limits import lock_rights
from practice.actions.outbox import post_mail
from practice.emails import site_link
from practice.errors import Refused
from practice.history import because
from practice.models import Branch, BranchMembership, Message, TeamMember, User
from practice.roles import BranchRole, ParentRole

SNAPSHOT = """
INSERT INTO clients_accessreviewitem
  (firm_id, review_id, user_id, connection_id, role, granted_at, last_used_at, is_unused, place,
   decision, note)
SELECT t.firm_id, %(review)s, t.user_id, t.content_object_id, t.role, t.granted_at, v.at,
  greatest(t.granted_at, v.at) <= %(stale)s,
  row_number() OVER (
    ORDER BY greatest(t.granted_at, v.at) <= %(stale)s DESC, u.full_name, t.user_id,
      c.name_sort, c.id
  ), '', ''
FROM clients_teamassignment t
JOIN clients_connection c ON c.id = t.content_object_id
JOIN practice_user u ON u.id = t.user_id
LEFT JOIN (
  SELECT connection_id, user_id, max(at) AS at FROM clients_accessvisit
  WHERE firm_id = %(firm)s GROUP BY connection_id, user_id
) v ON v.connection_id = c.id AND v.user_id = t.user_id
WHERE t.firm_id = %(firm)s AND c.branch_id = %(branch)s
  AND (t.ends_at IS NULL OR t.ends_at > %(now)s)
"""


@transaction.atomic
def start_review(branch: Branch, *, by: User, due_on: date) -> AccessReview:
    """Note every running assignment of the branch as it is now, in one statement.

    Raises `Refused` while another review of the branch is open, and when nobody is assigned.
    """
    lock_rights(branch.firm_id)
    branch = Branch.objects.select_for_update(no_key=True).get(pk=branch.pk)
    open_one = AccessReview.objects.open().filter(branch=branch).first()
    if open_one:
        raise Refused(f"{branch.name} has an open review already: {open_one.quarter}.")
    if due_on < clock.today():
        raise Refused("The date has passed already. Choose a later one.")
    review = AccessReview(
        firm_id=branch.firm_id,
        branch=branch,
        quarter=quarter_of(clock.today()),
        started_by=by,
        due_on=due_on,
    )
    with because(f"Started the access review {review.quarter} of {branch.name}.", by=by):
        review.save()
        if not take_snapshot(review):
            raise Refused(f"Nobody is assigned to a client of {branch.name}: nothing to review.")
    return review


def take_snapshot(review: AccessReview) -> int:
    values: dict[str, Any] = {
        "review": review.pk,
        "firm": review.firm_id,
        "branch": review.branch_id,
        "now": clock.now(),
        "stale": clock.now() - UNUSED_AFTER,
    }
    with database.cursor() as cursor:
        cursor.execute(SNAPSHOT, values)
        return int(cursor.rowcount)


@dataclass(frozen=True)
class Decided:
    kept: int
    removed: int


@transaction.atomic
def decide_items(
    review: AccessReview, decisions: Mapping[int, str], *, by: User, note: str = ""
) -> Decided:
    """Confirm or remove some lines (item id → decision); what is removed ends at once.

    What was removed before stays removed, and what is decided so already is left as it is. Raises
    `Refused` when the review is signed, or when `by` may not take access to one of the clients.
    """
    review = locked_review(review)
    items = [
        item
        for item in AccessReviewItem.objects.filter(review=review, pk__in=decisions)
        .order_by("pk")
        .select_for_update()
        if item.decision not in (decisions[item.pk], Decision.REMOVE)
    ]
    removed = [item for item in items if decisions[item.pk] == Decision.REMOVE]
    kept = [item for item in items if decisions[item.pk] == Decision.KEEP]
    end_access(review, removed, by=by)
    with because(f"Access review {review.quarter}", by=by):
        write(kept, Decision.KEEP, by, note)
        write(removed, Decision.REMOVE, by, note)
    return Decided(len(kept), len(removed))


def end_access(review: AccessReview, items: Iterable[AccessReviewItem], *, by: User) -> None:
    """Judged by the rules of each client, then ended: one set per person."""
    by_person: dict[int, list[int]] = defaultdict(list)
    for item in items:
        by_person[item.user_id].append(item.connection_id)
    clients = lock_clients({pk for ids in by_person.values() for pk in ids})
    if not clients:
        return
    giver = Giver.of(by, clients)
    for user_id, ids in by_person.items():
        for client in clients:
            if client.pk in ids and user_id != by.pk:
                giver.refuse_taking(client)
        reason = f"Access review {review.quarter}"
        end_assignments(review.firm_id, user_id, by=by, reason=reason, connection_ids=ids)


def write(items: list[AccessReviewItem], decision: Decision, by: User, note: str) -> None:
    AccessReviewItem.objects.filter(pk__in=[item.pk for item in items]).update(
        decision=decision, decided_by=by, decided_at=clock.now(), note=note[:300]
    )


@transaction.atomic
def sign_review(review: AccessReview, *, by: User) -> AccessReview:
    """Put one's name under the result. From then on nothing of it can be changed."""
    review = locked_review(review)
    undecided = AccessReviewItem.objects.filter(review=review, decision="").count()
    if undecided:
        raise Refused(f"{undecided:,} assignments are still to be decided.")
    review.signed_off_by, review.signed_off_at = by, clock.now()
    with because(f"Signed off the access review {review.quarter}.", by=by):
        review.save(update_fields=["signed_off_by", "signed_off_at"])
    return review


def locked_review(review: AccessReview) -> AccessReview:
    """Raises `Refused` when it is signed: a second click changes nothing.

    The firm comes first, as it does wherever assignments change.
    """
    lock_rights(review.firm_id)
    found = AccessReview.objects.select_related("signed_off_by").select_for_update(of=("self",))
    review = found.get(pk=review.pk)
    if not review.is_open:
        raise Refused(f"{review.signed_off_by} has signed this review off already.")
    return review


def remind_of_due_reviews() -> int:
    """Mail to the Owners of reviews that are due and not signed; how many mails are new."""
    with tenancy.as_system():
        due = AccessReview.objects.open().filter(due_on__lte=clock.today())
        reviews = list(due.select_related("firm", "branch").order_by("pk"))
        return sum(remind_of_review(review) for review in reviews)


def remind_of_review(review: AccessReview) -> int:
    """To each Owner of the branch, or to the Super Admins where it has none; each of them once."""
    people = owners_of(review.branch) or super_admins_of(review.firm_id)
    keys = {f"access-review:{review.pk}:due:{person.pk}": person for person in people}
    said = set(Message.objects.filter(key__in=keys).values_list("key", flat=True))
    words = {"firm_slug": review.firm.slug, "review_id": review.pk}
    for key in keys.keys() - said:
        post_mail(
            "clients/access_review_due",
            key=key,
            recipient=keys[key].email,
            firm=review.firm,
            person=keys[key],
            review=review,
            link=site_link("clients:review-detail", **words),
        )
    return len(keys.keys() - said)


def owners_of(branch: Branch) -> list[User]:
    places = BranchMembership.objects.filter(branch=branch, role=BranchRole.OWNER)
    return people_of(TeamMember.objects.filter(pk__in=places.values("member_id")))


def super_admins_of(firm_id: int) -> list[User]:
    return people_of(TeamMember.objects.filter(firm_id=firm_id, parent_role=ParentRole.SUPER_ADMIN))


def people_of(members: QuerySet[TeamMember]) -> list[User]:
    rows = members.filter(is_active=True, user__is_active=True)
    return [member.user for member in rows.select_related("user").order_by("pk")]
