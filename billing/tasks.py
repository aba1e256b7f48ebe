"""The bell for payments; what is to be paid stands in PostgreSQL."""

from celery import shared_task
from django.utils.module_loading import import_string


@shared_task
def send_charges() -> None:
    """Ask the payment providers for what is due."""
    import_string("billing.actions.charging.send_due_charges")()
