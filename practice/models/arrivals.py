"""Arriving at a firm: who one is there, in one round trip to the database.

Every page of a firm begins with this, so it is three statements in one message: the context of the
person, the member with the firm, which sets the firm's context, and the roles on its branches.
"""

from dataclasses import dataclass
from typing import Any

from django.db import connection as database
from django.db.models import Model

from practice import auth, tenancy
from practice.models.firms import Firm, TeamMember
from practice.permissions import Standing
from practice.tenancy import Context, Realm


@dataclass(frozen=True)
class Arrival:
    member: TeamMember
    standing: Standing


def arrive(user_id: int, slug: str) -> Arrival | None:
    """Enter the firm, for the rest of the transaction; None where the person is a stranger."""
    with database.cursor() as cursor:
        cursor.execute(STATEMENTS, {"user": user_id, "slug": slug})
        cursor.nextset()
        found = cursor.fetchone()
        cursor.nextset()
        roles = cursor.fetchall()
    tenancy.told(Context(Realm.STAFF, found[0], user_id) if found else Context(user_id=user_id))
    if not found:
        return None
    firm = Firm.from_db(database.alias, names(Firm), found[1 : 1 + len(names(Firm))])
    member = TeamMember.from_db(database.alias, names(TeamMember), found[1 + len(names(Firm)) : -2])
    member.firm = firm
    return Arrival(member, auth.standing_with(member, roles))


def names(model: type[Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


def columns(model: type[Model], alias: str) -> str:
    return ", ".join(f'{alias}."{field.column}"' for field in model._meta.concrete_fields)


STATEMENTS: Any = f"""
SELECT set_config('app.realm', '', true), set_config('app.firm_id', '', true),
  set_config('app.user_id', %(user)s::text, true);
SELECT f.id, {columns(Firm, "f")}, {columns(TeamMember, "m")},
  set_config('app.realm', 'staff', true), set_config('app.firm_id', f.id::text, true)
FROM practice_teammember m JOIN practice_firm f ON f.id = m.firm_id
WHERE m.user_id = %(user)s AND m.is_active AND f.slug = %(slug)s;
SELECT s.branch_id, b.name, s.role, s.added, s.withdrawn
FROM practice_branchmembership s
JOIN practice_branch b ON b.id = s.branch_id AND NOT b.is_archived
JOIN practice_teammember m ON m.id = s.member_id
WHERE m.user_id = %(user)s AND m.firm_id = app.firm_id()
"""  # noqa: S608  # nosec B608
