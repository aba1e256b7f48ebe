"""Opening a branch, and what may change about it afterwards (F-010…F-010c)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import IntegrityError, transaction

from practice.errors import Refused
from practice.history import because
from practice.models import Branch, Firm, User
from practice.text import fold

# Constraint → the field to speak at. An address may be another firm's, whose row is hidden from
# us: the sentence says no more than that somebody has it (F-010c).
TAKEN = {
    "branch_name_once_per_firm": ("name", "The firm has a branch by this name already."),
    "email_key": ("email", "This address belongs to a branch already. Choose another."),
}


class Taken(Refused):
    """Another branch has it already; `field` is what to change."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


@transaction.atomic
def add_branch(
    firm: Firm, *, by: User, name: str, email: str, country: str, currency: str
) -> Branch:
    """Open a branch; its currency is for good (F-010a). Raises `Taken`."""
    Firm.objects.select_for_update().get(pk=firm.pk)
    with saying_what_is_taken(), because(f"Opened the branch {name}.", by=by):
        return Branch.objects.create(
            firm=firm,
            name=name,
            email=email,
            email_key=fold(email),
            country=country,
            currency=currency,
        )


@transaction.atomic
def edit_branch(branch: Branch, *, by: User, name: str, email: str, country: str) -> Branch:
    """Change what may be changed: name, address and country (F-010b). Raises `Taken`."""
    branch = Branch.objects.select_for_update().get(pk=branch.pk)
    wanted: dict[str, Any] = {
        "name": name,
        "email": email,
        "email_key": fold(email),
        "country": country,
    }
    changed = [field for field, value in wanted.items() if getattr(branch, field) != value]
    for field in changed:
        setattr(branch, field, wanted[field])
    if changed:
        with saying_what_is_taken(), because("Changed the branch settings.", by=by):
            branch.save(update_fields=changed)
    return branch


@contextmanager
def saying_what_is_taken() -> Iterator[None]:
    """Uniqueness is the database's to judge: it sees the branches of every firm, we see ours."""
    try:
        yield
    except IntegrityError as error:
        diagnosis: Any = getattr(error.__cause__, "diag", None)
        broken = str(diagnosis and diagnosis.constraint_name)
        for name, (field, sentence) in TAKEN.items():
            if name in broken:
                raise Taken(field, sentence) from None
        raise
