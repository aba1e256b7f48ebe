"""The plainest valid row of each model; variations are traits.

A factory explains itself and finds its own context, so that tests arrange without ceremony: inside
the system realm of a test it joins the running transaction, elsewhere it commits.
"""

from contextlib import contextmanager, nullcontext
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any
from uuid import uuid4

import factory
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone
from factory.django import DjangoModelFactory

from billing.models import (
    AccountSubscription,
    BillingVerification,
    BranchInvoice,
    BranchInvoiceLine,
    BuiltinPayment,
    Charge,
    GatewayEvent,
    InvoiceNumbers,
    PaymentMethod,
    Plan,
    PlanPrice,
    Promotion,
    PromotionOffer,
    Span,
)
from billing.proration import next_month
from billing.roles import (
    ChargeStatus,
    GatewayName,
    InvoiceKind,
    InvoiceStatus,
    LineKind,
    PromotionState,
    VerificationStatus,
)
from clients.models import (
    AccessRequest,
    AccessReview,
    AccessReviewItem,
    AccessVisit,
    ActivityEvent,
    Alert,
    AlertKind,
    AlertOutcome,
    AssignmentRequest,
    BulkAction,
    BulkItem,
    BulkOutcome,
    BulkRun,
    ClientAccount,
    ClientMessage,
    Connection,
    ConnectionPeriod,
    Contact,
    ContactAccess,
    EventKind,
    HandoverPack,
    ImportRow,
    ImportRun,
    KeyDate,
    LedgerBlock,
    LedgerEntry,
    LedgerPage,
    MessageTemplate,
    Note,
    OwnerInvitation,
    Tag,
    Task,
    TeamAssignment,
    Ticket,
    TicketPriority,
    TicketReply,
    UsageDay,
    UsageEvent,
    UsageSnapshot,
)
from clients.roles import (
    BillingModel,
    ClientRole,
    ConnectionStatus,
    SubscriptionStatus,
    UsageKind,
)
from clients.search import search_text
from invitations.models import (
    BranchLink,
    ClientInvitation,
    ClientSetup,
    ExternalInvitation,
    ReconnectInvitation,
    ReferralLink,
    ReferralSignUp,
    TeamInvitation,
)
from invitations.roles import InvitationSource, InvitationStatus, ReconnectKind
from portal.models import (
    ClientFile,
    FileRead,
    FileState,
    Folder,
    LinkKind,
    PortalPreview,
    PortalSettings,
    Question,
    QuestionReply,
    QuestionSettings,
    ReplyFile,
    SignInLink,
    TaxReturn,
)
from portal.models.sign_in_links import hash_of_code
from portal.roles import TaxStep
from portal.uploads import storing
from practice import clock, tenancy
from practice.history import because
from practice.models import (
    ApiKey,
    Branch,
    BranchMembership,
    Download,
    Firm,
    Job,
    Message,
    SavedView,
    SecurityEvent,
    SecurityEventKind,
    SignInCountry,
    TeamMember,
    User,
    Webhook,
    WebhookDelivery,
)
from practice.models.api_keys import HINT, hash_of
from practice.roles import ApiScope, BranchRole, ParentRole, WebhookKind
from practice.text import fold, sort_key

PASSWORD = "correct horse battery staple"


@contextmanager
def arranging():
    """The system realm and a cause, for what a test arranges."""
    is_inside = tenancy.current().realm == tenancy.Realm.SYSTEM
    with nullcontext() if is_inside else tenancy.as_system(), because("Arranged by a test"):
        yield


class RowFactory(DjangoModelFactory):
    class Meta:
        abstract = True
        skip_postgeneration_save = True

    @classmethod
    def _create(cls, model_class: type, *args: Any, **kwargs: Any) -> Any:
        with arranging():
            return super()._create(model_class, *args, **kwargs)


class UserFactory(RowFactory):
    class Meta:
        model = User

    full_name = factory.Sequence(lambda n: f"Person {n}")
    email = factory.Sequence(lambda n: f"person{n}@example.test")
    email_key = factory.LazyAttribute(lambda user: fold(user.email))
    password = factory.django.Password(PASSWORD)

    class Params:
        operator = factory.Trait(is_staff=True, is_superuser=True)

    @factory.post_generation
    def address(user, create, extracted, **_):  # noqa: N805
        """The verified address with which allauth lets the person in; `address=False` for none."""
        if create and extracted is not False:
            with arranging():
                EmailAddress.objects.create(
                    user=user, email=fold(user.email), verified=True, primary=True
                )


class FirmFactory(RowFactory):
    class Meta:
        model = Firm

    name = factory.Sequence(lambda n: f"Firm {n}")
    slug = factory.Sequence(lambda n: f"firm-{n}")


class BranchFactory(RowFactory):
    class Meta:
        model = Branch

    firm = factory.SubFactory(FirmFactory)
    name = factory.Sequence(lambda n: f"Branch {n}")
    email = factory.Sequence(lambda n: f"branch{n}@example.test")
    email_key = factory.LazyAttribute(lambda branch: fold(branch.email))

    class Params:
        archived = factory.Trait(is_archived=True)


