"""The statements of the monthly run and of its estimate: for one branch or for many at once."""

from billing.roles import InvoiceKind, InvoiceStatus, LineKind

PRICES = """
price AS (
  SELECT DISTINCT ON (plan_id, currency) plan_id, currency, amount FROM billing_planprice
  WHERE starts_on <= %(month)s ORDER BY plan_id, currency, starts_on DESC
)
"""

# Clients whose month may not be even. Whoever went through all of it was charged for it in advance,
# if the branch was invoiced then; so it is those with a span that began or ended in it, and no
# others: of a branch with 300,000 clients, few rows are read.
UNEVEN = f"""
WITH {PRICES}, uneven AS (
  SELECT branch_id, connection_id FROM billing_span
  WHERE branch_id = ANY(%(branch_ids)s) AND (starts_on >= %(month)s AND starts_on < %(after)s
    OR ends_on >= %(month)s AND ends_on < %(after)s)
  UNION
  SELECT s.branch_id, s.connection_id FROM billing_span s
  WHERE s.branch_id = ANY(%(branch_ids)s) AND s.starts_on < %(after)s
    AND (s.ends_on IS NULL OR s.ends_on > %(month)s)
    AND NOT EXISTS (SELECT FROM billing_branchinvoice i
      WHERE i.branch_id = s.branch_id AND i.month = %(month)s AND i.kind = '{InvoiceKind.CYCLE}')
), used AS (
  SELECT branch_id, connection_id, s.plan_id,
    sum(least(coalesce(s.ends_on, %(after)s), %(after)s) - greatest(s.starts_on, %(month)s))
      AS days,
    greatest(min(s.starts_on), %(month)s) AS starts_on,
    least(max(coalesce(s.ends_on, %(after)s)), %(after)s) AS ends_on
  FROM uneven JOIN billing_span s USING (branch_id, connection_id)
  WHERE s.starts_on < %(after)s
    AND (s.ends_on IS NULL OR s.ends_on > greatest(s.starts_on, %(month)s))
  GROUP BY 1, 2, 3
), charged AS (
  SELECT branch_id, connection_id, l.plan_id, sum(l.amount) AS amount
  FROM uneven JOIN billing_branchinvoice i USING (branch_id)
    JOIN billing_branchinvoiceline l USING (connection_id)
  WHERE l.invoice_id = i.id AND i.month = %(month)s AND l.kind = '{LineKind.ADVANCE}'
  GROUP BY 1, 2, 3
)
SELECT branch_id, connection_id, b.currency, plan_id, used.starts_on, used.ends_on,
  coalesce(used.days, 0), price.amount, coalesce(charged.amount, 0)
FROM used FULL JOIN charged USING (branch_id, connection_id, plan_id)
  JOIN practice_branch b ON b.id = branch_id
  LEFT JOIN price USING (plan_id, currency)
WHERE used.days IS DISTINCT FROM %(of_days)s OR charged.amount IS DISTINCT FROM price.amount
ORDER BY branch_id, connection_id, used.starts_on NULLS LAST, plan_id
"""  # nosec B608

# Who is billed on the first day of the month, and was before: whoever comes on that day waits for
# the next invoice, so that it does not matter at which hour the run is.
AHEAD = """
billing_span s JOIN practice_branch b ON b.id = s.branch_id
LEFT JOIN price x ON x.plan_id = s.plan_id AND x.currency = b.currency
WHERE s.branch_id = ANY(%(branch_ids)s) AND s.starts_on < %(month)s
  AND (s.ends_on IS NULL OR s.ends_on > %(month)s)
"""

SUMS = f"""
WITH {PRICES}
SELECT s.branch_id, s.plan_id, x.amount, count(*) FROM {AHEAD} GROUP BY 1, 2, 3 ORDER BY 1, 2
"""  # nosec B608

COLUMNS = (
    "firm_id, invoice_id, connection_id, client_name, client_number, plan_id, plan_name, kind,"
    " starts_on, ends_on, days, of_days, price, used, charged, amount"
)

BILLED_AHEAD = f"WITH {PRICES} SELECT DISTINCT s.branch_id FROM {AHEAD}"  # nosec B608

