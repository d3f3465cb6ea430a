-- Fields that rest on an older answer than their row.

-- name: KeptEntities :many
-- Those among the entities that have such fields.
SELECT DISTINCT k.entity FROM staging.kept_fields AS k
WHERE k.source = @source AND k.kind = @kind AND k.entity = ANY (@entities::text[])
ORDER BY k.entity;

-- name: AnsweredOften :many
-- The subjects with more than one answer that may be used, and a digest that changes
-- with them.
SELECT p.subject, md5(string_agg(concat_ws(' ', p.id, p.first_fetched_at, p.last_fetched_at, p.told_at), ',' ORDER BY p.id)) AS digest
FROM raw.payloads AS p
WHERE p.subject = ANY (@subjects::text[]) AND p.outcome = 'ok'
GROUP BY p.subject
HAVING count(*) > 1;

-- name: SetKeptFields :exec
-- The fields of the entities are these and no others.
WITH wanted AS (
    SELECT unnest(@entity::text[]) AS entity, unnest(@field::text[]) AS field, unnest(@why::text[]) AS why,
        nullif(unnest(@raw_id::bigint[]), 0) AS raw_id, unnest(@fetched_at::timestamp with time zone[]) AS fetched_at,
        unnest(@expires_at::timestamp with time zone[]) AS expires_at, unnest(@ask_again_at::timestamp with time zone[]) AS ask_again_at
), gone AS (
    DELETE FROM staging.kept_fields AS k
    WHERE k.source = @source AND k.kind = @kind AND k.entity = ANY (@entities::text[])
        AND NOT EXISTS (SELECT FROM wanted AS w WHERE w.entity = k.entity AND w.field = k.field)
)
INSERT INTO staging.kept_fields AS t (source, kind, entity, field, why, raw_id, fetched_at, expires_at, ask_again_at)
SELECT @source, @kind, w.entity, w.field, w.why, w.raw_id, w.fetched_at, w.expires_at, w.ask_again_at FROM wanted AS w
ON CONFLICT (source, kind, entity, field) DO UPDATE SET
    why = excluded.why, raw_id = excluded.raw_id, fetched_at = excluded.fetched_at, expires_at = excluded.expires_at,
    ask_again_at = excluded.ask_again_at
WHERE (t.why, t.raw_id, t.fetched_at, t.expires_at, t.ask_again_at)
    IS DISTINCT FROM (excluded.why, excluded.raw_id, excluded.fetched_at, excluded.expires_at, excluded.ask_again_at);

-- name: StoredAnswers :many
-- All that is stored of the subjects and may be used, newest first.
SELECT p.id, p.subject, p.first_fetched_at, p.last_fetched_at, p.told_at
FROM raw.payloads AS p
WHERE p.subject = ANY (@subjects::text[]) AND p.outcome = 'ok' AND (p.expires_at IS NULL OR p.expires_at > @now)
    AND NOT EXISTS (SELECT FROM raw.held AS h WHERE h.raw_id = p.id)
    AND NOT EXISTS (SELECT FROM raw.floors AS f WHERE f.source = @source AND p.last_fetched_at <= f.floor)
ORDER BY p.subject, p.last_fetched_at DESC, p.id DESC;

-- name: ListedAnswers :many
-- The pages that rows of the list stand on, the newest first.
SELECT v.movie_cd, p.id, p.last_fetched_at
FROM (
    SELECT m.movie_cd, m.raw_id FROM staging.kobis_movies AS m WHERE m.movie_cd = ANY (@movie_cds::text[])
    UNION
    SELECT k.entity, k.raw_id FROM staging.kept_fields AS k
    WHERE k.source = 'kobis' AND k.kind = 'movie-list' AND k.entity = ANY (@movie_cds::text[])
    UNION
    SELECT unnest(@of_chunk::text[]), unnest(@raw_ids::bigint[])
) AS v
JOIN raw.payloads AS p ON p.id = v.raw_id
ORDER BY v.movie_cd, p.last_fetched_at DESC, p.id DESC;

-- name: ListedPeopleAnswers :many
-- The same of the list of people.
SELECT v.people_cd, p.id, p.last_fetched_at
FROM (
    SELECT m.people_cd, m.raw_id FROM staging.kobis_people AS m WHERE m.people_cd = ANY (@people_cds::text[])
    UNION
    SELECT k.entity, k.raw_id FROM staging.kept_fields AS k
    WHERE k.source = 'kobis' AND k.kind = 'people-list' AND k.entity = ANY (@people_cds::text[])
    UNION
    SELECT unnest(@of_chunk::text[]), unnest(@raw_ids::bigint[])
) AS v
JOIN raw.payloads AS p ON p.id = v.raw_id
ORDER BY v.people_cd, p.last_fetched_at DESC, p.id DESC;

-- name: StoredBody :one
-- As it came.
SELECT subject, request, coalesce(original, convert_to(body::text, 'UTF8'))::bytea AS body
FROM raw.payloads
WHERE id = @id;

-- name: ExpiredKeptFields :many
SELECT DISTINCT k.kind, k.entity FROM (
    SELECT e.kind, e.entity FROM staging.kept_fields AS e WHERE e.source = 'tmdb' AND e.expires_at <= @now
    ORDER BY e.expires_at LIMIT @most) AS k
ORDER BY k.kind, k.entity;

-- name: DeleteTmdbKeptFields :execrows
DELETE FROM staging.kept_fields WHERE source = 'tmdb';

-- name: KeptFieldsOf :many
-- Of a title: its film at KOBIS, what was searched for it, and its record of TMDB.
SELECT k.source, k.kind, k.entity, k.field, k.why, k.raw_id, k.fetched_at
FROM staging.kept_fields AS k
WHERE (k.source = 'kobis' AND k.kind IN ('movie-list', 'movie-detail') AND k.entity = @movie_cd::text)
    OR (k.source = 'tmdb' AND k.kind = 'movie-search' AND @movie_cd::text <> '' AND starts_with(k.entity, @movie_cd::text || '.'))
    OR (k.source = 'tmdb' AND k.kind = @kind::text || '-detail' AND k.entity = @tmdb_id::text)
    OR (k.source = 'tmdb' AND k.kind = 'season-detail' AND @kind::text = 'series' AND starts_with(k.entity, @tmdb_id::text || '.'))
ORDER BY k.source, k.kind, k.field;