class TeamMemberFactory(RowFactory):
    class Meta:
        model = TeamMember

    firm = factory.SubFactory(FirmFactory)
    user = factory.SubFactory(UserFactory)

    class Params:
        super_admin = factory.Trait(parent_role=ParentRole.SUPER_ADMIN)
        billing_admin = factory.Trait(parent_role=ParentRole.BILLING_ADMIN)
        viewer = factory.Trait(parent_role=ParentRole.VIEWER)


class BranchMembershipFactory(RowFactory):
    class Meta:
        model = BranchMembership

    branch = factory.SubFactory(BranchFactory)
    firm = factory.SelfAttribute("branch.firm")
    member = factory.SubFactory(TeamMemberFactory, firm=factory.SelfAttribute("..firm"))

    class Params:
        owner = factory.Trait(role=BranchRole.OWNER)
        admin = factory.Trait(role=BranchRole.ADMIN)


class TeamInvitationFactory(RowFactory):
    """To a branch as Member; with a `parent_role` trait, to all of them."""

    class Meta:
        model = TeamInvitation

    branch = factory.SubFactory(BranchFactory)
    firm = factory.SelfAttribute("branch.firm")
    branch_role = BranchRole.MEMBER
    full_name = factory.Sequence(lambda n: f"Invited {n}")
    email = factory.Sequence(lambda n: f"invited{n}@example.test")
    email_key = factory.LazyAttribute(lambda row: fold(row.email))
    invited_by = factory.SubFactory(UserFactory)
    sent_at = factory.LazyFunction(lambda: timezone.now() - timedelta(hours=1))

    class Params:
        to_all = factory.Trait(branch=None, branch_role="", parent_role=ParentRole.VIEWER)
        overdue = factory.Trait(
            expires_at=factory.LazyFunction(lambda: timezone.now() - timedelta(hours=1)),
            ends_at=factory.SelfAttribute("expires_at"),
        )
        accepted = factory.Trait(status=InvitationStatus.ACCEPTED)
        rejected = factory.Trait(status=InvitationStatus.REJECTED)
        cancelled = factory.Trait(status=InvitationStatus.CANCELLED)


class ClientAccountFactory(RowFactory):
    class Meta:
        model = ClientAccount

    name = factory.Sequence(lambda n: f"Company {n}")


class ConnectionFactory(RowFactory):
    """An active client; `account__…` sets facts of its company."""

    class Meta:
        model = Connection

    branch = factory.SubFactory(BranchFactory)
    firm = factory.SelfAttribute("branch.firm")
    account = factory.SubFactory(ClientAccountFactory, name=factory.SelfAttribute("..name"))
    billing_model = BillingModel.BILL_US
    name = factory.Sequence(lambda n: f"Company {n}")
    name_sort = factory.LazyAttribute(lambda row: sort_key(row.name))
    client_number_key = factory.LazyAttribute(lambda row: fold(row.client_number))
    connected_on = factory.LazyFunction(lambda: timezone.localdate())
    search_text = factory.LazyAttribute(
        lambda row: search_text(row.name, row.client_number, row.contact_name, row.contact_email)
    )
    client_number = ""
    contact_name = ""
    contact_email = ""

    class Params:
        client_pays = factory.Trait(billing_model=BillingModel.CLIENT_PAYS)
        restricted = factory.Trait(is_restricted=True)
        paused = factory.Trait(
            status=ConnectionStatus.PAUSED, paused_at=factory.LazyFunction(timezone.now)
        )
        disconnected = factory.Trait(
            status=ConnectionStatus.DISCONNECTED,
            disconnected_at=factory.LazyFunction(timezone.now),
            disconnect_reason="Client request",
        )
        pending = factory.Trait(status=ConnectionStatus.PENDING, connected_on=None)
        reconnecting = factory.Trait(
            status=ConnectionStatus.RECONNECTING,
            disconnected_at=factory.LazyFunction(timezone.now),
            disconnect_reason="Client request",
        )


class ReconnectInvitationFactory(RowFactory):
    """To a client that has left; with `new_link`, to begin another one as Client Pays."""

    class Meta:
        model = ReconnectInvitation

    connection = factory.SubFactory(ConnectionFactory, reconnecting=True)
    firm = factory.SelfAttribute("connection.firm")
    kind = ReconnectKind.RECONNECT
    email = factory.SelfAttribute("connection.contact_email")

    class Params:
        new_link = factory.Trait(
            connection=factory.SubFactory(ConnectionFactory, disconnected=True),
            kind=ReconnectKind.NEW_LINK,
            billing_model=BillingModel.CLIENT_PAYS,
            email="",
        )
        overdue = factory.Trait(
            ends_at=factory.LazyFunction(lambda: timezone.now() - timedelta(hours=1))
        )


