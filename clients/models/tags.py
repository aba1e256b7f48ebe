"""Words that a firm puts on its clients."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Self

from django.db import connection as database
from django.db import models

from practice.history import History
from practice.models import Branch
from practice.permissions import Permission, Rule, Standing, person_rules
from practice.tenancy import FirmOwned, FirmOwnedQuerySet
from practice.text import fold, tidy

KEEP = "SELECT id FROM clients_tag WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE"


class TagQuerySet(FirmOwnedQuerySet["Tag"]):
    def named(self, firm_id: int, names: list[str]) -> list["Tag"]:
        """The firm's tags of these names, made where missing; the first spelling wins (F-088a).

        They stay until the transaction ends, even if somebody merges or deletes one meanwhile.
        """
        wanted = {fold(name): tidy(name) for name in reversed(names) if tidy(name)}
        found = self.made(firm_id, wanted)
        if len(self.keep(tag.pk for tag in found)) < len(wanted):  # one was deleted just now
            found = self.made(firm_id, wanted)
        return found

    def made(self, firm_id: int, wanted: dict[str, str]) -> list["Tag"]:
        rows = [Tag(firm_id=firm_id, name=name, name_key=key) for key, name in wanted.items()]
        self.bulk_create(rows, ignore_conflicts=True)
        return list(self.filter(firm_id=firm_id, name_key__in=wanted))

    def keep(self, tag_ids: Iterable[int]) -> set[int]:
        """Hold these tags against deletion; returns those that there are. After the clients' rows
        are locked, never before: tags come after connections in the order of locks."""
        with database.cursor() as cursor:
            cursor.execute(KEEP, [sorted(set(tag_ids))])
            return {row[0] for row in cursor.fetchall()}

    def called(self, words: str) -> Self:
        """With these words in the name, in any case."""
        return self.filter(name_key__contains=fold(words))


class Tag(FirmOwned):
    """A firm-wide word, once without regard to case."""

    name = models.CharField(max_length=40)
    name_key = models.CharField(max_length=80, editable=False)
    group = models.CharField(max_length=40, blank=True)

    history = History()
    objects = TagQuerySet.as_manager()

    class Meta:
        ordering = ["name_key"]
        constraints = [
            models.UniqueConstraint(fields=["firm", "name_key"], name="tag_once_per_firm")
        ]

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class FirmTags:
    """All tags of a firm. Renaming one shows on clients of every branch (F-088a), so changing the
    list takes the permission on every open branch, which a Super Admin has."""

    firm_id: int

    def rules(self, standing: Standing | None, permission: str) -> Iterator[Rule]:
        yield from person_rules(standing, self.firm_id)
        assert standing is not None
        label = Permission.label_of(permission)
        if not standing.holds_anywhere(permission):
            yield Rule("Role", False, f"{{Your}} role lacks “{label}”.")
        missing = self.branch_without(standing, permission)
        if missing:
            says = f"Tags belong to the whole firm, and {{your}} role on {missing} lacks “{label}”."
            yield Rule("Every branch", False, says)
        yield Rule("Every branch", True, f"{{You}} {{have}} “{label}” on every branch.")

    def branch_without(self, standing: Standing, permission: str) -> str:
        """The name of the first open branch on which the permission is not held; else ""."""
        if standing.is_super_admin:
            return ""
        held = Branch.objects.where(standing, permission)
        rows = Branch.objects.open().filter(firm_id=self.firm_id).exclude(pk__in=held.values("pk"))
        return rows.order_by("name", "pk").values_list("name", flat=True).first() or ""
