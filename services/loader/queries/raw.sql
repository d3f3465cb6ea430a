-- name: UpsertPayloads :execrows
-- An unchanged answer only moves when it was last given, and never backwards. The
-- job is that of the message which RAW stored last, whatever its date: a fetcher's
-- clock may be behind, and the planner waits for the answer to that very job. A
-- stream that was created again counts from one again; there the date decides.
INSERT INTO raw.payloads AS t (
    subject, kind, entity_key, outcome, sha256, content_type, body, original, request,
    first_fetched_at, last_fetched_at, expires_at, stream_seq, job_id, run_id)
SELECT v.subject, v.kind, v.entity_key, v.outcome, v.sha256, v.content_type, v.body, v.original, v.request,
    v.first_fetched_at, v.last_fetched_at, v.expires_at, v.stream_seq, v.job_id, v.run_id
FROM (
    SELECT
        unnest(@subject::text[]) AS subject,
        unnest(@kind::text[]) AS kind,
        unnest(@entity_key::text[]) AS entity_key,
        unnest(@outcome::text[]) AS outcome,
        unnest(@sha256::bytea[]) AS sha256,
        unnest(@content_type::text[]) AS content_type,
        unnest(@body::json[]) AS body,
        unnest(@original::bytea[]) AS original,
        unnest(@request::jsonb[]) AS request,
        unnest(@first_fetched_at::timestamptz[]) AS first_fetched_at,
        unnest(@last_fetched_at::timestamptz[]) AS last_fetched_at,
        unnest(@expires_at::timestamp with time zone[]) AS expires_at,
        unnest(@stream_seq::bigint[]) AS stream_seq,
        unnest(@job_id::bigint[]) AS job_id,
        unnest(@run_id::text[]) AS run_id
) AS v
ON CONFLICT (subject, sha256) DO UPDATE SET
    outcome = CASE WHEN excluded.last_fetched_at >= t.last_fetched_at THEN excluded.outcome ELSE t.outcome END,
    content_type = CASE WHEN excluded.last_fetched_at >= t.last_fetched_at THEN excluded.content_type ELSE t.content_type END,
    original = CASE WHEN excluded.last_fetched_at >= t.last_fetched_at THEN excluded.original ELSE t.original END,
    request = CASE WHEN excluded.last_fetched_at >= t.last_fetched_at THEN excluded.request ELSE t.request END,
    job_id = CASE WHEN excluded.stream_seq > t.stream_seq OR excluded.last_fetched_at > t.last_fetched_at THEN excluded.job_id ELSE t.job_id END,
    run_id = CASE WHEN excluded.stream_seq > t.stream_seq OR excluded.last_fetched_at > t.last_fetched_at THEN excluded.run_id ELSE t.run_id END,
    stream_seq = CASE WHEN excluded.stream_seq > t.stream_seq OR excluded.last_fetched_at > t.last_fetched_at THEN excluded.stream_seq ELSE t.stream_seq END,
    expires_at = greatest(excluded.expires_at, t.expires_at),
    told_at = t.told_at || CASE WHEN excluded.outcome = 'ok' AND excluded.kind = ANY (@doubted::text[])
            AND least(excluded.first_fetched_at, t.first_fetched_at) < greatest(excluded.last_fetched_at, t.last_fetched_at)
        THEN ARRAY[t.first_fetched_at, t.last_fetched_at] ELSE '{}' END, -- see NoteToldAgain
    first_fetched_at = least(excluded.first_fetched_at, t.first_fetched_at),
    last_fetched_at = greatest(excluded.last_fetched_at, t.last_fetched_at)
WHERE excluded.last_fetched_at > t.last_fetched_at
    OR excluded.first_fetched_at < t.first_fetched_at
    OR excluded.stream_seq > t.stream_seq;

-- name: PayloadIDs :many
SELECT v.ordinal::int AS ordinal, p.id, (p.first_fetched_at < p.last_fetched_at)::boolean AS again,
    EXISTS (
        SELECT FROM raw.payloads AS o
        WHERE o.subject = p.subject AND o.id <> p.id AND o.outcome = 'ok' AND cardinality(o.told_at) > 0
    )::boolean AS others_told
FROM (
    SELECT unnest(@ordinal::int[]) AS ordinal, unnest(@subject::text[]) AS subject, unnest(@sha256::bytea[]) AS sha256
) AS v
JOIN raw.payloads AS p ON p.subject = v.subject AND p.sha256 = v.sha256;

