-- name: SetFieldNotes :exec
-- The notes of the payloads among raw_ids are these and no others.
WITH wanted AS (
    SELECT unnest(@raw_id::bigint[]) AS raw_id, unnest(@field::text[]) AS field,
        unnest(@problem::text[]) AS problem, unnest(@times::int[]) AS times
), gone AS (
    DELETE FROM raw.field_notes AS n
    WHERE n.raw_id = ANY (@raw_ids::bigint[])
        AND NOT EXISTS (SELECT FROM wanted AS w WHERE w.raw_id = n.raw_id AND w.field = n.field AND w.problem = n.problem)
)
INSERT INTO raw.field_notes AS t (raw_id, field, problem, times)
SELECT w.raw_id, w.field, w.problem, w.times FROM wanted AS w
ON CONFLICT (raw_id, field, problem) DO UPDATE SET times = excluded.times WHERE t.times <> excluded.times;

-- name: NoticeDrift :many
-- Where answers look different. Of one kind no more than most are kept: the names
-- are the source's. It returns what was not there before, and some that was.
INSERT INTO ops.drift AS t (source, kind, path, what, raw_id, payloads, noticed_at, last_seen_at)
SELECT v.source, v.kind, v.path, v.what, v.raw_id, v.payloads, @noticed_at, v.last_seen_at
FROM (
    SELECT unnest(@source::text[]) AS source, unnest(@kind::text[]) AS kind, unnest(@path::text[]) AS path,
        unnest(@what::text[]) AS what, unnest(@raw_id::bigint[]) AS raw_id, unnest(@payloads::bigint[]) AS payloads,
        unnest(@last_seen_at::timestamptz[]) AS last_seen_at
) AS v
WHERE (SELECT count(*) FROM ops.drift AS d WHERE d.source = v.source AND d.kind = v.kind) < @most::bigint
    OR EXISTS (SELECT FROM ops.drift AS d WHERE d.source = v.source AND d.kind = v.kind AND d.path = v.path AND d.what = v.what)
ON CONFLICT (source, kind, path, what) DO UPDATE SET
    payloads = t.payloads + excluded.payloads, last_seen_at = excluded.last_seen_at
WHERE excluded.last_seen_at > t.last_seen_at
RETURNING t.source, t.kind, t.path, t.what, t.raw_id, t.noticed_at;
