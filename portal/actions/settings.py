"""What a firm decides about its portal: its look, and how clients sign in (F-163, F-165)."""

from typing import Any

from django.db import transaction

from portal.models import PortalSettings
from practice.actions.limits import lock_rights, refuse_without, standing_now
from practice.history import because
from practice.models import Firm, User
from practice.permissions import MANAGE_ORGANISATION, MANAGE_SECURITY, Permission


@transaction.atomic
def change_branding(firm: Firm, *, by: User, **facts: Any) -> PortalSettings:
    """Name, colour and logo; a logo is its bytes, type and hash."""
    return save(firm, MANAGE_ORGANISATION, "Changed the look of the client portal.", by, facts)


@transaction.atomic
def change_sign_in(firm: Firm, *, by: User, **facts: Any) -> PortalSettings:
    """How long links last, and whether clients need a second factor from their next page on."""
    return save(firm, MANAGE_SECURITY, "Changed how clients sign in.", by, facts)


def save(
    firm: Firm, needs: Permission, reason: str, by: User, facts: dict[str, Any]
) -> PortalSettings:
    lock_rights(firm.pk)
    refuse_without(standing_now(by, firm.pk), needs, None)
    with because(reason, by=by):
        settings, _ = PortalSettings.objects.update_or_create(firm=firm, defaults=facts)
    return settings