-- name: NoteTold :exec
-- When not-found answers were given, each time.
UPDATE raw.payloads AS t
SET told_at = staging.times_after(t.told_at || v.at, NULL)
FROM (
    SELECT n.raw_id, array_agg(n.fetched_at) AS at
    FROM (SELECT unnest(@raw_id::bigint[]) AS raw_id, unnest(@fetched_at::timestamptz[]) AS fetched_at) AS n
    GROUP BY n.raw_id
) AS v
WHERE t.id = v.raw_id AND NOT v.at <@ t.told_at;

-- name: NoteToldAgain :exec
-- When answers were given that came more than once: what is no later than another
-- answer to the same question tells nothing, and thirty times are enough.
UPDATE raw.payloads AS t
SET told_at = w.told_at
FROM (
    SELECT p.id, (staging.times_after(p.told_at || v.at, (
        SELECT max(o.last_fetched_at) FROM raw.payloads AS o
        WHERE o.subject = p.subject AND o.id <> p.id AND o.outcome = 'ok' AND o.request = p.request)))[1:30] AS told_at
    FROM (
        SELECT n.raw_id, array_agg(n.fetched_at) AS at
        FROM (SELECT unnest(@raw_id::bigint[]) AS raw_id, unnest(@fetched_at::timestamptz[]) AS fetched_at) AS n
        GROUP BY n.raw_id
    ) AS v
    JOIN raw.payloads AS p ON p.id = v.raw_id
) AS w
WHERE t.id = w.id AND t.told_at IS DISTINCT FROM w.told_at;

-- name: ForgetTold :exec
-- An answer ends what others to the same question told before it, whatever the order in
-- which they are loaded.
UPDATE raw.payloads AS t
SET told_at = w.told_at
FROM (
    SELECT p.id, staging.times_after(p.told_at, (
        SELECT max(o.last_fetched_at) FROM raw.payloads AS o
        WHERE o.subject = p.subject AND o.id <> p.id AND o.outcome = 'ok' AND o.request = p.request)) AS told_at
    FROM raw.payloads AS p
    WHERE p.subject = ANY (@subjects::text[]) AND p.outcome = 'ok' AND cardinality(p.told_at) > 0
) AS w
WHERE t.id = w.id AND t.told_at IS DISTINCT FROM w.told_at;

-- name: Floors :many
SELECT source, floor FROM raw.floors;

-- name: PayloadsInFetchedOrder :many
-- A page of raw.payloads after the one that ended with the given row: no more bytes
-- of bodies, repaired and as they came, than allowed, but one row at least.
SELECT id, subject, outcome, sha256, content_type, body, original, request, last_fetched_at, job_id, run_id
FROM (
    SELECT p.*, sum(p.bytes) OVER (ORDER BY p.last_fetched_at, p.id) - p.bytes AS before
    FROM (
        SELECT octet_length(body::text) + coalesce(octet_length(original), 0) AS bytes,
            id, subject, outcome, sha256, content_type, body, original, request, last_fetched_at, job_id, run_id
        FROM raw.payloads
        WHERE (last_fetched_at, id) > (@after_fetched_at::timestamptz, @after_id::bigint)
        ORDER BY last_fetched_at, id
        LIMIT @page_size
    ) AS p
) AS v
WHERE before = 0 OR before + bytes <= @page_bytes::bigint
ORDER BY last_fetched_at, id;

-- name: CountPayloads :one
SELECT count(*) FROM raw.payloads;

-- name: ShareFloors :exec
-- Waits while something else lands alone, or a purge goes on.
LOCK TABLE raw.floors IN ROW SHARE MODE;

-- name: LandAlone :exec
-- Waits for every transaction that lands payloads, and holds up those to come. Who
-- only reads the table, as a dump does to its end, is not waited for.
LOCK TABLE raw.floors IN EXCLUSIVE MODE;

-- name: LockFloors :exec
-- LandAlone of a purge: it waits also for loaders that only read the table.
LOCK TABLE raw.floors IN ACCESS EXCLUSIVE MODE;

-- name: SetFloor :one
-- Not below what is there already: a fetcher's clock may be ahead.
INSERT INTO raw.floors AS t (source, floor, set_at)
SELECT @source, greatest(@floor::timestamptz, max(p.last_fetched_at)), @floor
FROM raw.payloads AS p WHERE p.subject LIKE @source || '.%'
ON CONFLICT (source) DO UPDATE SET floor = greatest(excluded.floor, t.floor), set_at = excluded.set_at
RETURNING t.floor;
