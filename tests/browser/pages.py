"""Every page of the product, with who opens it and the demo's row that it shows."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from allauth.account.forms import default_token_generator
from allauth.account.models import EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from django.urls import reverse

from billing.gateways.builtin import signed
from billing.models import BranchInvoice
from clients.actions.handover import ask_consent, give_consent
from clients.actions.offboarding import offboard_member
from clients.actions.reviews import decide_items, sign_review, start_review
from clients.models import (
    Alert,
    AlertState,
    AssignmentRequest,
    ClientMessage,
    Connection,
    Contact,
    ContactAccess,
    KeyDate,
    MessageTemplate,
    Note,
    OwnerInvitation,
    Tag,
    Task,
    Ticket,
)
from clients.models.handover import PARTS, HandoverPack
from clients.models.handover_links import PackLink, Purpose
from invitations.models import ReconnectInvitation, TeamInvitation
from invitations.models.links import ConnectLink, ReconnectLink, ReferralUrl, TeamLink
from invitations.roles import ReconnectKind
from portal.models import ClientFile, Folder, LinkKind, Question, TaxReturn
from practice import clock, tenancy
from practice.history import Facts, request_facts
from practice.models import Branch, User
from practice.models.api_keys import hash_of
from tests import factories
from tests.browsers import World
from tests.clients import bulking, handing_over, importing
from tests.project.routes import routes

FILE = importing.csv_file([["Brimstone Ltd", "9001", "bea@brim.test"], ["", "9002", "no name"]])


@dataclass(frozen=True)
class Visit:
    """One opening of a page; `note` tells apart two openings of the same address."""

    route: str
    person: str = "sana"
    note: str = ""
    query: str = ""
    words: dict[str, object] = field(default_factory=dict)
    status: int = 200

    def __str__(self) -> str:
        return f"{self.route} {self.note}".strip()


def of_client(
    page: str, person: str = "sana", note: str = "", number: str = "1010", status: int = 200
) -> Visit:
    return Visit(f"clients:client-{page}", person, note, "", {"connection_id": number}, status)


def of_portal(
    page: str, person: str = "sana", note: str = "", number: str = "1010", access: str = ""
) -> Visit:
    """Of Portal Settings; `access` of one of its contacts."""
    words: dict[str, object] = {"connection_id": number}
    words |= {"access_id": access} if access else {}
    return Visit(f"portal:portal-{page}", person, note, words=words)


CONTACT_PAGES = ("contacts", "contact-add", "contact", "contact-remove", "contact-delete")
NOTE_PAGES = ("add", "edit", "delete", "history")
FILE_PAGES = (
    *("client-files", "client-files-upload", "client-file-edit", "client-file-show"),
    *("client-file-delete", "folder-add", "folder-edit", "folder-delete"),
    *("client-tax", "client-tax-add", "client-tax-edit", "client-tax-move", "client-tax-remove"),
)
TAG_PAGES = ("list", "add", "edit", "merge", "delete", "starter")

THEIRS = {"connection_id": "1010", "question_id": "theirs"}
QUESTIONS: tuple[tuple[str, str, str, dict[str, object]], ...] = (
    ("s", "", "", {"connection_id": "1010"}),
    ("s", "empty", "", {"connection_id": "1001"}),
    ("", "", "", {"connection_id": "1010"}),
    ("", "theirs", "", {**THEIRS}),
    ("-ask", "", "", {"connection_id": "1010"}),
    ("s-ask", "", "", {"connection_id": "1011"}),
    ("-why", "", "", {"connection_id": "1010"}),
    ("-why", "answered", "?contact=TIM", {"connection_id": "1010"}),
)
TAX = ("tax", "tax-return")
PREVIEW: dict[str, object] = {"portal_slug": "preview", "connection_id": "1010"}

VISITS = (
    *(Visit(name, "") for name in ("account_login", "account_signup", "account_inactive")),
    *(Visit(f"account_reset_password{end}", "") for end in ("", "_done", "_from_key_done")),
    Visit("account_email_verification_sent", ""),
    Visit("account_confirm_email", ""),
    Visit("account_confirm_email", "", "spent", words={"key": "spent"}),
    Visit("account_reset_password_from_key", ""),
    Visit("practice:all-messages", ""),
    Visit("practice:any-message", ""),
    Visit("practice:design", ""),
    Visit("practice:api-docs", ""),
    Visit("account_logout"),
    Visit("account_change_password"),
    Visit("account_reauthenticate"),
    Visit("mfa_index"),
    Visit("mfa_list_webauthn"),
    Visit("practice:home", "cara", "without a firm"),
    Visit("clients:company-list", "cara"),
    Visit("clients:company-settings", "cara"),
    Visit("clients:company-access", "cara"),
    Visit("clients:company-access", "dina", "paying herself", words={"account_id": "1011"}),
    Visit(
        "clients:company-disconnect",
        "dina",
        words={"account_id": "1011", "connection_id": "1011"},
    ),
    Visit("clients:company-staff", "cara"),
    Visit("clients:company-staff", "dina", "paying herself", words={"account_id": "1011"}),
    Visit("clients:company-remove", "cara", words={"connection_id": "1010"}),
    Visit("clients:company-staff", "dina", "asked", words={"account_id": "2037"}),
    of_client("request-access", "adam", number="2023"),
    of_client("request-access", "adam", "asked", "2037"),
    of_client("dashboard", "adam", "expired", "2023", 403),
    of_client("dashboard", "adam", "asked", "2037", 403),
    Visit("clients:company-data", "cara"),
    Visit("clients:company-opened", "cara"),
    Visit("clients:company-opened", "dina", "empty", words={"account_id": "1011"}),
    Visit("clients:company-verify", "cara"),
    Visit("clients:company-verify", "cara", "broken", f"?seal={64 * '0'}"),
    Visit("clients:company-tickets", "cara"),
    Visit("clients:company-tickets", "dina", "empty", words={"account_id": "1011"}),
    Visit("clients:company-ticket", "cara"),
    Visit("clients:company-contact", "cara", words={"connection_id": "1010"}),
    Visit("clients:company-settings", "mia", "of a client", status=403),
    Visit("clients:company-request-disconnection", "cara", words={"connection_id": "1010"}),
    Visit("practice:dashboard"),
    Visit("practice:dashboard", "mia", "as a member"),
    Visit("practice:activity"),
    Visit("practice:audit"),
    Visit("practice:audit", "mia", "refused", status=403),
    Visit("practice:outbox"),
    Visit("practice:outbox-message"),
    Visit("practice:branch-choose"),
    Visit("practice:branch-add"),
    Visit("practice:branch-settings"),
    Visit("clients:parent-dashboard"),
    Visit("clients:parent-dashboard", "olga", "refused", status=403),
    Visit("practice:settings"),
    Visit("practice:security-settings"),
    Visit("practice:security-require"),
    Visit("practice:security-relax"),
    Visit("practice:security-reset"),
    Visit("clients:usage-upload"),
    Visit("practice:api-key-list"),
    Visit("practice:api-key-add"),
    Visit("practice:api-key-revoke"),
    Visit("practice:webhook-list"),
    Visit("practice:webhook-add"),
    *(Visit(f"practice:webhook-{page}") for page in ("detail", "edit", "rotate", "remove")),
    Visit("practice:webhook-detail", note="off", words={"webhook_id": "off"}),
    Visit("practice:webhook-delivery"),
    Visit("practice:team"),
    Visit("practice:team-member"),
    Visit("practice:team-member", "adam", "with limits"),
    Visit("practice:team-member", "vera", "reading"),
    Visit("practice:team-member-history"),
    Visit("practice:team-role"),
    Visit("practice:team-parent-role"),
    Visit("practice:team-branch-add"),
    Visit("practice:team-branch-remove"),
    Visit("clients:member-clients-panel"),
    Visit("clients:access-matrix"),
    Visit("clients:access-matrix", "olga", "narrowed", "?who=mia&q=a"),
    Visit("clients:access-matrix", note="empty", query="?q=zzzz"),
    Visit("clients:leaver-list"),
    Visit("clients:leaver-report"),
    Visit("clients:leaver-report", note="ended", query="?show=ended"),
    Visit("clients:offboard"),
    Visit("clients:offboard", note="before the end", query="?step=confirm&reason=Left"),
    Visit("clients:offboard", note="incomplete", query="?step=confirm", status=422),
    Visit("clients:offboard", note="afterwards", words={"member_id": "gone"}),
    Visit("clients:review-list"),
    Visit("clients:review-start"),
    Visit("clients:review-detail"),
    Visit("clients:review-detail", "vera", "reading"),
    Visit("clients:review-detail", note="signed", words={"review_id": "signed"}),
    Visit("clients:review-sign", "olga"),
    Visit("practice:profile"),
    Visit("practice:reports"),
    Visit("practice:help"),
    Visit("practice:help-topic"),
    Visit("invitations:invitation-list"),
    Visit("invitations:invitation-list", "mia", "without a branch's clients"),
    Visit("invitations:invitation-review"),
    Visit("invitations:invitation-accept"),
    Visit("invitations:invitation-reject"),
    Visit("invitations:reconnection-list"),
    Visit("invitations:team-invite"),
    Visit("invitations:referral-list"),
    Visit("invitations:referral-add"),
    Visit("invitations:referral-detail"),
    Visit("invitations:refer", ""),
    Visit("invitations:team-invitations"),
    Visit("invitations:team-invitations", note="filtered", query="?q=zzz"),
    Visit("invitations:team-invitation-link"),
    Visit("invitations:team-invitation-cancel"),
    Visit("invitations:team-join", ""),
    Visit("invitations:team-join", note="as somebody else"),
    Visit("invitations:team-join", "", "incomplete", words={"invite": "1-x.y"}, status=404),
    Visit("invitations:team-join-reject", ""),
    Visit("invitations:client-reconnect", words={"connection_id": "1013"}),
    Visit("invitations:client-reconnect", note="beside a link", words={"connection_id": "anew"}),
    Visit("invitations:client-reconnect-cancel", words={"connection_id": "1032"}),
    Visit("invitations:client-new-link", words={"connection_id": "1013"}),
    Visit("invitations:client-new-link", note="to copy", words={"connection_id": "anew"}),
    Visit("invitations:reconnect", "", words={"invite": "reconnect"}),
    Visit("invitations:reconnect", "", "anew", words={"invite": "anew"}),
    Visit("invitations:reconnect", "", "incomplete", words={"invite": "1-x.y"}, status=404),
    Visit("invitations:company-invitations", "cara"),
    Visit("invitations:company-invite", "cara"),
    Visit("clients:company-access", "cara", "taking over", words={"account_id": "going"}),
    Visit(
        "clients:company-subscribe",
        "cara",
        words={"account_id": "going", "connection_id": "going"},
    ),
    Visit("billing:payments"),
    Visit("billing:branch-billing", "olga"),
    Visit("billing:branch-billing", note="of all branches"),
    Visit("billing:branch-billing", "olga", "narrowed to nothing", "?status=unpaid"),
    Visit("billing:branch-billing", "olga", "with an error", "?status=never", status=422),
    Visit("billing:branch-billing", "mia", "refused", status=403),
    Visit("billing:estimate-panel", "olga"),
    Visit("billing:estimate-panel", note="of all branches", query="?branches=all"),
    Visit("billing:billing-overview"),
    Visit("billing:billed-client-list", "olga"),
    Visit("billing:billed-client-list", note="of all branches"),
    Visit("billing:client-bill", "olga", words={"connection_id": "1010"}),
    Visit("billing:client-bill", "olga", "paused", words={"connection_id": "1012"}),
    Visit("billing:branch-invoice-detail", "olga"),
    Visit("billing:client-plan", "olga", words={"connection_id": "1010"}),
    Visit("billing:client-promotion", words={"connection_id": "1010"}),
    Visit("billing:client-promotion", "xavi", "offered", words={"connection_id": "1011"}),
    Visit("billing:client-plan", "olga", "paused", words={"connection_id": "1012"}),
    Visit(
        "billing:client-plan",
        "olga",
        "with a preview",
        "?plan=pro",
        words={"connection_id": "1010"},
    ),
    Visit(
        "billing:client-plan",
        "olga",
        "with an error",
        "?plan=x",
        words={"connection_id": "1010"},
        status=422,
    ),
    Visit("billing:unbilled-client-list", "olga"),
    Visit("billing:unbilled-client-list", note="of all branches"),
    Visit("billing:simulator", "olga"),
    Visit("billing:simulator", note="of all branches"),
    Visit("billing:simulator", "olga", "with an error", "?move=pause", status=422),
    Visit("billing:method-list"),
    Visit("billing:method-list", "vera", "reading"),
    Visit("billing:method-add"),
    Visit("billing:bill-us"),
    Visit("billing:invoice-payment"),
    Visit("billing:invoice-payment", "vera", "unpaid", words={"invoice_id": "unpaid"}),
    Visit("billing:company-plan", "cara", "paid by the firm"),
    Visit("billing:company-plan", "dina", words={"account_id": "1011"}),
    Visit("billing:company-method-add", "dina", words={"account_id": "1011"}),
    Visit("billing:method-remove"),
    Visit("billing:verification"),
    Visit("billing:verification", "vera", "reading"),
    Visit("billing:test-card"),
    Visit("billing:test-verification"),
    Visit("clients:client-list"),
    Visit("clients:client-list", "mia", "as a member"),
    Visit(
        "clients:client-list", "sana", "narrowed", "?q=a&status=active&column=plan&sort=-activity"
    ),
    Visit("clients:client-list", "sana", "empty", "?q=zzzz"),
    Visit("clients:client-list", "sana", "with an error", "?since_from=never", status=422),
    Visit("clients:client-add"),
    Visit("clients:client-add", "adam", "without billing"),
    Visit("invitations:client-pays"),
    Visit("invitations:client-pays", "olga", "of one branch"),
    Visit("invitations:client-pays", note="switched off", query="?branch=DUBLIN"),
    Visit("invitations:client-pays-rotate"),
    Visit("invitations:client-pays-off"),
    Visit("invitations:referral-list"),
    Visit("invitations:referral-add"),
    Visit("invitations:referral-detail"),
    Visit("invitations:refer", ""),
    Visit("invitations:connect", "", words={"invite": "connect"}),
    Visit("invitations:connect", "dina", "signed in", words={"invite": "connect"}),
    Visit("invitations:connect", "olga", "as a colleague", words={"invite": "connect"}),
    Visit("invitations:connect", "", "over", words={"invite": "over"}, status=410),
    Visit("invitations:connect-register", "", words={"invite": "connect"}),
    Visit("invitations:connect-list", "cara"),
    Visit("invitations:connect-list", "sana", "empty"),
    Visit("invitations:connect-company", "dina", words={"invite": "connect"}),
    Visit("invitations:connect-payment", "cara", words={"invite": "connect"}),
    Visit("invitations:connect-accept", "dina", words={"invite": "connect"}),
    Visit("clients:client-suggest", query="?q=a"),
    Visit("clients:filter-branch"),
    Visit("clients:filter-tag"),
    Visit("clients:portfolio-panel"),
    Visit("clients:recent-panel"),
    Visit("clients:activity-panel"),
    Visit("clients:saved-views"),
    Visit("clients:saved-view-add", query="?status=paused"),
    Visit("clients:bulk-list"),
    Visit("clients:bulk-detail", note="checked", words={"run_id": "checked"}),
    Visit("clients:bulk-detail", note="done", words={"run_id": "done"}),
    Visit("clients:bulk-undo", words={"run_id": "done"}),
    Visit("clients:report-files"),
    Visit("clients:import-start"),
    Visit("clients:import-list"),
    Visit("clients:import-columns"),
    Visit("clients:import-detail", note="checked", words={"import_id": "checked"}),
    Visit("clients:import-detail", note="done", words={"import_id": "done"}),
    of_client("detail"),
    of_client("detail", note="paused", number="1012"),
    of_client("detail", note="disconnected", number="1013"),
    of_client("edit"),
    of_client("pause"),
    of_client("pause", note="of Client Pays", number="1011"),
    of_client("resume", number="1012"),
    of_client("disconnect"),
    of_client("records", number="1013"),
    of_client("handover", number="1011"),
    of_client("handover", note="disconnected", number="1013"),
    Visit("clients:handover-detail", words={"connection_id": "1011"}),
    Visit("clients:handover-link", words={"connection_id": "1011"}),
    Visit("clients:handover-verify", ""),
    Visit("clients:handover-consent", ""),
    Visit("clients:handover-decline", ""),
    Visit("clients:handover-consent", "", "incomplete", words={"consent": "1-x.y"}, status=404),
    Visit("clients:successor", ""),
    Visit("clients:successor", "", "too early", words={"pack": "early"}, status=410),
    of_client("detail", note="reconnecting", number="1032"),
    of_client("switch-model"),
    of_client("switch-model", note="of Client Pays", number="1011"),
    of_client("switch-model", note="disconnected", number="1013"),
    of_client("transfer-ownership"),
    of_client("owner", number="unowned"),
    of_client("owner", note="owned"),
    Visit("clients:own", ""),
    *(
        Visit(
            "clients:client-records",
            note=part,
            query=f"?part={part}",
            words={"connection_id": "1013"},
        )
        for part in ("reports", "timeline", "audit", "access", "notes")
    ),
    Visit("clients:client-list", note="of the disconnected", query="?status=disconnected"),
    of_client("menu"),
    of_client("dashboard", "mia"),
    of_client("dashboard", "xavi", "on trial", "1014"),
    of_client("extend-trial", "xavi", number="1014"),
    of_client("tickets"),
    of_client("tickets", "mia", "empty", "1001"),
    Visit("clients:ticket-add", words={"connection_id": "1010"}, query="?check=unscheduled"),
    Visit("clients:ticket", words={"connection_id": "1010"}),
    of_client("dashboard", "mia", "refused", "1012", 403),
    *(of_client(page) for page in ("activity", "notes", "contacts", "team")),
    of_client("notes", "vera", "reading"),
    of_client("tags"),
    *(Visit(f"clients:note-{page}", words={"connection_id": "1010"}) for page in NOTE_PAGES),
    *(Visit(f"clients:tag-{page}") for page in TAG_PAGES),
    of_client("access-history"),
    of_client("change-branch"),
    Visit(
        "clients:client-change-branch",
        note="before the transfer",
        query="?branch=DUBLIN",
        words={"connection_id": "1010"},
    ),
    of_client("team", note="as a member", person="mia"),
    of_client("team-add"),
    Visit("clients:assignment-request", "mia"),
    of_client("team", "olga", "asked", "1030"),
    Visit("clients:assignment-grant", "olga", words={"connection_id": "1030"}),
    of_client("team-suggest"),
    of_client("team-member"),
    of_client("team-remove"),
    of_client("access-settings"),
    of_client("access-settings", "olga", "not assigned"),
    of_client("who"),
    Visit(
        "clients:client-who",
        note="before it came",
        query="?on=2001-01-01",
        words={"connection_id": "1010"},
    ),
    Visit(
        "clients:client-who",
        note="with an error",
        query="?on=never",
        words={"connection_id": "1010"},
        status=422,
    ),
    of_client("tasks"),
    of_client("tasks", "mia", "reading", "1003"),
    Visit("clients:task-add", words={"connection_id": "1010"}),
    Visit("clients:task-edit", words={"connection_id": "1010"}),
    Visit("clients:date-add", words={"connection_id": "1010"}),
    Visit("clients:date-edit", words={"connection_id": "1010"}),
    Visit("clients:date-delete", words={"connection_id": "1010"}),
    Visit("clients:task-list", "mia"),
    Visit("clients:task-list", note="empty"),
    Visit("clients:task-panel", "mia"),
    Visit("clients:alert-list"),
    *(
        Visit("clients:alert-list", "olga", state, f"?state={state}")
        for state in ("acknowledged", "snoozed", "resolved")
    ),
    Visit("clients:alert-list", "mia", "mine", "?mine=on&state=open"),
    Visit("clients:alert-list", "adam", "to undo", "?did=snoozed&undo=1-2"),
    Visit("clients:alert"),
    Visit("clients:alert", "vera", "snoozed", words={"alert_id": "snoozed"}),
    of_client("emails"),
    of_client("emails", "mia", "empty", "1001"),
    Visit("clients:client-email", words={"connection_id": "1010"}),
    of_client("message", "mia"),
    of_client("message", note="no contacts", number="1020"),
    Visit("clients:alert-thresholds"),
    Visit("clients:template-list"),
    Visit("clients:template-add"),
    Visit("clients:template-edit"),
    Visit("clients:template-delete"),
    Visit("portal:start", "sana"),
    Visit("portal:start", "", "signed out"),
    *(Visit(f"portal:{page}", "") for page in ("sign-in", "code", "start-code", "password")),
    Visit("portal:help", ""),
    Visit("portal:portal-branding"),
    Visit("portal:portal-sign-in"),
    Visit("portal:link", ""),
    Visit("portal:link", "cara", "of somebody else"),
    Visit("portal:link", "", "to choose a password", words={"magic": "reset"}),
    Visit("portal:link", "", "on another device", words={"magic": "elsewhere"}),
    Visit("portal:link", "", "over", words={"magic": "over"}, status=410),
    Visit("portal:home", "max"),
    Visit("portal:business", "tom", words={"connection_id": "1010"}),
    Visit("portal:business", "mia", "preview", words=PREVIEW),
    *(
        Visit(f"portal:client-question{end}", note=note, query=query, words=words)
        for end, note, query, words in QUESTIONS
    ),
    Visit("portal:portal-questions", words={"connection_id": "1010"}),
    Visit("portal:portal-reminders", words={"connection_id": "1010"}),
    Visit("portal:questions", "cara", words={"connection_id": "1010"}),
    Visit("portal:questions", "tom", "done", "?state=done", words={"connection_id": "1010"}),
    Visit("portal:question", "tom", words={"connection_id": "1010"}),
    Visit("portal:question", "cara", "theirs", words=THEIRS),
    Visit("portal:question", "mia", "preview", words=PREVIEW),
    Visit("portal:question-ask", "tom", words={"connection_id": "1010"}),
    *(of_portal(page) for page in CONTACT_PAGES),
    of_portal("contacts", "vera", "as a viewer"),
    of_portal("contacts", note="nobody", number="1014"),
    of_portal("contact-remove", note="merged", access="max"),
    of_portal("contact-delete", "mia", "merged", access="max"),
    of_portal("contact", "mia", "shared", access="max"),
    Visit("portal:all-contacts"),
    Visit("portal:all-contacts", "adam", "of a branch"),
    Visit("portal:all-contacts", note="none found", query="?q=nobody+at+all"),
    Visit("portal:all-contacts-add"),
    Visit("portal:all-contacts-add", note="found", query="?find=10"),
    Visit("portal:contact-clients"),
    Visit("portal:people-settings"),
    Visit("portal:people", "cara", words={"connection_id": "1010"}),
    Visit("portal:people-invite", "cara", words={"connection_id": "1010"}),
    Visit("portal:contact-clients", note="found", query="?find=echo"),
    *(Visit(f"portal:{page}", words={"connection_id": "1010"}) for page in FILE_PAGES),
    Visit("portal:client-files", "mia", "deleted", "?folder=deleted", {"connection_id": "1010"}),
    Visit("portal:client-files", "xavi", "none yet", words={"connection_id": "1014"}),
    Visit("portal:client-tax", "xavi", "none yet", words={"connection_id": "1014"}),
    *(Visit(f"portal:{page}", "tom", words={"connection_id": "1010"}) for page in TAX),
    Visit("portal:files", "fil", words={"connection_id": "1010"}),
    Visit("portal:files-upload", "fil", words={"connection_id": "1010"}),
    Visit("clients:why"),
    Visit("clients:why", "mia", "searched", "?who=mia&find=acme"),
)
# Downloads, forms that are only sent, and the pages of the second factor, which have a walk of
# their own.
NOT_PAGES = {
    "account_set_password",
    "billing:billed-client-export",
    "billing:unbilled-client-export",
    "billing:branch-invoice-export",
    "billing:branch-invoice-lines-export",
    "billing:method-export",
    "billing:company-method-return",  # sends back to the plan
    "billing:invoice-pay",
    "billing:webhook",
    "billing:method-return",  # sends back to the list
    "billing:branch-invoice-pdf",
    "clients:access-matrix-export",
    "clients:activity-export",
    "clients:alert-acknowledge",
    "clients:alert-assign",
    "clients:alert-export",
    "clients:alert-reopen",
    "clients:alert-snooze",
    "clients:client-dates-export",
    "clients:client-emails-export",
    "clients:client-export",
    "clients:client-message-draft",
    "clients:client-message-preview",
    "clients:client-notes-export",
    "clients:client-open",
    "clients:client-records-export",
    "clients:client-restrict",
    "clients:client-set-up-access",
    "clients:client-tasks-export",
    "clients:client-tickets-export",
    "clients:ticket-close",
    "billing:company-promotion-apply",
    "billing:company-promotion-decline",
    "clients:ticket-reopen",
    "portal:client-question-assign",
    "portal:client-question-reopen",
    "portal:client-question-resolve",
    "portal:client-questions-export",
    "portal:question-reassign",
    "portal:questions-export",
    "clients:client-team-export",
    "clients:client-tags-pick",  # what a form opens: tests/browser/test_tags.py
    "clients:client-team-primary",
    "clients:assignment-decline",
    "clients:tag-export",
    "clients:bulk-commit",
    "clients:bulk-configure",  # what it shows when answers are missing: tests/browser/test_bulk.py
    "clients:bulk-download",
    "clients:bulk-file",
    "clients:bulk-start",  # a page that a form opens: tests/browser/test_bulk.py
    "clients:import-commit",
    "clients:import-download",
    "clients:leaver-report-export",
    "clients:parent-dashboard-export",
    "clients:review-decide",
    "clients:company-data-file",
    "clients:company-opened-export",
    "clients:client-owner-cancel",
    "clients:company-disable",
    "clients:company-decline",
    "clients:company-reinstate",
    "clients:handover-download",
    "clients:handover-revoke",
    "clients:review-export",
    "portal:all-contacts-export",
    "portal:portal-contact-block",
    "portal:portal-contact-intro",
    "portal:portal-contact-magic-link",
    "portal:portal-contact-reset-link",
    "portal:portal-contact-unblock",
    "portal:portal-contacts-export",
    "clients:saved-view-delete",
    "clients:task-done",
    "clients:task-list-export",
    "clients:task-reopen",
    "clients:template-export",
    "clients:template-starters",
    "invitations:company-cancel",
    "invitations:company-withdraw",
    "invitations:invitation-export",
    "invitations:reconnection-export",
    "invitations:client-pays-on",
    "invitations:connect-next",
    "invitations:referral-export",
    "invitations:referral-switch",
    "invitations:team-invitation-export",
    "invitations:team-invitation-resend",
    "account_sign_out_others",
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "mfa_authenticate",
    "mfa_deactivate_totp",
    "mfa_download_recovery_codes",
    "mfa_edit_webauthn",
    "mfa_generate_recovery_codes",
    "mfa_login_webauthn",
    "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn",
    "mfa_remove_webauthn",
    "mfa_view_recovery_codes",
    "portal:client-file",
    "portal:client-file-hide",
    "portal:client-file-restore",
    "portal:client-files-export",
    "portal:client-tax-export",
    "portal:tax-export",
    "portal:file",
    "portal:logo",
    "portal:style",
    "practice:appearance",
    "practice:audit-export",
    "practice:outbox-export",
    "practice:outbox-resend",
    "practice:api-schema",
    "practice:api-unknown",
    "clients:api-activity",
    "clients:api-clients",
    "clients:usage-commit",
    "practice:api-key-export",
    "practice:webhook-export",
    "practice:webhook-log-export",
    "practice:webhook-off",
    "practice:webhook-on",
    "practice:webhook-receiver",
    "practice:webhook-resend",
    "practice:webhook-test",
    "practice:security-export",
    "practice:team-export",
    "practice:team-role-reset",
}


def rows(world: World) -> Iterator[tuple[str, dict[str, object]]]:
    """Argument → the rows that visits name, the first where they name none."""
    sana = world.sana
    with tenancy.as_system():
        connections = {row.client_number: row for row in Connection.objects.order_by("pk")}
        london = Branch.objects.get(name="London")
        dublin = Branch.objects.get(firm_id=london.firm_id, name="Dublin")
        message = factories.MessageFactory(firm=london.firm)
        key = EmailConfirmationHMAC(sana.emailaddress_set.get()).key
    with tenancy.as_system():
        invited = TeamInvitation.objects.pending().get()
    yield "invitation_id", {"": invited.pk}
    asked_pack, open_pack = handovers(connections["1011"], sana)
    yield "pack_id", {"": open_pack.pk}
    yield "consent", {"": PackLink.of(asked_pack, Purpose.CONSENT).token}
    yield (
        "pack",
        {
            "": PackLink.of(open_pack, Purpose.DOWNLOAD).token,
            "early": PackLink.of(asked_pack, Purpose.DOWNLOAD).token,
        },
    )
    asked, anew, going = ways_back(london, world.cara)
    arrivals(london, dublin, unpaid=world.cara, paid=world.dina)
    with tenancy.as_system():
        referral = factories.ReferralSignUpFactory(link__firm=london.firm).link
    yield "referral_id", {"": referral.pk}
    yield "referral", {"": ReferralUrl.of(referral.pk).token}
    yield (
        "invite",
        {
            "": TeamLink(invited.pk, invited.nonce, is_mailed=True).token,
            "reconnect": ReconnectLink(asked.pk, asked.nonce, is_mailed=True).token,
            "anew": ReconnectLink(anew.pk, anew.nonce, is_mailed=False).token,
            "connect": ConnectLink(london.pk, "1", is_mailed=False).token,
            "over": ConnectLink(dublin.pk, "1", is_mailed=False).token,
        },
    )
    unowned, handed = handed_over(london)
    yield "takeover", {"": handed.token}
    yield "client_invitation_id", {"": asking(london)}
    connections |= {"anew": anew.connection, "going": going, "unowned": unowned}
    yield "firm_slug", {"": "harbour"}
    yield from contacts_of(connections["1010"])
    yield "portal_firm", {"": "harbour"}
    yield "magic", mailed_links(connections["1010"])
    yield "portal_slug", {"": "harbour", "preview": preview_of(connections["1010"])}
    yield "invoice_id", {"": invoice_of(london), "unpaid": unpaid_invoice(dublin)}
    yield "dublin", {"": dublin.pk}
    yield "branch_id", {"": london.pk}
    yield "member_id", {"": member_of(world.mia), "gone": somebody_gone(london, sana)}
    yield "review_id", reviews(london, sana, world.olga)
    yield "topic", {"": "cannot-find-client"}
    yield "connection_id", {number: row.pk for number, row in connections.items()}
    yield (
        "account_id",
        {
            "": connections["1010"].account_id,
            "1011": connections["1011"].account_id,
            "2037": connections["2037"].account_id,
            "going": going.account_id,
        },
    )
    yield "message_id", {"": message.pk}
    yield "key", {"": key}
    yield "uidb36", {"": f"{user_pk_to_url_str(sana)}-{default_token_generator.make_token(sana)}"}
    yield "import_id", imports(london, sana)
    yield from letters_and_work(connections["1010"])
    yield "file_id", {"": file_of(connections["1010"])}
    yield "folder_id", {"": folder_of(connections["1010"])}
    yield "tax_id", {"": tax_return_of(connections["1010"])}
    yield "note_id", {"": note_of(connections["1010"])}
    yield "api_key_id", {"": api_key_of(london)}
    yield from webhooks_of(london)
    yield "tag_id", {"": tag_of(london)}
    yield "run_id", bulk_runs(london, dublin, sana)
    yield "session", {"": provider_session(dublin, sana)}


def contacts_of(acme: Connection) -> Iterator[tuple[str, dict[str, object]]]:
    """Tom, and Max who is Delta's contact too."""
    with tenancy.as_system():
        rows = ContactAccess.objects.filter(connection=acme).select_related("contact")
        tom, both = (rows.get(contact__name=name) for name in ("Tom Tucker", "Max Mercer"))
    yield "access_id", {"": tom.pk, "max": both.pk}
    yield "contact_id", {"": both.contact_id}


