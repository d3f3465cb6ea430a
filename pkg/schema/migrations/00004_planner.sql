-- +goose Up
-- What the planner derives, and how it learns what changed. ops.due, ops.windows
-- and ops.kobis_edits may be emptied at any time: the planner derives them again.

ALTER TABLE ops.jobs ADD COLUMN stage text NOT NULL DEFAULT '';
COMMENT ON COLUMN ops.jobs.job_id IS 'sequence in JOBS; 0 from just before the job is published until JOBS has accepted it';

ALTER TABLE ops.dead_letters
    ADD COLUMN name text NOT NULL GENERATED ALWAYS AS (coalesce(substring(subject FROM '^[^.]+\.(.*)$'), subject)) STORED;
COMMENT ON COLUMN ops.dead_letters.name IS 'source.kind.key, as in ops.jobs.subject';
CREATE INDEX dead_letters_name ON ops.dead_letters (name) WHERE resolved_at IS NULL;

-- One row for each entity whose facts changed. Rows are only ever added, so that
-- transactions of the loader never wait for each other because of them.
CREATE TABLE ops.plan_marks (
    id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    entity text   NOT NULL
);
COMMENT ON COLUMN ops.plan_marks.entity IS 'kobis:movie:<movieCd>, tmdb:movie:<id>, tmdb:series:<id>, or * for everything';
CREATE INDEX plan_marks_entity ON ops.plan_marks (entity);

CREATE TABLE ops.due (
    owner      text        NOT NULL,
    subject    text        NOT NULL,
    stage      text        NOT NULL,
    rank       bigint      NOT NULL,
    params     text        NOT NULL,
    due_at     timestamptz NOT NULL,
    not_before timestamptz,
    ready      boolean     NOT NULL,
    PRIMARY KEY (owner, subject)
);
COMMENT ON TABLE ops.due IS 'the next calls for each entity, derived from its facts';
COMMENT ON COLUMN ops.due.owner IS 'the entity that wants the answer, as in ops.plan_marks';
COMMENT ON COLUMN ops.due.subject IS 'source.kind.key, as in ops.jobs';
COMMENT ON COLUMN ops.due.rank IS 'order within the stage, smallest first';
COMMENT ON COLUMN ops.due.params IS 'the parameters of the job as a JSON object, empty for none';
COMMENT ON COLUMN ops.due.not_before IS 'held until then: answered a moment ago and still due, or dead';
COMMENT ON COLUMN ops.due.ready IS 'due_at and not_before have passed';
CREATE INDEX due_ready ON ops.due (stage, rank, subject) WHERE ready;
CREATE INDEX due_later ON ops.due (greatest(due_at, not_before)) WHERE NOT ready;
CREATE INDEX due_subject ON ops.due (subject);

CREATE TABLE ops.windows (
    scope        text        PRIMARY KEY,
    phase        text        NOT NULL CHECK (phase IN ('checking', 'reading', 'head', 'complete')),
    since        timestamptz,
    head         jsonb       NOT NULL DEFAULT '[]',
    due_at       timestamptz NOT NULL,
    completed_at timestamptz,
    read_at      timestamptz,
    total        int         NOT NULL DEFAULT 0,
    known        int         NOT NULL DEFAULT 0,
    evidence     text        NOT NULL DEFAULT ''
);
COMMENT ON TABLE ops.windows IS 'how completely each window of the KOBIS catalogue is known';
COMMENT ON COLUMN ops.windows.scope IS 'all, made-YYYY or open-YYYY';
COMMENT ON COLUMN ops.windows.since IS 'only pages fetched later count for the reading under way';
COMMENT ON COLUMN ops.windows.head IS 'of all: the codes that stood first when the list was last read to where it was known, in order';
COMMENT ON COLUMN ops.windows.due_at IS 'of a complete window: when it is looked at again';
COMMENT ON COLUMN ops.windows.read_at IS 'when the window was last read whole';
COMMENT ON COLUMN ops.windows.total IS 'the total that the source claimed when the window was last judged';
COMMENT ON COLUMN ops.windows.known IS 'films of the window that were known then';
COMMENT ON COLUMN ops.windows.evidence IS 'why the window counts as complete, for a person';

CREATE TABLE ops.kobis_edits (
    movie_cd text        PRIMARY KEY,
    seen_at  timestamptz NOT NULL
);
COMMENT ON TABLE ops.kobis_edits IS 'films that KOBIS listed among the recently modified, and when; a detail fetched earlier is stale';

CREATE TABLE ops.tmdb_edits (
    entity  text        PRIMARY KEY,
    seen_at timestamptz NOT NULL
);
COMMENT ON TABLE ops.tmdb_edits IS 'known films and series that TMDB listed as changed, and the end of that day; an answer fetched earlier is stale';

CREATE TABLE ops.change_pages (
    subject     text PRIMARY KEY,
    total_pages int  NOT NULL
);
COMMENT ON TABLE ops.change_pages IS 'pages of the change lists that were read, of the days that are not complete';

