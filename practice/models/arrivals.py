"""Arriving at a firm: who one is there, in one round trip to the database.

Every page of a firm begins with this. It is a function of the database because PostgreSQL keeps the
plans of a function's statements, and planning them anew took longer than running them (decision
0004). It runs with the caller's rights: row-level security holds inside as it does outside.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import connection as database
from django.db.models import Model

from practice import auth, clock, tenancy
from practice.models.firms import Branch, Firm, TeamMember
from practice.permissions import Standing
from practice.tenancy import Context, Realm

Row = TypeVar("Row", bound=Model)
MOST_IN_BADGE = 99
BRANCHES_SHOWN = 6  # of the selector; where there are more, they have a page with a search

# Sets the context of the person, finds the member, then sets the context of the firm.
# `app.waiting` is what waits for an answer at each branch, {branch id: how many};
# `app.alerts_waiting` how many alerts the person sees. Apps above put their own functions in the
# place of these.
DATABASE_CODE = (
    """
    CREATE OR REPLACE FUNCTION app.waiting(bigint, timestamptz) RETURNS jsonb
    LANGUAGE sql STABLE AS $$ SELECT '{}'::jsonb $$
    """,
    """
    CREATE OR REPLACE FUNCTION app.alerts_waiting(
      firm bigint, who bigint, parent text, roles jsonb, at timestamptz
    ) RETURNS int LANGUAGE sql STABLE AS $$ SELECT 0 $$
    """,
    "DROP FUNCTION IF EXISTS app.arrive(bigint, text, int)",
    "DROP FUNCTION IF EXISTS app.arrive(bigint, text, int, timestamptz)",
    """
    CREATE OR REPLACE FUNCTION app.arrive(
      who bigint, place text, most int, at timestamptz,
      OUT member jsonb, OUT firm jsonb, OUT roles jsonb, OUT branches jsonb, OUT waiting jsonb,
      OUT alerts int
    ) LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM set_config('app.realm', '', true), set_config('app.firm_id', '', true),
        set_config('app.user_id', who::text, true);
      SELECT to_jsonb(m) || jsonb_build_object('must_enrol', f.requires_second_factor
          AND NOT EXISTS (SELECT FROM public.mfa_authenticator a
            WHERE a.user_id = who AND a.type IN ('totp', 'webauthn'))), to_jsonb(f)
      INTO member, firm
      FROM public.practice_teammember m JOIN public.practice_firm f ON f.id = m.firm_id
      WHERE m.user_id = who AND m.is_active AND f.slug = place;
      IF member IS NULL THEN
        RETURN;
      END IF;
      PERFORM set_config('app.realm', 'staff', true),
        set_config('app.firm_id', member->>'firm_id', true);
      SELECT coalesce(jsonb_agg(
        jsonb_build_array(s.branch_id, b.name, s.role, s.added, s.withdrawn)), '[]') INTO roles
      FROM public.practice_branchmembership s
      JOIN public.practice_branch b ON b.id = s.branch_id AND NOT b.is_archived
      WHERE s.member_id = (member->>'id')::bigint;
      SELECT coalesce(jsonb_agg(to_jsonb(o)), '[]') INTO branches FROM (
        SELECT b.id, b.firm_id, b.name, b.currency FROM public.practice_branch b
        WHERE b.firm_id = (member->>'firm_id')::bigint AND NOT b.is_archived
          AND (member->>'parent_role' <> '' OR b.id IN (
            SELECT s.branch_id FROM public.practice_branchmembership s
            WHERE s.member_id = (member->>'id')::bigint))
        ORDER BY b.name, b.id LIMIT most
      ) o;
      SELECT app.waiting((member->>'firm_id')::bigint, at) INTO waiting;
      SELECT app.alerts_waiting(
        (member->>'firm_id')::bigint, who, member->>'parent_role', roles, at) INTO alerts;
    END $$
    """,
)


@dataclass(frozen=True)
class Arrival:
    """`branches` are the first that are open to the member, one more than the selector shows;
    `waiting` how many questions wait for an answer at a branch, by its id; `alerts` how many alerts
    the person sees that nobody has seen to, up to a hundred."""

    member: TeamMember
    standing: Standing
    branches: list[Branch]
    waiting: dict[int, int]
    alerts: int


def arrive(user_id: int, slug: str) -> Arrival | None:
    """Enter the firm, for the rest of the transaction; None where the person is a stranger."""
    with database.cursor() as cursor:
        words: list[Any] = [user_id, slug, BRANCHES_SHOWN + 1, clock.now()]
        cursor.execute("SELECT * FROM app.arrive(%s, %s, %s, %s)", words)
        answers = cursor.fetchone()
    if not answers[0]:
        tenancy.told(Context(user_id=user_id))
        return None
    member_facts, firm_facts, roles, branches, waiting = map(json.loads, answers[:5])
    member = made(TeamMember, member_facts)
    member.firm = made(Firm, firm_facts)
    tenancy.told(Context(Realm.STAFF, member.firm_id, user_id))
    must_enrol = member_facts["must_enrol"]
    standing = auth.standing_with(member, roles, must_enrol=must_enrol)
    counts = {int(branch_id): count for branch_id, count in waiting.items()}
    places = [made(Branch, facts) for facts in branches]
    return Arrival(member, standing, places, counts, answers[5])


def made(model: type[Row], facts: Mapping[str, Any]) -> Row:
    """The row of these columns; those that are missing are read when they are asked for."""
    known = [field for field in model._meta.concrete_fields if field.column in facts]
    values = [field.to_python(facts[str(field.column)]) for field in known]
    return model.from_db(database.alias, [field.attname for field in known], values)
