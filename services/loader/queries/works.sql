-- A work and its editions. What is in a table of its own is written as a whole:
-- the wanted rows of the titles at hand, against those that are there; a row that
-- is already so is left alone. What comes back are the titles of the rows that were
-- written or removed, once for each.

-- name: MatchesOf :many
SELECT movie_cd, tmdb_id::int AS tmdb_id
FROM production.matches
WHERE movie_cd = ANY (@movie_cds::text[]) AND status IN ('matched', 'pinned') AND tmdb_id IS NOT NULL;

-- name: AddWorks :exec
-- Sorted, so that of two who add the same rows one waits and none waits in a circle.
INSERT INTO ops.works (tmdb_id)
SELECT v.tmdb_id
FROM (SELECT unnest(@tmdb_ids::int[]) AS tmdb_id) AS v
WHERE NOT EXISTS (SELECT FROM ops.works AS w WHERE w.tmdb_id = v.tmdb_id)
ORDER BY v.tmdb_id
ON CONFLICT (tmdb_id) DO NOTHING;

-- name: LockWorks :exec
SELECT tmdb_id FROM ops.works WHERE tmdb_id = ANY (@tmdb_ids::int[]) ORDER BY tmdb_id FOR UPDATE;

-- name: OtherEditions :many
SELECT movie_cd, tmdb_id::int AS tmdb_id
FROM production.matches
WHERE tmdb_id = ANY (@tmdb_ids::int[]) AND status IN ('matched', 'pinned') AND movie_cd <> ALL (@movie_cds::text[])
ORDER BY movie_cd;

-- name: SyncEditions :one
WITH want AS (
    SELECT v.movie_cd, v.title_id, v.is_main, nullif(v.title_ko, '') AS title_ko,
        nullif(v.title_en, '') AS title_en, v.production_year, v.release_date, v.runtime_minutes,
        nullif(v.watch_grade, '') AS watch_grade, nullif(v.form, '') AS form,
        nullif(v.status, '') AS status, v.missing_since, nullif(v.grade_code, '') AS grade_code,
        nullif(v.status_code, '') AS status_code, v.adult
    FROM (
        SELECT
            unnest(@movie_cd::text[]) AS movie_cd,
            unnest(@title_id::uuid[]) AS title_id,
            unnest(@is_main::boolean[]) AS is_main,
            unnest(@title_ko::text[]) AS title_ko,
            unnest(@title_en::text[]) AS title_en,
            unnest(@production_year::int4[]) AS production_year,
            unnest(@release_date::date[]) AS release_date,
            unnest(@runtime_minutes::int4[]) AS runtime_minutes,
            unnest(@watch_grade::text[]) AS watch_grade,
            unnest(@form::text[]) AS form,
            unnest(@status::text[]) AS status,
            unnest(@missing_since::timestamp with time zone[]) AS missing_since,
            unnest(@grade_code::text[]) AS grade_code,
            unnest(@status_code::text[]) AS status_code,
            unnest(@adult::boolean[]) AS adult
    ) AS v
), gone AS (
    DELETE FROM production.editions AS t
    WHERE t.movie_cd = ANY (@movie_cds::text[])
        AND NOT EXISTS (SELECT FROM want AS w WHERE w.movie_cd = t.movie_cd)
    RETURNING t.title_id
), put AS (
    INSERT INTO production.editions AS t (
        movie_cd, title_id, is_main, title_ko, title_en, production_year, release_date,
        runtime_minutes, watch_grade, form, status, missing_since, grade_code, status_code, adult, updated_at)
    SELECT w.movie_cd, w.title_id, w.is_main, w.title_ko, w.title_en, w.production_year,
        w.release_date, w.runtime_minutes, w.watch_grade, w.form, w.status, w.missing_since,
        w.grade_code, w.status_code, w.adult, @loaded_at
    FROM want AS w
    WHERE NOT EXISTS (SELECT FROM production.editions AS t WHERE t.movie_cd = w.movie_cd
        AND (t.title_id, t.is_main, t.title_ko, t.title_en, t.production_year, t.release_date,
            t.runtime_minutes, t.watch_grade, t.form, t.status, t.missing_since, t.grade_code, t.status_code, t.adult)
            IS NOT DISTINCT FROM (w.title_id, w.is_main, w.title_ko, w.title_en, w.production_year, w.release_date,
                w.runtime_minutes, w.watch_grade, w.form, w.status, w.missing_since, w.grade_code, w.status_code, w.adult))
    ON CONFLICT (movie_cd) DO UPDATE SET
        title_id = excluded.title_id,
        is_main = excluded.is_main,
        title_ko = excluded.title_ko,
        title_en = excluded.title_en,
        production_year = excluded.production_year,
        release_date = excluded.release_date,
        runtime_minutes = excluded.runtime_minutes,
        watch_grade = excluded.watch_grade,
        form = excluded.form,
        status = excluded.status,
        missing_since = excluded.missing_since,
        grade_code = excluded.grade_code,
        status_code = excluded.status_code,
        adult = excluded.adult,
        updated_at = excluded.updated_at
    RETURNING t.title_id
)
SELECT coalesce(array_agg(v.title_id), '{}')::uuid[] AS written
FROM (SELECT title_id FROM gone UNION ALL SELECT title_id FROM put) AS v;