CREATE TABLE ops.planner_state (
    key   text PRIMARY KEY,
    value text NOT NULL
);

CREATE TABLE ops.daily_calls (
    day     date   NOT NULL,
    stage   text   NOT NULL,
    planned bigint NOT NULL,
    PRIMARY KEY (day, stage)
);
COMMENT ON TABLE ops.daily_calls IS 'calls planned for each day of the quota zone and stage; what daily work is expected to need follows from it';

CREATE INDEX kobis_movies_production_year ON staging.kobis_movies (production_year);
CREATE INDEX kobis_list_pages_fetched ON staging.kobis_list_pages (scope, fetched_at);

-- The marks are set by triggers in the transaction that changes a fact, whoever
-- changes it. The functions run with their owner's rights: those who write
-- staging and production need none on ops.plan_marks.

-- +goose StatementBegin
CREATE FUNCTION ops.mark_film() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$
BEGIN
    INSERT INTO ops.plan_marks (entity) SELECT DISTINCT 'kobis:movie:' || movie_cd FROM changed;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION ops.mark_title() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$
BEGIN
    INSERT INTO ops.plan_marks (entity) SELECT DISTINCT key FROM changed;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION ops.mark_entity() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$
BEGIN
    INSERT INTO ops.plan_marks (entity) SELECT DISTINCT entity FROM changed;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION ops.mark_tmdb_movie() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$
BEGIN
    INSERT INTO ops.plan_marks (entity) SELECT DISTINCT 'tmdb:movie:' || tmdb_id FROM changed;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION ops.mark_tmdb_series() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$
BEGIN
    INSERT INTO ops.plan_marks (entity) SELECT DISTINCT 'tmdb:series:' || tmdb_id FROM changed;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION ops.mark_discovered() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$
BEGIN
    INSERT INTO ops.plan_marks (entity) SELECT DISTINCT 'tmdb:series:' || id FROM changed, jsonb_array_elements_text(series_ids) AS id;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION ops.mark_everything() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$
BEGIN
    INSERT INTO ops.plan_marks (entity) VALUES ('*');
    RETURN NULL;
END
$$;
-- +goose StatementEnd

CREATE TRIGGER plan_insert AFTER INSERT ON staging.kobis_movies REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION ops.mark_film();
CREATE TRIGGER plan_update AFTER UPDATE ON staging.kobis_movies REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION ops.mark_film();
CREATE TRIGGER plan_delete AFTER DELETE ON staging.kobis_movies REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION ops.mark_film();

CREATE TRIGGER plan_insert AFTER INSERT ON staging.kobis_movie_details REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION ops.mark_film();
CREATE TRIGGER plan_update AFTER UPDATE ON staging.kobis_movie_details REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION ops.mark_film();
CREATE TRIGGER plan_delete AFTER DELETE ON staging.kobis_movie_details REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION ops.mark_film();

CREATE TRIGGER plan_insert AFTER INSERT ON staging.tmdb_searches REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION ops.mark_film();
CREATE TRIGGER plan_update AFTER UPDATE ON staging.tmdb_searches REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION ops.mark_film();
CREATE TRIGGER plan_delete AFTER DELETE ON staging.tmdb_searches REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION ops.mark_film();

CREATE TRIGGER plan_insert AFTER INSERT ON production.matches REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION ops.mark_film();
CREATE TRIGGER plan_update AFTER UPDATE ON production.matches REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION ops.mark_film();
CREATE TRIGGER plan_delete AFTER DELETE ON production.matches REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION ops.mark_film();

CREATE TRIGGER plan_insert AFTER INSERT ON ops.kobis_edits REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION ops.mark_film();
CREATE TRIGGER plan_update AFTER UPDATE ON ops.kobis_edits REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION ops.mark_film();

CREATE TRIGGER plan_insert AFTER INSERT ON ops.tmdb_edits REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION ops.mark_entity();
CREATE TRIGGER plan_update AFTER UPDATE ON ops.tmdb_edits REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION ops.mark_entity();

CREATE TRIGGER plan_delete AFTER DELETE ON ops.stale_titles REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION ops.mark_title();

CREATE TRIGGER plan_insert AFTER INSERT ON staging.tmdb_movies REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION ops.mark_tmdb_movie();
CREATE TRIGGER plan_update AFTER UPDATE ON staging.tmdb_movies REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION ops.mark_tmdb_movie();
CREATE TRIGGER plan_delete AFTER DELETE ON staging.tmdb_movies REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION ops.mark_tmdb_movie();

CREATE TRIGGER plan_insert AFTER INSERT ON staging.tmdb_series REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION ops.mark_tmdb_series();
CREATE TRIGGER plan_update AFTER UPDATE ON staging.tmdb_series REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION ops.mark_tmdb_series();
CREATE TRIGGER plan_delete AFTER DELETE ON staging.tmdb_series REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION ops.mark_tmdb_series();

