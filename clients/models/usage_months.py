"""The table of usage events is cut by month; their ids are unique in a narrow table beside it.

The months lie in the schema `app`, where the application's role has no rights: it reads and writes
them through the whole table alone, under its policy (0015).
"""

from django.db import connection as database

from practice import clock

# Older events are not taken. A month that is missed for a year costs order, no event.
MAKE_MONTHS = """
CREATE OR REPLACE FUNCTION app.make_usage_months(at timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
  this date := date_trunc('month', at AT TIME ZONE 'UTC');
  first date;
  part text;
  made integer := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('app.make_usage_months'));
  FOR number IN -25..12 LOOP
    first := this + make_interval(months => number);
    part := format('usageevent_%s', to_char(first, 'YYYY_MM'));
    CONTINUE WHEN to_regclass(format('app.%I', part)) IS NOT NULL;
    -- What came while there was no such month stays where it is: correct, and rare.
    CONTINUE WHEN EXISTS (
      SELECT FROM app.usageevent_other e
      WHERE e.at >= first::timestamp AT TIME ZONE 'UTC'
        AND e.at < (first + interval '1 month') AT TIME ZONE 'UTC');
    EXECUTE format(
      'CREATE TABLE app.%I PARTITION OF public.clients_usageevent FOR VALUES FROM (%L) TO (%L)',
      part, first::timestamp AT TIME ZONE 'UTC', (first + interval '1 month') AT TIME ZONE 'UTC');
    made := made + 1;
  END LOOP;
  RETURN made;
END $$
"""

# Where the migration that makes them was taken back there is nothing to guard.
GUARD = """
DO $$ BEGIN
  IF to_regclass('clients_usageeventid') IS NOT NULL THEN
    PERFORM app.make_usage_months(now());
    ALTER TABLE clients_usageeventid ENABLE ROW LEVEL SECURITY;
    ALTER TABLE clients_usageeventid FORCE ROW LEVEL SECURITY;
    DROP POLICY IF EXISTS tenant ON clients_usageeventid;
    CREATE POLICY tenant ON clients_usageeventid
      USING (firm_id = (SELECT app.firm_id()) OR (SELECT app.realm()) = 'system');
  END IF;
END $$
"""
DATABASE_CODE = (MAKE_MONTHS, GUARD)


def make_usage_months() -> int:
    """Those of the year to come that are not there yet; how many that were."""
    with database.cursor() as cursor:
        cursor.execute("SELECT app.make_usage_months(%s)", [clock.now()])
        return int(cursor.fetchone()[0])
