"""What nobody may change, in PostgreSQL itself: not by SQL as the application's role either.

An issued invoice and its lines (F-128b), a price whose month has begun, and plans by others than
operators.
"""

from billing.roles import InvoiceStatus as S

DATABASE_CODE = (
    f"""
    CREATE OR REPLACE FUNCTION app.keep_branch_invoice() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
    BEGIN
      IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a branch invoice is never deleted'
          USING ERRCODE = 'integrity_constraint_violation';
      ELSIF OLD.status <> '{S.DRAFT}' AND (NEW.status = '{S.DRAFT}'
        OR to_jsonb(NEW) - '{{status,paid_at}}'::text[]
          <> to_jsonb(OLD) - '{{status,paid_at}}'::text[]) THEN
        RAISE EXCEPTION 'an issued invoice is final'
          USING ERRCODE = 'integrity_constraint_violation';
      END IF;
      RETURN NEW;
    END $$
    """,
    """
    CREATE OR REPLACE TRIGGER keep_issued BEFORE UPDATE OR DELETE ON billing_branchinvoice
    FOR EACH ROW EXECUTE FUNCTION app.keep_branch_invoice()
    """,
    """
    CREATE OR REPLACE FUNCTION app.keep_branch_invoice_line() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
    BEGIN
      RAISE EXCEPTION 'a line of an invoice is final'
        USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    """
    CREATE OR REPLACE TRIGGER keep_line BEFORE UPDATE OR DELETE ON billing_branchinvoiceline
    FOR EACH ROW EXECUTE FUNCTION app.keep_branch_invoice_line()
    """,
    f"""
    CREATE OR REPLACE FUNCTION app.lines_of_drafts() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
    BEGIN
      IF EXISTS (SELECT FROM (SELECT DISTINCT invoice_id FROM new_rows) n
        LEFT JOIN billing_branchinvoice i ON i.id = n.invoice_id AND i.status = '{S.DRAFT}'
        WHERE i.id IS NULL) THEN
        RAISE EXCEPTION 'an issued invoice is given no more lines'
          USING ERRCODE = 'integrity_constraint_violation';
      END IF;
      RETURN NULL;
    END $$
    """,  # nosec B608
    """
    CREATE OR REPLACE TRIGGER lines_of_drafts AFTER INSERT ON billing_branchinvoiceline
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION app.lines_of_drafts()
    """,
    """
    CREATE OR REPLACE FUNCTION app.keep_plans() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
    BEGIN
      IF app.realm() NOT IN ('system', 'operator') THEN
        RAISE EXCEPTION 'plans and prices are changed by operators alone'
          USING ERRCODE = 'insufficient_privilege';
      END IF;
      RETURN NULL;
    END $$
    """,
    """
    CREATE OR REPLACE TRIGGER keep_plans BEFORE INSERT OR UPDATE OR DELETE ON billing_plan
    FOR EACH STATEMENT EXECUTE FUNCTION app.keep_plans()
    """,
    """
    CREATE OR REPLACE TRIGGER keep_prices BEFORE INSERT OR UPDATE OR DELETE ON billing_planprice
    FOR EACH STATEMENT EXECUTE FUNCTION app.keep_plans()
    """,
    """
    CREATE OR REPLACE TRIGGER keep_promotions BEFORE INSERT OR UPDATE OR DELETE
    ON billing_promotion FOR EACH STATEMENT EXECUTE FUNCTION app.keep_plans()
    """,
    """
    CREATE OR REPLACE FUNCTION app.keep_begun_price() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
    DECLARE
      day date := (app.setting('now')::timestamptz AT TIME ZONE 'UTC' + interval '14 hours')::date;
    BEGIN
      IF TG_OP <> 'INSERT' AND OLD.starts_on <= day THEN
        RAISE EXCEPTION 'a price is final once its month has begun'
          USING ERRCODE = 'integrity_constraint_violation';
      ELSIF TG_OP <> 'DELETE' AND NEW.starts_on <= day AND EXISTS (
        SELECT FROM billing_planprice p WHERE p.plan_id = NEW.plan_id
          AND p.currency = NEW.currency AND p.id <> NEW.id AND p.starts_on <= day) THEN
        RAISE EXCEPTION 'a new price begins with a coming month'
          USING ERRCODE = 'integrity_constraint_violation';
      END IF;
      RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END $$
    """,
    """
    CREATE OR REPLACE TRIGGER keep_begun_price BEFORE INSERT OR UPDATE OR DELETE
    ON billing_planprice FOR EACH ROW EXECUTE FUNCTION app.keep_begun_price()
    """,
)
