"""Invitations of clients to a branch: by its link, or from External Access (F-111, F-114)."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import Q

from clients import permissions as p
from clients.models import ClientAccount, Connection
from invitations.models.answering import Answerable
from invitations.roles import InvitationSource, InvitationStatus
from practice import clock
from practice.history import History
from practice.models import Branch, User
from practice.permissions import Permission, Rule, Standing, branch_rules
from practice.tenancy import FirmOwned, FirmOwnedQuerySet

VALID_FOR = timedelta(days=30)


# Put in the place of practice's own, so that the badge costs no question of its own (F-112).
DATABASE_CODE = (
    """
    CREATE OR REPLACE FUNCTION app.waiting(bigint, timestamptz) RETURNS jsonb
    LANGUAGE sql STABLE AS $$
      SELECT coalesce(jsonb_object_agg(branch_id, many), '{}') FROM (
        SELECT branch_id, count(*) AS many FROM public.invitations_clientinvitation
        WHERE firm_id = $1 AND status = 'pending' AND ends_at > $2 GROUP BY branch_id
      ) each $$
    """,
)


def pending_count(waiting: Mapping[int, int], standing: Standing) -> int:
    """Of the branches whose clients one may view, as `visible_to` has it."""
    seen = ClientInvitation.seen_with
    return sum(count for branch_id, count in waiting.items() if standing.holds(seen, branch_id))


def end_of_waiting() -> datetime:
    return clock.now() + VALID_FOR


class ClientInvitationQuerySet(FirmOwnedQuerySet["ClientInvitation"]):
    def visible_to(self, standing: Standing) -> Self:
        """Of the branches whose clients one sees without being assigned."""
        rows = self.filter(firm_id=standing.firm_id)
        held = standing.branches_with(ClientInvitation.seen_with)
        if held is not None:
            rows = rows.filter(branch_id__in=sorted(held))
        without = standing.branches_without(ClientInvitation.seen_with)
        return rows.exclude(branch_id__in=sorted(without)) if without else rows

    def pending(self) -> Self:
        """Waiting for the firm, and not yet too old for an answer."""
        return self.filter(status=InvitationStatus.PENDING, ends_at__gt=clock.now())

    def with_outcome(self, status: str) -> Self:
        """As the clock has it; any other word is every status."""
        if status == InvitationStatus.PENDING:
            return self.pending()
        if status == InvitationStatus.EXPIRED:
            return self.filter(Q(status=status) | Q(pk__in=self.overdue().values("pk")))
        return self.filter(status=status) if status in InvitationStatus.values else self

    def overdue(self) -> Self:
        return self.filter(status=InvitationStatus.PENDING, ends_at__lte=clock.now())

    def locked(self, invitation_id: int) -> "ClientInvitation":
        rows = self.select_for_update(of=("self",))
        return rows.select_related("firm", "branch", "invited_by").get(pk=invitation_id)


class ClientInvitation(Answerable, FirmOwned):
    """A company asks to become a Client Pays client of a branch.

    Both consents stand here (C8): the client's from the beginning, under the name that was typed;
    the firm's with the answer. Company and contact are as they were when it was sent: of the
    account itself the firm sees nothing before it is connected.
    """

    seen_with: Permission = p.VIEW_ALL_CLIENTS
    needs: Permission = p.CREATE_CLIENTS  # to accept or reject

    branch = models.ForeignKey(Branch, on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey(ClientAccount, on_delete=models.PROTECT, related_name="+")
    company = models.CharField("company name", max_length=300)
    contact_name = models.CharField(max_length=200, blank=True)
    contact_email = models.EmailField(max_length=254, blank=True)
    message = models.TextField(blank=True)
    source = models.CharField("how it came", max_length=20, choices=InvitationSource)
    link_number = models.PositiveIntegerField(null=True, blank=True, editable=False)
    status = models.CharField(
        max_length=20, choices=InvitationStatus, default=InvitationStatus.PENDING
    )
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    consented_name = models.CharField("accepted by the client", max_length=200)
    consented_at = models.DateTimeField(default=clock.now, editable=False)
    answered_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    answered_at = models.DateTimeField(null=True, blank=True)
    answer_reason = models.TextField("reason", blank=True)
    connection = models.ForeignKey(
        Connection, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(default=clock.now, editable=False)
    ends_at = models.DateTimeField(default=end_of_waiting, editable=False)

    history = History()
    objects = ClientInvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                name="client_invitation_pending_once_per_branch",
                fields=["account", "branch"],
                condition=Q(status=InvitationStatus.PENDING),
            ),
            models.UniqueConstraint(
                name="client_invitation_opens_one_connection",
                fields=["connection"],
                condition=Q(connection__isnull=False),
            ),
            models.CheckConstraint(
                name="client_invitation_consented_by_client", condition=~Q(consented_name="")
            ),
            models.CheckConstraint(
                name="client_invitation_accepted_with_both_consents",
                condition=(
                    Q(status=InvitationStatus.ACCEPTED)
                    & Q(connection__isnull=False, answered_by__isnull=False)
                    & Q(answered_at__isnull=False)
                    | ~Q(status=InvitationStatus.ACCEPTED) & Q(connection=None)
                ),
            ),
            models.CheckConstraint(
                name="client_invitation_by_link_says_which",
                condition=(
                    Q(source=InvitationSource.LINK, link_number__isnull=False)
                    | ~Q(source=InvitationSource.LINK) & Q(link_number=None)
                ),
            ),
        ]
        indexes = [
            models.Index(fields=["firm", "-created_at", "-id"], name="client_invitation_by_date"),
            models.Index(fields=["account", "-created_at"], name="client_invitation_by_account"),
            models.Index(fields=["branch", "link_number"], name="client_invitation_by_link"),
            models.Index(  # the badge, on every page of the firm
                fields=["firm", "branch", "ends_at"],
                name="client_invitation_waiting",
                condition=Q(status=InvitationStatus.PENDING),
            ),
            models.Index(
                fields=["ends_at"],
                name="client_invitation_due",
                condition=Q(status=InvitationStatus.PENDING),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.company} · {self.branch.name}"

    def rules(self, standing: Standing | None, permission: str) -> Iterator[Rule]:
        return branch_rules(standing, self.firm_id, self.branch_id, permission)
