"""What nobody may change, in PostgreSQL itself: not by SQL as the application's role either.

The billing model of a connection (F-082), what a closed period says (C5), and the end of a
relationship: a disconnected client waits for an accepted reconnection, nothing else (F-077).
"""

from clients.roles import ConnectionStatus as S

DATABASE_CODE = (
    f"""
    CREATE OR REPLACE FUNCTION app.keep_connection() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
    BEGIN
      IF NEW.billing_model IS DISTINCT FROM OLD.billing_model THEN
        RAISE EXCEPTION 'the billing model of a connection cannot change'
          USING ERRCODE = 'integrity_constraint_violation';
      ELSIF OLD.status = '{S.DISCONNECTED}'
        AND NEW.status NOT IN ('{S.DISCONNECTED}', '{S.RECONNECTING}') THEN
        RAISE EXCEPTION 'a disconnected client comes back by an accepted reconnection alone'
          USING ERRCODE = 'integrity_constraint_violation';
      END IF;
      RETURN NEW;
    END $$
    """,
    """
    CREATE OR REPLACE TRIGGER keep_connection BEFORE UPDATE OF billing_model, status
    ON clients_connection FOR EACH ROW EXECUTE FUNCTION app.keep_connection()
    """,
    """
    CREATE OR REPLACE FUNCTION app.keep_closed_period() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
    BEGIN
      IF OLD.closed_on IS NOT NULL THEN
        RAISE EXCEPTION 'a closed period is final'
          USING ERRCODE = 'integrity_constraint_violation';
      END IF;
      RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END $$
    """,
    """
    CREATE OR REPLACE TRIGGER keep_closed BEFORE UPDATE OR DELETE ON clients_connectionperiod
    FOR EACH ROW EXECUTE FUNCTION app.keep_closed_period()
    """,
)
