"""Work on clients that the register hands out."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

from clients.actions.access_expiry import expire_access, warn_of_expiry
from clients.actions.bulk import JOB, check_clients, undo_clients, write_clients
from clients.actions.digests import send_digests
from clients.actions.expiry import sweep_expired, warn_of_ends
from clients.actions.handover import JOB as HANDOVER
from clients.actions.handover import make_pack
from clients.actions.imports import CHECK, COMMIT, check_rows, write_rows
from clients.actions.ledger import close_ledgers
from clients.actions.own_data import JOB as OWN_DATA
from clients.actions.own_data import make_download, sweep_downloads
from clients.actions.relationships import resume_due
from clients.actions.reminders import move_key_dates_on, remind_of_key_dates
from clients.actions.reviews import remind_of_due_reviews
from clients.actions.watching import watch_clients
from clients.filters import matching
from clients.models.clocks import Clocks
from clients.models.usage_months import make_usage_months
from practice import clock
from practice.actions.jobs import Progress, enqueue, handles
from practice.actions.schedules import every
from practice.emails import site_link
from practice.models import Job

ALERTS = "clients.alerts"
DIGESTS = "clients.alert_digests"


@handles(CHECK)
def import_check(job: Job) -> Iterator[Progress]:
    """The dry run of an import; the key is the import's id and the number of the attempt."""
    return check_rows(run_id_of(job), asked_by(job))


@handles(COMMIT)
def import_commit(job: Job) -> Iterator[Progress]:
    return write_rows(run_id_of(job), asked_by(job))


@handles(JOB)
def bulk(job: Job) -> Iterator[Progress]:
    """The dry run of a bulk action, its commit or its undo: whichever its state asks for."""
    run_id, user_id = run_id_of(job), asked_by(job)
    assert job.firm is not None
    own_words = partial(matching, clocks=Clocks.of(job.firm))
    yield from check_clients(run_id, user_id, own_words)
    yield from write_clients(run_id, user_id)
    yield from undo_clients(run_id, user_id)


@handles(HANDOVER)
def handover(job: Job) -> Iterator[Progress]:
    """Writes a handover pack; the key is its id (F-244)."""
    return make_pack(run_id_of(job), asked_by(job), site_link("clients:handover-verify"))


@handles(OWN_DATA)
def own_data(job: Job) -> Iterator[Progress]:
    """Writes the data of an account; the key begins with the account's id (F-221)."""
    return make_download(job)


@every(minutes=10)
def close_the_ledgers() -> int:
    """Seal what was opened since the last time, account by account (F-245)."""
    return close_ledgers()


@every(hours=1, past=timedelta(minutes=40))
def forget_expired_downloads() -> int:
    """Delete the files of “Download my data” that have expired (F-221)."""
    return sweep_downloads()


def run_id_of(job: Job) -> int:
    return int(job.key.split("-")[0])


def asked_by(job: Job) -> int:
    """Who pressed the button: the job goes by their rights."""
    assert job.asked_by_id is not None
    return job.asked_by_id


@every(hours=1, past=timedelta(minutes=5))
def end_agreed_assignments() -> int:
    """Take assignments off the clients whose agreed end has come; they opened nothing since."""
    return sweep_expired()


@every(hours=1, past=timedelta(minutes=25))
def warn_of_agreed_ends() -> int:
    """Tell people whose assignment ends within a day, of a short one a sixth before (F-240)."""
    return warn_of_ends()


@every(hours=1, past=timedelta(minutes=15))
def expire_idle_access() -> int:
    """Put on record that 60 days passed without a visit; by then the account is shut (F-142)."""
    return expire_access()


@every(hours=1, past=timedelta(minutes=20))
def warn_of_idle_access() -> int:
    """Tell those who are assigned, 53 days after the last visit; once (F-142b)."""
    return warn_of_expiry()


@every(hours=1, past=timedelta(minutes=10))
def resume_agreed_pauses() -> int:
    """Resume the relationships that were paused until today (F-069)."""
    return resume_due()


@every(days=1, past=timedelta(hours=5))
def watch_activity() -> str:
    """Raise and close alerts (F-095…F-099a): of a million clients that takes a job of its own."""
    enqueue(ALERTS, f"{clock.now():%Y-%m-%dT%H:%M:%S.%f}")
    return "The check of the clients is on its way."


@handles(ALERTS)
def check_alerts(_job: Job) -> Iterator[Progress]:
    return watch_clients()


@every(days=1, past=timedelta(hours=6))
def mail_alerts() -> str:
    """Put one digest per person into the outbox, after the check (F-101a)."""
    enqueue(DIGESTS, f"{clock.now():%Y-%m-%dT%H:%M:%S.%f}")
    return "The digests are on their way."


@handles(DIGESTS)
def alert_digests(_job: Job) -> Iterator[Progress]:
    return send_digests()


@every(days=1, past=timedelta(hours=7))
def remind_of_access_reviews() -> int:
    """Tell Owners of reviews that were due and are not signed; each of them once (F-225)."""
    return remind_of_due_reviews()


@every(days=1, past=timedelta(hours=1))
def make_months_of_usage() -> int:
    """Tables for the usage events of the months to come (0015)."""
    return make_usage_months()


@every(hours=1, past=timedelta(minutes=10))
def remind_of_important_dates() -> int:
    """Move yearly dates on, then remind of those that are near, in each firm's own day (F-091a)."""
    move_key_dates_on()
    return remind_of_key_dates()
