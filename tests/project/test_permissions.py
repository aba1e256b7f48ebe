"""The permission matrix: every address × everybody × GET and POST, against a reviewed table.

`permissions.csv` is written by people from the design, not recorded from the product. A new address
fails here until its rows are in the table; `PERMISSIONS_FOUND=found.csv manage.py test
tests/project/test_permissions.py` writes down what the product answers today, to be reviewed.

An `about` other than "-" says which row is asked for: an active, paused, disconnected, restricted
or foreign client, one's own or somebody's saved view. POST is empty: whoever may write is told what
is missing (422) or has done it (302, 204).
"""

from functools import partial

import pytest
from allauth.account.forms import default_token_generator
from allauth.account.models import EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str

from billing.gateways.builtin import signed
from clients.models import BulkState, ImportState
from clients.models.handover_links import PackLink, Purpose
from invitations.models.links import ConnectLink, ReconnectLink, ReferralUrl, TeamLink
from practice import clock
from practice.models import Firm
from tests import factories, passkeys
from tests.project import matrix
from tests.project.routes import all_routes, routes

pytestmark = pytest.mark.django_db

EXPECTED = matrix.expected()


@pytest.fixture
def cast(request):
    """Everybody's browser, by name, all in one world."""
    return {name: matrix.sign_in(request.getfixturevalue(name)) for name in matrix.PERSONAS}


@pytest.fixture
def objects(cast, firm, branch, connection, assigned_member, super_admin, branch_admin):
    """Per argument, the variants of the row that it may name."""
    traits = ("paused", "disconnected", "restricted")
    others = {
        trait: factories.ConnectionFactory(branch=branch, name=trait, **{trait: True})
        for trait in traits
    }
    for row in others.values():
        factories.TeamAssignmentFactory(content_object=row, user=assigned_member)
    ours = {"active": connection, **others}
    member = branch_admin.team_members.get()
    other = Firm.objects.get(slug="southgate")
    view = factories.SavedViewFactory(member=member, firm=firm)
    shared = factories.SavedViewFactory(member=member, firm=firm, is_shared=True)
    run = factories.ImportRunFactory(branch=branch, firm=firm, started_by=branch_admin)
    done = factories.ImportRunFactory(
        branch=branch, firm=firm, started_by=branch_admin, state=ImportState.DONE
    )
    invited = factories.TeamInvitationFactory(branch=branch, invited_by=branch_admin)
    to_all = factories.TeamInvitationFactory(to_all=True, firm=firm, invited_by=super_admin)
    asked = factories.ReconnectInvitationFactory(connection__branch=branch)
    referral = factories.ReferralLinkFactory(firm=firm)
    review = factories.AccessReviewFactory(branch=branch, started_by=super_admin)
    factories.AccessReviewItemFactory(connection=connection, review=review, user=assigned_member)
    signed = factories.AccessReviewFactory(branch=branch, started_by=super_admin, signed=True)
    pack = factories.HandoverPackFactory(connection=connection, asked_at=clock.now())
    hook = factories.WebhookFactory(firm=firm)
    accesses = {about: contact_at(row) for about, row in ours.items()}
    return {
        "access_id": {about: access.pk for about, access in accesses.items()},
        "contact_id": {"ours": accesses["active"].contact_id},
        "firm_slug": {"ours": firm.slug},
        "portal_slug": {"ours": firm.slug},
        "portal_firm": {"ours": firm.slug},
        "magic": {"mailed": mailed_link(connection)},
        "invitation_id": {"branch": invited.pk, "all": to_all.pk},
        "invite": {
            "mailed": TeamLink(invited.pk, invited.nonce, is_mailed=True).token,
            "reconnect": ReconnectLink(asked.pk, asked.nonce, is_mailed=True).token,
            "connect": ConnectLink(branch.pk, "1", is_mailed=False).token,
        },
        "invoice_id": {"ours": factories.BranchInvoiceFactory(branch=branch).pk},
        "referral": {"ours": ReferralUrl.of(referral.pk).token},
        "referral_id": {"ours": referral.pk},
        "connection_id": {about: row.pk for about, row in ours.items()},
        "task_id": each_of(ours, factories.TaskFactory),
        "date_id": each_of(ours, factories.KeyDateFactory),
        "ticket_id": each_of(ours, factories.TicketFactory),
        "question_id": each_of(ours, factories.QuestionFactory),
        "alert_id": each_of(ours, factories.AlertFactory),
        "note_id": each_of(ours, factories.NoteFactory),
        "file_id": each_of(ours, partial(factories.ClientFileFactory, visible=True)),
        "tax_id": each_of(ours, factories.TaxReturnFactory),
        "folder_id": each_of(ours, factories.FolderFactory),
        "request_id": each_of(ours, factories.AssignmentRequestFactory),
        "api_key_id": {"ours": factories.ApiKeyFactory(firm=firm).pk},
        "webhook_id": {"ours": hook.pk},
        "delivery_id": {"ours": factories.WebhookDeliveryFactory(webhook=hook).pk},
        "receiver": {"working": "working"},
        "tag_id": {"ours": factories.TagFactory(firm=firm).pk},
        "item_id": each_of(ours, factories.ClientMessageFactory),
        "pack_id": each_of(ours, factories.HandoverPackFactory),
        "client_invitation_id": {
            "pending": factories.ClientInvitationFactory(branch=branch).pk,
            "rejected": factories.ClientInvitationFactory(branch=branch, rejected=True).pk,
        },
        "sent_id": {"pending": factories.ExternalInvitationFactory(account=connection.account).pk},
        "takeover": {"asked": factories.OwnerInvitationFactory(connection__branch=branch).token},
        "pack": {"unanswered": PackLink.of(pack, Purpose.DOWNLOAD).token},
        "consent": {"asked": PackLink.of(pack, Purpose.CONSENT).token},
        "template_id": {"ours": factories.MessageTemplateFactory(firm=firm).pk},
        "account_id": {"active": connection.account_id},
        "offer_id": {"ours": factories.PromotionOfferFactory(connection=connection).pk},
        "view_id": {"private": view.pk, "shared": shared.pk},
        "import_id": {"mapping": run.pk, "done": done.pk},
        "run_id": bulk_runs(connection, branch_admin),
        "review_id": {"open": review.pk, "signed": signed.pk},
        "member_id": {"member": assigned_member.team_members.get().pk},
        "branch_id": {"ours": branch.pk},
        "message_id": {"ours": factories.MessageFactory(firm=firm).pk},
        "job_id": {"ours": factories.JobFactory(firm=firm).pk},
        "passkey_id": {"super_admin": passkeys.given(super_admin).pk},
        "topic": {"known": "cannot-find-client"},
        "gateway": {"test": "test"},
        "unknown": {"address": "v1/nothing"},
        "session": {"signed": provider_session(branch, super_admin)},
        "key": {"proof": EmailConfirmationHMAC(super_admin.emailaddress_set.get()).key},
        "uidb36": {"super_admin": user_pk_to_url_str(super_admin)},
        "other_firm": {"theirs": other.slug},
        "token": {"reset": default_token_generator.make_token(super_admin)},
    }