class BranchLinkFactory(RowFactory):
    class Meta:
        model = BranchLink

    branch = factory.SubFactory(BranchFactory)
    firm = factory.SelfAttribute("branch.firm")

    class Params:
        off = factory.Trait(is_on=False)


class ClientInvitationFactory(RowFactory):
    """A company that no firm knows yet asks to connect, by the branch's link; it waits."""

    class Meta:
        model = ClientInvitation

    branch = factory.SubFactory(BranchFactory)
    firm = factory.SelfAttribute("branch.firm")
    invited_by = factory.SubFactory(UserFactory)
    account = factory.SubFactory(ClientAccountFactory, owner=factory.SelfAttribute("..invited_by"))
    company = factory.SelfAttribute("account.name")
    contact_name = factory.SelfAttribute("invited_by.full_name")
    contact_email = factory.SelfAttribute("invited_by.email")
    consented_name = factory.SelfAttribute("invited_by.full_name")
    source = InvitationSource.LINK
    link_number = 1

    class Params:
        external = factory.Trait(source=InvitationSource.EXTERNAL, link_number=None)
        overdue = factory.Trait(
            ends_at=factory.LazyFunction(lambda: timezone.now() - timedelta(hours=1))
        )
        rejected = factory.Trait(
            status=InvitationStatus.REJECTED,
            answered_by=factory.SubFactory(UserFactory),
            answered_at=factory.LazyFunction(timezone.now),
        )


class ClientSetupFactory(RowFactory):
    """A person who has begun by the branch's link, and chosen no company yet."""

    class Meta:
        model = ClientSetup

    branch = factory.SubFactory(BranchFactory)
    firm = factory.SelfAttribute("branch.firm")
    user = factory.SubFactory(UserFactory)
    link_number = 1


class ReferralLinkFactory(RowFactory):
    class Meta:
        model = ReferralLink

    firm = factory.SubFactory(FirmFactory)
    name = factory.Sequence(lambda n: f"Campaign {n}")
    name_key = factory.LazyAttribute(lambda link: fold(link.name))
    created_by = factory.SubFactory(UserFactory)


class ReferralSignUpFactory(RowFactory):
    class Meta:
        model = ReferralSignUp

    link = factory.SubFactory(ReferralLinkFactory)
    firm = factory.SelfAttribute("link.firm")
    user = factory.SubFactory(UserFactory)
    account = factory.SubFactory(ClientAccountFactory, owner=factory.SelfAttribute("..user"))


class ConnectionPeriodFactory(RowFactory):
    class Meta:
        model = ConnectionPeriod

    connection = factory.SubFactory(ConnectionFactory)
    firm = factory.SelfAttribute("connection.firm")
    opened_on = factory.LazyFunction(lambda: timezone.localdate())


class TeamAssignmentFactory(RowFactory):
    """A tie; `user` works at the connection's firm already, or it opens nothing."""

    class Meta:
        model = TeamAssignment

    content_object = factory.SubFactory(ConnectionFactory)
    firm = factory.SelfAttribute("content_object.firm")
    user = factory.SubFactory(UserFactory)
    role = ClientRole.FULL
    permission = factory.LazyFunction(lambda: tie_permission())

    class Params:
        ended = factory.Trait(ends_at=factory.LazyFunction(lambda: timezone.now() - timedelta(1)))


def tie_permission() -> Permission:
    """The one guardian permission that every tie names."""
    kind = ContentType.objects.get_for_model(Connection)
    return Permission.objects.get(content_type=kind, codename="view_connection")


class TagFactory(RowFactory):
    class Meta:
        model = Tag

    firm = factory.SubFactory(FirmFactory)
    name = factory.Sequence(lambda n: f"Tag {n}")
    name_key = factory.LazyAttribute(lambda tag: fold(tag.name))


class ContactFactory(RowFactory):
    class Meta:
        model = Contact

    firm = factory.SubFactory(FirmFactory)
    name = factory.Sequence(lambda n: f"Contact {n}")
    email = factory.Sequence(lambda n: f"contact{n}@example.test")
    email_key = factory.LazyAttribute(lambda contact: fold(contact.email))


class ContactAccessFactory(RowFactory):
    class Meta:
        model = ContactAccess

    connection = factory.SubFactory(ConnectionFactory)
    firm = factory.SelfAttribute("connection.firm")
    contact = factory.SubFactory(ContactFactory, firm=factory.SelfAttribute("..firm"))

    class Params:
        primary = factory.Trait(is_primary=True)
        client_admin = factory.Trait(is_client_admin=True)


class ActivityEventFactory(RowFactory):
    class Meta:
        model = ActivityEvent

    connection = factory.SubFactory(ConnectionFactory)
    firm = factory.SelfAttribute("connection.firm")
    kind = EventKind.EDITED
    text = factory.Sequence(lambda n: f"Event {n}")


