-- +goose Up
-- Credits by season, of series that have several: who is in which, with how many
-- episodes, and who belongs to the regular cast.

CREATE TABLE staging.tmdb_seasons (
    tmdb_id       int         NOT NULL,
    season_number int         NOT NULL,
    name          text,
    air_date      date,
    episode_count int,
    cast_members  jsonb,
    crew_members  jsonb,
    found_at      timestamptz,
    missing_at    timestamptz[] NOT NULL DEFAULT '{}',
    missing_since timestamptz GENERATED ALWAYS AS (staging.believed_since(found_at, missing_at)) STORED,
    ask_again_at  timestamptz GENERATED ALWAYS AS (staging.ask_again_at(found_at, missing_at)) STORED,
    fetched_at    timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL,
    raw_id        bigint      NOT NULL,
    updated_at    timestamptz NOT NULL,
    PRIMARY KEY (tmdb_id, season_number)
);
COMMENT ON TABLE staging.tmdb_seasons IS 'This product uses the TMDB API but is not endorsed or certified by TMDB. Rows are purged at expires_at, at most 180 days after they were fetched.';
COMMENT ON COLUMN staging.tmdb_seasons.tmdb_id IS 'the series';
COMMENT ON COLUMN staging.tmdb_seasons.episode_count IS 'episodes that the season lists, aired or not';
COMMENT ON COLUMN staging.tmdb_seasons.cast_members IS 'as of staging.tmdb_series; regular marks those whom the season lists as its own cast, not as guests of an episode';
COMMENT ON COLUMN staging.tmdb_seasons.missing_since IS 'believed to be gone since then';
COMMENT ON COLUMN staging.tmdb_seasons.ask_again_at IS 'found before and then not: asked for again at that time';
CREATE INDEX tmdb_seasons_expiry ON staging.tmdb_seasons (expires_at);

CREATE TRIGGER plan_insert AFTER INSERT ON staging.tmdb_seasons REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION ops.mark_tmdb_series();
CREATE TRIGGER plan_update AFTER UPDATE ON staging.tmdb_seasons REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION ops.mark_tmdb_series();
CREATE TRIGGER plan_delete AFTER DELETE ON staging.tmdb_seasons REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION ops.mark_tmdb_series();
CREATE TRIGGER plan_truncate AFTER TRUNCATE ON staging.tmdb_seasons
    FOR EACH STATEMENT EXECUTE FUNCTION ops.mark_everything();

GRANT SELECT, INSERT, UPDATE, DELETE ON staging.tmdb_seasons TO loader;
GRANT SELECT ON staging.tmdb_seasons TO planner, curator;

ALTER TABLE production.credits ADD COLUMN seasons jsonb;
COMMENT ON COLUMN production.credits.seasons IS 'of a series: array of {season, episodes, guest} in order of the seasons, specials aside; NULL where no season is known';

-- Series are read again for who is of their regular cast, and for their seasons.
INSERT INTO ops.plan_marks (entity) SELECT 'tmdb:series:' || tmdb_id FROM staging.tmdb_series;

-- +goose Down
ALTER TABLE production.credits DROP COLUMN seasons;
DROP TABLE staging.tmdb_seasons;
