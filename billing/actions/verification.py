"""Billing verification of a branch: asked by the firm, answered by an operator (F-117, F-117a)."""

from django.db import transaction

from billing.actions.methods import locked_branch
from billing.models import BillingVerification
from billing.models.verifications import OPEN
from billing.roles import VerificationStatus
from billing.states import VERIFICATION_TRANSITIONS
from practice import clock, tenancy
from practice.actions.outbox import post_mail
from practice.emails import site_link
from practice.errors import Refused
from practice.history import because
from practice.models import Branch, User

NEEDED = (
    "{} is not verified for billing yet, so it cannot open Bill Us clients."
    " Request billing verification first."
)
WAITS = "The billing verification of {} is pending: it takes 3–5 days. Until then {} waits."
WAS_REFUSED = "The billing verification of {} was refused: {} You can request it again."
IS_OPEN = {
    VerificationStatus.PENDING: "{} has asked already: the request is pending.",
    VerificationStatus.APPROVED: "{} is verified already.",
}
NO_WORDS = "Say why: the branch reads it."


def why_unverified(branch: Branch) -> str:
    """ "" for a branch that may open Bill Us clients, or the sentence that says why not."""
    newest = BillingVerification.objects.newest_of(branch.pk)
    if newest is None:
        return NEEDED.format(branch.name)
    if newest.status == VerificationStatus.PENDING:
        return WAITS.format(branch.name, "“Create Client Account”")
    if newest.status == VerificationStatus.REFUSED:
        return WAS_REFUSED.format(branch.name, newest.answer)
    return ""


@transaction.atomic
def request_verification(branch: Branch, *, by: User, reason: str) -> BillingVerification:
    """Ask once; a second click is told that the first one waits."""
    branch = locked_branch(branch, by)
    waiting = BillingVerification.objects.filter(branch=branch, status__in=OPEN).first()
    if waiting:
        raise Refused(IS_OPEN[VerificationStatus(waiting.status)].format(branch.name))
    with because("Requested billing verification.", by=by):
        return BillingVerification.objects.create(
            firm_id=branch.firm_id, branch=branch, reason=reason.strip(), requested_by=by
        )


@transaction.atomic
def decide_verification(
    verification: BillingVerification,
    status: VerificationStatus,
    *,
    answer: str,
    by: User | None = None,
) -> BillingVerification:
    """Approve or refuse; who asked is told. The answer is an operator's, or the test gateway's."""
    with tenancy.as_system():
        verification = BillingVerification.objects.locked(verification.pk)
        VERIFICATION_TRANSITIONS.check(verification.status, status)
        if status == VerificationStatus.REFUSED and not answer.strip():
            raise Refused(NO_WORDS)
        verification.status, verification.answer = status, answer.strip()
        verification.decided_at = clock.now()
        with because(f"Answered the request for billing verification: {status.label}.", by=by):
            verification.save(update_fields=["status", "answer", "decided_at"])
        tell_who_asked(verification)
    return verification


def tell_who_asked(verification: BillingVerification) -> None:
    words = {"firm_slug": verification.firm.slug, "branch_id": verification.branch_id}
    post_mail(
        "billing/verification",
        key=f"billing-verification:{verification.pk}:{verification.status}",
        recipient=verification.requested_by.email,
        firm=verification.firm,
        verification=verification,
        is_approved=verification.status == VerificationStatus.APPROVED,
        link=site_link("billing:verification", **words),
    )
