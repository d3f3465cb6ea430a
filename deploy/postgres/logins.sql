-- Logins of the services, each a member of one group role, and the owner of the
-- database, who migrates. Run by a superuser, once and again after a password has
-- changed:
--
--   PASSWORDS_DIR=/run/passwords psql -v database=cledit -f logins.sql
--
-- The folder has one file per login: owner, loader, planner, curator, reader, console.
\set ON_ERROR_STOP on

-- Nothing of this session is logged or shown: its statements hold passwords.
SET log_statement = none;
SET log_min_duration_statement = -1;
SET log_min_error_statement = panic;
SET track_activities = off;
SET pg_stat_statements.track_utility = off;

\set owner `cat "$PASSWORDS_DIR/owner"`
\set loader `cat "$PASSWORDS_DIR/loader"`
\set planner `cat "$PASSWORDS_DIR/planner"`
\set curator `cat "$PASSWORDS_DIR/curator"`
\set reader `cat "$PASSWORDS_DIR/reader"`
\set console `cat "$PASSWORDS_DIR/console"`

-- The owner makes no roles, so the group roles are made here.
SELECT format('CREATE ROLE %I NOLOGIN', role)
FROM unnest(ARRAY['loader', 'planner', 'curator', 'reader', 'console']) AS role
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role)
\gexec

SELECT format('CREATE ROLE %I LOGIN', 'cledit_' || role)
FROM unnest(ARRAY['owner', 'loader', 'planner', 'curator', 'reader', 'console']) AS role
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'cledit_' || role)
\gexec

ALTER ROLE cledit_owner PASSWORD :'owner';
ALTER ROLE cledit_loader PASSWORD :'loader';
ALTER ROLE cledit_planner PASSWORD :'planner';
ALTER ROLE cledit_curator PASSWORD :'curator';
ALTER ROLE cledit_reader PASSWORD :'reader';
ALTER ROLE cledit_console PASSWORD :'console';

GRANT loader TO cledit_loader;
GRANT planner TO cledit_planner;
GRANT curator TO cledit_curator;
GRANT reader TO cledit_reader;
GRANT console TO cledit_console;

ALTER DATABASE :"database" OWNER TO cledit_owner;
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE :"database" TO loader, planner;
GRANT CONNECT ON DATABASE :"database" TO curator, reader, console;

-- The console reads, briefly, and leaves the others their share whatever it asks for.
ALTER ROLE cledit_console SET default_transaction_read_only = on;
ALTER ROLE cledit_console SET statement_timeout = '5s';
ALTER ROLE cledit_console SET idle_in_transaction_session_timeout = '10s';
ALTER ROLE cledit_console CONNECTION LIMIT 10;

-- Where the schema is there already, made when there was no such role.
SELECT format('GRANT USAGE ON SCHEMA %1$I TO console; GRANT SELECT ON ALL TABLES IN SCHEMA %1$I TO console; '
    'ALTER DEFAULT PRIVILEGES FOR ROLE cledit_owner IN SCHEMA %1$I GRANT SELECT ON TABLES TO console', nspname)
FROM pg_namespace
WHERE nspname IN ('raw', 'staging', 'production', 'curation', 'ops')
\gexec
SELECT 'GRANT SELECT ON public.goose_db_version TO console' WHERE to_regclass('public.goose_db_version') IS NOT NULL
\gexec
