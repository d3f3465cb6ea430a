-- What the first page and the problems need. Nothing here counts a large table: what
-- may be long is counted to a limit, or estimated by the server.

-- name: Status :one
SELECT at, body FROM ops.status;

-- name: Titles :one
SELECT greatest(c.reltuples, 0)::bigint AS estimate,
    (SELECT count(*) FROM (SELECT FROM production.titles LIMIT 10001) AS few)::bigint AS few
FROM pg_catalog.pg_class AS c
WHERE c.oid = 'production.titles'::regclass;

-- name: Changed :one
SELECT count(*) FROM (SELECT FROM production.titles WHERE updated_at > @since LIMIT 10001) AS few;

-- name: Marks :one
SELECT count(*) AS marks, count(problem) AS blocked, coalesce(min(marked_at), 'epoch')::timestamptz AS oldest
FROM (SELECT marked_at, problem FROM ops.stale_titles LIMIT 10001) AS few;

-- name: OpenLetters :one
SELECT count(*) FROM (SELECT FROM ops.dead_letters WHERE resolved_at IS NULL LIMIT 10001) AS few;

-- name: LetterGroups :many
SELECT split_part(name, '.', 1)::text AS source, split_part(name, '.', 2)::text AS kind, reason, count(*) AS letters,
    max(failed_at)::timestamptz AS last_at, min(retry_at)::timestamptz AS retry_at
FROM (SELECT name, reason, failed_at, retry_at FROM ops.dead_letters WHERE resolved_at IS NULL ORDER BY stream_seq DESC LIMIT 10000) AS open
GROUP BY 1, 2, 3
ORDER BY letters DESC, last_at DESC
LIMIT 50;

-- name: Letters :many
SELECT stream_seq, name, reason, error, body_size, failed_at, deaths, retry_at, resolved_at
FROM ops.dead_letters
WHERE (resolved_at IS NULL OR @all_of_them::boolean)
    AND (@name::text = '' OR name = @name)
    AND (@kind::text = '' OR starts_with(name, @kind::text || '.'))
    AND (@reason::text = '' OR reason = @reason)
    AND stream_seq < @before::bigint
ORDER BY stream_seq DESC
LIMIT 51;

-- name: BlockedTitles :many
SELECT key::text AS key, marked_at, blocked_until, problem
FROM ops.stale_titles
WHERE problem IS NOT NULL
ORDER BY key
LIMIT 101;

-- name: MarkedTitles :many
SELECT key::text AS key, marked_at, blocked_until, problem
FROM ops.stale_titles
WHERE key > @after::text
ORDER BY key
LIMIT 101;

-- name: Drift :many
SELECT source, kind, path, what, raw_id, payloads::bigint AS payloads, noticed_at, last_seen_at
FROM ops.drift
ORDER BY last_seen_at DESC
LIMIT 101;

-- name: HeldKinds :many
SELECT source, kind, level, reason, held_since
FROM ops.holds
WHERE level > 0
ORDER BY source, kind;

-- name: InReview :one
SELECT count(*) FROM (SELECT FROM production.matches WHERE status = 'review' LIMIT 1001) AS few;

-- name: Matches :many
SELECT m.movie_cd, m.tmdb_id, m.status, m.score, m.rule_version, m.decided_at, coalesce(k.title, '')::text AS title, k.production_year, k.open_date
FROM production.matches AS m
LEFT JOIN staging.kobis_movies AS k ON k.movie_cd = m.movie_cd
WHERE m.status = @status AND m.movie_cd > @after::text
ORDER BY m.movie_cd
LIMIT 101;

-- name: Calls :many
SELECT subject, owner, stage, rank, due_at, not_before, since
FROM ops.due
WHERE stage = @stage AND ready AND (rank, subject) > (@rank::bigint, @after::text)
ORDER BY stage, rank, subject
LIMIT 101;

-- name: Outstanding :many
SELECT subject, source, stage, run_id, planned_at
FROM ops.jobs
WHERE (@stage::text = '' OR stage = @stage) AND (@source::text = '' OR source = @source) AND subject > @after::text
ORDER BY subject
LIMIT 101;

-- name: RecentTitles :many
SELECT id, kind, title_ko, title_en, title_original, production_year, release_date, updated_at
FROM production.titles
WHERE updated_at < @before AND (@kind::text = '' OR kind = @kind)
ORDER BY updated_at DESC
LIMIT 101;
