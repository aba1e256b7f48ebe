"""The connection of one branch and one client account: what the practice calls a client."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThan
from django.urls import reverse
from django.utils.http import urlencode

from clients import permissions as p
from clients.models.accounts import ClientAccount
from clients.models.assignments import TeamAssignment
from clients.roles import (
    AccessLevel,
    AccessStatus,
    BillingModel,
    ConnectionStatus,
    PortalFeature,
    SubscriptionStatus,
)
from practice import clock
from practice.auth import standing_of
from practice.history import History
from practice.models import Branch, Firm, User
from practice.models.firms import MOST_ACCESS_DAYS
from practice.permissions import Permission, Rule, Standing
from practice.tenancy import FirmOwned, FirmOwnedQuerySet

ACCESS_EXPIRES_AFTER = timedelta(days=MOST_ACCESS_DAYS)  # at most; S4.26, boundary rule C26
LAST_VISIT = Coalesce("last_accessed_at", "created_at")  # what the days count from
INACTIVE_AFTER = timedelta(days=30)  # F-030
DORMANT_AFTER = timedelta(days=90)

Everyone = None  # the branch set of a permission that a parent role gives


class ConnectionQuerySet(FirmOwnedQuerySet["Connection"]):
    def visible_to(self, user: User, firm_id: int) -> Self:
        return self.permitted(user, firm_id, p.VIEW_CLIENT)

    def permitted(self, user: User, firm_id: int, permission: str) -> Self:
        """The queryset form of `connection_rules`: the rows on which `explain` says yes."""
        standing = standing_of(user, firm_id)
        if standing is None:
            return self.none()
        return self.filter(firm_id=firm_id).for_standing(standing, permission)

    def for_standing(self, standing: Standing, permission: str, tied: Q | None = None) -> Self:
        """`tied` may say in another form which rows the person has a tie to (`models.listing`)."""
        tied = Q(pk__in=ties_of(standing)) if tied is None else tied
        grant = granted(standing, permission, tied)
        if grant == NO_ROWS:
            return self.none()
        scope = in_scope(standing, tied) & unrestricted(standing, tied)
        return self.filter(scope & in_state(standing, permission) & grant)

    def paused(self) -> Self:
        return self.filter(status=ConnectionStatus.PAUSED)

    def audible(self) -> Self:
        """Whose alerts and reminders are sent: those of paused and ended ones are muted (F-067)."""
        return self.filter(status=ConnectionStatus.ACTIVE)

    def locked(self, connection_id: int) -> "Connection":
        """The row, locked first: firm → branch → connection → invoice → payment (design 4)."""
        return self.select_for_update().get(pk=connection_id)


# The columns behind each order of the list; an order with empty values needs one per direction.
LIST_ORDERS: dict[str, tuple[Any, ...]] = {
    "name": (F("name_sort"), F("id")),
    "since_up": (F("connected_on").asc(nulls_last=True), F("id")),
    "since_down": (F("connected_on").desc(nulls_last=True), F("id").desc()),
    "seen_up": (F("last_activity_at").asc(nulls_last=True), F("id")),
    "seen_down": (F("last_activity_at").desc(nulls_last=True), F("id").desc()),
}

ALL_ROWS = Q()
NO_ROWS = Q(pk__in=[])
CLOSED = Q(status=ConnectionStatus.DISCONNECTED)


def ties_of(standing: Standing) -> models.QuerySet[Any]:
    ties = TeamAssignment.objects.of(standing.user_id, standing.firm_id)
    rows: models.QuerySet[Any] = ties.values("content_object_id")
    return rows


def on_branches(standing: Standing, permission: str) -> Q:
    """The branches on which the permission is held, as a filter: `ALL_ROWS`, `NO_ROWS` or ids."""
    held = standing.branches_with(permission)
    without = standing.branches_without(permission)
    if held is Everyone:
        return ~Q(branch_id__in=without) if without else ALL_ROWS
    return Q(branch_id__in=sorted(held - without)) if held - without else NO_ROWS


def in_scope(standing: Standing, tied: Q) -> Q:
    whole = on_branches(standing, p.VIEW_ALL_CLIENTS)
    if whole == ALL_ROWS:
        return ALL_ROWS
    if not standing.holds_anywhere(p.CROSS_BRANCH):
        tied = tied & on_branches(standing, p.VIEW_ASSIGNED_CLIENTS)
    return tied if whole == NO_ROWS else whole | tied


def unrestricted(standing: Standing, tied: Q) -> Q:
    """Whose scope is their ties sees nothing else anyway."""
    if standing.is_super_admin or on_branches(standing, p.VIEW_ALL_CLIENTS) == NO_ROWS:
        return ALL_ROWS
    return Q(is_restricted=False) | tied


def in_state(standing: Standing, permission: str) -> Q:
    rows = ~CLOSED
    if permission in p.OPEN_WHEN_DISCONNECTED:
        held = on_branches(standing, p.VIEW_HISTORICAL_RECORDS)
        rows = ALL_ROWS if held == ALL_ROWS else ~CLOSED | held
    write = Permission.writes(permission)
    if write and permission not in p.OPEN_WHILE_PAUSED:
        rows &= ~Q(status=ConnectionStatus.PAUSED)
    if write or permission == p.OPEN_ACCOUNT:
        rows &= ~Q(status__in=[ConnectionStatus.PENDING, ConnectionStatus.RECONNECTING])
    return rows & has_open_access(standing.firm_id) if permission == p.OPEN_ACCOUNT else rows


def has_open_access(firm_id: int) -> Q:
    """`access_status` is Active; Expired is computed at each look (C14, S4.26)."""
    is_recent = Q(GreaterThan(LAST_VISIT, clock.now() - access_span(firm_id)))
    return Q(access_disabled_at=None, access_requested_at=None) & is_recent


def access_span(firm_id: int) -> timedelta:
    """After how long without a visit the firm's access ends (C26); read when it is asked."""
    days = Firm.objects.filter(pk=firm_id).values_list("access_days", flat=True).first()
    return timedelta(days=days) if days else ACCESS_EXPIRES_AFTER


