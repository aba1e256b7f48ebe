"""Client IDs: the next one is offered, and given where none was typed (F-118)."""

from django.db import connection as database

from practice.models import Firm

FIRST = 1001
HIGHEST = (
    "SELECT max(client_number_key::bigint) FROM clients_connection"
    " WHERE firm_id = %s AND client_number_key ~ '^[0-9]{1,15}$'"
)


def next_client_number(firm: Firm) -> str:
    """One above the highest that is a plain number. To give it away, hold the firm's lock."""
    with database.cursor() as cursor:
        cursor.execute(HIGHEST, [firm.pk])
        [highest] = cursor.fetchone()
    return str(max(FIRST, (highest or 0) + 1))
