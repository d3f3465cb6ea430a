-- name: ReadChangePages :many
-- The change lists among the subjects that have been answered.
INSERT INTO ops.change_pages AS c (subject, total_pages)
SELECT DISTINCT ON (p.subject) p.subject, coalesce((p.body ->> 'total_pages')::int, 1)
FROM raw.payloads p
WHERE p.subject = ANY(@subjects::text[]) AND p.outcome = 'ok'
ORDER BY p.subject, p.last_fetched_at DESC
ON CONFLICT (subject) DO UPDATE SET total_pages = excluded.total_pages WHERE c.total_pages <> excluded.total_pages
RETURNING subject;

-- name: RecordMovieEdits :exec
INSERT INTO ops.tmdb_edits AS e (entity, seen_at)
SELECT DISTINCT 'tmdb:movie:' || m.tmdb_id, @seen_at::timestamptz
FROM raw.payloads p, json_array_elements(p.body -> 'results') AS r
JOIN staging.tmdb_movies m ON m.tmdb_id = (r ->> 'id')::int
WHERE p.subject = ANY(@subjects::text[]) AND p.outcome = 'ok' AND m.fetched_at < @seen_at::timestamptz
ON CONFLICT (entity) DO UPDATE SET seen_at = excluded.seen_at WHERE e.seen_at < excluded.seen_at;

-- name: RecordSeriesEdits :exec
INSERT INTO ops.tmdb_edits AS e (entity, seen_at)
SELECT DISTINCT 'tmdb:series:' || s.tmdb_id, @seen_at::timestamptz
FROM raw.payloads p, json_array_elements(p.body -> 'results') AS r
JOIN staging.tmdb_series s ON s.tmdb_id = (r ->> 'id')::int
WHERE p.subject = ANY(@subjects::text[]) AND p.outcome = 'ok' AND s.fetched_at < @seen_at::timestamptz
ON CONFLICT (entity) DO UPDATE SET seen_at = excluded.seen_at WHERE e.seen_at < excluded.seen_at;

-- name: ChangePages :many
SELECT subject, total_pages FROM ops.change_pages;

-- name: ForgetChangePages :exec
DELETE FROM ops.change_pages WHERE NOT (subject = ANY(@kept::text[]));

-- name: ForgetTMDBEdits :exec
-- Edits that are older than any answer may be.
DELETE FROM ops.tmdb_edits WHERE seen_at < @before::timestamptz;

-- name: AnyTMDB :one
SELECT (EXISTS (SELECT FROM staging.tmdb_movies) OR EXISTS (SELECT FROM staging.tmdb_series))::boolean AS known;
