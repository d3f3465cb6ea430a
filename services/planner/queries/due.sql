-- name: TakeMarks :many
-- The array is made once; a joined subquery may be run again for each row.
DELETE FROM ops.plan_marks
WHERE id = ANY(ARRAY(SELECT m.id FROM ops.plan_marks m ORDER BY m.id LIMIT @most FOR UPDATE SKIP LOCKED))
RETURNING entity;

-- name: AnyMark :one
SELECT EXISTS (SELECT FROM ops.plan_marks) AS marked;

-- name: MarkEverything :exec
INSERT INTO ops.plan_marks (entity)
SELECT 'kobis:movie:' || movie_cd FROM staging.kobis_movies
UNION ALL
SELECT 'tmdb:series:' || tmdb_id FROM staging.tmdb_series
UNION ALL
SELECT DISTINCT 'tmdb:series:' || id FROM staging.tmdb_discover_pages, jsonb_array_elements_text(series_ids) AS id
UNION ALL
SELECT DISTINCT owner FROM ops.due;

-- name: OwnersOfMovies :many
-- The films that want, or once wanted, these films of TMDB.
SELECT d.owner::text AS owner FROM ops.due d WHERE d.subject = ANY(@subjects::text[])
UNION
SELECT ('kobis:movie:' || m.movie_cd)::text FROM production.matches m WHERE m.tmdb_id = ANY(@tmdb_ids::int[]);

-- name: DueOf :many
SELECT owner, subject, stage, rank, params, due_at FROM ops.due WHERE owner = ANY(@owners::text[]);

-- name: RemoveDue :exec
DELETE FROM ops.due d
USING (SELECT unnest(@owners::text[]) AS owner, unnest(@subjects::text[]) AS subject) v
WHERE d.owner = v.owner AND d.subject = v.subject;

-- name: PutDue :exec
INSERT INTO ops.due AS d (owner, subject, stage, rank, params, due_at, ready)
SELECT v.owner, v.subject, v.stage, v.rank, v.params, v.due_at, v.due_at <= @now::timestamptz
FROM (SELECT unnest(@owners::text[]) AS owner, unnest(@subjects::text[]) AS subject, unnest(@stages::text[]) AS stage,
             unnest(@ranks::bigint[]) AS rank, unnest(@params::text[]) AS params, unnest(@due_ats::timestamptz[]) AS due_at) v
ON CONFLICT (owner, subject) DO UPDATE SET
    stage = excluded.stage, rank = excluded.rank, params = excluded.params, due_at = excluded.due_at,
    ready = greatest(excluded.due_at, d.not_before) <= @now::timestamptz;

-- name: Ripen :execrows
UPDATE ops.due SET ready = true WHERE NOT ready AND greatest(due_at, not_before) <= @now::timestamptz;

-- name: HoldDue :exec
UPDATE ops.due SET not_before = @until::timestamptz, ready = false WHERE subject = ANY(@subjects::text[]);

-- name: Candidates :many
-- The best of a stage that can be asked for: not outstanding, not dead, and with
-- no unread mark that may make it superfluous.
SELECT d.subject, d.rank, d.params
FROM ops.due d
WHERE d.stage = @stage AND d.ready
  AND NOT EXISTS (SELECT FROM ops.jobs j WHERE j.subject = d.subject)
  AND NOT EXISTS (SELECT FROM ops.plan_marks m WHERE m.entity = d.owner)
  AND NOT EXISTS (SELECT FROM ops.dead_letters l
                  WHERE l.name = d.subject AND l.resolved_at IS NULL AND l.retry_at > @now::timestamptz)
ORDER BY d.rank, d.subject
LIMIT @most;

-- name: ReadyByStage :many
SELECT d.stage, count(DISTINCT d.subject) AS calls
FROM ops.due d
WHERE d.ready
  AND NOT EXISTS (SELECT FROM ops.jobs j WHERE j.subject = d.subject)
  AND NOT EXISTS (SELECT FROM ops.dead_letters l
                  WHERE l.name = d.subject AND l.resolved_at IS NULL AND l.retry_at > @now::timestamptz)
GROUP BY d.stage;

-- name: NextFilms :many
SELECT movie_cd FROM staging.kobis_movies WHERE movie_cd > @after ORDER BY movie_cd LIMIT @most;

-- name: Deriving :one
-- Whether the loader still has titles to derive, other than those it can't.
SELECT EXISTS (SELECT FROM ops.stale_titles WHERE blocked_until IS NULL) AS deriving;

-- name: CountMarks :one
SELECT count(DISTINCT entity) FROM ops.plan_marks;

-- name: Census :one
-- How far the first load is, for the forecast of a person who can wait a second.
-- variants are the searches that make sense for a film: by the Korean title, for a
-- Korean film with a year first, and by another English title.
WITH films AS (
    SELECT (SELECT count(*) FROM staging.tmdb_searches s WHERE s.movie_cd = m.movie_cd) AS made,
           CASE WHEN m.main_nation = '한국' AND coalesce(m.production_year, extract(year FROM m.open_date)) IS NOT NULL THEN 2 ELSE 1 END
             + CASE WHEN m.title_en IS NULL OR lower(m.title_en) = lower(m.title) THEN 0 ELSE 1 END AS variants,
           coalesce(p.status, 'none') AS status,
           NOT EXISTS (SELECT FROM staging.kobis_movie_details d WHERE d.movie_cd = m.movie_cd) AS without_detail
    FROM staging.kobis_movies m LEFT JOIN production.matches p ON p.movie_cd = m.movie_cd
    WHERE m.missing_since IS NULL
)
SELECT count(*)::int AS films,
       (count(*) FILTER (WHERE without_detail))::int AS without_detail,
       coalesce(sum(made), 0)::int AS searches,
       (count(*) FILTER (WHERE made > 0))::int AS searched,
       (count(*) FILTER (WHERE status IN ('matched', 'pinned')))::int AS matched,
       coalesce(avg(variants), 0)::float8 AS variants,
       coalesce(sum(greatest(variants - made, 0)) FILTER (WHERE made > 0 AND status IN ('none', 'review')), 0)::int AS searches_left,
       (SELECT count(*) FROM staging.tmdb_movies)::int AS tmdb_movies,
       (SELECT count(*) FROM staging.tmdb_series)::int AS tmdb_series
FROM films;

-- name: ReadyStages :many
SELECT s.stage::text AS stage FROM unnest(@stages::text[]) AS s(stage)
WHERE EXISTS (SELECT FROM ops.due d WHERE d.ready AND d.stage = s.stage);