def mailed_link(connection) -> str:
    """Sent to somebody who has no login yet, by a colleague: any browser may use it."""
    access = factories.ContactAccessFactory(connection=connection)
    factories.SignInLinkFactory(contact=access.contact)
    return "token"


def provider_session(branch, user) -> str:
    """A name that opens both pages of the test gateway."""
    asked = factories.BillingVerificationFactory(branch=branch, requested_by=user)
    words = {"payer": "London", "currency": "GBP", "return_path": "/", "cancel_path": "/"}
    return signed({**words, "verification": asked.pk})


def contact_at(row):
    """Somebody who can be mailed a link."""
    return factories.ContactAccessFactory(connection=row)


def each_of(connections, make) -> dict[str, int]:
    """A row of each client."""
    return {about: make(connection=row).pk for about, row in connections.items()}


def bulk_runs(connection, user) -> dict[str, int]:
    """The branch admin's: one to be confirmed, one to be undone."""
    facts = {"firm": connection.firm, "started_by": user}
    checked = factories.BulkRunFactory(**facts, state=BulkState.CHECKED)
    done = factories.BulkRunFactory(**facts, state=BulkState.DONE, finished_at=clock.now())
    factories.BulkItemFactory(run=done, connection=connection, outcome="changed", after={})
    return {"checked": checked.pk, "done": done.pk}


@pytest.mark.parametrize(
    "bundle", matrix.bundles(routes(), 8), ids=lambda bundle: " ".join(one.name for one in bundle)
)
def test_everybody_gets_the_reviewed_answer(bundle, cast, objects):
    found = []

    for route in bundle:
        for question in matrix.questions(route, objects):
            url = matrix.address(route, question.about, objects)
            answers = {name: matrix.ask(c, question.method, url) for name, c in cast.items()}
            matrix.note_found(question, answers)
            found += matrix.deviations(question, answers, EXPECTED.get(question))

    assert not found, "\n".join(found)


def test_the_operators_pages_open_to_operators_alone(cast):
    wrong = []

    for url in matrix.admin_addresses():
        for method in matrix.METHODS:
            answers = {name: matrix.ask(c, method, url) for name, c in cast.items()}
            operator = answers.pop("operator")
            wrong += [(method, url, name, got) for name, got in answers.items() if got != "login"]
            wrong += [(method, url, operator)] if operator not in {"200", "302", "403"} else []

    assert wrong == []


def test_the_table_holds_no_address_that_is_gone():
    names = {route.name for route in routes()}

    assert {question.url for question in EXPECTED} - names == set()


def test_every_address_has_a_name_and_every_name_one_address():
    names = [route.name for route in all_routes() if not route.is_admin]

    assert [name for name in names if name.endswith("unnamed")] == []
    assert len(names) == len(set(names))