def preview_of(connection: Connection) -> str:
    """The portal of Acme as Tom has it."""
    with tenancy.as_system():
        access = ContactAccess.objects.get(connection=connection, contact__name="Tom Tucker")
    return f"harbour~{access.pk}"


def mailed_links(connection: Connection) -> dict[str, object]:
    """To four contacts of Acme who have no login yet."""
    facts = {
        "": {},
        "reset": {"kind": LinkKind.RESET},
        "elsewhere": {"browser_hash": hash_of("another browser")},
        "over": {"used_at": clock.now()},
    }
    with tenancy.as_system():
        for token, more in facts.items():
            contact = factories.ContactAccessFactory(connection=connection).contact
            hashed = hash_of(token or "fresh")
            factories.SignInLinkFactory(contact=contact, token_hash=hashed, **more)
    return {token: token or "fresh" for token in facts}


def unpaid_invoice(branch: Branch) -> int:
    """One that was declined once, with its retries to come; its number is far from the others."""
    facts = {"currency": branch.currency, "month": date(2020, 1, 1), "number": 9000}
    with tenancy.as_system():
        row = factories.BranchInvoiceFactory(branch=branch, unpaid=True, **facts)
        factories.ChargeFactory(invoice=row, failed=True, method=None)
    return int(row.pk)


