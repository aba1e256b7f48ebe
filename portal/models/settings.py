"""How a firm's portal looks, and how one signs in to it."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from practice.history import History
from practice.models import Firm
from practice.tenancy import FirmOwned, FirmOwnedQuerySet

LARGEST_LOGO = 200 * 1024  # bytes
LINK_MINUTES, SENT_LINK_HOURS = 15, 24
BETWEEN = {"link_minutes": (5, 60), "sent_link_hours": (1, 168)}


def within(name: str) -> list[MinValueValidator | MaxValueValidator]:
    least, most = BETWEEN[name]
    return [MinValueValidator(least), MaxValueValidator(most)]


class PortalSettings(FirmOwned):
    """One row of a firm that changed something; without one, the defaults hold."""

    # How its pages look to clients (F-165): "" is the firm's own name, and our colour.
    name = models.CharField("name in the portal", max_length=120, blank=True)
    colour = models.CharField(max_length=7, blank=True)
    logo = models.BinaryField(null=True, blank=True, max_length=LARGEST_LOGO)
    logo_type = models.CharField(max_length=20, blank=True, editable=False)
    logo_hash = models.CharField(max_length=64, blank=True, editable=False)
    # Minutes that a link lasts which a contact asks for; hours of one that a colleague sends.
    link_minutes = models.PositiveSmallIntegerField(
        default=LINK_MINUTES, db_default=LINK_MINUTES, validators=within("link_minutes")
    )
    sent_link_hours = models.PositiveSmallIntegerField(
        default=SENT_LINK_HOURS, db_default=SENT_LINK_HOURS, validators=within("sent_link_hours")
    )
    requires_second_factor = models.BooleanField(
        "require two-factor of clients", default=False, db_default=False
    )
    lets_contacts_invite = models.BooleanField(
        "Client admins may invite colleagues", default=True, db_default=True
    )

    # What the firm shows of itself at its door, its contacts may read inside, too.
    portal_policy = "firm_id = (SELECT app.portal_firm_id())"

    history = History(excluded_fields=["logo"])
    objects = FirmOwnedQuerySet["PortalSettings"].as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "portal settings"
        constraints = [
            models.UniqueConstraint(fields=["firm"], name="portal_settings_once_per_firm"),
            *(
                models.CheckConstraint(
                    condition=Q(**{f"{name}__range": BETWEEN[name]}), name=f"{name}_in_range"
                )
                for name in BETWEEN
            ),
        ]

    def __str__(self) -> str:
        return f"Portal of {self.firm}"

    @property
    def shown_name(self) -> str:
        return self.name or self.firm.name

    @property
    def look(self) -> str:
        """Another one after each change of the look: it names the version of the style sheet."""
        return f"{self.colour[1:]}-{self.logo_hash[:12]}"


def portal_settings(firm: Firm) -> PortalSettings:
    """What is set, or the defaults in a row that is not saved. Within the firm, or as the system.

    The logo is not read along.
    """
    found = PortalSettings.objects.for_firm(firm).defer("logo").first()
    settings = found or PortalSettings(firm=firm)
    settings.firm = firm
    return settings
