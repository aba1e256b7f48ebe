"""The front door: where a person goes first."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from practice.http import AT_HOME
from practice.models import TeamMember


@login_not_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """To sign in; to the one firm; or to a choice of firms."""
    if not request.user.is_authenticated:
        return redirect("account_login")
    memberships = (
        TeamMember.objects.filter(user_id=request.user.pk, is_active=True)
        .select_related("firm")
        .order_by("firm__name", "firm_id")
    )
    found = list(memberships[:101])
    if len(found) == 1:
        return redirect("practice:dashboard", firm_slug=found[0].firm.slug)
    is_at_home = not found and any(knows(request.user) for knows in AT_HOME)
    context = {"memberships": found, "is_at_home": is_at_home}
    return render(request, "practice/home.html", context)