class AccessVisitFactory(RowFactory):
    class Meta:
        model = AccessVisit

    connection = factory.SubFactory(ConnectionFactory)
    firm = factory.SelfAttribute("connection.firm")
    user = factory.SubFactory(UserFactory)


class LedgerBlockFactory(RowFactory):
    class Meta:
        model = LedgerBlock

    account = factory.SubFactory(ClientAccountFactory)
    number = 1
    closed_at = factory.LazyFunction(timezone.now)
    entries = 0
    seal = "0" * 64


class LedgerEntryFactory(RowFactory):
    """Each in a window of its own, and in no block."""

    class Meta:
        model = LedgerEntry

    connection = factory.SubFactory(ConnectionFactory)
    firm = factory.SelfAttribute("connection.firm")
    account = factory.SelfAttribute("connection.account")
    user = factory.SubFactory(UserFactory)
    page = LedgerPage.DETAILS
    reason = "{You are} assigned to this client."
    window = factory.Sequence(lambda n: n)


class UsageSnapshotFactory(RowFactory):
    class Meta:
        model = UsageSnapshot

    connection = factory.SubFactory(ConnectionFactory)
    firm = factory.SelfAttribute("connection.firm")


class UsageEventFactory(RowFactory):
    class Meta:
        model = UsageEvent

    connection = factory.SubFactory(ConnectionFactory)
    firm = factory.SelfAttribute("connection.firm")
    event_id = factory.Sequence(lambda n: f"event-{n}")
    kind = UsageKind.LOGIN
    at = factory.LazyFunction(timezone.now)


class UsageDayFactory(RowFactory):
    class Meta:
        model = UsageDay

    connection = factory.SubFactory(ConnectionFactory)
    firm = factory.SelfAttribute("connection.firm")
    day = factory.LazyFunction(timezone.localdate)


class ImportRunFactory(RowFactory):
    class Meta:
        model = ImportRun

    branch = factory.SubFactory(BranchFactory)
    firm = factory.SelfAttribute("branch.firm")
    started_by = factory.SubFactory(UserFactory)
    file_name = "clients.csv"
    billing_model = BillingModel.CLIENT_PAYS


class ImportRowFactory(RowFactory):
    class Meta:
        model = ImportRow

    run = factory.SubFactory(ImportRunFactory)
    firm = factory.SelfAttribute("run.firm")
    number = factory.Sequence(lambda n: n + 1)


class AccessReviewFactory(RowFactory):
    class Meta:
        model = AccessReview

    branch = factory.SubFactory(BranchFactory)
    firm = factory.SelfAttribute("branch.firm")
    quarter = "Q4 2026"
    started_by = factory.SubFactory(UserFactory)
    due_on = factory.LazyFunction(lambda: timezone.localdate() + timedelta(14))

    class Params:
        signed = factory.Trait(
            signed_off_at=factory.LazyFunction(timezone.now),
            signed_off_by=factory.SelfAttribute("started_by"),
        )


class AccessReviewItemFactory(RowFactory):
    class Meta:
        model = AccessReviewItem

    connection = factory.SubFactory(ConnectionFactory)
    firm = factory.SelfAttribute("connection.firm")
    review = factory.SubFactory(
        AccessReviewFactory, branch=factory.SelfAttribute("..connection.branch")
    )
    user = factory.SubFactory(UserFactory)
    place = factory.Sequence(lambda n: n + 1)
    role = ClientRole.FULL
    granted_at = factory.LazyFunction(timezone.now)


class SavedViewFactory(RowFactory):
    class Meta:
        model = SavedView

    member = factory.SubFactory(TeamMemberFactory)
    firm = factory.SelfAttribute("member.firm")
    name = factory.Sequence(lambda n: f"View {n}")


class ApiKeyFactory(RowFactory):
    """A live key with every scope; `secret` is what its program sends."""

    class Meta:
        model = ApiKey
        exclude = ("secret",)

    secret = factory.Sequence(lambda n: f"chk_{n:043d}")
    firm = factory.SubFactory(FirmFactory)
    name = factory.Sequence(lambda n: f"Key {n}")
    hint = factory.LazyAttribute(lambda row: row.secret[:HINT])
    secret_hash = factory.LazyAttribute(lambda row: hash_of(row.secret))
    scopes = list(ApiScope.values)
    created_by = factory.SubFactory(UserFactory)

    class Params:
        revoked = factory.Trait(revoked_at=factory.LazyFunction(timezone.now))


class WebhookFactory(RowFactory):
    """Switched on, and told of everything."""

    class Meta:
        model = Webhook

    firm = factory.SubFactory(FirmFactory)
    name = factory.Sequence(lambda n: f"Job board {n}")
    url = "https://hooks.example.com/countinghouse"
    kinds = [value for value, _ in WebhookKind.to_choose()]
    nonce = factory.LazyFunction(lambda: uuid4().hex)
    created_by = factory.SubFactory(UserFactory)

    class Params:
        off = factory.Trait(switched_off_at=factory.LazyFunction(timezone.now))
        removed = factory.Trait(removed_at=factory.LazyFunction(timezone.now))


