"""Add Client: two billing models to choose from, and what each of them means (F-103, C1)."""

from collections.abc import Sequence

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from clients import permissions as p
from clients.http import branches_with
from practice.http import (
    FirmRequest,
    chosen_branch,
    open_branches,
    render_page,
    require,
    require_anywhere,
)
from practice.permissions import Permission, lacking_all

MOST_SHOWN = 12


@require_safe
def client_add(request: FirmRequest) -> HttpResponse:
    """The chooser. Asks for a branch first where the firm has none (F-012)."""
    branches = branches_with(request, p.CREATE_CLIENTS)
    if not branches.exists():
        return without_branch(request, [p.CREATE_CLIENTS])
    chosen = chosen_branch(request)
    shown = [chosen] if chosen and chosen in branches else list(branches[: MOST_SHOWN + 1])
    context = {
        "branches": shown[:MOST_SHOWN],
        "has_more": len(shown) > MOST_SHOWN,
        "lacks_charge": lacking_all(request.standing, p.TO_CHARGE),
    }
    return render_page(request, "clients/client_add.html", context)


def without_branch(request: FirmRequest, permissions: Sequence[Permission]) -> HttpResponse:
    """Nowhere to add one: for want of rights (403), or of a branch (F-012)."""
    for permission in permissions:
        require_anywhere(request, permission)
    if open_branches(request):  # each is held, but nowhere all of them
        for permission in permissions:
            require(request.user, permission, request.firm)
    return render_page(request, "clients/client_add_branch_first.html", {})
