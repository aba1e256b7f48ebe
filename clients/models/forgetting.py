"""Taking a deleted contact's name out of the history, which the application may only read (C18)."""

DATABASE_CODE = (
    """
    CREATE OR REPLACE FUNCTION
      app.forget_contact(forgotten bigint, places bigint[], called text, address text)
    RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    BEGIN
      IF NOT EXISTS (
        SELECT FROM clients_contact
        WHERE id = forgotten AND firm_id = app.firm_id() AND deleted_at IS NOT NULL
      ) THEN
        RAISE EXCEPTION 'the history forgets the names of deleted contacts alone'
          USING ERRCODE = 'integrity_constraint_violation';
      END IF;
      UPDATE clients_historicalcontact
      SET name = 'Contact ' || forgotten, email = '', email_key = '', phone = '', user_id = NULL
      WHERE id = forgotten AND firm_id = app.firm_id();
      UPDATE clients_historicalconnection
      SET contact_name = 'Contact ' || forgotten, contact_email = ''
      WHERE id = ANY(places) AND firm_id = app.firm_id()
        AND (lower(contact_email) = lower(address) AND address <> ''
             OR contact_name = called AND contact_email = address);
    END $$
    """,
)
