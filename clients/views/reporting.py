"""What the pages about people's access share: who may read them, about whom, and until when."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Q, QuerySet, Window
from django.http import Http404, QueryDict

from clients.models import TeamAssignment
from clients.models.matrix import ASKED, may_report, reportable, reported_branches
from practice.auth import fresh_standing
from practice.http import FirmRequest, require, require_anywhere
from practice.models import BranchMembership, TeamMember
from practice.paging import Page, numbered, numbered_url
from practice.permissions import Standing


def require_reports(request: FirmRequest) -> None:
    """“View Reports” and “View Access History”, both on one branch at least."""
    if may_report(request.standing):
        return
    for permission in ASKED:
        require_anywhere(request, permission)
    require(request.user, ASKED[1], request.firm)


def standing_of_now(request: FirmRequest) -> Standing | None:
    """The asker's rights at this moment, for the next piece of a running export (F-058)."""
    standing = fresh_standing(request.user.pk, request.firm.pk)
    return standing if standing and may_report(standing) else None


def staff_for(standing: Standing) -> QuerySet[TeamMember]:
    """People of the firm, gone ones too, who have or had to do with the branches read about.

    Everybody for a parent role; else who works or worked on one of the branches, who holds a
    parent role, and who is or was assigned to a client there.
    """
    rows = TeamMember.objects.filter(firm_id=standing.firm_id)
    if all(code in standing.everywhere for code in ASKED):
        return rows
    branches = reported_branches(standing).order_by().values("pk")
    clients = reportable(standing).order_by().values("pk")
    places = BranchMembership.history.filter(firm_id=standing.firm_id, branch_id__in=branches)
    ties = TeamAssignment.history.filter(firm_id=standing.firm_id)
    tied = ties.filter(content_object_id__in=clients).values("user_id")
    known = Q(pk__in=places.values("member_id")) | Q(user_id__in=tied) | ~Q(parent_role="")
    return rows.filter(known)


def get_reported(request: FirmRequest, member_id: int) -> TeamMember:
    """404 for foreign and unknown ids, and for people outside of what one may read about."""
    rows = staff_for(request.standing).select_related("user")
    member = rows.filter(pk=member_id).first()
    if member is None:
        raise Http404("No such person.")
    member.firm = request.firm
    return member


def named(rows: QuerySet[TeamMember], needle: str) -> QuerySet[TeamMember]:
    if not needle:
        return rows
    return rows.filter(Q(user__full_name__icontains=needle) | Q(user__email__icontains=needle))


def counted_page(
    rows: "QuerySet[TeamMember]", params: QueryDict, name: str, size: int
) -> Page[TeamMember]:
    """`numbered` in one query: each row brings the count along, where rows cost little."""
    number = asked_number(params, name)
    start = (number - 1) * size
    found: list[Any] = list(rows.annotate(n=Window(Count("pk")))[start : start + size])
    if not found:
        return numbered(rows, params, name=name, size=size)
    has_next = start + len(found) < found[0].n
    return Page(
        rows=found,
        start=start + 1,
        total=found[0].n,
        next_url=numbered_url(params, name, number + 1) if has_next else "",
        previous_url=numbered_url(params, name, number - 1) if number > 1 else "",
    )


def asked_number(params: QueryDict, name: str) -> int:
    text = params.get(name, "")
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 7 else 1


def query_of(params: QueryDict, names: Iterable[str]) -> str:
    """`?…` with these filters, those that say something; "" without any."""
    given = {name: params[name] for name in names if params.get(name)}
    return f"?{urlencode(given)}" if given else ""
