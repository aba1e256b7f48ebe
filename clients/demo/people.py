"""The two firms, their branches, and who works there."""

from dataclasses import dataclass, field

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password

from clients.permissions import CROSS_BRANCH
from practice.models import Branch, BranchMembership, Firm, TeamMember, User
from practice.roles import BranchRole, ParentRole
from practice.text import fold

PASSWORD = "harbour lights 230"  # noqa: S105  # nosec B105
OPERATOR = "ops@countinghouse.test"


@dataclass
class Practice:
    """A loaded firm; branches by name, people by the first word of their address."""

    firm: Firm
    branches: dict[str, Branch] = field(default_factory=dict)
    people: dict[str, User] = field(default_factory=dict)


@dataclass(frozen=True)
class Person:
    """`branch` and `role` for a branch role, `parent_role` for one over every branch."""

    name: str
    email: str
    parent_role: str = ""
    branch: str = ""
    role: str = ""
    added: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """What the table of logins says about the person."""
        if self.parent_role:
            return str(ParentRole(self.parent_role).label)
        more = " with cross-branch permission" if CROSS_BRANCH in self.added else ""
        return f"{self.branch} {BranchRole(self.role).label}{more}"


HARBOUR = (
    Person("Sana Malik", "sana@harbour.test", ParentRole.SUPER_ADMIN),
    Person("Bill Archer", "bill@harbour.test", ParentRole.BILLING_ADMIN),
    Person("Vera Lind", "vera@harbour.test", ParentRole.VIEWER),
    Person("Olga Petrova", "olga@harbour.test", branch="London", role=BranchRole.OWNER),
    Person("Adam Hughes", "adam@harbour.test", branch="London", role=BranchRole.ADMIN),
    Person("Mia Fontaine", "mia@harbour.test", branch="London", role=BranchRole.MEMBER),
    Person(
        "Xavi Roca",
        "xavi@harbour.test",
        branch="London",
        role=BranchRole.MEMBER,
        added=(CROSS_BRANCH,),
    ),
    Person("Dara Quinn", "dara@harbour.test", branch="Dublin", role=BranchRole.OWNER),
    Person("Nia Byrne", "nia@harbour.test", branch="Dublin", role=BranchRole.MEMBER),
)
SOUTHGATE = (Person("Sol Marin", "sol@southgate.test", ParentRole.SUPER_ADMIN),)


def load_harbour(password: str) -> Practice:
    firm = Firm.objects.create(
        name="Harbour Accounting",
        slug="harbour",
        address="12 Wharf Lane\nLondon SE1",
        phone="+44 20 7946 0230",
        website="https://harbour.test",
    )
    london = branch(firm, "London", "london@harbour.test", "GB", "GBP")
    dublin = branch(firm, "Dublin", "dublin@harbour.test", "IE", "EUR")
    practice = Practice(firm, {"London": london, "Dublin": dublin})
    hire(practice, HARBOUR, password)
    return practice


def load_southgate(password: str) -> Practice:
    firm = Firm.objects.create(name="Southgate Books", slug="southgate")
    only = branch(firm, "Southgate", "office@southgate.test", "GB", "GBP")
    practice = Practice(firm, {"Southgate": only})
    hire(practice, SOUTHGATE, password)
    return practice


def branch(firm: Firm, name: str, email: str, country: str, currency: str) -> Branch:
    return Branch.objects.create(
        firm=firm, name=name, email=email, email_key=fold(email), country=country, currency=currency
    )


def hire(practice: Practice, persons: tuple[Person, ...], password: str) -> None:
    for person in persons:
        user = sign_up(person.name, person.email, password)
        practice.people[person.email.partition("@")[0]] = user
        member = TeamMember.objects.create(
            firm=practice.firm, user=user, parent_role=person.parent_role
        )
        if person.branch:
            BranchMembership.objects.create(
                firm=practice.firm,
                member=member,
                branch=practice.branches[person.branch],
                role=person.role,
                added=list(person.added),
            )


def sign_up(name: str, email: str, password: str, *, is_operator: bool = False) -> User:
    """A person whose address counts as proved; `password` is hashed already."""
    user = User.objects.create(
        full_name=name,
        email=email,
        email_key=fold(email),
        password=password,
        is_staff=is_operator,
        is_superuser=is_operator,
    )
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def hashed_password() -> str:
    """Hashed once for everybody: each hash takes as long as a sign-in may."""
    return make_password(PASSWORD)
