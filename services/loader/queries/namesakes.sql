-- What films of one title are to each other.

-- name: Namesakes :many
-- The other films of their titles, up to a number that is too many. A title of signs
-- alone has no key. LIMIT keeps it from joining by a scan of the whole table, as it
-- would for as long as nothing is known of a table that is being filled.
SELECT f.movie_cd AS of_movie_cd, o.movie_cd, o.production_year, o.open_date, o.type_name, o.nations, o.directors
FROM (
    SELECT k.movie_cd, staging.title_key(k.title) AS key
    FROM staging.kobis_movies AS k
    WHERE k.movie_cd = ANY (@movie_cds::text[])
) AS f
CROSS JOIN LATERAL (
    SELECT k.movie_cd, k.production_year, k.open_date, k.type_name, k.nations, k.directors
    FROM staging.kobis_movies AS k
    WHERE staging.title_key(k.title) = f.key AND k.movie_cd <> f.movie_cd LIMIT @too_many::int
) AS o
WHERE f.key <> '';

-- name: SyncNamesakes :many
-- The keys of titles that some of the films came to, changed in or left since they were
-- derived last, which is noted. Where more than so many films of a title are noted beside
-- them already, one more or another changes the match of none; one less might.
WITH present AS (
    SELECT k.movie_cd, staging.title_key(k.title) AS key, md5(ROW(
        k.production_year, k.open_date - DATE '2000-01-01', k.type_name, k.nations, k.directors)::text)::uuid AS facts
    FROM staging.kobis_movies AS k
    WHERE k.movie_cd = ANY (@movie_cds::text[])
), changed AS (
    SELECT v.movie_cd, p.key, p.facts, n.key AS old_key
    FROM (SELECT unnest(@movie_cds::text[]) AS movie_cd) AS v
    LEFT JOIN present AS p ON p.movie_cd = v.movie_cd
    LEFT JOIN ops.namesakes AS n ON n.movie_cd = v.movie_cd
    WHERE (p.key, p.facts) IS DISTINCT FROM (n.key, n.facts)
), gone AS (
    DELETE FROM ops.namesakes AS t USING changed AS c WHERE t.movie_cd = c.movie_cd AND c.key IS NULL
), put AS (
    INSERT INTO ops.namesakes AS t (movie_cd, key, facts)
    SELECT c.movie_cd, c.key, c.facts FROM changed AS c WHERE c.key IS NOT NULL
    ON CONFLICT (movie_cd) DO UPDATE SET key = excluded.key, facts = excluded.facts
)
SELECT w.key::text AS key
FROM (
    SELECT u.key, bool_or(u.gone) AS gone
    FROM (
        SELECT c.key, false AS gone FROM changed AS c WHERE c.key <> ''
        UNION ALL
        SELECT c.old_key, true FROM changed AS c WHERE c.old_key <> '' AND c.old_key IS DISTINCT FROM c.key
    ) AS u
    GROUP BY u.key
) AS w
WHERE w.gone OR NOT EXISTS (
    SELECT FROM ops.namesakes AS o WHERE o.key = w.key AND o.movie_cd <> ALL (@movie_cds::text[]) OFFSET @most::int LIMIT 1
);

-- name: MarkNamesakes :exec
-- A mark for each of the titles of which another film is that may depend on it. The
-- transaction is part of its key, so nobody who derives films waits for who holds one.
INSERT INTO ops.stale_titles (key, marked_at)
SELECT @prefix::text || pg_current_xact_id() || '.' || f.key, @marked_at
FROM (
    SELECT DISTINCT c.key FROM staging.films_that_count_namesakes(@keys::text[]) AS c (movie_cd, key)
    WHERE c.movie_cd <> ALL (@movie_cds::text[])
) AS f
ORDER BY f.key COLLATE "C"
ON CONFLICT (key) DO UPDATE SET marked_at = excluded.marked_at, blocked_until = NULL, problem = NULL;

-- name: FilmsThatCountNamesakes :many
SELECT c.movie_cd::text AS movie_cd FROM staging.films_that_count_namesakes(@keys::text[]) AS c (movie_cd, key);

-- name: MarkLeftTitles :exec
-- Titles that films had until now, without a look at who counts them: a film that is loaded at the same
-- time is not seen.
INSERT INTO ops.stale_titles (key, marked_at)
SELECT @prefix::text || pg_current_xact_id() || '.' || t.key, @marked_at
FROM (SELECT DISTINCT staging.title_key(v.title) AS key FROM (SELECT unnest(@titles::text[]) AS title) AS v) AS t
WHERE t.key <> ''
ORDER BY t.key COLLATE "C"
ON CONFLICT (key) DO UPDATE SET marked_at = excluded.marked_at, blocked_until = NULL, problem = NULL;
