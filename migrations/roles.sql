-- Roles and database of Tongjiao: run by psql as a superuser at each start; running it again changes nothing.
-- Passwords come from the environment, so that they stand neither in this file nor in a list of processes.
\set ON_ERROR_STOP on
\set QUIET on

\getenv owner_password TONGJIAO_OWNER_PASSWORD
\getenv app_password TONGJIAO_APP_PASSWORD
\getenv worker_password TONGJIAO_WORKER_PASSWORD
\getenv keys_password TONGJIAO_KEYS_PASSWORD
\getenv sequencer_password TONGJIAO_SEQUENCER_PASSWORD
\getenv retention_password TONGJIAO_RETENTION_PASSWORD
\getenv embedded TONGJIAO_EMBEDDED

SELECT format('CREATE ROLE %I', name)
FROM unnest(ARRAY['tongjiao_owner', 'tongjiao_app', 'tongjiao_worker', 'tongjiao_keys',
                  'tongjiao_sequencer', 'tongjiao_retention', 'tongjiao_signin']) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name)
\gexec

-- Owns schema and tables, migrates, and is bound by FORCE ROW LEVEL SECURITY like everyone else.
ALTER ROLE tongjiao_owner LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOREPLICATION NOCREATEDB
    PASSWORD :'owner_password';
-- In a cluster of our own the tests make a database for each of their workers.
\if :{?embedded}
    ALTER ROLE tongjiao_owner CREATEDB;
\endif

-- The web process.
ALTER ROLE tongjiao_app LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION NOINHERIT
    PASSWORD :'app_password';
-- Jobs and schedules.
ALTER ROLE tongjiao_worker LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION NOINHERIT
    PASSWORD :'worker_password';
-- Wraps the keys of persons anew when the vault's key is rotated.
ALTER ROLE tongjiao_keys LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION NOINHERIT
    PASSWORD :'keys_password';
-- Orders the committed leaves of the journal.
ALTER ROLE tongjiao_sequencer LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION NOINHERIT
    PASSWORD :'sequencer_password';
-- Erases what may be kept no longer.
ALTER ROLE tongjiao_retention LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION NOINHERIT
    PASSWORD :'retention_password';
-- Owns the one SECURITY DEFINER function, which reads an account before anybody is known; the owner's
-- membership lets a migration hand that function over.
ALTER ROLE tongjiao_signin NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION NOINHERIT;
GRANT tongjiao_signin TO tongjiao_owner WITH INHERIT FALSE, SET TRUE;

SELECT 'CREATE DATABASE tongjiao OWNER tongjiao_owner'
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'tongjiao')
\gexec
ALTER DATABASE tongjiao OWNER TO tongjiao_owner;
REVOKE ALL ON DATABASE tongjiao FROM PUBLIC;
GRANT CONNECT ON DATABASE tongjiao
    TO tongjiao_app, tongjiao_worker, tongjiao_keys, tongjiao_sequencer, tongjiao_retention;

\connect tongjiao
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
