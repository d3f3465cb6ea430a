-- name: ChangeLists :many
-- The answers to change lists. Nothing is read out of their bodies here: whatever
-- is in them must not fail a statement.
SELECT id, subject, first_fetched_at, last_fetched_at FROM raw.payloads
WHERE subject = ANY(@subjects::text[]) AND outcome = 'ok'
ORDER BY subject, last_fetched_at DESC, id DESC;

-- name: ChangeList :one
SELECT body::text AS body FROM raw.payloads WHERE id = @id;

-- name: PutChangePage :exec
-- One with a time to ask again was read before its day was final.
INSERT INTO ops.change_pages AS c (subject, total_pages, ask_again_at) VALUES (@subject, @total_pages, sqlc.narg('ask_again_at'))
ON CONFLICT (subject) DO UPDATE SET total_pages = excluded.total_pages, empty_since = NULL, ask_again_at = excluded.ask_again_at
WHERE c.total_pages <> excluded.total_pages OR c.ask_again_at IS DISTINCT FROM excluded.ask_again_at;

-- name: DoubtChangePage :exec
-- A page without changes counts as none that is read.
INSERT INTO ops.change_pages AS c (subject, total_pages, empty_since, ask_again_at) VALUES (@subject, 1, @empty_since, @ask_again_at)
ON CONFLICT (subject) DO UPDATE SET empty_since = excluded.empty_since, ask_again_at = excluded.ask_again_at
WHERE c.ask_again_at IS DISTINCT FROM excluded.ask_again_at;

-- name: RecordMovieEdits :exec
INSERT INTO ops.tmdb_edits AS e (entity, seen_at)
SELECT 'tmdb:movie:' || m.tmdb_id, @seen_at::timestamptz
FROM staging.tmdb_movies m
WHERE m.tmdb_id = ANY(@tmdb_ids::int[]) AND m.fetched_at < @seen_at::timestamptz
ON CONFLICT (entity) DO UPDATE SET seen_at = excluded.seen_at WHERE e.seen_at < excluded.seen_at;

-- name: RecordSeriesEdits :exec
INSERT INTO ops.tmdb_edits AS e (entity, seen_at)
SELECT 'tmdb:series:' || s.tmdb_id, @seen_at::timestamptz
FROM staging.tmdb_series s
WHERE s.tmdb_id = ANY(@tmdb_ids::int[]) AND s.fetched_at < @seen_at::timestamptz
ON CONFLICT (entity) DO UPDATE SET seen_at = excluded.seen_at WHERE e.seen_at < excluded.seen_at;

-- name: ChangePages :many
SELECT subject, total_pages, empty_since, ask_again_at FROM ops.change_pages;

-- name: ForgetChangePages :exec
DELETE FROM ops.change_pages WHERE NOT (subject = ANY(@kept::text[]));

-- name: ForgetTMDBEdits :exec
-- Edits that are older than any answer may be.
DELETE FROM ops.tmdb_edits WHERE seen_at < @before::timestamptz;

-- name: AnyTMDB :one
SELECT (EXISTS (SELECT FROM staging.tmdb_movies) OR EXISTS (SELECT FROM staging.tmdb_series))::boolean AS known;
