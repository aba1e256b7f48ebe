"""Handing a firm-created account over: the link goes by mail, its holder becomes the owner (F-121).

The locks are account, client, invitation, in this order: of two who answer at once one wins.
"""

from datetime import timedelta

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction

from clients import permissions as p
from clients.actions.correspondence import keep_messages
from clients.actions.events import record
from clients.actions.judging import refuse_unless
from clients.actions.reconnections import locked_client
from clients.models import Connection, EventKind, OwnerInvitation
from clients.models.external import CONNECTED
from clients.models.owners import read_token
from practice import clock
from practice.actions.outbox import post_mail
from practice.emails import site_link
from practice.errors import Refused
from practice.history import because
from practice.models import TeamMember, User
from practice.permissions import Permission
from practice.tenancy import as_system
from practice.text import fold, tidy

NEEDS: Permission = p.EDIT_CONTACT_EMAIL
DOUBLE_CLICK = timedelta(minutes=1)
HAS_OWNER = "{} owns this account already."
COLLEAGUE = "This address belongs to a colleague at your firm. An account is its company’s own."
NOT_CONNECTED = "This client is not connected."
NONE_WAITS = "No invitation waits for an answer."
REPLACED = "This link is no longer valid: a newer one was sent, or it was taken back."
EXPIRED = "This link has expired: it was valid for seven days."
USED = "This link was used already. It works once."
TAKEN = "This account has an owner already."
OTHER_ADDRESS = "This link is for {}. You are signed in as {}."
HAS_LOGIN = "There is a login for this address already. Sign in, then accept."
WORKS_THERE = "You work at {}. An account is its company’s own."


@transaction.atomic
def invite_owner(
    connection: Connection, *, email: str, full_name: str, by: User
) -> OwnerInvitation:
    """Mail the link; an earlier one is void from now on. A second click sends nothing twice.

    Raises `Refused` where the account has an owner, or the address is a colleague's.
    """
    with as_system():  # the account belongs to no firm
        row = locked_open(connection, by)
        facts = {"email": tidy(email).lower(), "full_name": tidy(full_name)}
        if TeamMember.objects.filter(
            firm_id=row.firm_id, is_active=True, user__email_key=fold(facts["email"])
        ).exists():
            raise Refused(COLLEAGUE)
        earlier = waiting_for(row)
        if earlier and is_double_click(earlier, facts["email"]):
            return earlier
        invitation = OwnerInvitation(
            firm_id=row.firm_id,
            connection=row,
            email_key=fold(facts["email"]),
            invited_by=by,
            **facts,
        )
        with because(f"Asked {invitation.full_name} to take the account over.", by=by):
            if earlier:
                cancel(earlier)
            invitation.save(force_insert=True)
        says = f"{by} asked {invitation.full_name} ({invitation.email}) to take the account over"
        record(row, EventKind.ACCESS, says, by=by)
        send(invitation, by)
    return invitation


@transaction.atomic
def cancel_owner_invitation(connection: Connection, *, by: User) -> OwnerInvitation:
    """The link is void from now on."""
    with as_system():
        row = locked_open(connection, by)
        invitation = waiting_for(row)
        if invitation is None or not invitation.is_pending:
            raise Refused(NONE_WAITS)
        with because("Took the invitation to own the account back.", by=by):
            cancel(invitation)
        says = f"{by} took the invitation to {invitation.full_name} back"
        record(row, EventKind.ACCESS, says, by=by)
    return invitation


def locked_open(connection: Connection, by: User) -> Connection:
    """Raises `Refused` unless the person may ask, now, and there is nobody who owns it."""
    row = locked_client(connection.pk)
    refuse_unless(row, NEEDS, by)
    if row.status not in CONNECTED:
        raise Refused(NOT_CONNECTED)
    if row.account.owner:
        raise Refused(HAS_OWNER.format(row.account.owner))
    return row


def waiting_for(row: Connection) -> OwnerInvitation | None:
    rows = OwnerInvitation.objects.unanswered().filter(connection=row)
    return rows.select_for_update().first()


