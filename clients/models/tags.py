"""Words that a firm puts on its clients."""

from django.db import models

from practice.history import History
from practice.tenancy import FirmOwned, FirmOwnedQuerySet
from practice.text import fold, tidy


class TagQuerySet(FirmOwnedQuerySet["Tag"]):
    def named(self, firm_id: int, names: list[str]) -> list["Tag"]:
        """The firm's tags of these names, made where missing; the first spelling wins (F-088a)."""
        wanted = {fold(name): tidy(name) for name in reversed(names) if tidy(name)}
        self.bulk_create(
            [Tag(firm_id=firm_id, name=name, name_key=key) for key, name in wanted.items()],
            ignore_conflicts=True,
        )
        return list(self.filter(firm_id=firm_id, name_key__in=wanted))


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