CREATE TRIGGER plan_insert AFTER INSERT ON staging.tmdb_discover_pages REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION ops.mark_discovered();
CREATE TRIGGER plan_update AFTER UPDATE ON staging.tmdb_discover_pages REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION ops.mark_discovered();

CREATE TRIGGER plan_truncate AFTER TRUNCATE ON staging.kobis_movies
    FOR EACH STATEMENT EXECUTE FUNCTION ops.mark_everything();
CREATE TRIGGER plan_truncate AFTER TRUNCATE ON staging.kobis_movie_details
    FOR EACH STATEMENT EXECUTE FUNCTION ops.mark_everything();
CREATE TRIGGER plan_truncate AFTER TRUNCATE ON staging.tmdb_searches
    FOR EACH STATEMENT EXECUTE FUNCTION ops.mark_everything();
CREATE TRIGGER plan_truncate AFTER TRUNCATE ON staging.tmdb_movies
    FOR EACH STATEMENT EXECUTE FUNCTION ops.mark_everything();
CREATE TRIGGER plan_truncate AFTER TRUNCATE ON staging.tmdb_series
    FOR EACH STATEMENT EXECUTE FUNCTION ops.mark_everything();
CREATE TRIGGER plan_truncate AFTER TRUNCATE ON production.matches
    FOR EACH STATEMENT EXECUTE FUNCTION ops.mark_everything();
CREATE TRIGGER plan_truncate AFTER TRUNCATE ON ops.due
    FOR EACH STATEMENT EXECUTE FUNCTION ops.mark_everything();

GRANT SELECT, INSERT, UPDATE, DELETE ON
    ops.plan_marks, ops.due, ops.windows, ops.kobis_edits, ops.tmdb_edits, ops.change_pages, ops.planner_state, ops.daily_calls TO planner;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA ops TO planner;

-- +goose Down
DROP TRIGGER plan_insert ON staging.kobis_movies;
DROP TRIGGER plan_update ON staging.kobis_movies;
DROP TRIGGER plan_delete ON staging.kobis_movies;
DROP TRIGGER plan_insert ON staging.kobis_movie_details;
DROP TRIGGER plan_update ON staging.kobis_movie_details;
DROP TRIGGER plan_delete ON staging.kobis_movie_details;
DROP TRIGGER plan_insert ON staging.tmdb_searches;
DROP TRIGGER plan_update ON staging.tmdb_searches;
DROP TRIGGER plan_delete ON staging.tmdb_searches;
DROP TRIGGER plan_insert ON production.matches;
DROP TRIGGER plan_update ON production.matches;
DROP TRIGGER plan_delete ON production.matches;
DROP TRIGGER plan_insert ON ops.kobis_edits;
DROP TRIGGER plan_update ON ops.kobis_edits;
DROP TRIGGER plan_insert ON ops.tmdb_edits;
DROP TRIGGER plan_update ON ops.tmdb_edits;
DROP TRIGGER plan_delete ON ops.stale_titles;
DROP TRIGGER plan_insert ON staging.tmdb_movies;
DROP TRIGGER plan_update ON staging.tmdb_movies;
DROP TRIGGER plan_delete ON staging.tmdb_movies;
DROP TRIGGER plan_insert ON staging.tmdb_series;
DROP TRIGGER plan_update ON staging.tmdb_series;
DROP TRIGGER plan_delete ON staging.tmdb_series;
DROP TRIGGER plan_insert ON staging.tmdb_discover_pages;
DROP TRIGGER plan_update ON staging.tmdb_discover_pages;
DROP TRIGGER plan_truncate ON staging.kobis_movies;
DROP TRIGGER plan_truncate ON staging.kobis_movie_details;
DROP TRIGGER plan_truncate ON staging.tmdb_searches;
DROP TRIGGER plan_truncate ON staging.tmdb_movies;
DROP TRIGGER plan_truncate ON staging.tmdb_series;
DROP TRIGGER plan_truncate ON production.matches;
DROP TRIGGER plan_truncate ON ops.due;
DROP TABLE ops.daily_calls, ops.planner_state, ops.change_pages, ops.tmdb_edits, ops.kobis_edits, ops.windows, ops.due, ops.plan_marks;
DROP FUNCTION ops.mark_film();
DROP FUNCTION ops.mark_entity();
DROP FUNCTION ops.mark_title();
DROP FUNCTION ops.mark_tmdb_movie();
DROP FUNCTION ops.mark_tmdb_series();
DROP FUNCTION ops.mark_discovered();
DROP FUNCTION ops.mark_everything();
DROP INDEX staging.kobis_list_pages_fetched;
DROP INDEX staging.kobis_movies_production_year;
DROP INDEX ops.dead_letters_name;
ALTER TABLE ops.dead_letters DROP COLUMN name;
ALTER TABLE ops.jobs DROP COLUMN stage;
