"""What the demo world's clients and their accountants ask each other (F-238)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

from clients.models import Connection, Contact
from portal.models import Question, QuestionReply, QuestionSettings
from portal.roles import QuestionState
from practice import clock, tenancy
from practice.history import because
from practice.models import Firm, User

FIRM = "harbour"
S = QuestionState


@dataclass(frozen=True)
class Asked:
    """A question, so many days ago; replies are (who, words), a colleague's or a contact's name."""

    text: str
    days: int
    assignee: str = ""
    state: QuestionState = S.WAITING
    due_in: int | None = None
    payment: tuple[int, str, str] | None = None  # days ago, amount, description
    by: str = "mia@harbour.test"
    contact: str = ""
    replies: Sequence[tuple[str, str]] = ()


CARA, TOM = "Cara Baker", "Tom Tucker"
MIA = "mia@harbour.test"
QUESTIONS: dict[str, Sequence[Asked]] = {
    "1010": (
        Asked("What did you buy here?", 9, CARA, due_in=3, payment=(12, "-412.80", "SHELL 4471")),
        Asked("Is the new van used for the bakery alone?", 6, TOM, due_in=10),
        Asked("Who is “B. Marsh”, paid every Friday?", 4),
        Asked("Which customer is this transfer from?", 4, payment=(8, "1250.00", "FASTER PAY 88")),
        Asked("Do you keep a stock count of 31 March?", 2),
        Asked(
            "Was the oven paid in one amount?", 12, TOM, S.ANSWERED,
            replies=((TOM, "In two: half in March, the rest in May."),),
        ),
        Asked("May we claim the oven this year?", 1, CARA, S.ASKED, contact=CARA),
        Asked(
            "When is the next VAT payment due?", 15, CARA, S.RESPONDED, contact=CARA,
            replies=((MIA, "On the 7th of next month, by direct debit."),),
        ),
        Asked(
            "Please confirm the address of the second shop.", 40, CARA, S.RESOLVED,
            replies=((CARA, "4 Mill Road, since January."), (MIA, "Thank you.")),
        ),
    ),
    "1011": (
        Asked("Which of these invoices are paid?", 5, due_in=7),
        Asked("Is this a private purchase?", 3, payment=(6, "-89.99", "AMZN MKTP")),
    ),
}  # fmt: skip
SETTINGS = {
    "1010": {"are_assignable": True, "takes_questions": True},
    "1011": {"are_assignable": False},
}


def fill() -> None:
    """Where the world is there and nothing was asked."""
    with tenancy.as_system(), because("Loaded the demo world."):
        firm = Firm.objects.filter(slug=FIRM).first()
        if firm is None or Question.objects.for_firm(firm).exists():
            return
        for number, asked in QUESTIONS.items():
            client = Connection.objects.select_related("branch").get(
                firm=firm, client_number=number
            )
            QuestionSettings.objects.create(firm=firm, connection=client, **SETTINGS[number])
            for one in asked:
                ask(client, one)


def ask(client: Connection, one: Asked) -> None:
    at = clock.now() - timedelta(days=one.days)
    contact = contact_named(client, one.contact)
    paid_on, amount, description = payment_of(one)
    question = Question.objects.create(
        firm_id=client.firm_id,
        connection=client,
        text=one.text,
        is_from_client=contact is not None,
        asked_by=None if contact else User.objects.get(email=one.by),
        contact=contact,
        assignee=contact_named(client, one.assignee),
        state=one.state,
        resolved_by=User.objects.get(email=one.by) if one.state == S.RESOLVED else None,
        due_on=clock.today() + timedelta(days=one.due_in) if one.due_in else None,
        paid_on=paid_on,
        amount=amount,
        currency=client.branch.currency if amount is not None else "",
        description=description,
        created_at=at,
        moved_at=at + timedelta(days=len(one.replies)),
        key=uuid4(),
    )
    for days, (who, words) in enumerate(one.replies, start=1):
        contact = contact_named(client, who)
        QuestionReply.objects.create(
            firm_id=client.firm_id,
            connection=client,
            question=question,
            author=None if contact else User.objects.get(email=who),
            contact=contact,
            text=words,
            created_at=at + timedelta(days=days),
            key=uuid4(),
        )


def payment_of(one: Asked) -> tuple[date | None, Decimal | None, str]:
    if one.payment is None:
        return None, None, ""
    days, amount, description = one.payment
    return clock.today() - timedelta(days=days), Decimal(amount), description


def contact_named(client: Connection, name: str) -> Contact | None:
    people = Contact.objects.filter(accesses__connection=client, name=name)
    return people.first() if name else None