def granted(standing: Standing, permission: str, tied: Q) -> Q:
    if permission == p.VIEW_CLIENT:
        return ALL_ROWS
    if permission == p.OPEN_ACCOUNT:
        return tied
    held = on_branches(standing, permission)
    roles = [role for role, codes in p.TIE_GRANTS.items() if permission in codes]
    if held == ALL_ROWS or not roles:
        return held
    by_role = Q(pk__in=ties_of(standing).filter(role__in=roles))
    without = standing.branches_without(permission)
    return held | (by_role & ~Q(branch_id__in=without) if without else by_role)


class Connection(FirmOwned):
    """A client of a branch. What the list filters and sorts by stands on this row (design 7)."""

    branch = models.ForeignKey(Branch, on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey(ClientAccount, on_delete=models.PROTECT, related_name="connections")
    status = models.CharField(
        max_length=20, choices=ConnectionStatus, default=ConnectionStatus.ACTIVE
    )
    billing_model = models.CharField(max_length=20, choices=BillingModel)
    access_level = models.CharField(max_length=20, choices=AccessLevel, default=AccessLevel.FULL)
    access_features = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    access_reason = models.CharField(max_length=300, blank=True)
    is_restricted = models.BooleanField(default=False)

    client_number = models.CharField("Client ID", max_length=40, blank=True)
    client_number_key = models.CharField(max_length=40, blank=True, editable=False)
    name = models.CharField("company name", max_length=300)
    name_sort = models.CharField(max_length=600, db_collation="C", editable=False)
    contact_name = models.CharField(max_length=200, blank=True)
    contact_email = models.EmailField(blank=True)
    internal_notes = models.TextField(blank=True)
    tag_ids = ArrayField(models.BigIntegerField(), default=list, blank=True)
    search_text = models.TextField(editable=False, default="")
    plan = models.CharField(max_length=40, blank=True)
    subscription_status = models.CharField(
        max_length=20, choices=SubscriptionStatus, default=SubscriptionStatus.NONE
    )

    connected_on = models.DateField(null=True, blank=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    paused_until = models.DateField(null=True, blank=True)
    disconnected_at = models.DateTimeField(null=True, blank=True)
    disconnect_reason = models.CharField(max_length=40, blank=True)
    disconnect_note = models.TextField(blank=True, default="", db_default="")
    last_activity_at = models.DateTimeField(null=True, blank=True)
    last_accessed_at = models.DateTimeField(null=True, blank=True)
    access_disabled_at = models.DateTimeField(null=True, blank=True)
    access_requested_at = models.DateTimeField(null=True, blank=True)
    # The visit from which the sixty days ran out on record, and that people were warned about.
    access_expired_for = models.DateTimeField(null=True, blank=True)
    access_warned_for = models.DateTimeField(null=True, blank=True)
    supersedes = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    portal_policy = "id = ANY ((SELECT app.portal_connections())::bigint[])"

    history = History(
        excluded_fields=[
            "name_sort",
            "search_text",
            "client_number_key",
            "last_activity_at",
            "last_accessed_at",
            "access_warned_for",
            "version",
        ]
    )
    objects = ConnectionQuerySet.as_manager()

    class Meta:
        verbose_name = "client"
        constraints = [
            models.UniqueConstraint(
                fields=["firm", "account"],
                condition=~Q(status=ConnectionStatus.DISCONNECTED),
                name="connection_open_once_per_account",
            ),
            models.UniqueConstraint(
                fields=["firm", "client_number_key"],
                condition=~Q(client_number_key=""),
                name="client_id_once_per_firm",
            ),
            models.CheckConstraint(
                condition=Q(status__in=ConnectionStatus.values), name="connection_status_known"
            ),
            models.CheckConstraint(
                condition=Q(billing_model__in=BillingModel.values), name="billing_model_known"
            ),
            models.CheckConstraint(
                condition=~Q(status=ConnectionStatus.DISCONNECTED)
                | Q(disconnected_at__isnull=False),
                name="disconnected_connection_says_when",
            ),
            models.CheckConstraint(
                condition=~Q(status=ConnectionStatus.PAUSED) | Q(paused_at__isnull=False),
                name="paused_connection_says_when",
            ),
        ]
        indexes = [
            *(
                models.Index(F(owner), *keys, name=f"connection_{owner}_{name}")
                for owner in ("firm", "branch")
                for name, keys in LIST_ORDERS.items()
            ),
            models.Index(
                fields=["firm", "status", "name_sort", "id"], name="connection_status_name"
            ),
            GinIndex(
                F("firm"), OpClass(F("search_text"), "gin_trgm_ops"), name="connection_search"
            ),
            GinIndex(fields=["firm", "tag_ids"], name="connection_tags"),
        ]

    def __str__(self) -> str:
        return self.name

    def facts_for(
        self, standing: Standing | None, permission: str = p.VIEW_CLIENT
    ) -> p.ConnectionFacts:
        """What the rules of this permission look at: for all but one, access to the account is no
        matter, and the firm's days for it are not read."""
        return p.ConnectionFacts(
            firm_id=self.firm_id,
            branch_id=self.branch_id,
            branch_name=self.branch.name,
            status=self.status,
            is_restricted=self.is_restricted,
            tie_role=self.tie_role_of(standing),
            **self.access_facts(permission),
        )

    def access_facts(self, permission: str) -> dict[str, Any]:
        if permission != p.OPEN_ACCOUNT:
            return {}
        return {"access_status": self.access_status, "access_days": self.firm.access_days}

    def tie_role_of(self, standing: Standing | None) -> str | None:
        """The person's running role for this client; `remember_tie` may have brought it along."""
        if standing is None or standing.firm_id != self.firm_id:
            return None
        known: dict[int, str | None] = self.__dict__.setdefault("known_ties", {})
        if standing.user_id not in known:
            ties = TeamAssignment.objects.of(standing.user_id, self.firm_id)
            role: str | None = (
                ties.filter(content_object=self).values_list("role", flat=True).first()
            )
            return role
        return known[standing.user_id]

    def remember_tie(self, standing: Standing, role: str | None) -> None:
        """For as long as this object lives, which is one request: the tie came with the row."""
        self.__dict__["known_ties"] = {standing.user_id: role}

    def rules(self, standing: Standing | None, permission: str) -> Iterator[Rule]:
        return p.connection_rules(standing, self.facts_for(standing, permission), permission)

    def why_url(self, firm_slug: str, member_id: int, permission: str) -> str:
        """The page that answers why the member may not do this here; for the page that refuses."""
        asked = permission if permission in p.OF_ONE_CLIENT else p.VIEW_CLIENT
        parts: dict[str, int | str] = {"person": member_id, "client": self.pk, "permission": asked}
        return f"{reverse('clients:why', kwargs={'firm_slug': firm_slug})}?{urlencode(parts)}"

    @property
    def access_status(self) -> AccessStatus:
        """Computed at each look, never set by a job (design 3, rule 4)."""
        if self.access_disabled_at:
            return AccessStatus.DISABLED
        if self.access_requested_at:
            return AccessStatus.REQUESTED
        return AccessStatus.EXPIRED if self.has_expired else AccessStatus.ACTIVE

    @property
    def has_expired(self) -> bool:
        """As many times 24 hours without a visit as the firm has days (C26), whatever else was
        asked or decided. After the most that any firm may have, its own are not asked for."""
        if self.last_visit_at + ACCESS_EXPIRES_AFTER <= clock.now():
            return True
        return self.access_expires_at <= clock.now()

    @property
    def last_visit_at(self) -> datetime:
        """`LAST_VISIT` of this row: an account that was never opened counts from its beginning."""
        return self.last_accessed_at or self.created_at

    @property
    def access_expires_at(self) -> datetime:
        return self.last_visit_at + timedelta(days=self.firm.access_days)

    @property
    def access_days_left(self) -> int:
        left = self.access_expires_at - clock.now()
        return max(0, -(-left // timedelta(days=1)))

    @property
    def access_feature_names(self) -> list[str]:
        """What Custom Access opens, in words (C10)."""
        return PortalFeature.in_words(self.access_features)

    @property
    def is_open(self) -> bool:
        return self.status != ConnectionStatus.DISCONNECTED

    @property
    def was_accepted(self) -> bool:
        """Neither an invitation nor a reconnection waits for the client (F-139)."""
        return self.status not in (ConnectionStatus.PENDING, ConnectionStatus.RECONNECTING)


class ConnectionOwned(FirmOwned):
    """A row about one connection."""

    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="+")

    class Meta:
        abstract = True


class ConnectionPeriod(ConnectionOwned):
    """One stretch of the relationship. Closing it is for good (C5)."""

    opened_on = models.DateField()
    closed_on = models.DateField(null=True, blank=True)
    close_reason = models.CharField(max_length=40, blank=True)

    history = History()
    objects = FirmOwnedQuerySet["ConnectionPeriod"].as_manager()

    class Meta:
        ordering = ["opened_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["connection"],
                condition=Q(closed_on=None),
                name="one_open_period_per_connection",
            ),
            models.CheckConstraint(
                condition=Q(closed_on=None) | Q(closed_on__gte=F("opened_on")),
                name="period_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.opened_on} – {self.closed_on or 'open'}"
