"""A person connects a company by a branch's link, step by step (F-109…F-111a).

The link opens nothing: it says which branch, and while it is good somebody with a login, a company
of their own and a payment method may ask that branch. None of it belongs to a firm of theirs, so
each works in the system's realm, on what the link names and what the person owns.
"""

from django.db import transaction

from clients.actions.companies import open_company
from clients.models import ClientAccount
from invitations.actions.client import (
    COLLEAGUE,
    NOT_OWNER,
    locked_account,
    locked_branch,
    refuse_sending,
    send_client_invitation,
)
from invitations.models import BranchLink, ClientInvitation, ClientSetup
from invitations.models.links import ConnectLink
from invitations.roles import InvitationSource
from practice.errors import Refused
from practice.models import Branch, TeamMember, User
from practice.tenancy import as_system

LINK_OVER = "This link is no longer valid."
NO_METHOD = "Add a payment method first: you pay for this account yourself."
NO_COMPANY = "Choose the company first."


def find_branch(link: ConnectLink) -> Branch | None:
    """With its firm; None where the link was rotated or switched off, or nobody can connect."""
    with as_system():
        rows = Branch.objects.open().select_related("firm")
        branch = rows.filter(pk=link.invitation_id).first()
        is_good = branch is not None and BranchLink.objects.of(branch).opens(link.nonce)
    return branch if is_good else None


def works_there(user: User, branch: Branch) -> bool:
    """Nobody is on both sides of a connection with one login."""
    with as_system():
        members = TeamMember.objects.filter(firm_id=branch.firm_id, user=user, is_active=True)
        return members.exists()


def find_setup(user: User, branch: Branch) -> ClientSetup | None:
    with as_system():
        return ClientSetup.objects.unfinished(user).filter(branch=branch).first()


def open_setups(user: User) -> list[tuple[ClientSetup, ConnectLink]]:
    """Those that were begun and can go on: their link is still good."""
    with as_system():
        found = list(ClientSetup.objects.unfinished(user))
    links = [(row, ConnectLink(row.branch_id, str(row.link_number), False)) for row in found]
    return [(row, link) for row, link in links if find_branch(link)]


def invitations_of(user: User, branch: Branch) -> list[ClientInvitation]:
    """What this person sent to this branch, the latest first."""
    with as_system():
        rows = ClientInvitation.objects.filter(invited_by=user, branch=branch)
        return list(rows.select_related("branch")[:20])


@transaction.atomic
def begin_setup(user: User, branch: Branch, link: ConnectLink) -> ClientSetup:
    """The one that is under way, now by this link."""
    with as_system():
        locked_branch(branch)
        facts = {"firm_id": branch.firm_id, "link_number": int(link.nonce)}
        setup, _ = ClientSetup.objects.update_or_create(
            user=user, branch=branch, invitation=None, defaults=facts
        )
    return setup


@transaction.atomic
def choose_company(
    branch: Branch,
    link: ConnectLink,
    *,
    by: User,
    account: ClientAccount | None,
    name: str = "",
    tax_id: str = "",
) -> ClientSetup:
    """One of the person's own companies, or a new one of this name. Raises `Refused`.

    Who goes back and sends the same new name again goes on with the company of the first time.
    """
    with as_system():
        branch = locked_branch(branch)
        setup = begin_setup(by, branch, link)
        earlier = setup.account
        if account is None and earlier and earlier.owner_id == by.pk and earlier.name == name:
            account = earlier
        if works_there(by, branch):
            raise Refused(COLLEAGUE.format(branch.firm.name))
        if account is None:
            account = open_company(name=name, tax_id=tax_id, by=by)
        elif account.owner_id != by.pk:
            raise Refused(NOT_OWNER)
        elif not account.is_archived:  # who subscribes at the next step takes it out again
            refuse_sending(account, branch, by)
        setup.account = account
        setup.save(update_fields=["account"])
    return setup


@transaction.atomic
def finish_setup(
    setup: ClientSetup, *, by: User, consent_name: str, message: str = ""
) -> ClientInvitation:
    """The client's consent, with which the invitation comes back to the branch by itself.

    A second click is told what the first was told. Raises `Refused` where the link is over, the
    company has no payment method, or may not be connected.
    """
    with as_system():
        branch = locked_branch(setup.branch)
        setup = ClientSetup.objects.select_for_update().get(pk=setup.pk, user=by)
        if setup.invitation_id:
            return ClientInvitation.objects.get(pk=setup.invitation_id)
        if not BranchLink.objects.of(branch).opens(str(setup.link_number)):
            raise Refused(LINK_OVER)
        if setup.account is None:
            raise Refused(NO_COMPANY)
        account = locked_account(setup.account)
        if not account.has_method:
            raise Refused(NO_METHOD)
        setup.invitation = send_client_invitation(
            account,
            branch,
            by=by,
            source=InvitationSource.LINK,
            consent_name=consent_name,
            message=message,
            link_number=setup.link_number,
        )
        setup.save(update_fields=["invitation"])
    return setup.invitation
