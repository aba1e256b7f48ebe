"""What points to somebody who leaves, and what their leaving did (F-241)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q

from clients.models.assignments import TeamAssignment
from clients.models.connections import Connection
from clients.models.imports import ImportRun, ImportState
from clients.models.reviews import AccessReviewItem
from clients.roles import ConnectionStatus
from practice.models import (
    ApiKey,
    BranchMembership,
    Job,
    JobState,
    SavedView,
    TeamMember,
    Webhook,
)

FINISHED_IMPORTS = (ImportState.DONE, ImportState.FAILED)


@dataclass(frozen=True)
class BranchTies:
    """Somebody's running assignments on one branch. Only those of active clients can pass on."""

    branch_id: int
    name: str
    total: int
    can_pass: int
    primary: int


def ties_by_branch(member: TeamMember) -> list[BranchTies]:
    is_active = Q(content_object__status=ConnectionStatus.ACTIVE)
    rows = (
        TeamAssignment.objects.of(member.user_id, member.firm_id)
        .values("content_object__branch_id", "content_object__branch__name")
        .annotate(
            total=Count("pk"),
            can_pass=Count("pk", filter=is_active),
            primary=Count("pk", filter=Q(is_primary=True)),
        )
        .order_by("content_object__branch__name", "content_object__branch_id")
    )
    return [BranchTies(*row) for row in rows.values_list(
        "content_object__branch_id", "content_object__branch__name", "total", "can_pass", "primary"
    )]  # fmt: skip


@dataclass(frozen=True)
class Leftover:
    """Some rows that stay behind, in words."""

    count: int
    words: str


def leftovers(member: TeamMember) -> list[Leftover]:
    return [left for left in _leftovers(member) if left.count]


def _leftovers(member: TeamMember) -> Iterator[Leftover]:
    views = SavedView.objects.filter(member=member)
    yield Leftover(
        views.filter(is_shared=True).count(), "shared views of the client list; they stay shared"
    )
    yield Leftover(views.filter(is_shared=False).count(), "private views; nobody else sees them")
    imports = ImportRun.objects.filter(firm_id=member.firm_id, started_by_id=member.user_id)
    yield Leftover(
        imports.exclude(state__in=FINISHED_IMPORTS).count(),
        "imports that are not finished; a Super Admin can go on with them",
    )
    jobs = Job.objects.filter(firm_id=member.firm_id, asked_by_id=member.user_id)
    yield Leftover(
        jobs.filter(state__in=[JobState.WAITING, JobState.RUNNING]).count(),
        "jobs under way; each stops where it would need rights that are gone",
    )
    keys = ApiKey.objects.live().filter(firm_id=member.firm_id, created_by_id=member.user_id)
    yield Leftover(keys.count(), "API keys that they created; each works until it is revoked")
    hooks = Webhook.objects.switched_on()
    hooks = hooks.filter(firm_id=member.firm_id, created_by_id=member.user_id)
    yield Leftover(hooks.count(), "webhooks that they added; each is told until it is removed")
    items = AccessReviewItem.objects.filter(firm_id=member.firm_id, user_id=member.user_id)
    yield Leftover(
        items.filter(decision="", review__signed_off_at=None).count(),
        "lines of open access reviews to be decided",
    )


@dataclass(frozen=True)
class Departure:
    """What one leaving did, as the history has it."""

    at: Any
    by: Any
    reason: str
    ended: int
    passed_on: int
    branches: int
    without_anybody: int


def departure(member: TeamMember) -> Departure | None:
    """Of somebody who has left: the rows that were written by the same request."""
    past = TeamMember.history.filter(id=member.pk).select_related("history_user")
    row = past.filter(is_active=False, history_type="~").order_by("-history_date").first()
    if row is None or not row.request_id:
        return None
    ties = TeamAssignment.history.filter(firm_id=member.firm_id, request_id=row.request_id)
    ended = ties.filter(user_id=member.user_id, history_type="-")
    passed = ties.exclude(user_id=member.user_id).exclude(history_type="-")
    ids = ended.values("content_object_id")
    lonely = Connection.objects.filter(pk__in=ids, assignments=None)
    places = BranchMembership.history.filter(member_id=member.pk, history_type="-")
    return Departure(
        row.history_date,
        row.history_user,
        row.history_change_reason or "",
        ended.count(),
        passed.values("content_object_id").distinct().count(),
        places.filter(request_id=row.request_id).count(),
        lonely.exclude(status=ConnectionStatus.DISCONNECTED).count(),
    )
