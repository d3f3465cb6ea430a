-- name: OldestDue :many
-- Since when the call that has been due for longest is, by stage.
SELECT d.stage, min(greatest(d.since, d.due_at, d.not_before))::timestamptz AS since
FROM ops.due d WHERE d.ready AND d.stage = ANY(@stages::text[]) GROUP BY d.stage;

-- name: NextDue :many
-- When the next call becomes due.
SELECT greatest(due_at, not_before)::timestamptz AS at FROM ops.due
WHERE NOT ready AND split_part(subject, '.', 1) = @source::text AND greatest(due_at, not_before) < 'infinity'
ORDER BY greatest(due_at, not_before) LIMIT 1;

-- name: OldestStale :many
-- The title that has waited for its derivation for longest.
SELECT marked_at FROM ops.stale_titles WHERE blocked_until IS NULL AND isfinite(marked_at) ORDER BY marked_at LIMIT 1;

-- name: ExpiringShown :many
-- When the first of TMDB's rows that readers see expires, of those that do before a time.
(SELECT m.expires_at FROM staging.tmdb_movies m
 WHERE m.expires_at < @before::timestamptz AND isfinite(m.expires_at) AND m.missing_since IS NULL
   AND EXISTS (SELECT FROM production.matches p WHERE p.tmdb_id = m.tmdb_id AND p.status IN ('matched', 'pinned'))
 ORDER BY m.expires_at LIMIT 1)
UNION ALL
(SELECT s.expires_at FROM staging.tmdb_series s
 WHERE s.expires_at < @before::timestamptz AND isfinite(s.expires_at) AND s.missing_since IS NULL
 ORDER BY s.expires_at LIMIT 1);

-- name: OldestReview :many
-- Of the films that open on these days, since when the first is in review.
SELECT p.decided_at FROM staging.kobis_movies m JOIN production.matches p ON p.movie_cd = m.movie_cd
WHERE m.open_date >= @from_date::date AND m.open_date <= @to_date::date AND p.status = 'review' AND isfinite(p.decided_at)
ORDER BY p.decided_at LIMIT 1;

-- name: HeldLetters :many
-- What died and is tried again later, by source.
SELECT split_part(name, '.', 1)::text AS source, count(DISTINCT name)::int AS names, min(retry_at)::timestamptz AS first
FROM ops.dead_letters WHERE resolved_at IS NULL AND retry_at > @now::timestamptz GROUP BY 1;

-- name: PutStatus :exec
INSERT INTO ops.status (at, body) VALUES (@at, @body)
ON CONFLICT (one) DO UPDATE SET at = excluded.at, body = excluded.body;

-- name: GetStatus :one
SELECT at, body FROM ops.status;

-- name: AddHistory :exec
INSERT INTO ops.history (at, source, budget, outstanding, due, backlog, done_at, reason)
VALUES (@at, @source, @budget, @outstanding, @due, @backlog, @done_at, @reason)
ON CONFLICT (at, source) DO NOTHING;

-- name: ForgetHistory :exec
DELETE FROM ops.history WHERE at < @before::timestamptz;

-- name: History :many
SELECT at, source, budget, outstanding, due, backlog, done_at, reason FROM ops.history
WHERE at >= @since::timestamptz ORDER BY at, source;

-- name: Digest :one
-- What a day was like, by indexes alone.
SELECT (SELECT count(*) FROM production.titles t WHERE t.updated_at >= @since::timestamptz)::int AS titles,
       (SELECT count(*) FROM production.matches p WHERE p.status = 'review')::int AS reviews,
       (SELECT count(*) FROM staging.kobis_movies m JOIN production.matches p ON p.movie_cd = m.movie_cd
        WHERE m.open_date >= @from_date::date AND m.open_date <= @to_date::date AND p.status = 'review')::int AS opening_reviews,
       (SELECT count(*) FROM ops.dead_letters l WHERE l.resolved_at IS NULL)::int AS dead_open;

-- name: TakePost :execrows
-- Counts a sending of a digest, where there may be another.
INSERT INTO ops.digests (day, seconds, posts) VALUES (@day, @seconds, 1)
ON CONFLICT (day, seconds) DO UPDATE SET posts = ops.digests.posts + 1 WHERE ops.digests.posts < @most::int;

-- name: ReturnPost :exec
UPDATE ops.digests SET posts = posts - 1 WHERE day = @day AND seconds = @seconds AND posts > 0;

-- name: ForgetPosts :exec
DELETE FROM ops.digests WHERE day < @before::date;
