"""Between a request and a page: who asks, may they, and page or fragment."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

from practice import auth, tenancy
from practice.actions.downloads import note_download
from practice.countries import COUNTRIES
from practice.models import Branch, BranchMembership, Firm, TeamMember, User
from practice.models.arrivals import BRANCHES_SHOWN
from practice.models.firms import TeamMemberQuerySet
from practice.permissions import VIEW_TEAM, Permission, Standing, Verdict

if TYPE_CHECKING:
    from django_htmx.middleware import HtmxDetails


DESTINATION = "destination"  # in the session
CHECKED_EVERY = 500  # lines of a download
STOPPED = "The export stopped here: your rights at the firm changed while it ran."


class FirmRequest(HttpRequest):
    """A request inside a firm, by a person who works there (set by `practice.middleware`)."""

    user: User
    firm: Firm
    member: TeamMember
    standing: Standing
    first_branches: list[Branch]  # one more than the selector shows: a firm may have five hundred
    waiting: dict[int, int]  # questions that wait for an answer, by branch (`models.arrivals`)
    alerts: int  # that the person sees and nobody has seen to, up to a hundred
    htmx: "HtmxDetails"


def personal(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page about the person: open without a place at the firm, or before a second factor."""
    view.is_personal = True  # type: ignore[attr-defined]
    return view


class Forbidden(PermissionDenied):
    """Seen but not allowed: 403, with the verdict for the page that explains it."""

    def __init__(self, verdict: Verdict, permission: str, row: auth.Guarded | None = None) -> None:
        super().__init__(verdict.reason)
        self.verdict = verdict
        self.permission = permission
        self.row = row


def require(user: User, permission: str, row: auth.Guarded) -> None:
    """Raise `Forbidden` unless `explain` says yes."""
    verdict = auth.explain(user, permission, row)
    if not verdict.allowed:
        raise Forbidden(verdict, permission, row)


def require_anywhere(request: FirmRequest, permission: Permission) -> None:
    """For pages over many branches: held on one of them at least."""
    if not request.standing.holds_anywhere(permission):
        require(request.user, permission, request.firm)


def render_page(
    request: HttpRequest,
    template: str,
    context: dict[str, Any],
    *,
    fragment: str | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page; to htmx the named part of it (`{% partialdef %}`), unless htmx restores history."""
    htmx = getattr(request, "htmx", None)
    if fragment and htmx and not htmx.boosted and not htmx.history_restore_request:
        template = f"{template}#{fragment}"
    return render(request, template, context, status=status)


def keep_destination(request: HttpRequest, fallback: str) -> None:
    """Remember where somebody was going who must set up a second factor first (F-022a).

    Of a fragment that is the page around it; what was sent is not sent again.
    """
    url = request.get_full_path() if request.method in ("GET", "HEAD") else fallback
    if "HX-Request" in request.headers:
        page = urlsplit(request.headers.get("HX-Current-URL", ""))
        url = urlunsplit(("", "", page.path, page.query, ""))
    is_ours = url_has_allowed_host_and_scheme(url, allowed_hosts=None)
    request.session[DESTINATION] = url if is_ours else fallback


def destination(request: HttpRequest) -> str:
    """Where they were going, once they have a second factor; else "", and "" when they arrived."""
    url = str(request.session.get(DESTINATION, ""))
    return url if url and auth.has_second_factor(request.user.pk or 0) else ""


def stream(
    request: FirmRequest,
    chunks: Callable[[], Iterable[str | bytes]],
    *,
    content_type: str,
    filename: str,
    is_one_transaction: bool = True,
) -> StreamingHttpResponse:
    """A download that runs in the firm's context: the request's transaction is over by then.

    Chunks that write as they go enter the context themselves, a transaction for each batch.
    """
    firm_id, user_id = request.firm.pk, request.user.pk
    note_download(request.firm, request.member, filename)

    def within() -> Iterator[str | bytes]:
        with tenancy.in_firm(firm_id, user_id) if is_one_transaction else nullcontext():
            yield from while_they_may(chunks(), request.standing)

    response = StreamingHttpResponse(within(), content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response


def while_they_may(chunks: Iterable[str | bytes], standing: Standing) -> Iterator[str | bytes]:
    """The lines, until the person's rights at the firm are others than at the start (F-058)."""
    for number, chunk in enumerate(chunks, start=1):
        yield chunk
        if number % CHECKED_EVERY:
            continue
        with tenancy.in_firm(standing.firm_id, standing.user_id):
            fresh = auth.fresh_standing(standing.user_id, standing.firm_id)
        if fresh != standing:
            yield f"{STOPPED}\r\n"
            return


def open_branches(request: FirmRequest) -> list[Branch]:
    """All branches that the person works in, read once per request (forms, the selector's page)."""
    known: list[Branch] | None = getattr(request, "known_branches", None)
    if known is None:
        known = list(Branch.objects.open_to(request.standing))
        request.known_branches = known  # type: ignore[attr-defined]
    return known


def visible_members(request: FirmRequest) -> TeamMemberQuerySet:
    """Everyone for a parent role that sees the team; else people of the branches one works on."""
    members: TeamMemberQuerySet = TeamMember.objects.filter(firm_id=request.firm.pk, is_active=True)
    held = request.standing.branches_with(VIEW_TEAM)
    if held is None:
        return members
    places = BranchMembership.objects.for_firm(request.firm).filter(branch_id__in=held)
    return members.filter(pk__in=places.values("member_id"))


def get_member(request: FirmRequest, member_id: int) -> TeamMember:
    """A colleague that the person may see; 404 otherwise, the same for foreign and unknown ids."""
    require_anywhere(request, VIEW_TEAM)
    member = visible_members(request).select_related("user").filter(pk=member_id).first()
    if member is None:
        raise Http404("No such team member.")
    return member


def country_of(request: HttpRequest) -> str:
    """Two letters, where the installation's reverse proxy names the country; else ""."""
    if not settings.COUNTRY_HEADER:
        return ""
    code = request.headers.get(settings.COUNTRY_HEADER, "").strip().upper()
    return code if code in COUNTRIES else ""


# Who has a place here without working at a firm; the apps above add theirs.
AT_HOME: list[Callable[[User], bool]] = []


def session_key(request: FirmRequest) -> str:
    return f"branch:{request.firm.pk}"


def choose_branch(request: FirmRequest, choice: int | str) -> None:
    """From the next page on: a branch by its id, or "all" of them (F-011)."""
    request.session[session_key(request)] = choice


def chosen_branch(request: FirmRequest) -> Branch | None:
    """The branch of the selector; None is "All branches" (F-011). Kept in the session.

    People without a parent role and with one branch are always in that branch.
    """
    if not hasattr(request, "chosen_branch"):
        request.chosen_branch = _chosen_branch(request)  # type: ignore[attr-defined]
    chosen: Branch | None = request.chosen_branch  # type: ignore[attr-defined]
    return chosen


def _chosen_branch(request: FirmRequest) -> Branch | None:
    branches = request.first_branches
    wanted = request.session.get(session_key(request))
    for branch in branches:
        if branch.pk == wanted:
            return branch
    if isinstance(wanted, int) and len(branches) > BRANCHES_SHOWN:
        found = Branch.objects.open_to(request.standing).filter(pk=wanted).first()
        if found:
            return found
    if request.standing.parent_role or not branches:
        return None
    return branches[0]
