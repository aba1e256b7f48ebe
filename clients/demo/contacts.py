"""The people at the clients, and the two who own their accounts."""

from collections.abc import Mapping, Sequence

from clients.demo.people import sign_up
from clients.models import Connection, Contact, ContactAccess
from practice import clock
from practice.models import User
from practice.text import fold

CARA, DINA = "cara@acme.test", "dina@delta.test"
OWNERS = {"1010": ("Cara Baker", CARA), "1011": ("Dina Delgado", DINA)}
# Their other companies, of the bulk set: the firm’s access expired; it asked; it is disabled.
MORE_COMPANIES = {"2023": "1010", "2037": "1011", "2038": "1011"}

# Name, address, and per client: what is ticked.
PEOPLE: Sequence[tuple[str, str, Mapping[str, tuple[str, ...]]]] = (
    ("Cara Baker", CARA, {"1010": ("is_client_admin", "is_primary")}),
    ("Tom Tucker", "tom@acme.test", {"1010": ("has_tax",)}),
    ("Tim Tanner", "tim@acme.test", {"1010": ("has_tax",)}),
    ("Fay Farrow", "fay@acme.test", {"1010": ("has_financial",)}),
    ("Fil Filipov", "fil@acme.test", {"1010": ("has_files",)}),
    ("Ned Nowak", "ned@acme.test", {"1010": ()}),
    ("Max Mercer", "max@mercer.test", {"1010": ("has_files",), "1011": ("has_tax",)}),
    ("Dina Delgado", DINA, {"1011": ("is_client_admin", "is_primary")}),
    (
        "Jane Smith",
        "jane@smith.test",
        {
            "1001": ("is_primary", "is_billing"),
            "1002": ("is_primary", "is_billing"),
            "1003": ("is_primary", "is_billing"),
        },
    ),
)

# Contacts who have been in the portal already; nobody has invited Tim, Ned and Jane yet.
VISITORS = ("tom@acme.test", "fay@acme.test", "fil@acme.test", "max@mercer.test")

PHONES = {
    CARA: "+44 7700 900123",
    "max@mercer.test": "+44 7700 900456",
    "tim@acme.test": "01632 960001",
}


def load_owners(password: str) -> dict[str, User]:
    """The account owners' logins, by the number of their client."""
    own = {number: sign_up(name, email, password) for number, (name, email) in OWNERS.items()}
    return own | {number: own[first] for number, first in MORE_COMPANIES.items()}


def load_visitors(password: str) -> dict[str, User]:
    names = {email: name for name, email, _ in PEOPLE}
    return {email: sign_up(names[email], email, password) for email in VISITORS}


def load_contacts(
    rows: Sequence[Connection], owners: Mapping[str, User], visitors: Mapping[str, User]
) -> None:
    by_number = {row.client_number: row for row in rows}
    logins = {user.email: user for user in owners.values()} | dict(visitors)
    firm_id = rows[0].firm_id
    contacts = Contact.objects.bulk_create(
        [
            Contact(
                firm_id=firm_id,
                name=name,
                email=email,
                email_key=fold(email),
                phone=PHONES.get(email, ""),
                user=logins.get(email),
                invited_at=clock.now() if email in VISITORS else None,
            )
            for name, email, _ in PEOPLE
        ]
    )
    ContactAccess.objects.bulk_create(
        [
            ContactAccess(
                firm_id=firm_id,
                contact=contact,
                connection=by_number[number],
                **dict.fromkeys(ticked, True),
            )
            for contact, (_, _, ticks) in zip(contacts, PEOPLE, strict=True)
            for number, ticked in ticks.items()
        ]
    )


def load_jane_again(row: Connection) -> None:
    """A second firm knows her by the same address: after signing in she chooses (F-164)."""
    name, email, _ = next(person for person in PEOPLE if person[1] == "jane@smith.test")
    facts = {"firm_id": row.firm_id, "email_key": fold(email)}
    contact, _ = Contact.objects.get_or_create(**facts, defaults={"name": name, "email": email})
    ContactAccess.objects.get_or_create(
        contact=contact, connection=row, firm_id=row.firm_id, defaults={"is_primary": True}
    )