def provider_session(branch: Branch, user: User) -> str:
    """A name that opens both pages of the test gateway."""
    with tenancy.as_system():
        cork = factories.BranchFactory(firm=branch.firm, name="Cork")
        asked = factories.BillingVerificationFactory(branch=cork, requested_by=user)
    paths = {"return_path": "/", "cancel_path": "/"}
    words = {"payer": branch.name, "currency": branch.currency, "verification": asked.pk}
    return signed({**words, **paths})


def letters_and_work(acme: Connection) -> Iterator[tuple[str, dict[str, object]]]:
    with tenancy.as_system():
        yield "task_id", {"": Task.objects.filter(connection=acme).order_by("pk")[0].pk}
        yield "ticket_id", {"": Ticket.objects.get(connection=acme).pk}
        asked = Question.objects.filter(connection=acme)
        yield (
            "question_id",
            {
                "": asked.waiting().get(assignee__name="Tom Tucker").pk,
                "theirs": asked.filter(is_from_client=True).earliest("pk").pk,
            },
        )
        yield "tim", {"": Contact.objects.get(firm=acme.firm, name="Tim Tanner").pk}
        silent = Alert.objects.filter(firm=acme.firm)
        yield (
            "alert_id",
            {
                "": silent.in_state(AlertState.OPEN).latest("pk").pk,
                "snoozed": silent.in_state(AlertState.SNOOZED).latest("pk").pk,
            },
        )
        yield "request_id", {"": AssignmentRequest.objects.get().pk}
        yield "date_id", {"": KeyDate.objects.get(connection=acme).pk}
        yield "item_id", {"": ClientMessage.objects.filter(connection=acme).first().pk}
        yield "template_id", {"": MessageTemplate.objects.order_by("pk")[0].pk}


