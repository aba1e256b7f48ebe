"""How many alerts wait for a person: the number in the sidebar (F-101).

Part of arriving at the firm (`practice.models.arrivals`), so that the badge costs no question of
its own. That is why the scope of `Alert.objects.visible_to` stands here once more, in SQL and for a
number alone: a test holds the two to each other, and the roles come from the tables of grants.
"""

from collections.abc import Mapping

from clients import permissions as p
from practice.models.arrivals import MOST_IN_BADGE
from practice.permissions import BRANCH_ROLE_GRANTS, PARENT_ROLE_GRANTS
from practice.roles import ParentRole


def roles_with(permission: str, grants: Mapping[str, frozenset[str]]) -> str:
    """For PostgreSQL: the roles that include it."""
    roles = sorted(role for role, held in grants.items() if permission in held)
    return f"'{{{','.join(roles)}}}'::text[]"


def held_at(permission: str) -> str:
    """For PostgreSQL, of one place `r`: by its role or added, and not withdrawn."""
    roles = roles_with(permission, BRANCH_ROLE_GRANTS)
    return f"(r->>2 = ANY ({roles}) OR r->3 ? '{permission}') AND NOT r->4 ? '{permission}'"


WAITS = """a.resolved_at IS NULL AND a.acknowledged_at IS NULL
  AND (a.snoozed_until IS NULL OR a.snoozed_until <= at) AND c.status = 'active'"""
FROM = "public.clients_alert a JOIN public.clients_connection c ON c.id = a.connection_id"


def database_code() -> tuple[str, ...]:
    """Put in the place of practice’s own; one more than the badge shows is as many as it counts."""
    most = MOST_IN_BADGE + 1
    return (
        f"""
    CREATE OR REPLACE FUNCTION app.alerts_waiting(
      firm bigint, who bigint, parent text, roles jsonb, at timestamptz
    ) RETURNS int LANGUAGE plpgsql STABLE AS $$
    DECLARE
      is_super boolean := parent = '{ParentRole.SUPER_ADMIN}';
      everywhere boolean := parent = ANY ({roles_with(p.VIEW_ALL_CLIENTS, PARENT_ROLE_GRANTS)});
      crosses boolean := parent = ANY ({roles_with(p.CROSS_BRANCH, PARENT_ROLE_GRANTS)});
      held bigint[]; withdrawn bigint[]; assigned bigint[]; many int; more int;
    BEGIN
      SELECT coalesce(array_agg(place) FILTER (WHERE sees), '{{}}'),
        coalesce(array_agg(place) FILTER (WHERE sees_not AND NOT is_super), '{{}}'),
        coalesce(array_agg(place) FILTER (WHERE sees_own), '{{}}'),
        crosses OR coalesce(bool_or(goes_across), false)
      INTO held, withdrawn, assigned, crosses
      FROM (
        SELECT (r->>0)::bigint AS place, {held_at(p.VIEW_ALL_CLIENTS)} AS sees,
          r->4 ? '{p.VIEW_ALL_CLIENTS}' AS sees_not, {held_at(p.VIEW_ASSIGNED_CLIENTS)} AS sees_own,
          {held_at(p.CROSS_BRANCH)} AS goes_across
        FROM jsonb_array_elements(roles) r
      ) places;
      IF everywhere THEN
        SELECT count(*) INTO many FROM (
          SELECT FROM {FROM}
          WHERE a.firm_id = firm AND {WAITS} AND (is_super OR NOT c.is_restricted)
            AND NOT a.branch_id = ANY (withdrawn) LIMIT {most}
        ) rows;
      ELSE
        SELECT count(*) INTO many FROM (
          SELECT FROM unnest(held) place CROSS JOIN LATERAL (
            SELECT FROM {FROM}
            WHERE a.branch_id = place AND {WAITS} AND NOT c.is_restricted LIMIT {most}
          ) of_branch LIMIT {most}
        ) rows;
      END IF;
      IF many < {most} AND NOT is_super THEN
        SELECT count(*) INTO more FROM (
          SELECT FROM (
            SELECT c.is_restricted, a.branch_id = ANY (assigned) OR crosses AS is_own,
              CASE WHEN everywhere THEN NOT a.branch_id = ANY (withdrawn)
                ELSE a.branch_id = ANY (held) END AS is_seen
            FROM public.clients_teamassignment t
            JOIN public.clients_alert a ON a.connection_id = t.content_object_id
            JOIN public.clients_connection c ON c.id = a.connection_id
            WHERE t.user_id = who AND t.firm_id = firm AND (t.ends_at IS NULL OR t.ends_at > at)
              AND {WAITS}
          ) tied
          WHERE CASE WHEN is_seen THEN is_restricted ELSE is_own END LIMIT {most}
        ) rows;
        many := many + more;
      END IF;
      RETURN many;
    END $$
    """,  # nosec B608
    )