class WebhookDeliveryFactory(RowFactory):
    class Meta:
        model = WebhookDelivery

    webhook = factory.SubFactory(WebhookFactory)
    firm = factory.SelfAttribute("webhook.firm")
    event_id = factory.LazyFunction(lambda: f"evt_{uuid4().hex}")
    kind = WebhookKind.CLIENT_PAUSED
    body = '{"type":"client.paused"}'


class SecurityEventFactory(RowFactory):
    class Meta:
        model = SecurityEvent

    member = factory.SubFactory(TeamMemberFactory)
    firm = factory.SelfAttribute("member.firm")
    kind = SecurityEventKind.FACTOR_RESET


class DownloadFactory(RowFactory):
    class Meta:
        model = Download

    member = factory.SubFactory(TeamMemberFactory)
    firm = factory.SelfAttribute("member.firm")
    name = "clients.csv"


class SignInCountryFactory(RowFactory):
    class Meta:
        model = SignInCountry

    member = factory.SubFactory(TeamMemberFactory)
    firm = factory.SelfAttribute("member.firm")
    country = "GB"
    last_at = factory.LazyFunction(clock.now)


class MessageFactory(RowFactory):
    class Meta:
        model = Message

    firm = factory.SubFactory(FirmFactory)
    key = factory.Sequence(lambda n: f"message:{n}")
    recipient = "someone@example.test"
    subject = "A subject"
    body = "A body."


class JobFactory(RowFactory):
    class Meta:
        model = Job

    firm = factory.SubFactory(FirmFactory)
    kind = "a kind"
    key = factory.Sequence(str)


class NoteFactory(RowFactory):
    class Meta:
        model = Note

    connection = factory.SubFactory(ConnectionFactory)
    firm = factory.SelfAttribute("connection.firm")
    text = factory.Sequence(lambda n: f"Note {n}")


class TaskFactory(RowFactory):
    class Meta:
        model = Task

    connection = factory.SubFactory(ConnectionFactory)
    firm = factory.SelfAttribute("connection.firm")
    title = factory.Sequence(lambda n: f"Task {n}")


class AccessRequestFactory(RowFactory):
    class Meta:
        model = AccessRequest

    connection = factory.SubFactory(ConnectionFactory)
    firm = factory.SelfAttribute("connection.firm")
    reason = "The year-end accounts are due"
    asked_by = factory.SubFactory(UserFactory)
    key = factory.LazyFunction(uuid4)


class AssignmentRequestFactory(RowFactory):
    class Meta:
        model = AssignmentRequest

    connection = factory.SubFactory(ConnectionFactory)
    firm = factory.SelfAttribute("connection.firm")
    reason = "Covering for Mia"
    hours = 24
    asked_by = factory.SubFactory(UserFactory)
    key = factory.LazyFunction(uuid4)


class TicketFactory(RowFactory):
    class Meta:
        model = Ticket

    connection = factory.SubFactory(ConnectionFactory)
    firm = factory.SelfAttribute("connection.firm")
    number = factory.Sequence(lambda n: 1000 + n)
    subject = factory.Sequence(lambda n: f"Subject {n}")
    text = "What is the matter."
    priority = TicketPriority.NORMAL
    created_by = factory.SubFactory(UserFactory)
    due_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=2))
    key = factory.LazyFunction(uuid4)


class QuestionSettingsFactory(RowFactory):
    class Meta:
        model = QuestionSettings

    connection = factory.SubFactory(ConnectionFactory)
    firm = factory.SelfAttribute("connection.firm")

    class Params:
        assignable = factory.Trait(are_assignable=True)
        open_to_clients = factory.Trait(takes_questions=True)


class PortalPreviewFactory(RowFactory):
    class Meta:
        model = PortalPreview

    connection = factory.SubFactory(ConnectionFactory)
    firm = factory.SelfAttribute("connection.firm")
    contact = factory.SubFactory(ContactFactory, firm=factory.SelfAttribute("..firm"))
    user = factory.SubFactory(UserFactory)
    window = factory.Sequence(lambda n: n)


class QuestionFactory(RowFactory):
    """Of the firm, waiting for the client; `from_client`, the other way round."""

    class Meta:
        model = Question

    connection = factory.SubFactory(ConnectionFactory)
    firm = factory.SelfAttribute("connection.firm")
    text = factory.Sequence(lambda n: f"Question {n}?")
    asked_by = factory.SubFactory(UserFactory)
    key = factory.LazyFunction(uuid4)

    class Params:
        from_client = factory.Trait(
            is_from_client=True,
            asked_by=None,
            contact=factory.SubFactory(ContactFactory, firm=factory.SelfAttribute("..firm")),
            assignee=factory.SelfAttribute("contact"),
            state="asked",
        )
        resolved = factory.Trait(state="resolved", resolved_by=factory.SubFactory(UserFactory))


