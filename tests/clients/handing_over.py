"""Putting handover packs through their paces, as button, worker and mail do."""

import re
from collections.abc import Iterable

from clients.actions.handover import JOB, start_pack
from clients.models import Connection, HandoverPack
from practice.actions.jobs import run_job
from practice.models import Job, Message, User

LINK = re.compile(r"https?://[^/]+(/handover/\S+)")


def work(pack: HandoverPack) -> HandoverPack:
    run_job(Job.objects.get(kind=JOB, key=pack.job_key).pk)
    pack.refresh_from_db()
    return pack


def made(
    connection: Connection, by: User, parts: Iterable[str] = ("details", "timeline")
) -> HandoverPack:
    return work(start_pack(connection, by=by, parts=parts))


def mailed(recipient: str) -> str:
    """The address in the last mail to somebody."""
    message = Message.objects.filter(recipient=recipient).order_by("-pk")[0]
    found = LINK.search(message.body)
    assert found
    return found[1]
