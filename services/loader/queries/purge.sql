-- What TMDB's terms ask for when access ends: nothing of it stays. The marks come
-- first: they wait for anyone who derives one of the titles now, and keep others off
-- until the purge is committed.

-- name: MarkTmdbTitles :execrows
INSERT INTO ops.stale_titles (key, marked_at)
SELECT v.key, @marked_at
FROM (
    SELECT 'kobis:movie:' || m.movie_cd AS key FROM production.matches AS m WHERE m.tmdb_id IS NOT NULL
    UNION SELECT 'kobis:movie:' || s.movie_cd FROM staging.tmdb_searches AS s
    UNION SELECT 'tmdb:series:' || s.tmdb_id FROM staging.tmdb_series AS s
    UNION SELECT 'tmdb:series:' || t.tmdb_id FROM production.titles AS t WHERE t.kind = 'series'
) AS v
ORDER BY v.key COLLATE "C"
ON CONFLICT (key) DO UPDATE SET marked_at = excluded.marked_at, blocked_until = NULL, problem = NULL;

-- name: DeleteTmdbSearches :execrows
DELETE FROM staging.tmdb_searches;

-- name: DeleteTmdbMovies :execrows
DELETE FROM staging.tmdb_movies;

-- name: DeleteTmdbSeries :execrows
DELETE FROM staging.tmdb_series;

-- name: DeleteTmdbSeasons :execrows
DELETE FROM staging.tmdb_seasons;

-- name: DeleteTmdbPersons :execrows
DELETE FROM staging.tmdb_persons;

-- name: DeleteTmdbDiscoverPages :execrows
DELETE FROM staging.tmdb_discover_pages;

-- name: DeleteTmdbPeople :execrows
DELETE FROM staging.tmdb_people;

-- name: DeleteTmdbCompanies :execrows
DELETE FROM staging.tmdb_companies;

-- name: DeleteTmdbCredits :execrows
-- Those of both sources too: deriving their titles again brings KOBIS's back.
DELETE FROM production.credits AS c WHERE c.source = 'tmdb' OR c.merged_by IS NOT NULL
    OR c.person_id IN (SELECT p.id FROM production.people AS p WHERE p.tmdb_id IS NOT NULL);

-- name: DeleteProductionPeople :execrows
-- Those of KOBIS stay as they were.
DELETE FROM production.people WHERE tmdb_id IS NOT NULL;

-- name: DeleteTmdbTitleCompanies :execrows
DELETE FROM production.title_companies AS t
USING production.companies AS c
WHERE c.id = t.company_id AND c.tmdb_id IS NOT NULL;

-- name: DeleteProductionTmdbCompanies :execrows
DELETE FROM production.companies WHERE tmdb_id IS NOT NULL;

-- name: DeleteTmdbTitleGenres :execrows
-- Those of both sources too, as credits.
DELETE FROM production.title_genres AS t
USING production.genres AS g
WHERE g.id = t.genre_id AND (g.source = 'tmdb' OR 'tmdb' = ANY (t.sources));

-- name: DeleteTmdbGenres :execrows
-- Those that no other source's titles have; deriving brings back what is needed.
DELETE FROM production.genres AS g
WHERE g.source = 'tmdb' OR NOT EXISTS (
    SELECT FROM production.title_genres AS t WHERE t.genre_id = g.id AND ('tmdb' = ANY (t.sources)) IS NOT TRUE);

-- name: CountTmdb :many
-- What the statements above remove, by table, and the answers themselves.
SELECT 'production.credits'::text AS name, count(*) AS n FROM production.credits AS c WHERE c.source = 'tmdb' OR c.merged_by IS NOT NULL
    OR c.person_id IN (SELECT p.id FROM production.people AS p WHERE p.tmdb_id IS NOT NULL)
UNION ALL SELECT 'production.people', count(*) FROM production.people WHERE tmdb_id IS NOT NULL
UNION ALL SELECT 'production.title_companies', count(*) FROM production.title_companies AS t JOIN production.companies AS c ON c.id = t.company_id WHERE c.tmdb_id IS NOT NULL
UNION ALL SELECT 'production.companies', count(*) FROM production.companies WHERE tmdb_id IS NOT NULL
UNION ALL SELECT 'production.title_genres', count(*) FROM production.title_genres AS t JOIN production.genres AS g ON g.id = t.genre_id WHERE (g.source = 'tmdb' OR 'tmdb' = ANY (t.sources))
UNION ALL SELECT 'production.genres', count(*) FROM production.genres AS g WHERE g.source = 'tmdb' OR NOT EXISTS (
    SELECT FROM production.title_genres AS t WHERE t.genre_id = g.id AND ('tmdb' = ANY (t.sources)) IS NOT TRUE)
UNION ALL SELECT 'staging.tmdb_searches', count(*) FROM staging.tmdb_searches
UNION ALL SELECT 'staging.tmdb_movies', count(*) FROM staging.tmdb_movies
UNION ALL SELECT 'staging.tmdb_series', count(*) FROM staging.tmdb_series
UNION ALL SELECT 'staging.tmdb_seasons', count(*) FROM staging.tmdb_seasons
UNION ALL SELECT 'staging.tmdb_persons', count(*) FROM staging.tmdb_persons
UNION ALL SELECT 'staging.tmdb_discover_pages', count(*) FROM staging.tmdb_discover_pages
UNION ALL SELECT 'staging.tmdb_people', count(*) FROM staging.tmdb_people
UNION ALL SELECT 'staging.tmdb_companies', count(*) FROM staging.tmdb_companies
UNION ALL SELECT 'staging.kept_fields', count(*) FROM staging.kept_fields WHERE source = 'tmdb'
UNION ALL SELECT 'raw.payloads', count(*) FROM raw.payloads AS p WHERE p.expires_at <= @upto;
