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
SELECT DISTINCT 'tmdb:series:' || (id #>> '{}') FROM staging.tmdb_discover_pages,
    jsonb_path_query(series_ids, '$[*] ? (@.type() == "number" && @ >= 1 && @ <= 2147483647 && @.floor() == @)') AS id
UNION ALL
SELECT DISTINCT owner FROM ops.due;

-- name: OwnersOfMovies :many
-- The films that want, or once wanted, these films of TMDB.
SELECT d.owner::text AS owner FROM ops.due d WHERE d.subject = ANY(@subjects::text[])
UNION
SELECT ('kobis:movie:' || m.movie_cd)::text FROM production.matches m WHERE m.tmdb_id = ANY(@tmdb_ids::int[]);

-- name: DiscardDue :exec
-- Rows that can't be read; their owners are derived again.
WITH gone AS (DELETE FROM ops.due WHERE subject = ANY(@subjects::text[]) RETURNING owner)
INSERT INTO ops.plan_marks (entity) SELECT DISTINCT owner FROM gone WHERE length(owner) <= 1000;

-- name: DueOf :many
SELECT owner, subject, stage, rank, params, due_at FROM ops.due WHERE owner = ANY(@owners::text[]);

-- name: RemoveDue :exec
DELETE FROM ops.due d
USING (SELECT unnest(@owners::text[]) AS owner, unnest(@subjects::text[]) AS subject) v
WHERE d.owner = v.owner AND d.subject = v.subject;

-- name: PutDue :exec
INSERT INTO ops.due AS d (owner, subject, stage, rank, params, due_at, ready, since)
SELECT v.owner, v.subject, v.stage, v.rank, v.params, v.due_at, v.due_at <= @now::timestamptz, @now::timestamptz
FROM (SELECT unnest(@owners::text[]) AS owner, unnest(@subjects::text[]) AS subject, unnest(@stages::text[]) AS stage,
             unnest(@ranks::bigint[]) AS rank, unnest(@params::text[]) AS params, unnest(@due_ats::timestamptz[]) AS due_at) v
ON CONFLICT (owner, subject) DO UPDATE SET
    stage = excluded.stage, rank = excluded.rank, params = excluded.params, due_at = excluded.due_at,
    ready = greatest(excluded.due_at, d.not_before) <= @now::timestamptz,
    since = CASE WHEN d.stage = excluded.stage THEN d.since ELSE excluded.since END;

-- name: Ripen :execrows
UPDATE ops.due SET ready = true WHERE NOT ready AND greatest(due_at, not_before) <= @now::timestamptz;

-- name: HoldDue :exec
UPDATE ops.due SET not_before = @until::timestamptz, ready = false WHERE subject = ANY(@subjects::text[]);

-- name: Candidates :many
-- The best of a stage that can be asked for: not outstanding, not dead, not answered
-- and waiting to be loaded, and with no unread mark that may make it superfluous.
SELECT d.subject, d.rank, d.params
FROM ops.due d
WHERE d.stage = @stage AND d.ready
  AND NOT EXISTS (SELECT FROM ops.jobs j WHERE j.subject = d.subject)
  AND NOT EXISTS (SELECT FROM ops.plan_marks m WHERE m.entity = d.owner)
  AND NOT EXISTS (SELECT FROM ops.dead_letters l
                  WHERE l.name = d.subject AND l.resolved_at IS NULL AND l.retry_at > @now::timestamptz)
  AND NOT EXISTS (SELECT FROM raw.held h WHERE h.subject = d.subject)
ORDER BY d.rank, d.subject
LIMIT @most;

-- name: ReadyByStage :many
SELECT d.stage, count(DISTINCT d.subject) AS calls
FROM ops.due d
WHERE d.ready
  AND NOT EXISTS (SELECT FROM ops.jobs j WHERE j.subject = d.subject)
  AND NOT EXISTS (SELECT FROM ops.dead_letters l
                  WHERE l.name = d.subject AND l.resolved_at IS NULL AND l.retry_at > @now::timestamptz)
  AND NOT EXISTS (SELECT FROM raw.held h WHERE h.subject = d.subject)
GROUP BY d.stage;

-- name: NextFilms :many
SELECT movie_cd FROM staging.kobis_movies WHERE movie_cd > @after ORDER BY movie_cd LIMIT @most;

-- name: Deriving :one
-- Whether the loader still has titles to derive, other than those it can't.
SELECT EXISTS (SELECT FROM ops.stale_titles WHERE blocked_until IS NULL) AS deriving;

-- name: CountMarks :one
SELECT count(DISTINCT entity) FROM ops.plan_marks;

-- name: Census :one
-- How far the first load is, for the forecast of a person who can wait two seconds.
-- wanted are the searches that make sense for a film, as package search has them,
-- but for what brackets and words for editions hide.
WITH searched AS (
    SELECT movie_cd, array_agg(variant) AS answered, coalesce(array_agg(variant) FILTER (WHERE total_results > @page_size::int), '{}') AS crowded
    FROM staging.tmdb_searches GROUP BY movie_cd
), films AS (
    SELECT m.movie_cd, coalesce(s.answered, '{}') AS answered, coalesce(s.crowded, '{}') AS crowded, coalesce(p.status, 'none') AS status,
           d.movie_cd IS NULL AS without_detail, coalesce(m.main_nation = '한국', false) AS korean,
           coalesce(m.production_year BETWEEN @first_year::int AND @last_year::int, false)
             OR coalesce(extract(year FROM m.open_date) BETWEEN @first_year::int AND @last_year::int, false) AS dated,
           lower(btrim(regexp_replace(normalize(m.title, NFKC), '\s+', ' ', 'g'))) AS title,
           lower(btrim(regexp_replace(normalize(coalesce(m.title_en, ''), NFKC), '\s+', ' ', 'g'))) AS english,
           lower(btrim(regexp_replace(normalize(coalesce(d.title_original, ''), NFKC), '\s+', ' ', 'g'))) AS original
    FROM staging.kobis_movies m
    LEFT JOIN staging.kobis_movie_details d ON d.movie_cd = m.movie_cd
    LEFT JOIN searched s ON s.movie_cd = m.movie_cd
    LEFT JOIN production.matches p ON p.movie_cd = m.movie_cd
    WHERE m.missing_since IS NULL
), asked AS (
    SELECT answered, status, without_detail, array_remove(ARRAY[
               CASE WHEN title <> '' THEN 'ko' END,
               CASE WHEN title <> '' AND dated AND (korean OR 'ko' = ANY(crowded) OR 'ko-year' = ANY(answered)) THEN 'ko-year' END,
               CASE WHEN title <> '' AND dated AND 'ko-year' = ANY(crowded) THEN 'ko-year-2' END,
               CASE WHEN english NOT IN ('', title) THEN 'en' END,
               CASE WHEN english NOT IN ('', title) AND dated AND ('en' = ANY(crowded) OR 'en-year' = ANY(answered)) THEN 'en-year' END,
               CASE WHEN original NOT IN ('', title, english) THEN 'og' END
           ], NULL) AS wanted
    FROM films
)
SELECT count(*)::int AS films,
       (count(*) FILTER (WHERE without_detail))::int AS without_detail,
       coalesce(sum(cardinality(answered)), 0)::int AS searches,
       (count(*) FILTER (WHERE answered <> '{}'))::int AS searched,
       (count(*) FILTER (WHERE status IN ('matched', 'pinned')))::int AS matched,
       coalesce(avg(cardinality(wanted)), 0)::float8 AS variants,
       coalesce(sum((SELECT count(*) FROM unnest(wanted) AS w(variant) WHERE w.variant <> ALL(answered)))
                FILTER (WHERE answered <> '{}' AND status IN ('none', 'review')), 0)::int AS searches_left,
       (SELECT count(*) FROM staging.kobis_people_details)::int AS people_details,
       (SELECT count(*) FROM staging.tmdb_movies)::int AS tmdb_movies,
       (SELECT count(*) FROM staging.tmdb_series)::int AS tmdb_series,
       (SELECT count(*) FROM staging.tmdb_seasons)::int AS tmdb_seasons,
       (SELECT coalesce(sum(n), 0) FROM (
            SELECT count(*) AS n FROM staging.tmdb_series s,
                jsonb_path_query(s.seasons, '$[*] ? (@.number > 0 && @.episode_count > 0)') AS season
            WHERE s.missing_since IS NULL GROUP BY s.tmdb_id HAVING count(*) > 1) AS several)::int AS seasons
FROM asked;

-- name: ReadyStages :many
SELECT s.stage::text AS stage FROM unnest(@stages::text[]) AS s(stage)
WHERE EXISTS (SELECT FROM ops.due d WHERE d.ready AND d.stage = s.stage);
