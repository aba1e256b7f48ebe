"""Handover packs: what a client takes to its next accountant, in one file (F-244)."""

import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from clients.models.connections import Connection, ConnectionOwned
from clients.models.records import BY_KEY, Section
from clients.permissions import DISCONNECT_CLIENTS, VIEW_HISTORICAL_RECORDS
from practice import clock
from practice.history import History
from practice.models import User
from practice.permissions import VIEW_AUDIT, Permission, Rule, Standing
from practice.tenancy import FirmOwnedQuerySet

LINK_LASTS = timedelta(days=7)
CONSENT_WAITS = timedelta(days=30)

CONTACTS = Section(
    "contacts",
    "Contacts",
    ("Name", "Email", "Phone", "Primary contact", "Billing contact", "May see"),
    "No contacts are on record.",
)
PARTS: dict[str, Section] = {
    section.key: section
    for section in (
        BY_KEY["details"],
        CONTACTS,
        BY_KEY["tasks"],
        BY_KEY["dates"],
        BY_KEY["timeline"],
        BY_KEY["audit"],
        BY_KEY["access"],
        BY_KEY["emails"],
        BY_KEY["reports"],
        BY_KEY["notes"],
    )
}


class LinkState(models.TextChoices):
    """How far the successor's link has come, as the clock has it."""

    NONE = "none", "Not asked for"
    ASKED = "asked", "Waits for the client"
    DECLINED = "declined", "Declined"
    UNANSWERED = "unanswered", "Not answered"
    OPEN = "open", "Open"
    EXPIRED = "expired", "Expired"
    REVOKED = "revoked", "Revoked"


def new_nonce() -> str:
    return secrets.token_urlsafe(16)


def needed(connection: Connection) -> Permission:
    """To make packs while the relationship runs, and once it has ended."""
    return DISCONNECT_CLIENTS if connection.is_open else VIEW_HISTORICAL_RECORDS


def part_rules(
    connection: Connection, standing: Standing | None, section: Section
) -> Iterator[Rule]:
    """What a part asks for beside the pack itself."""
    if section.needs:
        row = connection.branch if section.needs == VIEW_AUDIT else connection
        yield from row.rules(standing, section.needs)


class HandoverPackQuerySet(FirmOwnedQuerySet["HandoverPack"]):
    def about(self, connection_id: int) -> Self:
        return self.filter(connection_id=connection_id)

    def locked(self, pack_id: int) -> "HandoverPack":
        rows = self.select_for_update(of=("self",))
        return rows.select_related("connection__branch", "firm").get(pk=pack_id)


class HandoverPack(ConnectionOwned):
    """One file of what the firm has on a client, as of `until`, and the link to it for the next
    accountant. `contents` is the manifest's list of files; `nonce` is what links are signed for."""

    parts = ArrayField(models.CharField(max_length=20))
    until = models.DateTimeField()
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now, editable=False)
    finished_at = models.DateTimeField(null=True, blank=True, editable=False)
    file = models.CharField(max_length=200, blank=True, editable=False)
    size = models.BigIntegerField(default=0, editable=False)
    sha256 = models.CharField(max_length=64, blank=True, editable=False)
    contents = models.JSONField(default=list, editable=False)

    successor_name = models.CharField(max_length=200, blank=True)
    successor_email = models.EmailField(blank=True)
    client_name = models.CharField(max_length=200, blank=True)
    client_email = models.EmailField(blank=True)
    asked_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    asked_at = models.DateTimeField(null=True, blank=True)
    consented_by = models.CharField(max_length=200, blank=True)
    consented_at = models.DateTimeField(null=True, blank=True)
    declined_by = models.CharField(max_length=200, blank=True)
    declined_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    downloads = models.PositiveIntegerField(default=0, editable=False)
    last_download_at = models.DateTimeField(null=True, blank=True, editable=False)
    nonce = models.CharField(max_length=32, default=new_nonce, editable=False)

    history = History(excluded_fields=["nonce", "contents"])
    objects = HandoverPackQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(finished_at=None) | ~Q(file=""), name="finished_handover_has_a_file"
            ),
            models.CheckConstraint(
                condition=Q(consented_at=None, consented_by="", ends_at=None)
                | Q(consented_at__isnull=False, asked_at__isnull=False, ends_at__isnull=False)
                & ~Q(consented_by=""),
                name="handover_consent_says_who_and_when",
            ),
            models.CheckConstraint(
                condition=Q(declined_at=None, declined_by="")
                | Q(declined_at__isnull=False, asked_at__isnull=False, consented_at=None)
                & ~Q(declined_by=""),
                name="handover_declined_says_who_and_when",
            ),
        ]
        indexes = [
            models.Index(fields=["connection", "-created_at", "-id"], name="handover_by_client")
        ]

    def __str__(self) -> str:
        return f"Handover pack of {self.created_at.day} {self.created_at:%b %Y}"

    @property
    def job_key(self) -> str:
        return str(self.pk)

    @property
    def filename(self) -> str:
        return f"handover-{self.connection_id}-{self.pk}.zip"

    @property
    def sections(self) -> list[Section]:
        return [section for key, section in PARTS.items() if key in self.parts]

    @property
    def titles(self) -> list[str]:
        return [section.title for section in self.sections]

    @property
    def link_state(self) -> LinkState:
        now = clock.now()
        if self.asked_at is None:
            return LinkState.NONE
        if self.revoked_at:
            return LinkState.REVOKED
        if self.declined_at:
            return LinkState.DECLINED
        if self.ends_at:
            return LinkState.OPEN if self.ends_at > now else LinkState.EXPIRED
        return LinkState.ASKED if self.consent_until > now else LinkState.UNANSWERED

    @property
    def has_link(self) -> bool:
        """Somebody may still answer or download by one."""
        return self.link_state in {LinkState.ASKED, LinkState.OPEN}

    @property
    def consent_until(self) -> datetime:
        assert self.asked_at is not None
        return self.asked_at + CONSENT_WAITS

    def rules(self, standing: Standing | None, permission: str) -> Iterator[Rule]:
        """Those of the client, and those of each part that is in the file."""
        yield from self.connection.rules(standing, permission)
        for section in self.sections:
            yield from part_rules(self.connection, standing, section)
