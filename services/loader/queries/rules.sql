-- Which rules titles were last derived by.

-- name: RulesVersion :one
SELECT coalesce(max(version), 0)::int AS version FROM ops.rules WHERE name = @name;

-- name: SetRulesVersion :exec
INSERT INTO ops.rules AS t (name, version, applied_at) VALUES (@name, @version, @applied_at)
ON CONFLICT (name) DO UPDATE SET version = excluded.version, applied_at = excluded.applied_at WHERE t.version <> excluded.version;

-- name: SayRules :exec
-- For the triggers that note what is written by programs of other rules.
SELECT set_config('cledit.rules', @version::text, true);

-- name: MarkAll :execrows
-- Every title that there may be, and days of films that are not listed.
INSERT INTO ops.stale_titles AS t (key, marked_at)
SELECT v.key, @marked_at
FROM (
    SELECT 'kobis:movie:' || movie_cd AS key FROM staging.kobis_movies
    UNION
    SELECT 'kobis:movie:' || movie_cd FROM staging.kobis_movie_details WHERE found_at IS NOT NULL
    UNION
    SELECT 'kobis:movie:' || movie_cd FROM staging.kobis_box_office
    UNION
    SELECT 'tmdb:series:' || tmdb_id FROM staging.tmdb_series WHERE found_at IS NOT NULL
) AS v
ORDER BY v.key COLLATE "C"
ON CONFLICT (key) DO UPDATE SET marked_at = excluded.marked_at, blocked_until = NULL, problem = NULL;
