"""Client Pays: the branch's link and the mail to copy; nothing is sent (F-104…F-106, F-108)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from clients.http import branches_with, get_branch_to_add
from clients.permissions import CREATE_CLIENTS
from clients.views.client_add import MOST_SHOWN, without_branch
from invitations.actions.branch_links import rotate_branch_link, switch_branch_link
from invitations.emails import link_mail
from invitations.forms.connect import NumberForm
from invitations.models import BranchLink, ClientInvitation
from invitations.models.links import ConnectLink
from practice.errors import Refused
from practice.http import FirmRequest, chosen_branch, render_page
from practice.models import Branch


@require_safe
def client_pays(request: FirmRequest) -> HttpResponse:
    """Of the branch asked for, else of the chosen one, else of the first."""
    rows = branches_with(request, CREATE_CLIENTS).select_related("firm")
    branches = list(rows[: MOST_SHOWN + 1])
    if not branches:
        return without_branch(request, [CREATE_CLIENTS])
    branch = wanted(request, branches)
    link = BranchLink.objects.of(branch)
    used = ClientInvitation.objects.filter(branch=branch, link_number__isnull=False)
    context = {
        "branch": branch,
        "branches": branches[:MOST_SHOWN] if len(branches) > 1 else [],
        "has_more": len(branches) > MOST_SHOWN,
        "link": link,
        "url": ConnectLink.of(link).url,
        "mail": link_mail(link, request.user),
        "uses": used.filter(link_number=link.number).count(),
        "all_uses": used.count(),
    }
    return render_page(request, "invitations/client_pays.html", context)


def wanted(request: FirmRequest, branches: list[Branch]) -> Branch:
    asked = request.GET.get("branch", "")
    if asked:
        branch_id = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 19 else 0
        return get_branch_to_add(request, branch_id)
    chosen = chosen_branch(request)
    if chosen and branches_with(request, CREATE_CLIENTS).filter(pk=chosen.pk).exists():
        return chosen
    return branches[0]


@require_http_methods(["GET", "POST"])
def client_pays_rotate(request: FirmRequest, branch_id: int) -> HttpResponse:
    """Asks first: links that were handed out stop working."""
    branch = get_branch_to_add(request, branch_id)
    link = BranchLink.objects.of(branch)
    if request.method != "POST":
        form = NumberForm(initial={"number": link.number})
        context = {"branch": branch, "link": link, "form": form}
        return render_page(request, "invitations/client_pays_rotate.html", context)
    form = NumberForm(request.POST)
    try:
        number = form.cleaned_data["number"] if form.is_valid() else 0
        rotate_branch_link(branch, by=request.user, number=number)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{branch.name} has a new link. The earlier one is void.")
    return to_link(request, branch)


@require_http_methods(["GET", "POST"])
def client_pays_off(request: FirmRequest, branch_id: int) -> HttpResponse:
    """Asks first: nobody can connect by the link until it is on again."""
    branch = get_branch_to_add(request, branch_id)
    if request.method != "POST":
        return render_page(request, "invitations/client_pays_off.html", {"branch": branch})
    return switched(request, branch, is_on=False)


@require_http_methods(["POST"])
def client_pays_on(request: FirmRequest, branch_id: int) -> HttpResponse:
    return switched(request, get_branch_to_add(request, branch_id), is_on=True)


def switched(request: FirmRequest, branch: Branch, *, is_on: bool) -> HttpResponse:
    try:
        switch_branch_link(branch, by=request.user, is_on=is_on)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"The link of {branch.name} is {'on' if is_on else 'off'}.")
    return to_link(request, branch)


def to_link(request: FirmRequest, branch: Branch) -> HttpResponse:
    page = reverse("invitations:client-pays", kwargs={"firm_slug": request.firm.slug})
    return redirect(f"{page}?branch={branch.pk}")
