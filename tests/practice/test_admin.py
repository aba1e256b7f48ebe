"""Django admin: every registered model opens for an operator, and for nobody else (F-008)."""

from datetime import date

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db import models
from django.urls import reverse

from clients.models import Connection
from practice.database import is_client_content
from practice.history import HistoryFacts
from practice.models import Branch, BranchMembership, Firm, TeamMember, User
from tests import factories as make

LONG_AGO = date(2020, 1, 1)
OURS = {"practice", "clients", "invitations", "billing", "portal"}
REGISTERED = sorted(admin.site._registry, key=lambda model: model._meta.label)
CAUSE = "Changed by an operator in Django admin."


def admin_url(model: type[models.Model], page: str, *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.fixture
def world(connection, contact, assigned_member) -> None:
    """One row at least of nearly every model."""
    make.ConnectionPeriodFactory(connection=connection)
    make.ActivityEventFactory(connection=connection)
    make.AccessVisitFactory(connection=connection, user=assigned_member)
    make.UsageSnapshotFactory(connection=connection)
    make.LedgerEntryFactory(connection=connection)
    make.LedgerBlockFactory(account=connection.account)
    make.UsageEventFactory(connection=connection)
    make.UsageDayFactory(connection=connection)
    make.ApiKeyFactory(firm=connection.firm)
    make.WebhookDeliveryFactory(webhook__firm=connection.firm)
    make.TagFactory(firm=connection.firm)
    make.ImportRowFactory(run__branch=connection.branch)
    make.AccessReviewItemFactory(connection=connection)
    make.NoteFactory(connection=connection)
    make.TaskFactory(connection=connection)
    make.KeyDateFactory(connection=connection)
    make.TicketReplyFactory(ticket__connection=connection)
    make.AccessRequestFactory(connection=connection)
    make.AssignmentRequestFactory(connection=connection)
    make.ClientMessageFactory(connection=connection)
    make.MessageTemplateFactory(firm=connection.firm)
    make.BulkItemFactory(connection=connection, run__firm=connection.firm)
    make.SavedViewFactory()
    make.TeamInvitationFactory(branch=connection.branch)
    make.ReconnectInvitationFactory()
    make.ClientInvitationFactory()
    make.BranchLinkFactory()
    make.ClientSetupFactory()
    make.ReferralSignUpFactory()
    make.HandoverPackFactory(connection=connection)
    make.OwnerInvitationFactory(connection=connection)
    make.SecurityEventFactory()
    make.DownloadFactory()
    make.SignInCountryFactory()
    make.PortalSettingsFactory(firm=connection.firm)
    make.QuestionSettingsFactory(connection=connection)
    make.SignInLinkFactory()
    make.PortalPreviewFactory()
    make.AlertFactory(connection=connection)
    make.PlanPriceFactory()
    make.PromotionOfferFactory(connection=connection)
    make.SpanFactory(connection=connection)
    make.BranchInvoiceLineFactory(connection=connection)
    make.InvoiceNumbersFactory(firm=connection.firm)
    make.PaymentMethodFactory(branch=connection.branch)
    make.BillingVerificationFactory(branch=connection.branch)
    make.AccountSubscriptionFactory(account=connection.account)
    make.ChargeFactory(invoice__branch=connection.branch, invoice__month=LONG_AGO, method=None)
    make.GatewayEventFactory()
    make.BuiltinPaymentFactory()
    make.MessageFactory()
    make.JobFactory()


@pytest.fixture
def operating(client, operator):
    client.force_login(operator)
    return client


def test_every_model_of_ours_is_registered():
    wanted = {
        model
        for model in apps.get_models()
        if model._meta.app_label in OURS and not issubclass(model, HistoryFacts)
    }

    assert wanted - set(REGISTERED) == set()


@pytest.mark.parametrize("model", REGISTERED, ids=lambda model: model._meta.label)
def test_every_model_has_search_and_filters(model):
    shown = admin.site._registry[model]

    assert shown.search_fields
    assert shown.list_filter or model is Group


@pytest.mark.parametrize("model", REGISTERED, ids=lambda model: model._meta.label)
def test_list_search_add_change_and_history_open(operating, world, model):
    row = model._default_manager.first()
    may_add = admin.site._registry[model].has_add_permission

    statuses = [
        operating.get(admin_url(model, "changelist")).status_code,
        operating.get(admin_url(model, "changelist"), {"q": "acme"}).status_code,
    ]
    add = operating.get(admin_url(model, "add"))
    assert statuses == [200, 200]
    assert add.status_code == (200 if may_add(add.wsgi_request) else 403)
    if row is not None:
        opens = 302 if is_client_content(model) else 200  # 302: for operators it is not there
        assert operating.get(admin_url(model, "change", row.pk)).status_code == opens
        assert operating.get(admin_url(model, "history", row.pk)).status_code in {opens, 404}


@pytest.mark.parametrize(
    "model", [m for m in REGISTERED if hasattr(m, "history") and not is_client_content(m)]
)
def test_a_version_opens_and_cannot_be_brought_back(operating, world, model):
    version = model.history.last()
    url = admin_url(model, "simple_history", version.instance.pk, version.pk)

    opened = operating.get(url)
    posted = operating.post(url, {})

    assert (opened.status_code, posted.status_code) == (200, 403)


def test_index_opens(operating):
    response = operating.get(reverse("admin:index"))

    assert response.status_code == 200


def test_index_has_a_policy_of_its_own(operating):
    policies = [operating.get(address)["Content-Security-Policy"] for address in ("/admin/", "/")]

    assert ["unsafe" in policy for policy in policies] == [True, False]


@pytest.mark.parametrize(
    ("persona", "status"),
    [("super_admin", 302), ("viewer", 302), ("contact", 302), ("outsider", 302)],
)
def test_others_are_kept_out(persona_client, persona, status):
    client = persona_client(persona)

    response = client.get("/admin/")
    followed = client.get("/admin/", follow=True)

    assert (response.status_code, followed.status_code) == (status, 403)


def test_signing_in_happens_on_the_one_page(client, db):
    response = client.get("/admin/login/?next=/admin/practice/firm/")

    assert response.status_code == 302
    assert response.url == "/login/?next=%2Fadmin%2Fpractice%2Ffirm%2F"


def test_a_change_is_explained(operating, operator, firm):
    values = {"name": "Harbour & Co", "slug": firm.slug, "country": "GB", "time_zone": "UTC"}

    response = operating.post(admin_url(Firm, "change", firm.pk), values)

    version = firm.history.first()
    assert response.status_code == 302
    assert (version.name, version.history_change_reason) == ("Harbour & Co", CAUSE)
    assert version.history_user_id == operator.pk


def test_a_firm_may_not_take_an_address_of_the_product(operating):
    values = {"name": "Login", "slug": "login", "country": "GB", "time_zone": "UTC"}

    response = operating.post(admin_url(Firm, "add"), values)

    assert response.status_code == 200
    assert not Firm.objects.filter(slug="login").exists()


def test_a_user_is_added_under_a_folded_address(operating):
    values = {
        "email": "New@Harbour.test",
        "full_name": "Nell New",
        "password1": make.PASSWORD,
        "password2": make.PASSWORD,
    }

    response = operating.post(admin_url(User, "add"), values)

    added = User.objects.get(full_name="Nell New")
    assert response.status_code == 302
    assert (added.email, added.email_key) == ("new@harbour.test", "new@harbour.test")


def test_a_taken_address_is_refused(operating, viewer):
    values = {
        "email": viewer.email.upper(),
        "full_name": "Vera Again",
        "password1": make.PASSWORD,
        "password2": make.PASSWORD,
    }

    response = operating.post(admin_url(User, "add"), values)

    assert "This address is taken." in response.content.decode()


def test_a_branch_keeps_its_currency(operating, branch):
    values = {"name": "City", "email": branch.email, "country": "GB", "currency": "USD"}

    operating.post(admin_url(Branch, "change", branch.pk), values)

    branch.refresh_from_db()
    assert (branch.name, branch.currency) == ("City", "GBP")


def test_a_role_stays_inside_its_firm(operating, branch, outsider):
    values = {"member": outsider.team_members.get().pk, "branch": branch.pk, "role": "admin"}

    response = operating.post(admin_url(BranchMembership, "add"), values)

    assert "another firm" in response.content.decode()
    assert not BranchMembership.objects.exists()


def test_a_role_is_given_with_single_permissions(operating, branch, viewer):
    values = {
        "member": viewer.team_members.get().pk,
        "branch": branch.pk,
        "role": "member",
        "added": ["clients.create_clients"],
    }

    operating.post(admin_url(BranchMembership, "add"), values)

    given = BranchMembership.objects.get()
    assert (given.firm_id, given.added) == (branch.firm_id, ["clients.create_clients"])


@pytest.mark.parametrize("change", [{"parent_role": "viewer"}, {"is_active": ""}])
def test_a_firm_keeps_its_last_super_admin(operating, super_admin, change):
    member = super_admin.team_members.get()
    facts = {"parent_role": "super_admin", "is_active": "on", **change}

    response = operating.post(f"/admin/practice/teammember/{member.pk}/change/", facts)

    member.refresh_from_db()
    assert "is the last Super Admin of the firm" in response.content.decode()
    assert (member.parent_role, member.is_active) == ("super_admin", True)


def test_internal_notes_stay_with_the_firm(operating, connection):
    with make.arranging():
        Connection.objects.filter(pk=connection.pk).update(internal_notes="Owes us a favour")
    version = connection.history.first()

    pages = [
        operating.get(admin_url(Connection, "change", connection.pk)),
        operating.get(admin_url(Connection, "history", connection.pk)),
        operating.get(admin_url(Connection, "simple_history", connection.pk, version.pk)),
    ]

    assert [page.status_code for page in pages] == [200, 200, 200]
    assert not any("favour" in page.content.decode() for page in pages)


@pytest.mark.parametrize("model", [Connection, TeamMember, Branch])
def test_query_count_of_lists_is_constant(
    operating, django_assert_max_num_queries, model, connection, viewer
):
    url = admin_url(model, "changelist")
    operating.get(url)

    for _ in range(3):
        make.ConnectionFactory()
        make.TeamMemberFactory()

    with django_assert_max_num_queries(14):
        operating.get(url)


def test_a_changed_price_is_the_next_one(operating):
    """F-128b: the price in use stays, and the next cycle uses the new one."""
    price = make.PlanPriceFactory()

    operating.post(admin_url(type(price), "change", price.pk), {"amount": "25.00"})

    amounts = list(type(price).objects.order_by("starts_on").values_list("amount", flat=True))
    assert amounts == [20, 25]


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"currency": "ZZZ"}, "No branch can bill in this currency."),
        ({"currency": "JPY", "amount": "20.50"}, "JPY has no decimals."),
        ({"starts_on": "2099-01-02"}, "A price is valid from the first day of a month."),
        ({"starts_on": "2020-02-01"}, "A new price is valid from a coming one."),
    ],
)
def test_a_wrong_price_is_refused_in_words(operating, facts, says):
    price = make.PlanPriceFactory()
    values = {"plan": price.plan_id, "currency": "GBP", "amount": "25", "starts_on": "2099-01-01"}

    response = operating.post(admin_url(type(price), "add"), values | facts)

    assert says in response.content.decode()
    assert type(price).objects.count() == 1
