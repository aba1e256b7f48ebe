"""Bill Us clients that nobody is billed for: the branch chooses their plan (F-117, F-122)."""

from django.db import transaction

from billing.actions.bill_us import refuse_closed
from billing.actions.methods import locked_branch
from billing.actions.spans import start_billing
from billing.models import Plan, unbilled
from clients.models import Connection
from practice.errors import Refused
from practice.models import Branch, User

NOBODY = "Every Bill Us client of {} is billed already. Nothing was changed."
IS_BILLED = "{} is billed already, or not by {}. Nothing was changed."
OTHERS_CAME = (
    "{} clients wait for a plan by now, not {}. Nothing was changed: look through the list again."
)


@transaction.atomic
def bill_all(branch: Branch, plan: Plan, *, expected: int, by: User) -> int:
    """All of a branch that have no plan, on this one from today on; how many they are.

    `expected` is how many the person saw. Raises `Refused` where they are others by now, for an
    unverified or archived branch, without the right, for a plan without a price.
    """
    branch = locked_branch(branch, by)
    refuse_closed(branch)
    rows = list(unbilled(branch).order_by("pk"))
    if not rows:
        raise Refused(NOBODY.format(branch))
    if len(rows) != expected:
        raise Refused(OTHERS_CAME.format(len(rows), expected))
    start_billing(rows, plan, by=by)
    return len(rows)


@transaction.atomic
def bill_one(connection: Connection, plan: Plan, *, by: User) -> None:
    """From today on. Raises `Refused` as `bill_all` does, and for a client that is billed."""
    branch = locked_branch(connection.branch, by)
    refuse_closed(branch)
    found = unbilled(branch).filter(pk=connection.pk).first()
    if found is None:
        raise Refused(IS_BILLED.format(connection.name, branch))
    start_billing([found], plan, by=by)
