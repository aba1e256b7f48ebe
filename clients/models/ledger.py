"""The client's own ledger: who at a firm opened what of theirs, when, and by which right (F-245).

Rows are added and never changed. A job closes those of an account in blocks: each block's seal is a
hash of its entries and of the seal before, so that a change in one place breaks all that follows.
PostgreSQL refuses changes to both tables; whoever gets round that is found by the seals.
"""

from datetime import datetime, timedelta
from typing import Self

from django.db import models

from clients.models.accounts import ClientAccount
from clients.models.connections import ConnectionOwned
from practice import clock
from practice.models import User
from practice.permissions import Rule
from practice.tenancy import FirmOwnedQuerySet

WINDOW = timedelta(minutes=15)  # what a person opens again within it is one entry
LONGEST_REASON = 200
SEAL = 64  # hexadecimal digits


class LedgerPage(models.TextChoices):
    """What was opened, in the client's words."""

    ACCOUNT = "account", "Your account"
    DETAILS = "details", "Details"
    DASHBOARD = "dashboard", "Dashboard"
    ACTIVITY = "activity", "Activity"
    NOTES = "notes", "The firm’s notes"
    WORK = "work", "Tasks and dates"
    TICKETS = "tickets", "Tickets"
    QUESTIONS = "questions", "Questions"
    MAIL = "mail", "Emails"
    FILES = "files", "Files"
    CONTACTS = "contacts", "Contacts"
    TEAM = "team", "Team and access"
    BILLING = "billing", "Billing and plan"
    RELATIONSHIP = "relationship", "The relationship"
    RECORDS = "records", "Records of the past"
    HANDOVER = "handover", "Handover"
    EXPORT = "export", "Export"
    LIST_EXPORT = "list_export", "Export of the client list"
    API = "api", "Reading by a program"


# Which addresses of one client are which page; a test asks for every one.
ADDRESSES = {
    LedgerPage.DETAILS: "client-detail client-edit client-tags client-tags-pick",
    LedgerPage.DASHBOARD: "client-dashboard client-extend-trial",
    LedgerPage.ACTIVITY: "client-activity alert",
    LedgerPage.NOTES: "client-notes note-add note-edit note-delete note-history",
    LedgerPage.WORK: "client-tasks task-add task-edit date-add date-edit date-delete",
    LedgerPage.TICKETS: "client-tickets ticket ticket-add",
    LedgerPage.QUESTIONS: (
        "client-questions client-question client-question-ask client-questions-ask"
        " client-question-why portal-questions portal-reminders"
    ),
    LedgerPage.MAIL: "client-emails client-email client-message",
    LedgerPage.FILES: (
        "client-files client-file client-files-upload client-file-edit client-file-show"
        " client-file-delete folder-add folder-edit folder-delete client-tax"
        " client-tax-add client-tax-edit client-tax-move client-tax-remove"
    ),
    LedgerPage.CONTACTS: (
        "client-contacts portal-contacts portal-contact portal-contact-add portal-contact-remove"
        " portal-contact-delete"
    ),
    LedgerPage.TEAM: (
        "client-team client-team-add client-team-member client-team-remove client-access-history"
        " assignment-grant client-request-access"
        " client-who client-access-settings client-owner"
    ),
    LedgerPage.BILLING: "client-bill client-plan client-promotion client-switch-model",
    LedgerPage.RELATIONSHIP: (
        "client-pause client-resume client-disconnect client-change-branch client-reconnect"
        " client-reconnect-cancel client-new-link client-transfer-ownership"
    ),
    LedgerPage.RECORDS: "client-records",
    LedgerPage.HANDOVER: "client-handover handover-detail handover-link handover-download",
    LedgerPage.EXPORT: (
        "client-records-export client-notes-export client-tasks-export client-dates-export"
        " client-tickets-export client-questions-export client-emails-export client-team-export"
        " portal-contacts-export client-files-export client-tax-export"
    ),
}
PAGES = {name: page for page, names in ADDRESSES.items() for name in names.split()}


class LedgerBlock(models.Model):
    """So many entries of one account, closed together. The client may note a seal and keep it."""

    account = models.ForeignKey(ClientAccount, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    closed_at = models.DateTimeField()
    entries = models.PositiveIntegerField()
    previous = models.CharField("seal before", max_length=SEAL, blank=True)
    seal = models.CharField(max_length=SEAL)

    row_policy = "(SELECT app.realm()) IN ('system', 'operator')"

    class Meta:
        ordering = ["account", "number"]
        constraints = [
            models.UniqueConstraint(fields=["account", "number"], name="ledger_block_once")
        ]

    def __str__(self) -> str:
        return f"Block {self.number}"


class LedgerEntryQuerySet(FirmOwnedQuerySet["LedgerEntry"]):
    def about(self, account: ClientAccount) -> Self:
        return self.filter(account=account)

    def open(self) -> Self:
        """In no block yet."""
        return self.filter(block=None)


class LedgerEntry(ConnectionOwned):
    """Somebody at the firm opened a page about the client. `reason` is the rule that let them in.

    The name is not kept here: a person who is erased is erased, and their number stays (C18).
    """

    account = models.ForeignKey(ClientAccount, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    page = models.CharField(max_length=20, choices=LedgerPage)
    reason = models.CharField(max_length=LONGEST_REASON)
    at = models.DateTimeField(default=clock.now)
    window = models.IntegerField(editable=False)
    block = models.ForeignKey(
        LedgerBlock, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = LedgerEntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "ledger entries"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "user", "page", "window"], name="ledger_once_a_window"
            )
        ]
        indexes = [
            models.Index(fields=["account", "-id"], name="ledger_by_account"),
            models.Index(
                fields=["account"], name="ledger_open", condition=models.Q(block__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_page_display()}, {self.at:%Y-%m-%d %H:%M}"

    @property
    def why(self) -> str:
        """About the person, to the client."""
        return Rule("", True, self.reason).about(str(self.user))


def window_of(at: datetime) -> int:
    return int(at.timestamp() // WINDOW.total_seconds())


DATABASE_CODE = (
    """
    CREATE OR REPLACE FUNCTION app.keep_ledger() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
    BEGIN
      IF TG_OP = 'UPDATE' AND TG_TABLE_NAME = 'clients_ledgerentry' THEN
        IF to_jsonb(OLD) ->> 'block_id' IS NULL
          AND to_jsonb(NEW) - 'block_id' = to_jsonb(OLD) - 'block_id' THEN
          RETURN NEW;
        END IF;
      END IF;
      RAISE EXCEPTION 'the ledger is only added to'
        USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    """
    CREATE OR REPLACE TRIGGER keep_ledger BEFORE UPDATE OR DELETE ON clients_ledgerentry
    FOR EACH ROW EXECUTE FUNCTION app.keep_ledger()
    """,
    """
    CREATE OR REPLACE TRIGGER keep_ledger BEFORE UPDATE OR DELETE ON clients_ledgerblock
    FOR EACH ROW EXECUTE FUNCTION app.keep_ledger()
    """,
)