-- name: SyncTitleAliases :one
WITH want AS (
    SELECT v.id, v.title_id, v.movie_cd
    FROM (
        SELECT
            unnest(@id::uuid[]) AS id,
            unnest(@title_id::uuid[]) AS title_id,
            unnest(@movie_cd::text[]) AS movie_cd
    ) AS v
), gone AS (
    DELETE FROM production.title_aliases AS t
    WHERE t.movie_cd = ANY (@movie_cds::text[])
        AND NOT EXISTS (SELECT FROM want AS w WHERE w.id = t.id)
    RETURNING t.title_id
), put AS (
    INSERT INTO production.title_aliases AS t (
        id, title_id, movie_cd)
    SELECT w.id, w.title_id, w.movie_cd
    FROM want AS w
    WHERE NOT EXISTS (SELECT FROM production.title_aliases AS t WHERE t.id = w.id
        AND (t.title_id, t.movie_cd)
            IS NOT DISTINCT FROM (w.title_id, w.movie_cd))
    ON CONFLICT (id) DO UPDATE SET
        title_id = excluded.title_id,
        movie_cd = excluded.movie_cd
    RETURNING t.title_id
)
SELECT coalesce(array_agg(v.title_id), '{}')::uuid[] AS written
FROM (SELECT title_id FROM gone UNION ALL SELECT title_id FROM put) AS v;

-- name: SyncTranslations :one
WITH want AS (
    SELECT v.title_id, v.position, v.language, nullif(v.country, '') AS country,
        nullif(v.title, '') AS title, nullif(v.overview, '') AS overview
    FROM (
        SELECT
            unnest(@title_id::uuid[]) AS title_id,
            unnest(@position::int[]) AS position,
            unnest(@language::text[]) AS language,
            unnest(@country::text[]) AS country,
            unnest(@title::text[]) AS title,
            unnest(@overview::text[]) AS overview
    ) AS v
), gone AS (
    DELETE FROM production.translations AS t
    WHERE t.title_id = ANY (@title_ids::uuid[])
        AND NOT EXISTS (SELECT FROM want AS w WHERE w.title_id = t.title_id AND w.position = t.position)
    RETURNING t.title_id
), put AS (
    INSERT INTO production.translations AS t (
        title_id, position, language, country, title, overview)
    SELECT w.title_id, w.position, w.language, w.country, w.title, w.overview
    FROM want AS w
    WHERE NOT EXISTS (SELECT FROM production.translations AS t WHERE t.title_id = w.title_id AND t.position = w.position
        AND (t.language, t.country, t.title, t.overview)
            IS NOT DISTINCT FROM (w.language, w.country, w.title, w.overview))
    ON CONFLICT (title_id, position) DO UPDATE SET
        language = excluded.language,
        country = excluded.country,
        title = excluded.title,
        overview = excluded.overview
    RETURNING t.title_id
)
SELECT coalesce(array_agg(v.title_id), '{}')::uuid[] AS written
FROM (SELECT title_id FROM gone UNION ALL SELECT title_id FROM put) AS v;

