-- name: Mark :exec
-- DO UPDATE, because it waits for a worker that holds the mark and is about to
-- remove it, and then inserts it again. DO NOTHING would not wait, and what this
-- transaction has loaded would never be derived.
INSERT INTO ops.stale_titles (key, marked_at)
SELECT unnest(@keys::text[]), @marked_at
ON CONFLICT (key) DO UPDATE SET marked_at = excluded.marked_at, blocked_until = NULL, problem = NULL;

-- name: FilmsWithout :many
-- The films among these that production does not know.
SELECT v.movie_cd::text AS movie_cd
FROM (SELECT unnest(@movie_cds::text[]) AS movie_cd) AS v
WHERE NOT EXISTS (SELECT FROM production.matches AS m WHERE m.movie_cd = v.movie_cd);

-- name: SeriesWithout :many
SELECT v.tmdb_id::int AS tmdb_id
FROM (SELECT unnest(@tmdb_ids::int[]) AS tmdb_id) AS v
WHERE NOT EXISTS (SELECT FROM production.titles AS t WHERE t.kind = 'series' AND t.tmdb_id = v.tmdb_id);

-- name: TakeMarks :many
-- Marks of one kind, locked. What another worker holds is passed over.
SELECT key FROM ops.stale_titles
WHERE key >= @from_key AND key < @to_key AND (blocked_until IS NULL OR blocked_until <= @now)
ORDER BY key
LIMIT @max_marks
FOR UPDATE SKIP LOCKED;

-- name: IsMarked :one
-- Whether there is a mark of one kind, also one that another worker holds.
SELECT EXISTS (
    SELECT FROM ops.stale_titles
    WHERE key >= @from_key AND key < @to_key AND (blocked_until IS NULL OR blocked_until <= @now)
)::boolean AS marked;

-- name: NextMarks :many
-- What TakeMarks would take, without a lock and without suspects.
SELECT m.key FROM ops.stale_titles AS m
WHERE m.key >= @from_key AND m.key < @to_key AND (m.blocked_until IS NULL OR m.blocked_until <= @now)
    AND NOT EXISTS (SELECT FROM ops.suspects AS s WHERE s.kind = 'title' AND s.key = m.key)
ORDER BY m.key
LIMIT @max_marks;

-- name: TakeTheseMarks :many
SELECT key FROM ops.stale_titles
WHERE key >= @from_key AND key < @to_key AND key = ANY (@keys::text[]) AND (blocked_until IS NULL OR blocked_until <= @now)
ORDER BY key
FOR UPDATE SKIP LOCKED;

-- name: RemoveMarks :exec
DELETE FROM ops.stale_titles WHERE key = ANY (@keys::text[]);

-- name: BlockMark :exec
UPDATE ops.stale_titles SET blocked_until = @blocked_until, problem = @problem WHERE key = @key;

-- name: CountMarks :one
SELECT count(*) FROM ops.stale_titles;

-- name: FilmsOfTmdbMovies :many
-- The films that a record of TMDB has a part in: as a candidate of a search, as
-- the match, or by a human verdict.
SELECT s.movie_cd
FROM (SELECT unnest(@candidates::jsonb[]) AS candidate) AS v
JOIN staging.tmdb_searches AS s ON s.candidates @> v.candidate
UNION
SELECT m.movie_cd FROM production.matches AS m WHERE m.tmdb_id = ANY (@tmdb_ids::int[])
UNION
SELECT c.movie_cd FROM curation.verdicts AS c WHERE c.tmdb_id = ANY (@tmdb_ids::int[]);

-- name: ListedTitles :many
-- Locked, as they are about to be written: anyone who loads the same films at the same
-- time has ended before they are read.
SELECT movie_cd, title
FROM staging.kobis_movies
WHERE movie_cd = ANY (@movie_cds::text[])
ORDER BY movie_cd
FOR UPDATE;
