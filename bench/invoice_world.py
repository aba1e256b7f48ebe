"""Subscriptions to be invoiced: firms of five branches, one month charged in advance.

One client in twenty has a month that is not even: it was paused and resumed, left, came, or
changed its plan. Written by the owner, without triggers and indexes, from `generate_series`.
"""

import time
from dataclasses import dataclass
from datetime import date

from bench import bulk, world
from billing.proration import month_before
from practice import clock

BRANCHES_OF_A_FIRM = 5
FILLED = (
    "practice_firm practice_branch clients_clientaccount clients_connection billing_plan"
    " billing_planprice billing_span billing_branchinvoice billing_branchinvoiceline"
    " billing_invoicenumbers"
).split()

FILL = (
    """
    INSERT INTO practice_firm (id, name, slug, country, address, phone, website, time_zone,
      requires_second_factor, created_at)
    SELECT n, 'Firm ' || n, 'firm-' || n, 'GB', '', '', '', 'Europe/London', false, %(at)s
    FROM generate_series(1, %(firms)s) n
    """,
    """
    INSERT INTO practice_branch (id, firm_id, name, email, email_key, country, currency,
      is_archived, created_at)
    SELECT n, 1 + (n - 1) / %(each)s, 'Branch ' || n, 'b' || n || '@bench.test',
      'b' || n || '@bench.test', 'GB', 'GBP', false, %(at)s
    FROM generate_series(1, %(branches)s) n
    """,
    """
    INSERT INTO clients_clientaccount (id, name, tax_id, industry, website, phone, address,
      country, plan, subscription_status, has_method, created_at)
    SELECT n, 'Company ' || n, '', '', '', '', '', 'GB', 'Solo', 'active', false, %(at)s
    FROM generate_series(1, %(subscriptions)s) n
    """,
    """
    INSERT INTO clients_connection (id, firm_id, branch_id, account_id, status, billing_model,
      access_level, access_features, access_reason, is_restricted, client_number,
      client_number_key, name, name_sort, contact_name, contact_email, internal_notes, tag_ids,
      search_text, plan, subscription_status, disconnect_reason, version, created_at)
    SELECT n, b.firm_id, b.id, n, 'active', 'bill_us', 'full', '{}', '', false, n::text, n::text,
      'Company ' || n, 'company ' || n, '', '', '', '{}', 'company ' || n, 'Solo', 'active', '',
      1, %(at)s
    FROM generate_series(1, %(subscriptions)s) n
      JOIN practice_branch b ON b.id = 1 + n %% %(branches)s
    """,
    """
    INSERT INTO billing_plan (id, code, name, level, features, is_offered)
    VALUES (1, 'solo', 'Solo', 1, '', true), (2, 'pro', 'Pro', 2, '', true)
    """,
    """
    INSERT INTO billing_planprice (plan_id, currency, amount, starts_on)
    VALUES (1, 'GBP', 20, '2020-01-01'), (2, 'GBP', 39.99, '2020-01-01')
    """,
    # What happened to each client, by its number: 0 to 4 of a hundred have an uneven month.
    """
    INSERT INTO billing_span (firm_id, branch_id, connection_id, plan_id, starts_on, ends_on)
    SELECT c.firm_id, c.branch_id, c.id, s.plan_id, s.starts_on, s.ends_on
    FROM clients_connection c CROSS JOIN LATERAL (SELECT c.id / %(branches)s %% 100 AS luck) l
    CROSS JOIN LATERAL (VALUES
      (l.luck > 4, 1 + c.id %% 2, %(long_ago)s, NULL),
      (l.luck IN (0, 1), 1 + c.id %% 2, %(long_ago)s, %(tenth)s),
      (l.luck = 0, 1 + c.id %% 2, %(twentieth)s, NULL),
      (l.luck = 2, 1 + c.id %% 2, %(tenth)s, NULL),
      (l.luck IN (3, 4), 1, %(long_ago)s, %(tenth)s),
      (l.luck IN (3, 4), 2, %(tenth)s, NULL)
    ) s (happened, plan_id, starts_on, ends_on) WHERE s.happened
    """,
    """
    INSERT INTO billing_branchinvoice (id, firm_id, branch_id, number, currency, month, kind,
      status, total, carried_in, carried_out, issued_at, due_on, paid_at)
    SELECT id, firm_id, id, 1 + (id - 1) %% %(each)s, 'GBP', %(month)s, 'cycle', 'paid', 0, 0, 0,
      %(at)s, %(month)s, %(at)s
    FROM practice_branch
    """,
    """
    INSERT INTO billing_branchinvoiceline (firm_id, invoice_id, connection_id, client_name,
      client_number, plan_id, plan_name, kind, starts_on, ends_on, days, of_days, price, used,
      charged, amount)
    SELECT s.firm_id, s.branch_id, s.connection_id, 'Company', '', s.plan_id, 'Plan', 'advance',
      %(month)s, %(after)s, %(after)s - %(month)s, %(after)s - %(month)s, p.amount, p.amount, 0,
      p.amount
    FROM billing_span s JOIN billing_planprice p USING (plan_id) WHERE s.starts_on <= %(month)s
    """,
    """
    INSERT INTO billing_invoicenumbers (firm_id, last)
    SELECT firm_id, max(number) FROM billing_branchinvoice GROUP BY 1
    """,
)


@dataclass(frozen=True)
class Size:
    subscriptions: int
    branches: int


def load(size: Size, month: date) -> float:
    """Everything before the run for the month; the world of the client list is gone. Seconds."""
    started, before = time.monotonic(), month_before(month)
    facts = {
        "at": clock.now(),
        "each": BRANCHES_OF_A_FIRM,
        "firms": -(-size.branches // BRANCHES_OF_A_FIRM),
        "branches": size.branches,
        "subscriptions": size.subscriptions,
        "long_ago": date(2024, 1, 1),
        "month": before,
        "after": month,
        "tenth": before.replace(day=10),
        "twentieth": before.replace(day=20),
    }
    with world.connect() as owner:
        with bulk.bare(owner, FILLED):
            world.empty(owner)
            for statement in FILL:
                owner.execute(statement, facts)
        owner.execute("DROP TABLE IF EXISTS app.bench_world")
        owner.commit()
        owner.autocommit = True
        for table in FILLED:
            owner.execute(f"VACUUM (ANALYZE) {table}")
    return time.monotonic() - started
