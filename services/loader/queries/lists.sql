-- Likewise for what TMDB lists about a work in few columns.

-- name: SyncImages :one
WITH want AS (
    SELECT v.title_id, v.kind, v.position, v.path, nullif(v.language, '') AS language, v.width, v.height,
        v.vote_average, v.vote_count
    FROM (
        SELECT
            unnest(@title_id::uuid[]) AS title_id,
            unnest(@kind::text[]) AS kind,
            unnest(@position::int[]) AS position,
            unnest(@path::text[]) AS path,
            unnest(@language::text[]) AS language,
            unnest(@width::int4[]) AS width,
            unnest(@height::int4[]) AS height,
            unnest(@vote_average::float8[]) AS vote_average,
            unnest(@vote_count::int4[]) AS vote_count
    ) AS v
), gone AS (
    DELETE FROM production.images AS t
    WHERE t.title_id = ANY (@title_ids::uuid[])
        AND NOT EXISTS (SELECT FROM want AS w WHERE w.title_id = t.title_id AND w.kind = t.kind AND w.position = t.position)
    RETURNING t.title_id
), put AS (
    INSERT INTO production.images AS t (
        title_id, kind, position, path, language, width, height, vote_average, vote_count)
    SELECT w.title_id, w.kind, w.position, w.path, w.language, w.width, w.height, w.vote_average, w.vote_count
    FROM want AS w
    WHERE NOT EXISTS (SELECT FROM production.images AS t
        WHERE t.title_id = w.title_id AND t.kind = w.kind AND t.position = w.position
        AND (t.path, t.language, t.width, t.height, t.vote_average, t.vote_count)
            IS NOT DISTINCT FROM (w.path, w.language, w.width, w.height, w.vote_average, w.vote_count))
    ON CONFLICT (title_id, kind, position) DO UPDATE SET
        path = excluded.path,
        language = excluded.language,
        width = excluded.width,
        height = excluded.height,
        vote_average = excluded.vote_average,
        vote_count = excluded.vote_count
    RETURNING t.title_id
)
SELECT coalesce(array_agg(v.title_id), '{}')::uuid[] AS written
FROM (SELECT title_id FROM gone UNION ALL SELECT title_id FROM put) AS v;

-- name: SyncKeywords :one
WITH want AS (
    SELECT v.title_id, v.position, v.name
    FROM (
        SELECT
            unnest(@title_id::uuid[]) AS title_id,
            unnest(@position::int[]) AS position,
            unnest(@name::text[]) AS name
    ) AS v
), gone AS (
    DELETE FROM production.keywords AS t
    WHERE t.title_id = ANY (@title_ids::uuid[])
        AND NOT EXISTS (SELECT FROM want AS w WHERE w.title_id = t.title_id AND w.position = t.position)
    RETURNING t.title_id
), put AS (
    INSERT INTO production.keywords AS t (
        title_id, position, name)
    SELECT w.title_id, w.position, w.name
    FROM want AS w
    WHERE NOT EXISTS (SELECT FROM production.keywords AS t
        WHERE t.title_id = w.title_id AND t.position = w.position AND t.name = w.name)
    ON CONFLICT (title_id, position) DO UPDATE SET
        name = excluded.name
    RETURNING t.title_id
)
SELECT coalesce(array_agg(v.title_id), '{}')::uuid[] AS written
FROM (SELECT title_id FROM gone UNION ALL SELECT title_id FROM put) AS v;

-- name: SyncExternalIds :one
WITH want AS (
    SELECT v.title_id, v.site, v.external_id
    FROM (
        SELECT
            unnest(@title_id::uuid[]) AS title_id,
            unnest(@site::text[]) AS site,
            unnest(@external_id::text[]) AS external_id
    ) AS v
), gone AS (
    DELETE FROM production.external_ids AS t
    WHERE t.title_id = ANY (@title_ids::uuid[])
        AND NOT EXISTS (SELECT FROM want AS w WHERE w.title_id = t.title_id AND w.site = t.site)
    RETURNING t.title_id
), put AS (
    INSERT INTO production.external_ids AS t (
        title_id, site, external_id)
    SELECT w.title_id, w.site, w.external_id
    FROM want AS w
    WHERE NOT EXISTS (SELECT FROM production.external_ids AS t
        WHERE t.title_id = w.title_id AND t.site = w.site AND t.external_id = w.external_id)
    ON CONFLICT (title_id, site) DO UPDATE SET
        external_id = excluded.external_id
    RETURNING t.title_id
)
SELECT coalesce(array_agg(v.title_id), '{}')::uuid[] AS written
FROM (SELECT title_id FROM gone UNION ALL SELECT title_id FROM put) AS v;