def invoice_of(branch: Branch) -> int:
    with tenancy.as_system():
        return BranchInvoice.objects.filter(branch=branch).latest("number").pk


def note_of(connection: Connection) -> int:
    with tenancy.as_system():
        return Note.objects.about(connection.pk).latest("pk").pk


def tax_return_of(connection: Connection) -> int:
    """The one that waits for the client."""
    with tenancy.as_system():
        return TaxReturn.objects.to_approve().get(connection=connection).pk


def file_of(connection: Connection) -> int:
    with tenancy.as_system():
        return ClientFile.objects.of(connection.pk).get(name="Notes for the partner.pdf").pk


def folder_of(connection: Connection) -> int:
    with tenancy.as_system():
        return Folder.objects.of(connection.pk).get(name="Year end 2025").pk


def api_key_of(branch: Branch) -> int:
    with tenancy.as_system():
        return int(factories.ApiKeyFactory(firm=branch.firm).pk)


def webhooks_of(branch: Branch) -> Iterator[tuple[str, dict[str, object]]]:
    """One that fails, with a delivery that waits for its next try; and one that is off."""
    answered = {"attempts": 2, "answer_code": 503, "answer": "I fail.", "error": "It answered 503."}
    with tenancy.as_system():
        hook = factories.WebhookFactory(firm=branch.firm, failing_since=clock.now())
        row = factories.WebhookDeliveryFactory(webhook=hook, tried_at=clock.now(), **answered)
        off = factories.WebhookFactory(firm=branch.firm, off=True)
    yield "webhook_id", {"": hook.pk, "off": off.pk}
    yield "delivery_id", {"": row.pk}


