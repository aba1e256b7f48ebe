"""Which work belongs to which of the six actions."""

from collections.abc import Mapping

from clients.actions.bulk.branches import TransferWork
from clients.actions.bulk.files import FileWork
from clients.actions.bulk.levels import LevelWork
from clients.actions.bulk.people import TeamWork
from clients.actions.bulk.plans import Work
from clients.actions.bulk.words import TagsWork
from clients.models import BulkAction, BulkRun
from practice.models import User

WORKS: Mapping[str, type[Work]] = {
    BulkAction.TRANSFER: TransferWork,
    BulkAction.TEAM: TeamWork,
    BulkAction.ACCESS: LevelWork,
    BulkAction.EXPORT: FileWork,
    BulkAction.TAGS: TagsWork,
    BulkAction.REPORTS: FileWork,
}


def work_of(run: BulkRun, user_id: int, *, is_writing: bool = False) -> Work:
    """For one batch: with the rights that the person has now."""
    return WORKS[run.action](run, User.objects.get(pk=user_id), is_writing=is_writing)
