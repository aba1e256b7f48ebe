"""The steps after the account: company, payment method, accepting the connection (F-109…F-111).

Each asks for a good link, and for what the steps before it leave behind; whoever lacks that is sent
back to it. So one may leave, and go on later.
"""

from typing import Any
from urllib.parse import urlencode

from allauth.core.ratelimit import consume_or_429
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from clients.models import ClientAccount
from invitations.actions.setups import choose_company, find_setup, finish_setup, open_setups
from invitations.forms.connect import NEW, ConnectForm, SetupCompanyForm
from invitations.models import ClientSetup
from invitations.models.links import ConnectLink
from invitations.views.connect import behind, colleague, step_url
from invitations.views.link_over import link_over
from practice.errors import Refused
from practice.http import FirmRequest, render_page
from practice.models import Branch

STEPS = ("Account", "Company", "Payment", "Accept connection")
PAGES = {  # by step, in their order; the account comes before them
    "company": "invitations/connect_company.html",
    "payment": "invitations/connect_payment.html",
    "accept": "invitations/connect_accept.html",
}


@require_safe
def connect_list(request: FirmRequest) -> HttpResponse:
    """What the person began and has not finished; a panel of the home page."""
    setups = [(row, step_url(link, "next")) for row, link in open_setups(request.user)]
    context = {"setups": setups}
    return render_page(request, "invitations/connect_list.html", context, fragment="panel")


@require_safe
def connect_next(request: FirmRequest, invite: str) -> HttpResponse:
    """To the step that is next."""
    link, branch = behind(invite)
    if link is None or branch is None:
        return link_over(request)
    if colleague(request.user, branch):
        return redirect("invitations:connect", link.token)
    return redirect(step_url(link, next_step(find_setup(request.user, branch))))


def next_step(setup: ClientSetup | None) -> str:
    if setup is None or setup.account is None:
        return "company"
    return "accept" if is_paid_for(setup.account) else "payment"


def is_paid_for(account: ClientAccount) -> bool:
    return account.has_method and not account.is_archived


@require_http_methods(["GET", "HEAD", "POST"])
def connect_company(request: FirmRequest, invite: str) -> HttpResponse:
    link, branch = behind(invite)
    if link is None or branch is None:
        return link_over(request)
    too_often: HttpResponse | None = consume_or_429(request, action="connect_company")
    if too_often:
        return too_often
    companies = list(ClientAccount.objects.filter(owner=request.user)[:50])
    setup = find_setup(request.user, branch)
    chosen = setup.account_id if setup and setup.account_id else NEW
    data = request.POST if request.method == "POST" else None
    form = SetupCompanyForm(data, companies=companies, initial={"company": str(chosen)})
    if form.is_valid() and is_chosen(request, branch, link, form):
        return redirect(step_url(link, "next"))
    return step(request, branch, link, "company", form=form)


def is_chosen(
    request: FirmRequest, branch: Branch, link: ConnectLink, form: SetupCompanyForm
) -> bool:
    new = {name: form.cleaned_data[name] for name in ("name", "tax_id")}
    try:
        choose_company(branch, link, by=request.user, account=form.account, **new)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    return True


@require_safe
def connect_payment(request: FirmRequest, invite: str) -> HttpResponse:
    """The plan and the payment method are chosen on billing's page, which comes back here."""
    link, branch = behind(invite)
    if link is None or branch is None:
        return link_over(request)
    setup = find_setup(request.user, branch)
    if setup is None or setup.account is None or is_paid_for(setup.account):
        return redirect(step_url(link, "next"))
    back = urlencode({"next": step_url(link, "next")})
    plan_url = f"{reverse('billing:company-plan', args=[setup.account.pk])}?{back}"
    return step(request, branch, link, "payment", setup=setup, plan_url=plan_url)


@require_http_methods(["GET", "HEAD", "POST"])
def connect_accept(request: FirmRequest, invite: str) -> HttpResponse:
    """The client's consent, with name and time; then the invitation comes back to the branch."""
    link, branch = behind(invite)
    if link is None or branch is None:
        return link_over(request)
    setup = find_setup(request.user, branch)
    if setup is None:
        return redirect("invitations:connect", link.token)
    if setup.account is None or not is_paid_for(setup.account):
        return redirect(step_url(link, "next"))
    form = ConnectForm(
        request.POST if request.method == "POST" else None,
        firm_name=branch.firm.name,
        company=setup.account.name,
        initial={"full_name": request.user.full_name},
    )
    if form.is_valid() and is_finished(request, setup, form):
        says = f"{branch.firm.name} has your invitation, and answers it."
        messages.success(request, f"You have accepted the connection. {says}")
        return redirect("invitations:connect", link.token)
    return step(request, branch, link, "accept", setup=setup, form=form)


def is_finished(request: FirmRequest, setup: ClientSetup, form: ConnectForm) -> bool:
    name, message = form.cleaned_data["full_name"], form.cleaned_data["message"]
    try:
        finish_setup(setup, by=request.user, consent_name=name, message=message)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    return True


def step(
    request: HttpRequest, branch: Branch, link: ConnectLink, name: str, **facts: Any
) -> HttpResponse:
    number = list(PAGES).index(name) + 2
    context = {
        "branch": branch,
        "number": number,
        "steps": [(label, place == number) for place, label in enumerate(STEPS, start=1)],
        "company_url": step_url(link, "company"),
        **facts,
    }
    form = facts.get("form")
    status = 422 if form is not None and form.is_bound else 200
    return render(request, PAGES[name], context, status=status)
