"""A Client admin invites a colleague to the portal (F-158)."""

from collections.abc import Collection

from django.db import transaction

from clients.actions.endings import mail_firm
from clients.actions.events import record
from clients.actions.judging import lock_connections
from clients.contact_rules import INVITE_COLLEAGUES
from clients.models import Connection, Contact, ContactAccess, EventKind, TeamAssignment
from portal.actions.contacts import Person, create_access, permission_words
from portal.models.settings import PortalSettings, portal_settings
from practice import clock, tenancy
from practice.actions.limits import lock_rights
from practice.actions.outbox import post_mail
from practice.emails import site_link
from practice.errors import Refused
from practice.history import because
from practice.models import Firm, User
from practice.text import fold

SWITCHED_OFF = "{} adds people itself. Ask your accountant."
IS_HERE = "This person is among the people of this business already."
NOT_FREE = "This address cannot be added here. Ask your accountant to add this person."
NOT_YOU = "You are no contact of this business any more."


def invite_colleague(
    access: ContactAccess,
    *,
    by: User,
    name: str,
    email: str,
    phone: str = "",
    permissions: Collection[str] = (),
) -> ContactAccess:
    """Add a person to one's own business; they and the firm are told.

    Only who holds all of the permissions invites, so that none goes beyond their own. Whether the
    firm knows an address elsewhere is not told. Raises `Refused`.
    """
    with tenancy.in_firm(access.firm_id, by.pk):
        firm = lock_rights(access.firm_id)
        [connection] = lock_connections(firm.pk, [access.connection_id])
        connection.firm = firm
        refuse_unless_admin(access, connection, by)
        if not portal_settings(firm).lets_contacts_invite:
            raise Refused(SWITCHED_OFF.format(firm))
        person = Person.of(name, email, phone)
        refuse_taken(connection, person.email)
        with because("Invited by a Client admin in the portal.", by=by):
            added = create_access(connection, person, permissions)
            added.contact.invited_at = clock.now()
            added.contact.save(update_fields=["invited_at"])
        says = f"{by} invited a colleague to the portal, {permission_words(added)}"
        record(connection, EventKind.ACCESS, says, by=by)
        tell(added, firm, by)
    return added


def refuse_unless_admin(access: ContactAccess, connection: Connection, by: User) -> None:
    rows = ContactAccess.objects.select_related("contact__user")
    row = rows.select_for_update(of=("self",)).filter(pk=access.pk, contact__user=by).first()
    if row is None:
        raise Refused(NOT_YOU)
    row.connection = connection
    verdict = row.explain(INVITE_COLLEAGUES)
    if not verdict.allowed:
        raise Refused(verdict.reason)


def refuse_taken(connection: Connection, email: str) -> None:
    known = Contact.objects.filter(firm_id=connection.firm_id, email_key=fold(email)).first()
    if known is None:
        return
    is_here = ContactAccess.objects.filter(contact=known, connection=connection).exists()
    raise Refused(IS_HERE if is_here else NOT_FREE)


def tell(added: ContactAccess, firm: Firm, by: User) -> None:
    """The colleague gets the way to sign in; those who are assigned, and the branch, the news."""
    connection, key = added.connection, f"colleague:{added.pk}"
    page = site_link("portal:sign-in", portal_firm=firm.slug)
    post_mail(
        "portal/colleague_invitation",
        key=key,
        recipient=added.contact.email,
        firm=firm,
        contact=added.contact,
        connection=connection,
        by=by,
        page=page,
    )
    ties = TeamAssignment.objects.running().filter(content_object=connection)
    people = [tie.user for tie in ties.select_related("user").order_by("pk")]
    where = {"firm_slug": firm.slug, "connection_id": connection.pk}
    link = site_link("portal:portal-contacts", **where)
    facts = {"contact": added.contact, "words": permission_words(added), "by": by, "link": link}
    mail_firm("portal/colleague_added", connection, people, key=f"{key}:firm", **facts)


@transaction.atomic
def let_contacts_invite(firm: Firm, *, by: User, lets_contacts_invite: bool) -> PortalSettings:
    """Whether Client admins invite colleagues at all, from now on."""
    firm = lock_rights(firm.pk)
    settings = portal_settings(firm)
    settings.lets_contacts_invite = lets_contacts_invite
    with because("Changed whether clients invite colleagues to the portal.", by=by):
        settings.save()
    return settings
