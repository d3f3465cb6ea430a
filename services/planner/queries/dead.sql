-- name: RecordDead :execrows
-- A letter that comes again as it is recorded changes nothing.
INSERT INTO ops.dead_letters (stream_seq, subject, reason, error, headers, body_size, failed_at, deaths, retry_at)
VALUES (@stream_seq, @subject, @reason, @error, @headers, @body_size, @failed_at, @deaths, @retry_at)
ON CONFLICT (stream_seq) DO UPDATE SET
    subject = excluded.subject, reason = excluded.reason, error = excluded.error, headers = excluded.headers,
    body_size = excluded.body_size, failed_at = excluded.failed_at, deaths = excluded.deaths,
    retry_at = excluded.retry_at, resolved_at = NULL
WHERE (ops.dead_letters.subject, ops.dead_letters.failed_at) IS DISTINCT FROM (excluded.subject, excluded.failed_at);

-- name: Deaths :one
-- How often the name has died since it was last answered or requeued, other than
-- by the message given.
SELECT coalesce(max(deaths), 0)::int AS deaths FROM ops.dead_letters
WHERE name = @name AND resolved_at IS NULL AND stream_seq <> @stream_seq;

-- name: ResolveDead :exec
UPDATE ops.dead_letters SET resolved_at = @now::timestamptz WHERE name = ANY(@names::text[]) AND resolved_at IS NULL;

-- name: HeldNames :many
-- What died, and what is answered and waits for its kind to be loaded again.
SELECT name FROM ops.dead_letters
WHERE name = ANY(@names::text[]) AND resolved_at IS NULL AND retry_at > @now::timestamptz
UNION
SELECT subject FROM raw.held WHERE subject = ANY(@names::text[]);

-- name: ResolveLoaded :exec
-- Of answers that have been loaded after all: requeued, or replayed to a loader
-- that has learnt to read them. The header's times compare as texts.
UPDATE ops.dead_letters AS l SET resolved_at = @now::timestamptz
WHERE l.resolved_at IS NULL AND l.subject LIKE 'raw.%' AND EXISTS (
    SELECT FROM raw.payloads AS p
    WHERE p.subject = l.name
        AND to_char(p.last_fetched_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') >= l.headers #>> '{Cledit-Fetched-At,0}');

-- name: DeadOf :many
-- What died under these names and was not answered since, one row a name: a page
-- that died holds up nothing.
SELECT DISTINCT ON (name) name, reason, retry_at FROM ops.dead_letters
WHERE resolved_at IS NULL AND name LIKE @pattern::text
ORDER BY name, retry_at DESC;

-- name: OpenDead :many
-- How many letters nothing has resolved, by source and kind.
SELECT split_part(name, '.', 1)::text AS source, split_part(name, '.', 2)::text AS kind, count(*)::int AS letters
FROM ops.dead_letters WHERE resolved_at IS NULL GROUP BY 1, 2;
