"""The people at a client, as the firm knows them (S2)."""

from django.db import models
from django.db.models import Q
from django.utils.functional import cached_property

from clients.contact_rules import (
    CLIENT_ADMIN,
    FILES,
    FINANCIAL,
    TAX,
    ContactAction,
    ContactFacts,
    explain_contact,
)
from clients.models.accounts import ClientAccount
from clients.models.connections import ConnectionOwned
from practice import clock
from practice.history import History
from practice.models import User
from practice.permissions import Verdict
from practice.tenancy import OF_PORTAL_CLIENT, FirmOwned, FirmOwnedQuerySet
from practice.text import fold

UNKNOWN = "Unknown"  # who stands on pages where a deleted contact did (C18)


class ContactStatus(models.TextChoices):
    """How far a contact has come into the portal of one client (F-152a)."""

    NEVER_INVITED = "never_invited", "Never invited"
    INVITED = "invited", "Invited"
    ACTIVE = "active", "Active"
    BLOCKED = "blocked", "Blocked"


class Contact(FirmOwned):
    """A person at one or more clients of the firm; the address is theirs once per firm.

    The row of a deleted contact stays without a name, an address or a login: what they wrote is
    "Unknown"'s, and the address may be given again (F-154c, C18).
    """

    name = models.CharField(max_length=200)
    email = models.EmailField(blank=True)
    email_key = models.CharField(max_length=254, blank=True, editable=False)
    phone = models.CharField(max_length=60, blank=True)
    user = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    invited_at = models.DateTimeField(null=True, blank=True, editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    # Oneself, and who stands beside one at a client.
    portal_policy = (
        "id = (SELECT app.contact_id()) OR id IN"
        " (SELECT contact_id FROM clients_contactaccess"
        " WHERE connection_id = ANY ((SELECT app.portal_connections())::bigint[]))"
    )

    history = History()
    objects = FirmOwnedQuerySet["Contact"].as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["firm", "email_key"],
                condition=~Q(email_key=""),
                name="contact_email_once_per_firm",
            ),
            models.CheckConstraint(
                condition=Q(deleted_at=None) | Q(name=UNKNOWN, email_key="", phone="", user=None),
                name="deleted_contact_is_unknown",
            ),
        ]
        indexes = [
            models.Index(fields=["firm", "name", "id"], name="contact_by_name"),
            models.Index(
                fields=["email_key"], condition=~Q(email_key=""), name="contact_by_address"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        self.email_key = fold(self.email)


class ContactAccess(ConnectionOwned):
    """What a contact may see at one client: four ticks, each of them optional (C11)."""

    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="accesses")
    is_primary = models.BooleanField(default=False)
    is_billing = models.BooleanField("billing contact", default=False)
    is_client_admin = models.BooleanField("Client admin", default=False)
    has_tax = models.BooleanField("Tax", default=False)
    has_financial = models.BooleanField("Financial", default=False)
    has_files = models.BooleanField("Files", default=False)
    blocked_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_seen_at = models.DateTimeField(null=True, blank=True, editable=False)

    portal_policy = OF_PORTAL_CLIENT

    history = History(excluded_fields=["last_seen_at"])
    objects = FirmOwnedQuerySet["ContactAccess"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "connection"], name="contact_access_once_per_client"
            ),
            models.UniqueConstraint(
                fields=["connection"],
                condition=Q(is_primary=True),
                name="one_primary_contact_per_client",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contact} · {', '.join(self.permission_names) or 'no permissions'}"

    @property
    def status(self) -> ContactStatus:
        if self.blocked_at:
            return ContactStatus.BLOCKED
        if self.last_seen_at:
            return ContactStatus.ACTIVE
        invited = self.contact.invited_at
        return ContactStatus.INVITED if invited else ContactStatus.NEVER_INVITED

    @property
    def permission_names(self) -> list[str]:
        if self.is_client_admin:
            return [CLIENT_ADMIN]
        ticks = {TAX: self.has_tax, FINANCIAL: self.has_financial, FILES: self.has_files}
        return [name for name, ticked in ticks.items() if ticked]

    @cached_property
    def is_owner(self) -> bool:
        """Of the client's account. A firm reads whose it is while it is connected, not after.

        Kept for as long as this object lives, which is one request; the portal sets it.
        """
        user = self.contact.user
        if user is None:
            return False
        try:
            return self.connection.account.owner_id == user.pk
        except ClientAccount.DoesNotExist:
            return False

    def explain(self, action: ContactAction, *, is_recipient: bool = False) -> Verdict:
        """May this person do this in the portal of this client, and why (C10)."""
        return explain_contact(self.facts(is_recipient=is_recipient), action)

    def facts(self, *, is_recipient: bool = False) -> ContactFacts:
        connection, user = self.connection, self.contact.user
        return ContactFacts(
            level=connection.access_level,
            features=frozenset(connection.access_features),
            permissions=frozenset(self.permission_names),
            status=connection.status,
            is_owner=self.is_owner,
            is_recipient=is_recipient,
            is_active=user is None or user.is_active,
            is_blocked=self.blocked_at is not None,
        )
