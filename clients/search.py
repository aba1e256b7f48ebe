"""Finding clients by a piece of text or by tags, fast under row-level security.

PostgreSQL may not use an index with an operator that is not leakproof below a policy. So two small
SECURITY DEFINER functions return ids; they take the firm from the context, never from an argument,
and the policy still guards the rows that are fetched (design 3).
"""

from django.db import connection as database

from practice.text import fold

# The owner's functions read ids of all rows of this one table; the application's role cannot.
DATABASE_CODE = (
    "DROP POLICY IF EXISTS search ON clients_connection",
    "CREATE POLICY search ON clients_connection FOR SELECT TO CURRENT_USER USING (true)",
    "DROP FUNCTION IF EXISTS app.find_connections(text, int)",
    """
    CREATE OR REPLACE FUNCTION app.find_connections(needles text[], most int)
    RETURNS SETOF bigint
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    BEGIN
      RETURN QUERY EXECUTE (
        SELECT 'SELECT id FROM clients_connection WHERE firm_id = app.firm_id() AND '
          || string_agg(format('search_text LIKE $1[%s]', n), ' AND ') || ' LIMIT $2'
        FROM generate_subscripts(needles, 1) n
      ) USING needles, most;
    END $$
    """,
    "DROP FUNCTION IF EXISTS app.tagged_connections(bigint[], int)",
    """
    CREATE FUNCTION app.tagged_connections(tags bigint[], most int)
    RETURNS bigint[]
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    DECLARE
      asked text := 'SELECT id FROM clients_connection WHERE firm_id = app.firm_id()'
        ' AND tag_ids && $1';
      plan json;
      found bigint[];
    BEGIN
      EXECUTE 'EXPLAIN (FORMAT JSON) ' || asked INTO plan USING tags;
      IF (plan->0->'Plan'->>'Plan Rows')::numeric > most THEN RETURN NULL; END IF;
      EXECUTE format('SELECT ARRAY(%s LIMIT $2 + 1)', asked) INTO found USING tags, most;
      RETURN CASE WHEN cardinality(found) <= most THEN found END;
    END $$
    """,
)

SHORTEST = 3  # characters: below, a trigram index has nothing to offer


def search_text(*parts: str) -> str:
    """The folded words a client is found by: name, number, contact, tags (F-025)."""
    return "\n".join(fold(part) for part in parts if part)


def like(needle: str) -> str:
    escaped = fold(needle).replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    return f"%{escaped}%"


def find_connections(needle: str, most: int) -> list[int]:
    """Ids of at most `most` connections of the context's firm whose text contains the needle."""
    return find_words([needle], most)


def find_words(needles: list[str], most: int) -> list[int]:
    """The same for texts that contain all of the needles."""
    patterns = [like(needle) for needle in needles]
    with database.cursor() as cursor:
        cursor.execute("SELECT app.find_connections(%s, %s)", [patterns, most])
        return [row[0] for row in cursor.fetchall()]


def tagged_connections(tag_ids: list[int], most: int) -> list[int] | None:
    """Ids of the context's firm's connections that wear one of the tags; None: more than `most`.

    A bitmap of a popular tag is built whole before its first row comes, so none is built where the
    planner expects more than `most`. (What it expects of a text is no guide.)
    """
    with database.cursor() as cursor:
        cursor.execute("SELECT app.tagged_connections(%s, %s)", [tag_ids, most])
        found: list[int] | None = cursor.fetchone()[0]
        return found