class QuestionReplyFactory(RowFactory):
    class Meta:
        model = QuestionReply

    question = factory.SubFactory(QuestionFactory)
    connection = factory.SelfAttribute("question.connection")
    firm = factory.SelfAttribute("question.firm")
    author = factory.SubFactory(UserFactory)
    text = factory.Sequence(lambda n: f"Reply {n}")
    key = factory.LazyFunction(uuid4)


class AlertFactory(RowFactory):
    """Open, of a client who has not logged in for a while."""

    class Meta:
        model = Alert

    connection = factory.SubFactory(ConnectionFactory)
    firm = factory.SelfAttribute("connection.firm")
    branch = factory.SelfAttribute("connection.branch")
    kind = AlertKind.NO_LOGIN
    threshold = 30

    class Params:
        acknowledged = factory.Trait(
            acknowledged_at=factory.LazyFunction(timezone.now),
            acknowledged_by=factory.SubFactory(UserFactory),
        )
        snoozed = factory.Trait(
            snoozed_until=factory.LazyFunction(lambda: timezone.now() + timedelta(days=14))
        )
        resolved = factory.Trait(
            resolved_at=factory.LazyFunction(timezone.now), outcome=AlertOutcome.CURED
        )


class TicketReplyFactory(RowFactory):
    class Meta:
        model = TicketReply

    ticket = factory.SubFactory(TicketFactory)
    connection = factory.SelfAttribute("ticket.connection")
    firm = factory.SelfAttribute("ticket.firm")
    author = factory.SubFactory(UserFactory)
    text = "An answer."
    key = factory.LazyFunction(uuid4)


class KeyDateFactory(RowFactory):
    class Meta:
        model = KeyDate

    connection = factory.SubFactory(ConnectionFactory)
    firm = factory.SelfAttribute("connection.firm")
    title = factory.Sequence(lambda n: f"Date {n}")
    on = factory.LazyFunction(lambda: timezone.localdate())


class MessageTemplateFactory(RowFactory):
    class Meta:
        model = MessageTemplate

    firm = factory.SubFactory(FirmFactory)
    name = factory.Sequence(lambda n: f"Template {n}")
    body = "Dear {contact}"


class ClientMessageFactory(RowFactory):
    class Meta:
        model = ClientMessage

    connection = factory.SubFactory(ConnectionFactory)
    firm = factory.SelfAttribute("connection.firm")
    message = factory.SubFactory(MessageFactory, firm=factory.SelfAttribute("..firm"))


class ExternalInvitationFactory(RowFactory):
    """The owner of an account has written to an address that no branch has."""

    class Meta:
        model = ExternalInvitation

    account = factory.SubFactory(ClientAccountFactory)
    email = factory.Sequence(lambda n: f"branch{n}@firm.test")
    email_key = factory.LazyAttribute(lambda row: fold(row.email))
    invited_by = factory.SubFactory(UserFactory)
    consented_name = factory.SelfAttribute("invited_by.full_name")


class OwnerInvitationFactory(RowFactory):
    """Somebody is asked to own a client's account; the link waits."""

    class Meta:
        model = OwnerInvitation

    connection = factory.SubFactory(ConnectionFactory)
    firm = factory.SelfAttribute("connection.firm")
    email = factory.Sequence(lambda n: f"owner{n}@example.test")
    email_key = factory.LazyAttribute(lambda row: fold(row.email))
    full_name = factory.Sequence(lambda n: f"Owner {n}")
    invited_by = factory.SubFactory(UserFactory)


class HandoverPackFactory(RowFactory):
    """Not made yet; its links are asked for by actions."""

    class Meta:
        model = HandoverPack

    connection = factory.SubFactory(ConnectionFactory)
    firm = factory.SelfAttribute("connection.firm")
    parts = ["details", "timeline"]
    until = factory.LazyFunction(timezone.now)
    made_by = factory.SubFactory(UserFactory)


class BulkRunFactory(RowFactory):
    class Meta:
        model = BulkRun

    firm = factory.SubFactory(FirmFactory)
    started_by = factory.SubFactory(UserFactory)
    action = BulkAction.TAGS


class BulkItemFactory(RowFactory):
    class Meta:
        model = BulkItem

    run = factory.SubFactory(BulkRunFactory)
    firm = factory.SelfAttribute("run.firm")
    connection = factory.SubFactory(ConnectionFactory)
    outcome = BulkOutcome.WILL_CHANGE


class PlanFactory(RowFactory):
    """Nothing costs anything yet: its prices are `PlanPriceFactory`'s."""

    class Meta:
        model = Plan

    code = factory.Sequence(lambda n: f"plan-{n}")
    name = factory.Sequence(lambda n: f"Plan {n}")
    level = factory.Sequence(lambda n: n % 1000)


class PlanPriceFactory(RowFactory):
    class Meta:
        model = PlanPrice

    plan = factory.SubFactory(PlanFactory)
    currency = "GBP"
    amount = Decimal("20.00")
    starts_on = date(2020, 1, 1)