def tag_of(branch: Branch) -> int:
    with tenancy.as_system():
        return Tag.objects.filter(firm_id=branch.firm_id).earliest("pk").pk


def ways_back(
    branch: Branch, owner: User
) -> tuple[ReconnectInvitation, ReconnectInvitation, Connection]:
    """A reconnection that waits, a link to begin anew, and a client that takes itself over."""
    with tenancy.as_system():
        asked = ReconnectInvitation.objects.pending().get(kind=ReconnectKind.RECONNECT)
        anew = factories.ReconnectInvitationFactory(new_link=True, connection__branch=branch)
        going = factories.ConnectionFactory(
            branch=branch, account__owner=owner, account__archived_at=clock.now()
        )
    return asked, anew, going


def handed_over(branch: Branch) -> tuple[Connection, OwnerInvitation]:
    """A client without an owner, and the link of another one."""
    with tenancy.as_system():
        unowned = factories.ConnectionFactory(branch=branch, name="Oscar Opticians")
        return unowned, factories.OwnerInvitationFactory(connection__branch=branch)


def asking(branch: Branch) -> int:
    """A company that waits for the branch's answer."""
    with tenancy.as_system():
        facts = {"message": "We met at the fair.", "account__name": "Hillside Hotel"}
        return int(factories.ClientInvitationFactory(branch=branch, **facts).pk)


