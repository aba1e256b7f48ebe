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
    """
    CREATE OR REPLACE FUNCTION app.tagged_connections(tags bigint[], most int)
    RETURNS SETOF bigint
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
      SELECT id FROM clients_connection
      WHERE firm_id = app.firm_id() AND tag_ids && tags LIMIT most
    $$
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


def tagged_connections(tag_ids: list[int], most: int) -> list[int]:
    with database.cursor() as cursor:
        cursor.execute("SELECT app.tagged_connections(%s, %s)", [tag_ids, most])
        return [row[0] for row in cursor.fetchall()]