-- name: SyncAlternativeTitles :one
WITH want AS (
    SELECT v.title_id, v.position, nullif(v.country, '') AS country, v.title,
        nullif(v.type, '') AS type
    FROM (
        SELECT
            unnest(@title_id::uuid[]) AS title_id,
            unnest(@position::int[]) AS position,
            unnest(@country::text[]) AS country,
            unnest(@title::text[]) AS title,
            unnest(@type::text[]) AS type
    ) AS v
), gone AS (
    DELETE FROM production.alternative_titles AS t
    WHERE t.title_id = ANY (@title_ids::uuid[])
        AND NOT EXISTS (SELECT FROM want AS w WHERE w.title_id = t.title_id AND w.position = t.position)
    RETURNING t.title_id
), put AS (
    INSERT INTO production.alternative_titles AS t (
        title_id, position, country, title, type)
    SELECT w.title_id, w.position, w.country, w.title, w.type
    FROM want AS w
    WHERE NOT EXISTS (SELECT FROM production.alternative_titles AS t WHERE t.title_id = w.title_id AND t.position = w.position
        AND (t.country, t.title, t.type)
            IS NOT DISTINCT FROM (w.country, w.title, w.type))
    ON CONFLICT (title_id, position) DO UPDATE SET
        country = excluded.country,
        title = excluded.title,
        type = excluded.type
    RETURNING t.title_id
)
SELECT coalesce(array_agg(v.title_id), '{}')::uuid[] AS written
FROM (SELECT title_id FROM gone UNION ALL SELECT title_id FROM put) AS v;

-- name: SyncCertifications :one
WITH want AS (
    SELECT v.title_id, v.position, v.source, v.country, v.certification, v.release_date,
        v.release_type, nullif(v.audit_number, '') AS audit_number
    FROM (
        SELECT
            unnest(@title_id::uuid[]) AS title_id,
            unnest(@position::int[]) AS position,
            unnest(@source::text[]) AS source,
            unnest(@country::text[]) AS country,
            unnest(@certification::text[]) AS certification,
            unnest(@release_date::date[]) AS release_date,
            unnest(@release_type::int4[]) AS release_type,
            unnest(@audit_number::text[]) AS audit_number
    ) AS v
), gone AS (
    DELETE FROM production.certifications AS t
    WHERE t.title_id = ANY (@title_ids::uuid[])
        AND NOT EXISTS (SELECT FROM want AS w WHERE w.title_id = t.title_id AND w.position = t.position)
    RETURNING t.title_id
), put AS (
    INSERT INTO production.certifications AS t (
        title_id, position, source, country, certification, release_date, release_type,
        audit_number)
    SELECT w.title_id, w.position, w.source, w.country, w.certification, w.release_date,
        w.release_type, w.audit_number
    FROM want AS w
    WHERE NOT EXISTS (SELECT FROM production.certifications AS t WHERE t.title_id = w.title_id AND t.position = w.position
        AND (t.source, t.country, t.certification, t.release_date, t.release_type, t.audit_number)
            IS NOT DISTINCT FROM (w.source, w.country, w.certification, w.release_date, w.release_type, w.audit_number))
    ON CONFLICT (title_id, position) DO UPDATE SET
        source = excluded.source,
        country = excluded.country,
        certification = excluded.certification,
        release_date = excluded.release_date,
        release_type = excluded.release_type,
        audit_number = excluded.audit_number
    RETURNING t.title_id
)
SELECT coalesce(array_agg(v.title_id), '{}')::uuid[] AS written
FROM (SELECT title_id FROM gone UNION ALL SELECT title_id FROM put) AS v;

