-- What TMDB's terms don't allow to keep any longer. Each statement removes a
-- limited number of rows, the longest expired first, which an index finds, and
-- says which; the titles that stood on them are marked in the same transaction.
-- Rows that are locked are left for the next time, so nobody waits for another.

-- name: ExpireTmdbSearches :many
DELETE FROM staging.tmdb_searches AS t
USING (SELECT s.movie_cd, s.variant FROM staging.tmdb_searches AS s WHERE s.expires_at <= @now
    ORDER BY s.expires_at LIMIT @most FOR UPDATE SKIP LOCKED) AS v
WHERE t.movie_cd = v.movie_cd AND t.variant = v.variant
RETURNING t.movie_cd;

-- name: ExpireTmdbMovies :many
DELETE FROM staging.tmdb_movies AS t
USING (SELECT s.tmdb_id FROM staging.tmdb_movies AS s WHERE s.expires_at <= @now
    ORDER BY s.expires_at LIMIT @most FOR UPDATE SKIP LOCKED) AS v
WHERE t.tmdb_id = v.tmdb_id
RETURNING t.tmdb_id;

-- name: ExpireTmdbSeries :many
DELETE FROM staging.tmdb_series AS t
USING (SELECT s.tmdb_id FROM staging.tmdb_series AS s WHERE s.expires_at <= @now
    ORDER BY s.expires_at LIMIT @most FOR UPDATE SKIP LOCKED) AS v
WHERE t.tmdb_id = v.tmdb_id
RETURNING t.tmdb_id;

-- name: ExpireTmdbSeasons :many
DELETE FROM staging.tmdb_seasons AS t
USING (SELECT s.tmdb_id, s.season_number FROM staging.tmdb_seasons AS s WHERE s.expires_at <= @now
    ORDER BY s.expires_at LIMIT @most FOR UPDATE SKIP LOCKED) AS v
WHERE t.tmdb_id = v.tmdb_id AND t.season_number = v.season_number
RETURNING t.tmdb_id;

-- name: ExpireTmdbPersons :execrows
DELETE FROM staging.tmdb_persons AS t
USING (SELECT s.tmdb_id FROM staging.tmdb_persons AS s WHERE s.expires_at <= @now
    ORDER BY s.expires_at LIMIT @most FOR UPDATE SKIP LOCKED) AS v
WHERE t.tmdb_id = v.tmdb_id;

-- name: ExpireTmdbDiscoverPages :execrows
DELETE FROM staging.tmdb_discover_pages WHERE expires_at <= @now;

-- name: ExpireTmdbPeople :many
-- Anyone who is still credited waits until that title has been derived again.
DELETE FROM staging.tmdb_people AS t
USING (SELECT s.tmdb_id FROM staging.tmdb_people AS s
    WHERE s.expires_at <= @now AND NOT EXISTS (
        SELECT FROM production.people AS p JOIN production.credits AS c ON c.person_id = p.id WHERE p.tmdb_id = s.tmdb_id)
    ORDER BY s.expires_at LIMIT @most FOR UPDATE SKIP LOCKED) AS v
WHERE t.tmdb_id = v.tmdb_id
RETURNING t.tmdb_id;

-- name: DeletePeople :execrows
DELETE FROM production.people WHERE tmdb_id = ANY (@tmdb_ids::int[]);

-- name: ExpireTmdbCompanies :many
DELETE FROM staging.tmdb_companies AS t
USING (SELECT s.tmdb_id FROM staging.tmdb_companies AS s
    WHERE s.expires_at <= @now AND NOT EXISTS (
        SELECT FROM production.companies AS p JOIN production.title_companies AS c ON c.company_id = p.id WHERE p.tmdb_id = s.tmdb_id)
        AND NOT EXISTS (
        SELECT FROM production.companies AS p JOIN production.title_companies AS c ON c.tmdb_company_id = p.id WHERE p.tmdb_id = s.tmdb_id)
    ORDER BY s.expires_at LIMIT @most FOR UPDATE SKIP LOCKED) AS v
WHERE t.tmdb_id = v.tmdb_id
RETURNING t.tmdb_id;

-- name: DeleteTmdbCompaniesOf :execrows
DELETE FROM production.companies WHERE tmdb_id = ANY (@tmdb_ids::int[]);

-- name: ExpirePayloads :one
-- Notes go with their payload, and it waits for nothing any more.
WITH gone AS (
    DELETE FROM raw.payloads AS t
    USING (SELECT s.id FROM raw.payloads AS s WHERE s.expires_at <= @now
        ORDER BY s.expires_at LIMIT @most FOR UPDATE SKIP LOCKED) AS v
    WHERE t.id = v.id
    RETURNING t.id
), notes AS (
    DELETE FROM raw.field_notes AS n USING gone WHERE n.raw_id = gone.id
), held AS (
    DELETE FROM raw.held AS h USING gone WHERE h.raw_id = gone.id
)
SELECT count(*) FROM gone;
