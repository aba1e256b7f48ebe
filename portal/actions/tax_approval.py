"""A contact approves a tax return (F-181)."""

from clients.actions.events import note_activity, record
from clients.contact_rules import ACT_ON_TAX
from clients.models import ContactAccess, EventKind
from portal.actions.acting import acting, refuse_unless_may
from portal.models import TaxReturn
from practice import clock
from practice.errors import Refused
from practice.history import because
from practice.models import User

NOT_WAITING = "This tax return does not wait for your approval any more."
OTHER_FILE = "The file was changed since you opened this page. Read it again, then approve it."


def approve_tax_return(
    tax_return: TaxReturn, access: ContactAccess, *, by: User, sha256: str
) -> TaxReturn:
    """The file with this hash, which the contact had before them. A second click changes nothing.

    Raises `Refused` where it is another file now, or they may not.
    """
    with acting(access, by) as now:
        refuse_unless_may(now, ACT_ON_TAX)
        rows = TaxReturn.objects.select_for_update(of=("self",)).select_related("file")
        found = rows.get(pk=tax_return.pk)
        if found.approved_at and found.approved_by_id == now.contact_id:
            return found
        if not found.waits_for_client or found.file is None:
            raise Refused(NOT_WAITING)
        if found.file.sha256 != sha256 or not found.file.is_ready:
            raise Refused(OTHER_FILE)
        found.approved_at, found.approved_by = clock.now(), now.contact
        found.approved_sha256 = sha256
        with because("Approved a tax return.", by=by):
            found.save(update_fields=["approved_at", "approved_by", "approved_sha256"])
        says = f"{now.contact} approved the tax return {found}"
        record(now.connection, EventKind.FILE, says, by=by)
        note_activity(now.connection)
        return found