ADVANCE_LINES = f"""
WITH {PRICES}
INSERT INTO billing_branchinvoiceline ({COLUMNS})
SELECT a.firm_id, i.id, a.connection_id, c.name, c.client_number, a.plan_id, p.name,
  '{LineKind.ADVANCE}', %(month)s, %(after)s, %(after)s - %(month)s, %(after)s - %(month)s,
  a.amount, a.amount, 0, a.amount
FROM (SELECT s.firm_id, s.branch_id, s.connection_id, s.plan_id, x.amount FROM {AHEAD}) a
  JOIN billing_branchinvoice i ON i.branch_id = a.branch_id AND i.id = ANY(%(invoice_ids)s)
  JOIN clients_connection c ON c.id = a.connection_id
  JOIN billing_plan p ON p.id = a.plan_id
"""  # nosec B608

ITEM_LINES = f"""
INSERT INTO billing_branchinvoiceline ({COLUMNS})
SELECT i.firm_id, i.id, c.id, c.name, c.client_number, p.id, p.name, a.kind,
  a.starts_on, a.ends_on, a.days, a.of_days, a.price, a.used, a.charged, a.used - a.charged
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::date[], %s::date[],
    %s::int[], %s::int[], %s::numeric[], %s::numeric[], %s::numeric[])
    AS a(invoice_id, connection_id, plan_id, kind, starts_on, ends_on,
      days, of_days, price, used, charged)
  JOIN billing_branchinvoice i ON i.id = a.invoice_id
  JOIN clients_connection c ON c.id = a.connection_id
  JOIN billing_plan p ON p.id = a.plan_id
"""  # nosec B608

# The row of each firm stays locked until the invoices are there: no number is left out (F-128).
NUMBERS = """
INSERT INTO billing_invoicenumbers (firm_id, last)
SELECT firm_id, count(*) FROM billing_branchinvoice WHERE id = ANY(%(invoice_ids)s)
GROUP BY firm_id ORDER BY firm_id
ON CONFLICT (firm_id) DO UPDATE SET last = billing_invoicenumbers.last + excluded.last
"""

ISSUE = f"""
UPDATE billing_branchinvoice SET number = n.number, total = greatest(n.due, 0),
  carried_in = n.credit, carried_out = greatest(-n.due, 0), issued_at = %(now)s,
  due_on = (%(now)s AT TIME ZONE n.time_zone)::date,
  status = CASE WHEN n.due > 0 THEN '{InvoiceStatus.ISSUED}' ELSE '{InvoiceStatus.PAID}' END,
  paid_at = CASE WHEN n.due > 0 THEN NULL ELSE %(now)s END
FROM (
  SELECT i.id, f.time_zone, coalesce(b.carried_out, 0) AS credit,
    l.amount - coalesce(b.carried_out, 0) AS due,
    g.last - count(*) OVER firm + row_number() OVER (firm ORDER BY i.branch_id) AS number
  FROM billing_branchinvoice i
    JOIN practice_firm f ON f.id = i.firm_id
    JOIN billing_invoicenumbers g ON g.firm_id = i.firm_id
    JOIN (SELECT invoice_id, sum(amount) AS amount FROM billing_branchinvoiceline
      WHERE invoice_id = ANY(%(invoice_ids)s) GROUP BY 1) l ON l.invoice_id = i.id
    LEFT JOIN LATERAL (SELECT carried_out FROM billing_branchinvoice p
      WHERE p.branch_id = i.branch_id AND p.number IS NOT NULL
      ORDER BY p.number DESC LIMIT 1) b ON true
  WHERE i.id = ANY(%(invoice_ids)s)
  WINDOW firm AS (PARTITION BY i.firm_id)
) n
WHERE billing_branchinvoice.id = n.id
"""  # nosec B608

# Put in the place of the one in `clients`: whose clients have a subscription issue (F-098).
ARREARS = f"""
CREATE OR REPLACE FUNCTION app.branches_in_arrears() RETURNS TABLE (branch_id bigint)
LANGUAGE sql STABLE AS $$
  SELECT DISTINCT i.branch_id FROM public.billing_branchinvoice i
  WHERE i.status = '{InvoiceStatus.UNPAID}'
$$
"""  # nosec B608
