-- Logins of the services, each a member of one group role, and the owner of the
-- database, who migrates. Run by a superuser, once and again after a password has
-- changed:
--
--   PASSWORDS_DIR=/run/passwords psql -v database=cledit -f logins.sql
--
-- The folder has one file per login: owner, loader, planner, curator, reader.
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

-- The owner makes no roles, so the group roles are made here.
SELECT format('CREATE ROLE %I NOLOGIN', role)
FROM unnest(ARRAY['loader', 'planner', 'curator', 'reader']) AS role
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role)
\gexec

SELECT format('CREATE ROLE %I LOGIN', 'cledit_' || role)
FROM unnest(ARRAY['owner', 'loader', 'planner', 'curator', 'reader']) AS role
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'cledit_' || role)
\gexec

ALTER ROLE cledit_owner PASSWORD :'owner';
ALTER ROLE cledit_loader PASSWORD :'loader';
ALTER ROLE cledit_planner PASSWORD :'planner';
ALTER ROLE cledit_curator PASSWORD :'curator';
ALTER ROLE cledit_reader PASSWORD :'reader';

GRANT loader TO cledit_loader;
GRANT planner TO cledit_planner;
GRANT curator TO cledit_curator;
GRANT reader TO cledit_reader;

ALTER DATABASE :"database" OWNER TO cledit_owner;
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE :"database" TO loader, planner;
GRANT CONNECT ON DATABASE :"database" TO curator, reader;
