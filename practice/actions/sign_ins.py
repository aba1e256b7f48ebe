"""Where people sign in from, and a country that is new (F-102, S0.76)."""

from datetime import timedelta

from django.db import transaction

from practice import clock
from practice.actions.unusual import call_unusual
from practice.countries import COUNTRIES
from practice.models import SecurityEventKind, SignInCountry, TeamMember, User
from practice.tenancy import as_system

NOTICED = "Noticed a sign-in from a new country."


def note_country(user: User, country: str) -> None:
    """Of each firm where the person works. `country` is two letters (ISO 3166-1)."""
    with as_system():
        members = TeamMember.objects.filter(user=user, is_active=True).order_by("firm_id", "pk")
        for member_id in members.values_list("pk", flat=True):
            note_country_of(member_id, country)


@transaction.atomic
def note_country_of(member_id: int, country: str) -> None:
    """Remember it, and raise "unusual activity" where the person has signed in from elsewhere, and
    not from there within the firm's days; 0 is never. The first country of all is home.
    """
    rows = TeamMember.objects.select_for_update(of=("self",)).select_related("firm", "user")
    member, now = rows.get(pk=member_id), clock.now()
    seen = dict(SignInCountry.objects.filter(member=member).values_list("country", "last_at"))
    SignInCountry.objects.update_or_create(
        member=member, country=country, defaults={"firm": member.firm, "last_at": now}
    )
    days = member.firm.new_country_days
    is_recent = country in seen and seen[country] > now - timedelta(days=days)
    if seen and days and not is_recent:
        says = (
            f"a sign-in from {COUNTRIES[country]}; unusual where there was none from there within"
            f" {days} day{'' if days == 1 else 's'}"
        )
        call_unusual(member, SecurityEventKind.NEW_COUNTRY, says, noticed=NOTICED)
