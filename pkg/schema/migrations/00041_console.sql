-- +goose Up
-- Who looks reads everything and writes nothing. Where the role may not be made here,
-- deploy/postgres/logins.sql makes it and grants the same: nothing else waits for it.

-- +goose StatementBegin
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'console') THEN
        CREATE ROLE console NOLOGIN;
    END IF;
EXCEPTION
    WHEN duplicate_object OR unique_violation THEN
        NULL;
    WHEN insufficient_privilege THEN
        RAISE WARNING 'the role console may not be made here: run deploy/postgres/logins.sql for the console';
END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'console') THEN
        GRANT USAGE ON SCHEMA raw, staging, production, curation, ops TO console;
        GRANT SELECT ON ALL TABLES IN SCHEMA raw, staging, production, curation, ops TO console;
        GRANT SELECT ON public.goose_db_version TO console;
        -- What a later migration makes, too.
        ALTER DEFAULT PRIVILEGES IN SCHEMA raw, staging, production, curation, ops GRANT SELECT ON TABLES TO console;
    END IF;
END
$$;
-- +goose StatementEnd

-- +goose Down
-- +goose StatementBegin
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'console') THEN
        ALTER DEFAULT PRIVILEGES IN SCHEMA raw, staging, production, curation, ops REVOKE SELECT ON TABLES FROM console;
        REVOKE ALL ON ALL TABLES IN SCHEMA raw, staging, production, curation, ops FROM console;
        REVOKE ALL ON SCHEMA raw, staging, production, curation, ops FROM console;
        REVOKE ALL ON public.goose_db_version FROM console;
    END IF;
END
$$;
-- +goose StatementEnd
