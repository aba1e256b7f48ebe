"""Which models about the portal are in the audit trail, and for whom."""

from collections.abc import Sequence

from clients.models import ContactAccess
from clients.models.audit import readable
from portal.models.settings import PortalSettings
from portal.models.sign_in_links import SignInLink
from practice.models.trail import AuditSource, Rows, Viewer, register


def of_contacts(rows: Rows, viewer: Viewer) -> Rows:
    """About people who have, or had, to do with a client that the viewer may read about."""
    rows = rows.filter(firm_id=viewer.firm_id)
    if viewer.standing.is_super_admin:
        return rows
    return contacts_of_clients(rows, readable(viewer).values("pk"))


def contacts_of_clients(rows: Rows, client_ids: Sequence[int] | Rows) -> Rows:
    accesses = ContactAccess.history.filter(connection_id__in=client_ids)
    return rows.filter(contact_id__in=accesses.values("contact_id"))


def of_firm(rows: Rows, viewer: Viewer) -> Rows | None:
    """What is no branch's is for those who read the trail of every branch."""
    return rows.filter(firm_id=viewer.firm_id) if viewer.branches is None else None


register(
    AuditSource(
        SignInLink,
        "Sign-in link",
        of_contacts,
        about="contact_id",
        of_clients=contacts_of_clients,
    ),
    AuditSource(PortalSettings, "Portal settings", of_firm),
)
