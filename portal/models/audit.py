"""Which models about the portal are in the audit trail, and for whom."""

from collections.abc import Sequence

from clients.models import ContactAccess
from clients.models.audit import by_client, readable
from clients.permissions import VIEW_CLIENT_FILES
from portal.models.files import ClientFile, Folder
from portal.models.previews import PortalPreview
from portal.models.questions import Question, QuestionSettings
from portal.models.settings import PortalSettings
from portal.models.sign_in_links import SignInLink
from portal.models.tax import TaxReturn
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
    AuditSource(
        QuestionSettings, "Question settings", by_client("connection_id"), client="connection_id"
    ),
    AuditSource(
        Question, "Question", by_client("connection_id"), about="text", client="connection_id"
    ),
    AuditSource(
        Folder,
        "Folder",
        by_client("connection_id"),
        client="connection_id",
        guarded={"name": VIEW_CLIENT_FILES},
    ),
    AuditSource(
        ClientFile,
        "File",
        by_client("connection_id"),
        client="connection_id",
        hidden=frozenset({"sha256"}),
        guarded={"name": VIEW_CLIENT_FILES},
    ),
    AuditSource(
        TaxReturn,
        "Tax return",
        by_client("connection_id"),
        about="year",
        client="connection_id",
        hidden=frozenset({"approved_sha256"}),
        guarded={"title": VIEW_CLIENT_FILES},
    ),
    AuditSource(
        PortalPreview,
        "Portal preview",
        by_client("connection_id"),
        about="contact_id",
        client="connection_id",
        hidden=frozenset({"window"}),
    ),
)
