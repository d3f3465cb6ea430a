-- name: Windows :many
SELECT scope, phase, since, head, due_at, completed_at, read_at, total, known, evidence FROM ops.windows;

-- name: PutWindow :exec
INSERT INTO ops.windows (scope, phase, since, head, due_at, completed_at, read_at, total, known, evidence)
VALUES (@scope, @phase, @since, @head, @due_at, @completed_at, @read_at, @total, @known, @evidence)
ON CONFLICT (scope) DO UPDATE SET
    phase = excluded.phase, since = excluded.since, head = excluded.head, due_at = excluded.due_at,
    completed_at = excluded.completed_at, read_at = excluded.read_at, total = excluded.total,
    known = excluded.known, evidence = excluded.evidence;

-- name: DoubtWindows :exec
-- Every year that was not judged since is looked at again.
UPDATE ops.windows SET due_at = @now::timestamptz
WHERE scope NOT IN ('all', 'people') AND phase = 'complete' AND (completed_at IS NULL OR completed_at < @judged_before::timestamptz);

-- name: PagesOf :many
SELECT scope, page, total_count, movie_cds, fetched_at FROM staging.kobis_list_pages
WHERE scope = ANY(@scopes::text[]) AND isfinite(fetched_at) ORDER BY scope, page;

-- name: PagesSince :many
SELECT page, total_count, movie_cds, fetched_at FROM staging.kobis_list_pages
WHERE scope = @scope AND fetched_at > @since::timestamptz AND isfinite(fetched_at) ORDER BY page;

-- name: PageFilms :many
SELECT movie_cds FROM staging.kobis_list_pages WHERE scope = @scope AND page = @page;

-- name: NewestPages :many
SELECT scope, max(fetched_at)::timestamptz AS fetched_at FROM staging.kobis_list_pages
WHERE scope = ANY(@scopes::text[]) AND isfinite(fetched_at) GROUP BY scope;

-- name: PageTimes :many
-- The pages of a scope, with the number of the films that stood on them.
SELECT page, total_count, fetched_at,
       (CASE WHEN jsonb_typeof(movie_cds) = 'array' THEN jsonb_array_length(movie_cds) ELSE 0 END)::int AS films
FROM staging.kobis_list_pages
WHERE scope = @scope AND (sqlc.narg(since)::timestamptz IS NULL OR fetched_at > sqlc.narg(since)::timestamptz) AND isfinite(fetched_at)
ORDER BY page;

-- name: CountFilms :one
SELECT count(*) FROM staging.kobis_movies WHERE missing_since IS NULL;

-- name: CountMade :one
SELECT count(*) FROM staging.kobis_movies WHERE production_year = @year::int AND missing_since IS NULL;

-- name: CountOpened :one
SELECT count(*) FROM staging.kobis_movies
WHERE open_date >= @from_date::date AND open_date < @to_date::date AND missing_since IS NULL;

-- name: FilmsMade :many
SELECT movie_cd FROM staging.kobis_movies WHERE production_year = @year::int AND missing_since IS NULL;

-- name: FilmsOpened :many
SELECT movie_cd FROM staging.kobis_movies
WHERE open_date >= @from_date::date AND open_date < @to_date::date AND missing_since IS NULL;

-- name: RecordEdits :exec
INSERT INTO ops.kobis_edits (movie_cd, seen_at)
SELECT unnest(@movie_cds::text[]), @seen_at::timestamptz
ON CONFLICT (movie_cd) DO UPDATE SET seen_at = greatest(ops.kobis_edits.seen_at, excluded.seen_at);

-- name: ForgetEdits :exec
-- Edits whose detail was read afterwards.
DELETE FROM ops.kobis_edits e USING staging.kobis_movie_details d
WHERE d.movie_cd = e.movie_cd AND d.fetched_at > e.seen_at AND e.seen_at < @before::timestamptz;

-- name: PeoplePages :many
-- The pages of the list of people that were fetched after a time, if one is given.
SELECT page, total_count, people_cds, fetched_at FROM staging.kobis_people_pages
WHERE (sqlc.narg(since)::timestamptz IS NULL OR fetched_at > sqlc.narg(since)::timestamptz) AND isfinite(fetched_at)
ORDER BY page;

-- name: PeoplePageTimes :many
-- Likewise, with the number of the people on each, and their codes of the first alone.
SELECT page, total_count, fetched_at,
       (CASE WHEN jsonb_typeof(people_cds) = 'array' THEN jsonb_array_length(people_cds) ELSE 0 END)::int AS people,
       (CASE WHEN row_number() OVER (ORDER BY page) = 1 THEN people_cds END)::jsonb AS first_cds
FROM staging.kobis_people_pages
WHERE (sqlc.narg(since)::timestamptz IS NULL OR fetched_at > sqlc.narg(since)::timestamptz) AND isfinite(fetched_at)
ORDER BY page;

-- name: NewestPeoplePages :many
-- When a page of the list of people was fetched last, and its first one; nothing before one was.
SELECT max(fetched_at)::timestamptz AS fetched_at, coalesce(max(fetched_at) FILTER (WHERE page = 1), 'epoch')::timestamptz AS head_at
FROM staging.kobis_people_pages WHERE isfinite(fetched_at) HAVING count(*) > 0;

-- name: CountPeople :one
SELECT count(*) FROM staging.kobis_people;
