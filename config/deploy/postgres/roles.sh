#!/bin/sh
# Run once, when PostgreSQL's volume is empty: the two roles, and the database that one of them owns.
# The application's role is no superuser, cannot bypass row-level security, and owns nothing.
set -eu
psql --set ON_ERROR_STOP=1 --username postgres --dbname postgres \
    --set owner_password="$OWNER_PASSWORD" --set application_password="$APPLICATION_PASSWORD" <<'SQL'
CREATE ROLE countinghouse_owner LOGIN CREATEDB NOSUPERUSER NOBYPASSRLS PASSWORD :'owner_password';
CREATE ROLE countinghouse LOGIN NOCREATEDB NOSUPERUSER NOBYPASSRLS PASSWORD :'application_password';
CREATE DATABASE countinghouse OWNER countinghouse_owner;
SQL