-- name: SyncSeasons :one
WITH want AS (
    SELECT v.title_id, v.position, v.number, nullif(v.name, '') AS name, v.episode_count,
        v.air_date, nullif(v.poster_path, '') AS poster_path
    FROM (
        SELECT
            unnest(@title_id::uuid[]) AS title_id,
            unnest(@position::int[]) AS position,
            unnest(@number::int[]) AS number,
            unnest(@name::text[]) AS name,
            unnest(@episode_count::int4[]) AS episode_count,
            unnest(@air_date::date[]) AS air_date,
            unnest(@poster_path::text[]) AS poster_path
    ) AS v
), gone AS (
    DELETE FROM production.seasons AS t
    WHERE t.title_id = ANY (@title_ids::uuid[])
        AND NOT EXISTS (SELECT FROM want AS w WHERE w.title_id = t.title_id AND w.position = t.position)
    RETURNING t.title_id
), put AS (
    INSERT INTO production.seasons AS t (
        title_id, position, number, name, episode_count, air_date, poster_path)
    SELECT w.title_id, w.position, w.number, w.name, w.episode_count, w.air_date, w.poster_path
    FROM want AS w
    WHERE NOT EXISTS (SELECT FROM production.seasons AS t WHERE t.title_id = w.title_id AND t.position = w.position
        AND (t.number, t.name, t.episode_count, t.air_date, t.poster_path)
            IS NOT DISTINCT FROM (w.number, w.name, w.episode_count, w.air_date, w.poster_path))
    ON CONFLICT (title_id, position) DO UPDATE SET
        number = excluded.number,
        name = excluded.name,
        episode_count = excluded.episode_count,
        air_date = excluded.air_date,
        poster_path = excluded.poster_path
    RETURNING t.title_id
)
SELECT coalesce(array_agg(v.title_id), '{}')::uuid[] AS written
FROM (SELECT title_id FROM gone UNION ALL SELECT title_id FROM put) AS v;

-- name: SyncNetworks :one
WITH want AS (
    SELECT v.title_id, v.position, v.tmdb_id, v.name, nullif(v.country, '') AS country,
        nullif(v.logo_path, '') AS logo_path
    FROM (
        SELECT
            unnest(@title_id::uuid[]) AS title_id,
            unnest(@position::int[]) AS position,
            unnest(@tmdb_id::int4[]) AS tmdb_id,
            unnest(@name::text[]) AS name,
            unnest(@country::text[]) AS country,
            unnest(@logo_path::text[]) AS logo_path
    ) AS v
), gone AS (
    DELETE FROM production.networks AS t
    WHERE t.title_id = ANY (@title_ids::uuid[])
        AND NOT EXISTS (SELECT FROM want AS w WHERE w.title_id = t.title_id AND w.position = t.position)
    RETURNING t.title_id
), put AS (
    INSERT INTO production.networks AS t (
        title_id, position, tmdb_id, name, country, logo_path)
    SELECT w.title_id, w.position, w.tmdb_id, w.name, w.country, w.logo_path
    FROM want AS w
    WHERE NOT EXISTS (SELECT FROM production.networks AS t WHERE t.title_id = w.title_id AND t.position = w.position
        AND (t.tmdb_id, t.name, t.country, t.logo_path)
            IS NOT DISTINCT FROM (w.tmdb_id, w.name, w.country, w.logo_path))
    ON CONFLICT (title_id, position) DO UPDATE SET
        tmdb_id = excluded.tmdb_id,
        name = excluded.name,
        country = excluded.country,
        logo_path = excluded.logo_path
    RETURNING t.title_id
)
SELECT coalesce(array_agg(v.title_id), '{}')::uuid[] AS written
FROM (SELECT title_id FROM gone UNION ALL SELECT title_id FROM put) AS v;