class SpanFactory(RowFactory):
    """Billed from today on; `plan__…` and prices are the test's."""

    class Meta:
        model = Span

    connection = factory.SubFactory(ConnectionFactory)
    firm = factory.SelfAttribute("connection.firm")
    branch = factory.SelfAttribute("connection.branch")
    plan = factory.SubFactory(PlanFactory)
    starts_on = factory.LazyFunction(lambda: timezone.localdate())


class BranchInvoiceFactory(RowFactory):
    """Issued, and without lines: those are given to drafts."""

    class Meta:
        model = BranchInvoice

    branch = factory.SubFactory(BranchFactory)
    firm = factory.SelfAttribute("branch.firm")
    currency = factory.SelfAttribute("branch.currency")
    month = factory.LazyFunction(lambda: timezone.localdate().replace(day=1))
    kind = InvoiceKind.CYCLE
    status = InvoiceStatus.ISSUED
    number = factory.Sequence(lambda n: n + 1)
    total = Decimal("20.00")
    issued_at = factory.LazyFunction(timezone.now)
    due_on = factory.SelfAttribute("month")

    class Params:
        draft = factory.Trait(
            status=InvoiceStatus.DRAFT, number=None, issued_at=None, due_on=None, total=0
        )
        paid = factory.Trait(status=InvoiceStatus.PAID, paid_at=factory.LazyFunction(timezone.now))
        unpaid = factory.Trait(status=InvoiceStatus.UNPAID)


class BranchInvoiceLineFactory(RowFactory):
    """A whole month in advance, on a draft."""

    class Meta:
        model = BranchInvoiceLine

    connection = factory.SubFactory(ConnectionFactory)
    firm = factory.SelfAttribute("connection.firm")
    invoice = factory.SubFactory(
        BranchInvoiceFactory, branch=factory.SelfAttribute("..connection.branch"), draft=True
    )
    client_name = factory.SelfAttribute("connection.name")
    plan = factory.SubFactory(PlanFactory)
    plan_name = factory.SelfAttribute("plan.name")
    kind = LineKind.ADVANCE
    starts_on = factory.SelfAttribute("invoice.month")
    ends_on = factory.LazyAttribute(lambda line: next_month(line.starts_on))
    days = factory.LazyAttribute(lambda line: (line.ends_on - line.starts_on).days)
    of_days = factory.SelfAttribute("days")
    price = Decimal("20.00")
    used = factory.SelfAttribute("price")
    amount = factory.LazyAttribute(lambda line: line.used)


class InvoiceNumbersFactory(RowFactory):
    class Meta:
        model = InvoiceNumbers

    firm = factory.SubFactory(FirmFactory)


class PaymentMethodFactory(RowFactory):
    """Of a branch; with `own`, of a client account that pays for itself."""

    class Meta:
        model = PaymentMethod

    branch = factory.SubFactory(BranchFactory)
    firm = factory.SelfAttribute("branch.firm")
    gateway = GatewayName.TEST
    token = factory.Sequence(lambda n: f"approve-{n}")
    brand = "Visa"
    last4 = "4242"
    expires = "12/2034"
    currency = "GBP"

    class Params:
        own = factory.Trait(
            branch=None, firm=None, account=factory.SubFactory(ClientAccountFactory)
        )


class BillingVerificationFactory(RowFactory):
    class Meta:
        model = BillingVerification

    branch = factory.SubFactory(BranchFactory)
    firm = factory.SelfAttribute("branch.firm")
    reason = "Bookkeeping clients that we pay for"
    requested_by = factory.SubFactory(UserFactory)

    class Params:
        approved = factory.Trait(
            status=VerificationStatus.APPROVED, decided_at=factory.LazyFunction(timezone.now)
        )
        refused = factory.Trait(
            status=VerificationStatus.REFUSED,
            answer="Tell us who the clients are.",
            decided_at=factory.LazyFunction(timezone.now),
        )


class PromotionFactory(RowFactory):
    class Meta:
        model = Promotion

    code = factory.Sequence(lambda n: f"SPRING{n}")
    percent = Decimal(20)
    months = 3


class PromotionOfferFactory(RowFactory):
    """Offered and not answered."""

    class Meta:
        model = PromotionOffer

    connection = factory.SubFactory(ConnectionFactory)
    firm = factory.SelfAttribute("connection.firm")
    promotion = factory.SubFactory(PromotionFactory)
    account = factory.SelfAttribute("connection.account")
    percent = factory.SelfAttribute("promotion.percent")
    state = PromotionState.OFFERED
    given_by = factory.SubFactory(UserFactory)


class AccountSubscriptionFactory(RowFactory):
    """Chosen and not begun; with `begun`, running and to be paid from today on."""

    class Meta:
        model = AccountSubscription

    account = factory.SubFactory(ClientAccountFactory)
    plan = factory.SubFactory(PlanFactory)
    currency = "GBP"

    class Params:
        begun = factory.Trait(
            status=SubscriptionStatus.ACTIVE,
            started_on=factory.LazyFunction(lambda: timezone.localdate()),
            renews_on=factory.LazyFunction(lambda: timezone.localdate()),
        )