def is_double_click(earlier: OwnerInvitation, email: str) -> bool:
    return earlier.email == email and clock.now() - earlier.created_at < DOUBLE_CLICK


def cancel(invitation: OwnerInvitation) -> None:
    invitation.cancelled_at = clock.now()
    invitation.save(update_fields=["cancelled_at"])


def send(invitation: OwnerInvitation, by: User) -> None:
    row = invitation.connection
    message = post_mail(
        "clients/owner_invitation",
        key=f"owner-invitation:{invitation.pk}:{invitation.nonce}",
        recipient=invitation.email,
        firm=row.firm,
        connection=row,
        invitation=invitation,
        link=invitation.url,
    )
    keep_messages([message], [row], by=by)


def find_owner_invitation(token: str) -> OwnerInvitation | None:
    """The row that the link is signed for: its holder is a stranger to the firm."""
    found = read_token(token)
    if found is None:
        return None
    with as_system():
        rows = OwnerInvitation.objects.select_related(
            "connection__account", "connection__branch", "connection__firm", "invited_by"
        )
        return rows.filter(pk=found[0], nonce=found[1]).first()


def why_over(invitation: OwnerInvitation) -> str:
    """ "" while the link can be answered."""
    if invitation.accepted_at:
        return USED
    if invitation.cancelled_at:
        return REPLACED
    return "" if invitation.is_pending else EXPIRED


@transaction.atomic
def accept_ownership(invitation: OwnerInvitation, *, by: User) -> OwnerInvitation:
    """The holder of the mailed link, with the login of its address, owns the account from now on.

    Raises `Refused` where the link is over, somebody owns the account, or works at the firm.
    """
    with as_system():
        row, invitation = locked_answerable(invitation)
        if by.email_key != invitation.email_key:
            raise Refused(OTHER_ADDRESS.format(invitation.email, by.email))
        if TeamMember.objects.filter(firm_id=row.firm_id, user=by, is_active=True).exists():
            raise Refused(WORKS_THERE.format(row.firm.name))
        with because(f"{by} took the account over, by the link of {row.firm.name}.", by=by):
            row.account.owner = by
            row.account.save(update_fields=["owner"])
            invitation.accepted_at = clock.now()
            invitation.save(update_fields=["accepted_at"])
        record(row, EventKind.ACCESS, f"{by} owns the account from now on", by=by)
        tell_inviter(invitation)
    return invitation


@transaction.atomic
def accept_as_newcomer(invitation: OwnerInvitation, *, full_name: str, password: str) -> User:
    """Register the address, which the mailed link proves, and take the account over."""
    with as_system():
        _, invitation = locked_answerable(invitation)
        user = register(invitation, full_name, password)
        accept_ownership(invitation, by=user)
    return user


def locked_answerable(invitation: OwnerInvitation) -> tuple[Connection, OwnerInvitation]:
    row = locked_client(invitation.connection_id)
    rows = OwnerInvitation.objects.select_for_update(of=("self",)).select_related("invited_by")
    invitation = rows.get(pk=invitation.pk)
    invitation.connection = row
    if says := why_over(invitation):
        raise Refused(says)
    if row.account.owner_id:
        raise Refused(TAKEN)
    if row.status not in CONNECTED:
        raise Refused(REPLACED)
    return row, invitation


def register(invitation: OwnerInvitation, full_name: str, password: str) -> User:
    email, zone = invitation.email, invitation.connection.firm.time_zone
    try:
        with transaction.atomic(), because("Registered to own a client account."):
            user = User.objects.create_user(email, password, full_name=full_name, time_zone=zone)
            EmailAddress.objects.create(user=user, email=email, primary=True, verified=True)
    except IntegrityError as taken:
        raise Refused(HAS_LOGIN) from taken
    return user


def tell_inviter(invitation: OwnerInvitation) -> None:
    row = invitation.connection
    slug = row.firm.slug
    post_mail(
        "clients/owner_accepted",
        key=f"owner-invitation:{invitation.pk}:accepted",
        recipient=invitation.invited_by.email,
        firm=row.firm,
        connection=row,
        invitation=invitation,
        link=site_link("clients:client-detail", firm_slug=slug, connection_id=row.pk),
    )
