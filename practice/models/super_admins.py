"""PostgreSQL keeps the last Super Admin of a firm, whoever writes and however (F-021a).

The trigger is deferred: a firm may change its Super Admins in any order within a transaction, and a
firm that goes altogether takes its people along. It locks the firm before it looks, so that two
who demote each other cannot both succeed.
"""

DATABASE_CODE = (
    """
    CREATE OR REPLACE FUNCTION app.keep_super_admin() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    DECLARE
      realm text := current_setting('app.realm', true);
    BEGIN
      PERFORM set_config('app.realm', 'system', true);
      PERFORM FROM practice_firm f WHERE f.id = OLD.firm_id FOR NO KEY UPDATE;
      IF FOUND AND NOT EXISTS (
        SELECT FROM practice_teammember m WHERE m.firm_id = OLD.firm_id
          AND m.is_active AND m.parent_role = 'super_admin'
      ) THEN
        RAISE EXCEPTION 'firm % would be left without a Super Admin', OLD.firm_id
          USING ERRCODE = 'integrity_constraint_violation';
      END IF;
      PERFORM set_config('app.realm', coalesce(realm, ''), true);
      RETURN NULL;
    END $$
    """,
    "DROP TRIGGER IF EXISTS keep_super_admin ON practice_teammember",
    """
    CREATE CONSTRAINT TRIGGER keep_super_admin AFTER UPDATE OR DELETE ON practice_teammember
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.is_active AND OLD.parent_role = 'super_admin')
    EXECUTE FUNCTION app.keep_super_admin()
    """,
)