def arrivals(london: Branch, dublin: Branch, *, unpaid: User, paid: User) -> None:
    """Two people on their way by London's link; Dublin's is off."""
    with tenancy.as_system():
        factories.BranchLinkFactory(branch=dublin, off=True)
        for user, has_method in ((unpaid, False), (paid, True)):
            account = factories.ClientAccountFactory(owner=user, has_method=has_method)
            factories.ClientSetupFactory(branch=london, user=user, account=account)


def member_of(user: User) -> int:
    with tenancy.as_system():
        return user.team_members.get().pk


def somebody_gone(branch: Branch, boss: User) -> int:
    """Who was assigned to two clients, and has left with nobody to take over."""
    with tenancy.as_system():
        place = factories.BranchMembershipFactory(branch=branch, member__user__full_name="Gus Gone")
        for row in Connection.objects.filter(branch=branch, status="active").order_by("pk")[:2]:
            factories.TeamAssignmentFactory(content_object=row, user=place.member.user)
        token = request_facts.set(Facts(request_id="a request"))
        offboard_member(place.member, {}, by=boss, reason="Left the firm.")
        request_facts.reset(token)
    return int(place.member_id)


def reviews(branch: Branch, boss: User, owner: User) -> dict[str, object]:
    """One that is signed, and one that is half decided."""
    due_on = clock.today() + timedelta(days=14)
    with tenancy.as_system():
        signed = start_review(branch, by=boss, due_on=due_on)
        every = signed.items.values_list("pk", flat=True)
        decide_items(signed, dict.fromkeys(every, "keep"), by=owner)
        sign_review(signed, by=owner)
        review = start_review(branch, by=boss, due_on=due_on)
        first = review.items.order_by("place").values_list("pk", flat=True)[:1]
        decide_items(review, dict.fromkeys(first, "keep"), by=owner, note="Still needed.")
    return {"": review.pk, "signed": signed.pk}


