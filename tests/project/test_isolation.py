"""What belongs to another firm does not exist: same bytes as for what never was."""

import re

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from practice.models import Firm, User
from tests import factories, passkeys
from tests.project import matrix
from tests.project.matrix import BODY, FORM, METHODS
from tests.project.routes import Route, all_routes, routes

pytestmark = pytest.mark.django_db

# Every page that opens without signing in. All others ask for it, by middleware.
PUBLIC = {
    "account_confirm_email",
    "account_email_verification_sent",
    "account_inactive",
    "account_login",
    "account_logout",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "account_signup",
    "admin:login",
    "billing:webhook",  # the signature is asked for instead
    "clients:api-activity",  # a key is asked for instead
    "clients:api-clients",
    "clients:handover-consent",
    "clients:handover-decline",
    "clients:handover-verify",
    "clients:own",
    "clients:successor",
    "invitations:connect",
    "invitations:connect-register",
    "invitations:reconnect",
    "invitations:refer",
    "invitations:team-join",
    "invitations:team-join-reject",
    "mfa_authenticate",
    "mfa_login_webauthn",
    "portal:code",
    "portal:help",
    "portal:link",
    "portal:logo",
    "portal:password",
    "portal:sign-in",
    "portal:start",
    "portal:start-code",
    "portal:style",
    "practice:api-docs",
    "practice:api-schema",
    "practice:api-unknown",
    "practice:appearance",
    "practice:home",
    "practice:webhook-receiver",  # the signature is asked for instead; gone in production
}
DEVELOPMENT = {"practice:all-messages", "practice:any-message", "practice:design"}
UNKNOWN = 2**40


def test_the_public_pages_are_these():
    assert {route.name for route in all_routes() if route.is_public} == PUBLIC | DEVELOPMENT


def test_the_pages_of_development_are_gone_in_production(client, settings, theirs):
    settings.PRODUCTION = True
    pages = {
        route.name: reverse(route.name, kwargs={name: theirs[name] for name in route.arguments})
        for route in routes()
        if route.name in DEVELOPMENT
    }

    statuses = {name: client.get(url).status_code for name, url in pages.items()}

    assert statuses == dict.fromkeys(DEVELOPMENT, 404)


@pytest.fixture
def theirs(outsider) -> dict[str, int]:
    """Per argument, a row of the other firm."""
    other = Firm.objects.get(slug="southgate")
    member = outsider.team_members.get()
    row = factories.ConnectionFactory(branch=factories.BranchFactory(firm=other))
    run = factories.ImportRunFactory(branch=row.branch, firm=other, started_by=outsider)
    hook = factories.WebhookFactory(firm=other)
    access = factories.ContactAccessFactory(connection=row)
    return {
        "access_id": access.pk,
        "contact_id": access.contact_id,
        "connection_id": row.pk,
        "account_id": row.account_id,
        "task_id": factories.TaskFactory(connection=row).pk,
        "date_id": factories.KeyDateFactory(connection=row).pk,
        "ticket_id": factories.TicketFactory(connection=row).pk,
        "question_id": factories.QuestionFactory(connection=row).pk,
        "alert_id": factories.AlertFactory(connection=row).pk,
        "item_id": factories.ClientMessageFactory(connection=row).pk,
        "request_id": factories.AssignmentRequestFactory(connection=row).pk,
        "pack_id": factories.HandoverPackFactory(connection=row).pk,
        "template_id": factories.MessageTemplateFactory(firm=other).pk,
        "file_id": factories.ClientFileFactory(connection=row).pk,
        "tax_id": factories.TaxReturnFactory(connection=row).pk,
        "folder_id": factories.FolderFactory(connection=row).pk,
        "view_id": factories.SavedViewFactory(member=member, firm=other, is_shared=True).pk,
        "import_id": run.pk,
        "review_id": factories.AccessReviewFactory(branch=row.branch, started_by=outsider).pk,
        "run_id": factories.BulkRunFactory(firm=other, started_by=outsider).pk,
        "member_id": member.pk,
        "branch_id": row.branch_id,
        "message_id": factories.MessageFactory(firm=other).pk,
        "job_id": factories.JobFactory(firm=other).pk,
        "offer_id": factories.PromotionOfferFactory(connection=row).pk,
        "invoice_id": factories.BranchInvoiceFactory(branch=row.branch).pk,
        "passkey_id": passkeys.given(outsider).pk,
        "api_key_id": factories.ApiKeyFactory(firm=other).pk,
        "webhook_id": hook.pk,
        "delivery_id": factories.WebhookDeliveryFactory(webhook=hook).pk,
        "tag_id": factories.TagFactory(firm=other).pk,
        "note_id": factories.NoteFactory(connection=row).pk,
        "sent_id": factories.ExternalInvitationFactory(account=row.account).pk,
        "client_invitation_id": factories.ClientInvitationFactory(branch=row.branch).pk,
        "referral_id": factories.ReferralLinkFactory(firm=other).pk,
        "invitation_id": factories.TeamInvitationFactory(branch=row.branch).pk,
    }


