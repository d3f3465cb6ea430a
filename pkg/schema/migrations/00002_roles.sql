-- +goose Up
-- Group roles without login. Roles belong to the whole cluster, so another
-- database of it may have made them already, or be making them now.

-- +goose StatementBegin
DO $$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['loader', 'planner', 'curator', 'reader'] LOOP
        BEGIN
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
                EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
            END IF;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;
        END;
    END LOOP;
END
$$;
-- +goose StatementEnd

GRANT USAGE ON SCHEMA raw, staging, production, curation, ops TO loader;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA raw, staging, production TO loader;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA raw TO loader;
GRANT SELECT, INSERT, UPDATE, DELETE ON ops.stale_titles TO loader;
GRANT SELECT ON curation.verdicts TO loader;

GRANT USAGE ON SCHEMA raw, staging, production, curation, ops TO planner;
GRANT SELECT ON ALL TABLES IN SCHEMA raw, staging, production, curation TO planner;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ops TO planner;

GRANT USAGE ON SCHEMA curation, production, staging TO curator;
GRANT SELECT ON ALL TABLES IN SCHEMA production, staging TO curator;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA curation TO curator;

GRANT USAGE ON SCHEMA production TO reader;
GRANT SELECT ON ALL TABLES IN SCHEMA production TO reader;

-- The services check that the schema is as new as they are.
GRANT SELECT ON public.goose_db_version TO loader, planner;

-- +goose Down
REVOKE ALL ON ALL TABLES IN SCHEMA raw, staging, production, curation, ops FROM loader, planner, curator, reader;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA raw FROM loader;
REVOKE ALL ON SCHEMA raw, staging, production, curation, ops FROM loader, planner, curator, reader;
REVOKE ALL ON public.goose_db_version FROM loader, planner;
