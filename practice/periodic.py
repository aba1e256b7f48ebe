"""What the clock starts in the practice app."""

from datetime import timedelta

from django.contrib.sessions.models import Session
from django.utils import timezone

from practice import tasks
from practice.actions.deliveries import forget_deliveries
from practice.actions.downloads import forget_downloads
from practice.actions.jobs import ring_for_due_jobs, sweep_finished_jobs
from practice.actions.outbox import dispatch_messages
from practice.actions.schedules import every
from practice.models import WebhookDelivery
from practice.tenancy import as_system

JOBS_ARE_KEPT = timedelta(days=30)


@every(seconds=10)
def send_messages() -> int:
    """Send what a lost ring left in the outbox."""
    return dispatch_messages()


@every(seconds=10)
def wake_jobs() -> int:
    """Ring for jobs that are due and for jobs whose worker was killed."""
    return ring_for_due_jobs()


@every(seconds=10)
def wake_webhooks() -> int:
    """Ring for deliveries that are due; posting them takes its time, and is no work of the tick."""
    with as_system():
        is_due = WebhookDelivery.objects.due().exists()
    if not is_due or tasks.are_bells_waiting("jobs"):
        return 0
    return int(tasks.ring_now(tasks.deliver))


@every(days=1, past=timedelta(hours=4))
def forget_webhook_deliveries() -> int:
    with as_system():
        return forget_deliveries()


@every(days=1, past=timedelta(hours=2))
def forget_finished_jobs() -> int:
    with as_system():
        return sweep_finished_jobs(JOBS_ARE_KEPT)


@every(days=1, past=timedelta(hours=3))
def forget_old_downloads() -> int:
    with as_system():
        return forget_downloads()


@every(days=1, past=timedelta(hours=3))
def forget_expired_sessions() -> int:
    """By the true time: browsers and sessions know nothing of a tester's clock."""
    expired = Session.objects.filter(expire_date__lt=timezone.now())
    return expired.delete()[0]