def answer(client: Client, method: str, url: str, **headers: str) -> tuple[int, bytes]:
    """Status and body, less what is new in each response."""
    with transaction.atomic():
        response = client.generic(method, url, BODY if method == "POST" else "", FORM, **headers)
        transaction.set_rollback(True)
    body = re.sub(rb'name="csrfmiddlewaretoken" value="[^"]+"', b"", response.content)
    request_id = response.get("X-Request-ID", "").encode()
    body = body.replace(request_id, b"") if request_id else body
    return response.status_code, body.replace(url.encode(), b"")


def addressed(slug: str, ids: dict[str, int], route: Route) -> str:
    slugs = dict.fromkeys({"firm_slug", "portal_slug"} & route.arguments, slug)
    words = {argument: ids[argument] for argument in route.arguments if argument not in slugs}
    return reverse(route.name, kwargs={**words, **slugs})


# In development everybody reads every message, there and nowhere else.
FOR_EVERYBODY = {"practice:any-message"}
ABOUT_ROWS = [r for r in routes() if r.identifies_rows and r.name not in FOR_EVERYBODY]


def in_bundles(some: list[Route]) -> pytest.MarkDecorator:
    """Addresses that share one world, which none of them changes."""
    bundles = matrix.bundles(some, 20)
    return pytest.mark.parametrize("bundle", bundles, ids=lambda bundle: bundle[0].name)


def browser_of(user: User) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


@in_bundles(ABOUT_ROWS)
@pytest.mark.parametrize("headers", [{}, {"HTTP_HX_REQUEST": "true"}], ids=["page", "fragment"])
def test_a_foreign_row_answers_like_an_unknown_one(
    super_admin, contact, firm, theirs, bundle, headers
):
    unknown, wrong = dict.fromkeys(theirs, UNKNOWN), []

    for route in bundle:
        browser = browser_of(contact if "portal_slug" in route.arguments else super_admin)
        urls = [addressed(firm.slug, ids, route) for ids in (theirs, unknown)]
        answers = {
            method: [answer(browser, method, url, **headers) for url in urls] for method in METHODS
        }
        statuses = {foreign[0] for foreign, _ in answers.values()}
        are_alike = all(foreign == never for foreign, never in answers.values())
        if not (are_alike and 404 in statuses and statuses <= {404, 405}):
            wrong.append((route.name, statuses, are_alike))

    assert wrong == []


OF_A_FIRM = [route for route in routes() if "firm_slug" in route.arguments]


@in_bundles(OF_A_FIRM)
def test_another_firm_answers_like_an_unknown_one(super_admin, theirs, bundle):
    ids, wrong = {**theirs, "topic": "clients"}, []

    for route in bundle:
        browser = browser_of(super_admin)
        answers = [
            answer(browser, method, addressed(slug, ids, route))
            for method in METHODS
            for slug in ("southgate", "nowhere")
        ]
        statuses = {status for status, _ in answers}
        if statuses != {404} or len(set(answers)) != 1:
            wrong.append((route.name, statuses))

    assert wrong == []


def test_who_left_is_a_stranger(client, viewer, firm):
    with factories.arranging():
        viewer.team_members.update(is_active=False)
    client.force_login(viewer)

    response = client.get(reverse("practice:dashboard", kwargs={"firm_slug": firm.slug}))

    assert response.status_code == 404


@in_bundles(OF_A_FIRM)
def test_strangers_learn_nothing_of_a_firm(firm, theirs, bundle):
    """Signed out, an address answers alike whether the firm exists or not."""
    ids = {**theirs, "topic": "clients"}

    statuses = {
        (route.name, method, slug): Client()
        .generic(method, addressed(slug, ids, route))
        .status_code
        for route in bundle
        for method in METHODS
        for slug in (firm.slug, "nowhere")
    }

    assert statuses == dict.fromkeys(statuses, 302)