def imports(branch: Branch, user: object) -> dict[str, object]:
    with tenancy.as_system():
        mapping = factories.ImportRunFactory(branch=branch, started_by=user, columns=["Company"])
    with tenancy.as_system():
        done = importing.imported(branch, user, FILE)  # type: ignore[arg-type]
    with tenancy.as_system():
        checked = importing.checked(branch, user, FILE)  # type: ignore[arg-type]
    return {"": mapping.pk, "checked": checked.pk, "done": done.pk}


def bulk_runs(london: Branch, dublin: Branch, user: User) -> dict[str, object]:
    """A transfer that waits for its button, tags that were added, and a report."""
    with tenancy.as_system():
        ids = list(Connection.objects.filter(branch=london).values_list("pk", flat=True)[:6])
        checked = bulking.checked(user, london.firm, "transfer", ids, branch=dublin.pk)
        done = bulking.done(user, london.firm, "tags", ids, names=["Year-end"], reason="Closing")
        bulking.done(user, london.firm, "reports", ids, kind="team")
    return {"checked": checked.pk, "done": done.pk}


def handovers(connection: Connection, boss: User) -> tuple[HandoverPack, HandoverPack]:
    """One that waits for the client's consent, and one whose link works."""
    to = {"name": "Newman & Co", "email": "new@man.test"}
    with tenancy.as_system():
        asked = ask_consent(handing_over.made(connection, boss), by=boss, **to)
    with tenancy.as_system():
        link = ask_consent(handing_over.made(connection, boss, PARTS), by=boss, **to)
        given = give_consent(link, PackLink.of(link, Purpose.CONSENT), name="Cara Client")
    return asked, given


def address(visit: Visit, known: dict[str, dict[str, object]]) -> str:
    route = next(route for route in routes() if route.name == visit.route)
    if visit.route == "account_reset_password_from_key":
        return f"/password/reset/{known['uidb36']['']}/"
    words = {name: word(visit, name, known[name]) for name in route.arguments}
    query = visit.query.replace("DUBLIN", str(known["dublin"][""]))
    query = query.replace("TIM", str(known["tim"][""]))
    return reverse(visit.route, kwargs=words) + query


def word(visit: Visit, name: str, choices: dict[str, object]) -> object:
    asked = visit.words.get(name, "")
    return choices.get(str(asked), asked)
