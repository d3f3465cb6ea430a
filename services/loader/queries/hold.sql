-- Kinds of which so many answers break their contract that the others wait.

-- name: CountBreach :exec
-- One more answer that broke its contract, unless it is counted already.
WITH counted AS (
    INSERT INTO ops.breaches (subject, fetched_at) VALUES (@subject, @fetched_at)
    ON CONFLICT (subject, fetched_at) DO NOTHING
    RETURNING fetched_at
)
INSERT INTO ops.holds AS t (source, kind, level, reason, suspect_from, newest_well)
SELECT @source, @kind, 2, @reason, c.fetched_at, c.fetched_at FROM counted AS c
ON CONFLICT (source, kind) DO UPDATE SET
    level = least(t.level + 2, @most::int),
    reason = excluded.reason,
    suspect_from = CASE WHEN t.level = 0 THEN excluded.suspect_from ELSE least(t.suspect_from, excluded.suspect_from) END,
    newest_well = CASE WHEN t.level = 0 THEN greatest(t.newest_well, excluded.newest_well) ELSE t.newest_well END,
    held_since = CASE WHEN t.level + 2 >= @most::int THEN coalesce(t.held_since, @now::timestamptz) ELSE t.held_since END;

-- name: DoubtedKinds :many
SELECT source, kind, suspect_from, (held_since IS NOT NULL)::boolean AS held FROM ops.holds WHERE level > 0 ORDER BY source, kind;

-- name: CountWell :exec
-- Answers of a kind that kept their contract.
UPDATE ops.holds AS t SET
    level = greatest(t.level - (SELECT count(*) FROM unnest(@fetched_at::timestamptz[]) AS a (at) WHERE a.at > t.newest_well)::int, 0),
    newest_well = greatest(t.newest_well, (SELECT max(a.at) FROM unnest(@fetched_at::timestamptz[]) AS a (at))),
    held_since = CASE WHEN t.level - (SELECT count(*) FROM unnest(@fetched_at::timestamptz[]) AS a (at) WHERE a.at > t.newest_well) <= @enough::int
        THEN NULL ELSE t.held_since END
WHERE t.source = @source AND t.kind = @kind;

-- name: ForgetBreaches :exec
DELETE FROM ops.breaches WHERE fetched_at < @before;

-- name: ReleaseKind :execrows
UPDATE ops.holds SET level = 0, held_since = NULL WHERE source = @source AND kind = @kind AND held_since IS NOT NULL;

-- name: LoadedBefore :many
-- Those that were given before their kind was suspect and are not put aside.
SELECT p.id FROM raw.payloads AS p
JOIN (SELECT unnest(@raw_ids::bigint[]) AS id, unnest(@suspect_from::timestamptz[]) AS suspect_from) AS v ON v.id = p.id
WHERE p.first_fetched_at < v.suspect_from AND NOT EXISTS (SELECT FROM raw.held AS h WHERE h.raw_id = p.id);

-- name: HoldPayloads :exec
INSERT INTO raw.held (raw_id, source, kind, subject)
SELECT unnest(@raw_id::bigint[]), unnest(@source::text[]), unnest(@kind::text[]), unnest(@subject::text[])
ON CONFLICT (raw_id) DO NOTHING;

-- name: NextHeld :many
-- The first of those whose kind is held no longer.
SELECT p.id, p.subject, p.outcome, p.sha256, p.content_type, p.body, p.original, p.request, p.last_fetched_at, p.job_id, p.run_id, p.stream_seq
FROM raw.held AS h JOIN raw.payloads AS p ON p.id = h.raw_id
WHERE NOT EXISTS (SELECT FROM ops.holds AS b WHERE b.source = h.source AND b.kind = h.kind AND b.held_since IS NOT NULL)
ORDER BY h.raw_id LIMIT 1;

-- name: TakeHeld :exec
DELETE FROM raw.held WHERE raw_id = @raw_id;

-- name: Holds :many
-- The kinds that are held, and those of which answers wait to be loaded still.
SELECT coalesce(b.source, h.source)::text AS source, coalesce(b.kind, h.kind)::text AS kind, b.held_since, coalesce(b.reason, '')::text AS reason, coalesce(h.waiting, 0)::bigint AS waiting
FROM (SELECT source, kind, held_since, reason FROM ops.holds WHERE held_since IS NOT NULL) AS b
FULL JOIN (SELECT source, kind, count(*) AS waiting FROM raw.held GROUP BY source, kind) AS h ON h.source = b.source AND h.kind = b.kind
ORDER BY 1, 2;
