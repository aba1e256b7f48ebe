"""The invitations of the demo world: to the team, and to a client to reconnect (F-238)."""

from datetime import timedelta

from clients.demo.people import hashed_password, sign_up
from clients.models import ClientAccount, Connection
from clients.roles import ConnectionStatus
from invitations.actions.client import send_client_invitation
from invitations.actions.reconnect import send as mail_reconnection
from invitations.actions.team import Offer, drafted, send
from invitations.models import ReconnectInvitation, TeamInvitation
from invitations.models.team import VALID_FOR
from invitations.roles import InvitationSource, ReconnectKind
from practice import clock, tenancy
from practice.history import because
from practice.models import Branch, Firm, User
from practice.roles import BranchRole

FIRM = "harbour"
WAITING = ("tess@harbour.test", "Tess Okafor", BranchRole.MEMBER)
EXPIRED = ("ed@harbour.test", "Ed Lindqvist", BranchRole.ADMIN)
AGE = timedelta(days=9)
HELEN = ("Helen Hill", "helen@hillside.test")


def fill() -> None:
    """Both of them, where the world is there and they are not."""
    with tenancy.as_system(), because("Loaded the demo world."):
        firm = Firm.objects.filter(slug=FIRM).first()
        if firm is None or TeamInvitation.objects.for_firm(firm).exists():
            return
        olga = User.objects.get(email_key="olga@harbour.test")
        london = Branch.objects.for_firm(firm).get(name="London")
        for email, name, role in (WAITING, EXPIRED):
            invitation = drafted(firm, Offer(email, name, role, london), olga)
            if email == EXPIRED[0]:
                make_older(invitation)
            invitation.save()
            send(invitation)
        ask_those_back(firm, olga)
        let_helen_ask(london)


def let_helen_ask(branch: Branch) -> None:
    """A company that came by the branch's link, and waits for its answer (F-112)."""
    helen = sign_up(*HELEN, hashed_password())
    company = ClientAccount.objects.create(name="Hillside Hotel", owner=helen)
    send_client_invitation(
        company,
        branch,
        by=helen,
        source=InvitationSource.LINK,
        link_number=1,
        consent_name=HELEN[0],
        message="We met at the spring fair. Please take our books on from April.",
    )


def ask_those_back(firm: Firm, by: User) -> None:
    """The mail to each client whose reconnection is pending."""
    waiting = Connection.objects.for_firm(firm).filter(status=ConnectionStatus.RECONNECTING)
    for row in waiting.select_related("firm", "branch"):
        facts = {"firm": firm, "connection": row, "email": row.contact_email, "invited_by": by}
        mail_reconnection(ReconnectInvitation.objects.create(kind=ReconnectKind.RECONNECT, **facts))


def make_older(invitation: TeamInvitation) -> None:
    then = clock.now() - AGE
    invitation.created_at = invitation.sent_at = then
    invitation.expires_at = invitation.ends_at = then + VALID_FOR