class ChargeFactory(RowFactory):
    """The first attempt for an invoice, to be sent; with `own`, for a month of a subscription."""

    class Meta:
        model = Charge

    invoice = factory.SubFactory(BranchInvoiceFactory)
    firm = factory.SelfAttribute("invoice.firm")
    branch = factory.SelfAttribute("invoice.branch")
    method = factory.SubFactory(PaymentMethodFactory, branch=factory.SelfAttribute("..branch"))
    amount = factory.SelfAttribute("invoice.total")
    currency = "GBP"
    attempt = 1
    gateway = GatewayName.TEST
    key = factory.Sequence(lambda n: f"charge-{n}")

    class Params:
        failed = factory.Trait(
            status=ChargeStatus.FAILED,
            failure="The card was declined.",
            settled_at=factory.LazyFunction(timezone.now),
            next_retry_at=factory.LazyFunction(lambda: timezone.now() + timedelta(days=1)),
        )
        succeeded = factory.Trait(
            status=ChargeStatus.SUCCEEDED, settled_at=factory.LazyFunction(timezone.now)
        )


class GatewayEventFactory(RowFactory):
    class Meta:
        model = GatewayEvent

    gateway = GatewayName.TEST
    event_id = factory.Sequence(lambda n: f"event-{n}")
    kind = "payment.succeeded"


class BuiltinPaymentFactory(RowFactory):
    class Meta:
        model = BuiltinPayment

    key = factory.Sequence(lambda n: f"payment-{n}")
    card = "approve"
    amount = Decimal("20.00")
    currency = "GBP"
    status = ChargeStatus.SUCCEEDED


class FolderFactory(RowFactory):
    class Meta:
        model = Folder

    connection = factory.SubFactory(ConnectionFactory)
    firm = factory.SelfAttribute("connection.firm")
    name = factory.Sequence(lambda n: f"Folder {n}")


class ClientFileFactory(RowFactory):
    """A small PDF that was checked, in no folder and hidden from the client."""

    class Meta:
        model = ClientFile

    class Params:
        visible = factory.Trait(is_visible=True, visible_at=factory.LazyFunction(timezone.now))

    connection = factory.SubFactory(ConnectionFactory)
    firm = factory.SelfAttribute("connection.firm")
    name = factory.Sequence(lambda n: f"Paper {n}.pdf")
    size = 9
    sha256 = "0" * 64
    state = FileState.CLEAN
    uploaded_by = factory.SubFactory(UserFactory)
    storage_key = factory.LazyAttribute(
        lambda file: storing.put(BytesIO(b"%PDF-1.7\n"), file.firm.pk, timezone.now().date())
    )


class ReplyFileFactory(RowFactory):
    class Meta:
        model = ReplyFile

    reply = factory.SubFactory(QuestionReplyFactory)
    connection = factory.SelfAttribute("reply.connection")
    firm = factory.SelfAttribute("reply.firm")
    file = factory.SubFactory(ClientFileFactory, connection=factory.SelfAttribute("..connection"))


class FileReadFactory(RowFactory):
    class Meta:
        model = FileRead

    file = factory.SubFactory(ClientFileFactory)
    connection = factory.SelfAttribute("file.connection")
    firm = factory.SelfAttribute("file.firm")
    contact = factory.SubFactory(ContactFactory, firm=factory.SelfAttribute("..firm"))


class SignInLinkFactory(RowFactory):
    """Nobody was mailed it: its token is "token", its code 123456."""

    class Meta:
        model = SignInLink

    contact = factory.SubFactory(ContactFactory)
    firm = factory.SelfAttribute("contact.firm")
    kind = LinkKind.MAGIC
    email = factory.SelfAttribute("contact.email")
    token_hash = factory.LazyAttribute(lambda _: hash_of("token"))
    code_hash = factory.LazyAttribute(lambda link: hash_of_code(link.token_hash, "123456"))
    ends_at = factory.LazyFunction(lambda: clock.now() + timedelta(minutes=15))


class PortalSettingsFactory(RowFactory):
    class Meta:
        model = PortalSettings

    firm = factory.SubFactory(FirmFactory)


class TaxReturnFactory(RowFactory):
    class Meta:
        model = TaxReturn

    connection = factory.SubFactory(ConnectionFactory)
    firm = factory.SelfAttribute("connection.firm")
    title = "Self assessment"
    year = 2025
    key = factory.LazyFunction(uuid4)

    class Params:
        ready = factory.Trait(
            step=TaxStep.READY, review_on=date(2026, 1, 5), ready_on=date(2026, 1, 5)
        )
        approved = factory.Trait(
            step=TaxStep.READY,
            ready_on=date(2026, 1, 5),
            approved_at=factory.LazyFunction(timezone.now),
        )
