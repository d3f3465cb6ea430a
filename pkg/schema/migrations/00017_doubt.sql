-- +goose Up
-- A source that says once that it no longer has something may be wrong: it was asked
-- at a bad moment, or under a wrong address. What was found before is asked for again
-- an hour, a day and a week later, and only when the source still does not have it
-- then is it believed to be gone, since the first time.

ALTER TABLE raw.payloads ADD COLUMN told_at timestamptz[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN raw.payloads.told_at IS 'of a not-found answer: when it was given, each time, ascending';
UPDATE raw.payloads SET told_at = staging.times_after(ARRAY[first_fetched_at, last_fetched_at], NULL) WHERE outcome = 'not-found';

CREATE FUNCTION staging.first_told(times timestamptz[], since timestamptz, wait interval) RETURNS timestamptz
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT min(t) FROM unnest(times) AS t WHERE t - since >= wait $$;
COMMENT ON FUNCTION staging.first_told(timestamptz[], timestamptz, interval) IS 'the first of the times that is so much later';

-- Hours, not days: a day of a zone may have 23 of them.
CREATE FUNCTION staging.believed_since(found_at timestamptz, missing_at timestamptz[]) RETURNS timestamptz
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$
    SELECT CASE WHEN found_at IS NULL OR staging.first_told(missing_at,
            staging.first_told(missing_at,
                staging.first_told(missing_at, missing_at[1], '1 hour'), '24 hours'), '168 hours') IS NOT NULL
        THEN missing_at[1] END
$$;
COMMENT ON FUNCTION staging.believed_since(timestamptz, timestamptz[]) IS 'since when something is believed to be gone: at once where it was never found, else once it was not found an hour, a day and a week later either';

CREATE FUNCTION staging.ask_again_at(found_at timestamptz, missing_at timestamptz[]) RETURNS timestamptz
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$
    SELECT CASE
        WHEN found_at IS NULL OR missing_at[1] IS NULL THEN NULL
        WHEN hour.at IS NULL THEN missing_at[1] + interval '1 hour'
        WHEN day.at IS NULL THEN hour.at + interval '24 hours'
        WHEN week.at IS NULL THEN day.at + interval '168 hours'
        WHEN last.at - week.at < interval '672 hours' THEN last.at + interval '168 hours'
        ELSE last.at + interval '720 hours' END
    FROM (SELECT staging.first_told(missing_at, missing_at[1], '1 hour')) AS hour (at)
    CROSS JOIN LATERAL (SELECT staging.first_told(missing_at, hour.at, '24 hours')) AS day (at)
    CROSS JOIN LATERAL (SELECT staging.first_told(missing_at, day.at, '168 hours')) AS week (at)
    CROSS JOIN (SELECT missing_at[cardinality(missing_at)]) AS last (at)
$$;
COMMENT ON FUNCTION staging.ask_again_at(timestamptz, timestamptz[]) IS 'when something that was found before, and then not, is asked for again: until that is believed as believed_since says, then weekly for four weeks, then every 30 days';

ALTER TABLE staging.kobis_movie_details DROP COLUMN missing_since;
ALTER TABLE staging.kobis_movie_details
    ADD COLUMN missing_since timestamptz GENERATED ALWAYS AS (staging.believed_since(found_at, missing_at)) STORED,
    ADD COLUMN ask_again_at timestamptz GENERATED ALWAYS AS (staging.ask_again_at(found_at, missing_at)) STORED;
ALTER TABLE staging.tmdb_movies DROP COLUMN missing_since;
ALTER TABLE staging.tmdb_movies
    ADD COLUMN missing_since timestamptz GENERATED ALWAYS AS (staging.believed_since(found_at, missing_at)) STORED,
    ADD COLUMN ask_again_at timestamptz GENERATED ALWAYS AS (staging.ask_again_at(found_at, missing_at)) STORED;
ALTER TABLE staging.tmdb_series DROP COLUMN missing_since;
ALTER TABLE staging.tmdb_series
    ADD COLUMN missing_since timestamptz GENERATED ALWAYS AS (staging.believed_since(found_at, missing_at)) STORED,
    ADD COLUMN ask_again_at timestamptz GENERATED ALWAYS AS (staging.ask_again_at(found_at, missing_at)) STORED;
COMMENT ON COLUMN staging.kobis_movie_details.missing_since IS 'believed to be gone since then';
COMMENT ON COLUMN staging.tmdb_movies.missing_since IS 'believed to be gone since then';
COMMENT ON COLUMN staging.tmdb_series.missing_since IS 'believed to be gone since then';
COMMENT ON COLUMN staging.kobis_movie_details.ask_again_at IS 'found before and then not: asked for again at that time';
COMMENT ON COLUMN staging.tmdb_movies.ask_again_at IS 'found before and then not: asked for again at that time';
COMMENT ON COLUMN staging.tmdb_series.ask_again_at IS 'found before and then not: asked for again at that time';

-- What was believed too soon comes back, and is asked for again.
WITH doubted AS (
    SELECT 'kobis:movie:' || movie_cd AS key FROM staging.kobis_movie_details WHERE ask_again_at IS NOT NULL
    UNION ALL SELECT 'tmdb:movie:' || tmdb_id FROM staging.tmdb_movies WHERE ask_again_at IS NOT NULL
    UNION ALL SELECT 'tmdb:series:' || tmdb_id FROM staging.tmdb_series WHERE ask_again_at IS NOT NULL
), planned AS (
    INSERT INTO ops.plan_marks (entity) SELECT key FROM doubted
)
INSERT INTO ops.stale_titles (key, marked_at) SELECT key, now() FROM doubted ORDER BY key COLLATE "C"
ON CONFLICT (key) DO UPDATE SET marked_at = excluded.marked_at, blocked_until = NULL, problem = NULL;

-- +goose Down
ALTER TABLE staging.kobis_movie_details DROP COLUMN ask_again_at, DROP COLUMN missing_since;
ALTER TABLE staging.kobis_movie_details ADD COLUMN missing_since timestamptz GENERATED ALWAYS AS (missing_at[1]) STORED;
ALTER TABLE staging.tmdb_movies DROP COLUMN ask_again_at, DROP COLUMN missing_since;
ALTER TABLE staging.tmdb_movies ADD COLUMN missing_since timestamptz GENERATED ALWAYS AS (missing_at[1]) STORED;
ALTER TABLE staging.tmdb_series DROP COLUMN ask_again_at, DROP COLUMN missing_since;
ALTER TABLE staging.tmdb_series ADD COLUMN missing_since timestamptz GENERATED ALWAYS AS (missing_at[1]) STORED;
DROP FUNCTION staging.ask_again_at(timestamptz, timestamptz[]);
DROP FUNCTION staging.believed_since(timestamptz, timestamptz[]);
DROP FUNCTION staging.first_told(timestamptz[], timestamptz, interval);
ALTER TABLE raw.payloads DROP COLUMN told_at;
