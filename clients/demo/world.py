"""The whole demo world, in order."""

from clients.demo import alerts, connections, contacts, ledger, notes, people, ties, usage, work
from practice import tenancy
from practice.history import because
from practice.models import Firm

REASON = "Loaded the demo world."


def is_loaded() -> bool:
    with tenancy.as_system():
        return Firm.objects.filter(slug="harbour").exists()


def load(shown: int) -> None:
    """Both firms in one transaction: whole, or not at all."""
    password = people.hashed_password()
    with tenancy.as_system(), because(REASON):
        people.sign_up("Opal Operator", people.OPERATOR, password, is_operator=True)
        load_harbour(shown, password)
        load_southgate(password)


def load_harbour(shown: int, password: str) -> None:
    practice = people.load_harbour(password)
    owners = contacts.load_owners(password)
    plans = connections.plans_for(shown)
    rows = connections.open_all(practice, plans, owners)
    usage.load_usage(practice, plans, rows)
    contacts.load_contacts(rows, owners, contacts.load_visitors(password))
    ties.load_ties(practice, rows)
    notes.load_notes(practice, rows)
    work.load_work(practice, rows)
    alerts.load_bank_feeds(plans, rows)
    alerts.load_alerts(practice)
    ledger.load_ledger(practice, rows)


def load_southgate(password: str) -> None:
    practice = people.load_southgate(password)
    plans = [connections.SOUTHGATE]
    rows = connections.open_all(practice, plans, {})
    usage.load_usage(practice, plans, rows)
    contacts.load_jane_again(rows[0])


def logins() -> list[tuple[str, str]]:
    """Who may sign in, as address and words; all with one password."""
    staff = [(p.email, f"Harbour Accounting · {p.words}") for p in people.HARBOUR]
    others = [(p.email, f"Southgate Books · {p.words}") for p in people.SOUTHGATE]
    owners = [
        (contacts.CARA, "Account owner of Acme Bakery"),
        (contacts.DINA, "Account owner of Delta Design"),
        *((email, "Contact, at /portal/") for email in contacts.VISITORS),
        (people.OPERATOR, "Operator, at /admin/"),
    ]
    return [*staff, *others, *owners]
