"""What the firm does with a client's tax returns (F-180, F-181)."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from django.db import IntegrityError, transaction

from clients.actions.correspondence import keep_messages
from clients.actions.events import record
from clients.contact_rules import ACT_ON_TAX
from clients.models import Connection, ContactAccess, EventKind
from portal.actions.files import lock_to_manage, show_file
from portal.models import ClientFile, TaxReturn
from portal.models.tax import SINCE
from portal.roles import TaxStep
from portal.states import TAX_TRANSITIONS
from practice import clock
from practice.actions.outbox import mail_of, post_messages
from practice.emails import site_link
from practice.errors import Refused
from practice.history import because
from practice.models import User
from practice.text import tidy

THERE_ALREADY = "This client has a tax return of that name and year already."
GONE = "Somebody deleted this tax return."
NO_FILE = "Choose the file that the client is to approve first."
NOT_CLEAN = "“{}” cannot be handed out: it waits for its virus scan, or was deleted."
NOT_APPROVED = "The client has not approved it. Wait, or tick that it did so outside the portal."
IS_APPROVED = (
    "The client approved this file. Move the return back to change it; it is to be approved anew."
)
IS_FILED = "This tax return is filed. A correction is a tax return of its own."


@transaction.atomic
def add_tax_return(
    connection: Connection,
    *,
    by: User,
    key: UUID,
    title: str,
    year: int,
    due_on: date | None = None,
    file: ClientFile | None = None,
) -> TaxReturn:
    """With the same `key` a second click changes nothing. Raises `Refused`."""
    row = lock_to_manage(connection, by)
    if earlier := TaxReturn.objects.filter(firm_id=row.firm_id, key=key).first():
        return earlier
    found = TaxReturn(
        firm_id=row.firm_id, connection=row, title=tidy(title), year=year, due_on=due_on,
        file=file, key=key,
    )  # fmt: skip
    save_once(found, "Added a tax return.", by)
    record(row, EventKind.FILE, f"{by} added the tax return {found}", by=by)
    return found


@transaction.atomic
def edit_tax_return(
    tax_return: TaxReturn,
    *,
    by: User,
    title: str,
    year: int,
    due_on: date | None = None,
    file: ClientFile | None = None,
) -> TaxReturn:
    """What was approved keeps its file, and what was filed everything. Raises `Refused`."""
    found = lock_tax_return(tax_return, by)
    if found.is_filed:
        raise Refused(IS_FILED)
    if found.approved_at and (file.pk if file else None) != found.file_id:
        raise Refused(IS_APPROVED)
    if found.is_ready:
        refuse_without_file(file)
    found.title, found.year, found.due_on, found.file = tidy(title), year, due_on, file
    save_once(found, "Changed a tax return.", by)
    if found.is_ready and file:
        show_file(file, by=by)
    return found


@transaction.atomic
def move_tax_return(
    tax_return: TaxReturn,
    step: TaxStep,
    *,
    by: User,
    was_approved: bool = False,
    tell: Sequence[int] = (),
) -> TaxReturn:
    """Move it on, or back, which takes an approval with it.

    Ready to sign needs a file, which becomes visible; those contacts (by the ids of their accesses)
    are written to. Filed needs the client's approval, in the portal or, `was_approved`, elsewhere.
    """
    found = lock_tax_return(tax_return, by)
    TAX_TRANSITIONS.check(found.step, step)
    if step == TaxStep.READY:
        refuse_without_file(found.file)
    if step == TaxStep.FILED and not found.approved_at:
        if not was_approved:
            raise Refused(NOT_APPROVED)
        found.approved_at = clock.now()
    if step != TaxStep.FILED:
        found.approved_at, found.approved_by, found.approved_sha256 = None, None, ""
    found.step = step
    set_dates(found)
    with because("Moved a tax return to another step.", by=by):
        found.save()
    says = f"{by} moved the tax return {found} to “{step.label}”"
    record(found.connection, EventKind.FILE, says, by=by)
    if step == TaxStep.READY and found.file:
        show_file(found.file, by=by)
        for access in people_to_tell(found.connection):
            if access.pk in set(tell):
                write_to(access, found, by)
    return found


@transaction.atomic
def remove_tax_return(tax_return: TaxReturn, *, by: User) -> None:
    """Its files stay. Raises `Refused` once the client approved it."""
    found = lock_tax_return(tax_return, by)
    if found.approved_at:
        raise Refused(IS_FILED if found.is_filed else IS_APPROVED)
    says = f"{by} removed the tax return {found}"
    with because("Removed a tax return.", by=by):
        found.delete()
    record(found.connection, EventKind.FILE, says, by=by)


def lock_tax_return(tax_return: TaxReturn, by: User) -> TaxReturn:
    """The client first, then the return."""
    connection = lock_to_manage(tax_return.connection, by)
    rows = TaxReturn.objects.select_for_update(of=("self",)).select_related("file__folder")
    found: TaxReturn | None = rows.filter(pk=tax_return.pk).first()
    if found is None:
        raise Refused(GONE)
    found.connection = connection
    if found.file:
        found.file.connection = connection
    return found


def save_once(tax_return: TaxReturn, reason: str, by: User) -> None:
    try:
        with transaction.atomic(), because(reason, by=by):
            tax_return.save()
    except IntegrityError as taken:
        raise Refused(THERE_ALREADY) from taken


def set_dates(tax_return: TaxReturn) -> None:
    """Today for the step it stands at; none for those that are still to come."""
    reached = True
    for step in TaxStep:
        is_here = step == tax_return.step
        if is_here or not reached:
            setattr(tax_return, SINCE[step], clock.today() if is_here else None)
        reached = reached and not is_here


def refuse_without_file(file: ClientFile | None) -> None:
    if file is None:
        raise Refused(NO_FILE)
    if not file.is_ready:
        raise Refused(NOT_CLEAN.format(file))


def people_to_tell(connection: Connection) -> list[ContactAccess]:
    """Contacts who may approve, and can be written to."""
    accesses = ContactAccess.objects.filter(connection=connection)
    people = accesses.select_related("contact__user").order_by("contact__name", "pk")
    for access in people:
        access.connection = connection
    return [a for a in people if a.contact.email and a.explain(ACT_ON_TAX).allowed]


def write_to(access: ContactAccess, tax_return: TaxReturn, by: User) -> None:
    """The mail names the return and does not hold it."""
    connection, contact = tax_return.connection, access.contact
    mail = mail_of(
        "portal/tax_ready",
        key=f"tax:{tax_return.pk}:ready:{clock.now():%Y%m%d%H%M%S%f}:{contact.pk}",
        recipient=contact.email,
        firm=connection.firm,
        contact=contact,
        connection=connection,
        tax_return=tax_return,
        by=by,
        link=site_link(
            "portal:tax-return",
            portal_slug=connection.firm.slug,
            connection_id=connection.pk,
            tax_id=tax_return.pk,
        ),
    )
    keep_messages(post_messages([mail]), [connection], contact=contact, by=by)
