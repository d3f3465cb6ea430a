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

-- name: PlainTitlesOf :many
SELECT DISTINCT plain FROM ops.plain_titles WHERE movie_cd = ANY (@movie_cds::text[]);

-- name: AddPlainWorks :exec
-- Sorted, as works are.
INSERT INTO ops.plain_works (plain)
SELECT v.plain
FROM (SELECT DISTINCT unnest(@plains::text[]) COLLATE "C" AS plain) AS v
WHERE NOT EXISTS (SELECT FROM ops.plain_works AS w WHERE w.plain = v.plain)
ORDER BY v.plain
ON CONFLICT (plain) DO NOTHING;

-- name: LockPlainWorks :exec
SELECT plain FROM ops.plain_works WHERE plain = ANY (@plains::text[]) ORDER BY plain FOR UPDATE;

-- name: SyncPlainTitles :exec
WITH want AS (
    SELECT unnest(@movie_cd::text[]) AS movie_cd, unnest(@plain::text[]) AS plain, unnest(@edition::boolean[]) AS edition
), gone AS (
    DELETE FROM ops.plain_titles AS t
    WHERE t.movie_cd = ANY (@movie_cds::text[]) AND NOT EXISTS (SELECT FROM want AS w WHERE w.movie_cd = t.movie_cd)
)
INSERT INTO ops.plain_titles AS t (movie_cd, plain, edition)
SELECT w.movie_cd, w.plain, w.edition
FROM want AS w
WHERE NOT EXISTS (SELECT FROM ops.plain_titles AS t WHERE t.movie_cd = w.movie_cd AND t.plain = w.plain AND t.edition = w.edition)
ON CONFLICT (movie_cd) DO UPDATE SET plain = excluded.plain, edition = excluded.edition;

-- name: FilmsOfPlainTitles :many
-- The other films of titles of which some film is an edition, up to a number that is too
-- many, with the match that each has. LIMIT keeps it from reading the whole table for each
-- chunk while nothing is known of one that is being filled.
SELECT f.movie_cd, k.plain::text AS plain, (CASE WHEN m.status IN ('matched', 'pinned') THEN coalesce(m.tmdb_id, 0) ELSE 0 END)::int AS tmdb_id
FROM (SELECT DISTINCT unnest(@plains::text[]) COLLATE "C" AS plain) AS k
CROSS JOIN LATERAL (SELECT e.plain FROM ops.plain_titles AS e WHERE e.plain = k.plain AND e.edition LIMIT 1) AS named
CROSS JOIN LATERAL (
    SELECT p.movie_cd FROM ops.plain_titles AS p WHERE p.plain = k.plain AND p.movie_cd <> ALL (@movie_cds::text[]) LIMIT @too_many::int
) AS f
JOIN production.matches AS m ON m.movie_cd = f.movie_cd
ORDER BY f.movie_cd;

-- name: PresentTitles :many
-- The titles that films are editions of now, and the record of TMDB that these have.
SELECT e.title_id, t.tmdb_id
FROM production.editions AS e
JOIN production.titles AS t ON t.id = e.title_id
WHERE e.movie_cd = ANY (@movie_cds::text[]);

-- name: OtherEditions :many
-- The other films of works: those that the records are matches of, and those that are
-- editions of these records' titles, or of the given ones. tmdb_id is of the film's own
-- match, work_id of the title that it is an edition of.
SELECT v.movie_cd::text AS movie_cd, (CASE WHEN m.status IN ('matched', 'pinned') THEN coalesce(m.tmdb_id, 0) ELSE 0 END)::int AS tmdb_id,
    t.tmdb_id AS work_id, e.joined_by, e.joined_facts
FROM (
    SELECT movie_cd FROM production.matches WHERE tmdb_id = ANY (@tmdb_ids::int[]) AND status IN ('matched', 'pinned')
    UNION
    SELECT e.movie_cd FROM production.editions AS e JOIN production.titles AS t ON t.id = e.title_id
    WHERE t.kind = 'movie' AND t.tmdb_id = ANY (@tmdb_ids::int[])
    UNION
    SELECT movie_cd FROM production.editions WHERE title_id = ANY (@title_ids::uuid[])
) AS v
JOIN production.matches AS m ON m.movie_cd = v.movie_cd
LEFT JOIN production.editions AS e ON e.movie_cd = v.movie_cd
LEFT JOIN production.titles AS t ON t.id = e.title_id
WHERE v.movie_cd <> ALL (@movie_cds::text[])
ORDER BY v.movie_cd;

-- name: SyncEditions :one
WITH want AS (
    SELECT v.movie_cd, v.title_id, v.is_main, nullif(v.title_ko, '') AS title_ko,
        nullif(v.title_en, '') AS title_en, v.production_year, v.release_date, v.runtime_minutes,
        nullif(v.watch_grade, '') AS watch_grade, nullif(v.form, '') AS form,
        nullif(v.status, '') AS status, v.missing_since, nullif(v.grade_code, '') AS grade_code,
        nullif(v.status_code, '') AS status_code, v.adult, nullif(v.joined_by, '') AS joined_by,
        string_to_array(nullif(v.joined_facts, ''), E'\n') AS joined_facts
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
            unnest(@adult::boolean[]) AS adult,
            unnest(@joined_by::text[]) AS joined_by,
            unnest(@joined_facts::text[]) AS joined_facts
    ) AS v
), gone AS (
    DELETE FROM production.editions AS t
    WHERE t.movie_cd = ANY (@movie_cds::text[])
        AND NOT EXISTS (SELECT FROM want AS w WHERE w.movie_cd = t.movie_cd)
    RETURNING t.title_id
), put AS (
    INSERT INTO production.editions AS t (
        movie_cd, title_id, is_main, title_ko, title_en, production_year, release_date,
        runtime_minutes, watch_grade, form, status, missing_since, grade_code, status_code, adult,
        joined_by, joined_facts, updated_at)
    SELECT w.movie_cd, w.title_id, w.is_main, w.title_ko, w.title_en, w.production_year,
        w.release_date, w.runtime_minutes, w.watch_grade, w.form, w.status, w.missing_since,
        w.grade_code, w.status_code, w.adult, w.joined_by, w.joined_facts, @loaded_at
    FROM want AS w
    WHERE NOT EXISTS (SELECT FROM production.editions AS t WHERE t.movie_cd = w.movie_cd
        AND (t.title_id, t.is_main, t.title_ko, t.title_en, t.production_year, t.release_date,
            t.runtime_minutes, t.watch_grade, t.form, t.status, t.missing_since, t.grade_code, t.status_code, t.adult, t.joined_by, t.joined_facts)
            IS NOT DISTINCT FROM (w.title_id, w.is_main, w.title_ko, w.title_en, w.production_year, w.release_date,
                w.runtime_minutes, w.watch_grade, w.form, w.status, w.missing_since, w.grade_code, w.status_code, w.adult, w.joined_by, w.joined_facts))
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
        joined_by = excluded.joined_by,
        joined_facts = excluded.joined_facts,
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

-- name: SyncCredits :one
-- character_kobis is what an older program wrote.
WITH want AS (
    SELECT
        v.title_id, v.source, v.department, v.position, v.job, v.role, nullif(v.role_tmdb, '') AS role_tmdb,
        nullif(v.name_ko, '') AS name_ko, nullif(v.name_en, '') AS name_en,
        nullif(v.name_original, '') AS name_original, nullif(v.name_display, '') AS name_display,
        nullif(v.name_sort, '') AS name_sort, nullif(v.name_sent, '') AS name_sent,
        nullif(v.namesake, 0) AS namesake, nullif(v.character, '') AS character,
        nullif(v.character_ko, '') AS character_ko, nullif(v.character_en, '') AS character_en,
        coalesce(string_to_array(nullif(v.remarks, ''), ','), '{}') AS remarks,
        nullif(v.episodes, 0) AS episodes, nullif(v.billing_tmdb, 0) - 1 AS billing_tmdb,
        nullif(v.person_id, '00000000-0000-0000-0000-000000000000') AS person_id,
        nullif(v.kobis_people_cd, '') AS kobis_people_cd, nullif(v.merged_by, '') AS merged_by, nullif(v.seasons, '')::jsonb AS seasons
    FROM (
        SELECT
            unnest(@title_id::uuid[]) AS title_id,
            unnest(@source::text[]) AS source,
            unnest(@department::text[]) AS department,
            unnest(@position::int[]) AS position,
            unnest(@job::text[]) AS job,
            unnest(@role::text[]) AS role,
            unnest(@role_tmdb::text[]) AS role_tmdb,
            unnest(@name_ko::text[]) AS name_ko,
            unnest(@name_en::text[]) AS name_en,
            unnest(@name_original::text[]) AS name_original,
            unnest(@name_display::text[]) AS name_display,
            unnest(@name_sort::text[]) AS name_sort,
            unnest(@name_sent::text[]) AS name_sent,
            unnest(@namesake::int[]) AS namesake,
            unnest(@character::text[]) AS character,
            unnest(@character_ko::text[]) AS character_ko,
            unnest(@character_en::text[]) AS character_en,
            unnest(@remarks::text[]) AS remarks,
            unnest(@episodes::int[]) AS episodes,
            unnest(@billing_tmdb::int[]) AS billing_tmdb,
            unnest(@person_id::uuid[]) AS person_id,
            unnest(@kobis_people_cd::text[]) AS kobis_people_cd,
            unnest(@merged_by::text[]) AS merged_by,
            unnest(@seasons::text[]) AS seasons
    ) AS v
), gone AS (
    DELETE FROM production.credits AS t
    WHERE t.title_id = ANY (@title_ids::uuid[])
        AND NOT EXISTS (SELECT FROM want AS w WHERE w.title_id = t.title_id AND w.source = t.source AND w.department = t.department AND w.position = t.position)
    RETURNING t.title_id
), put AS (
    INSERT INTO production.credits AS t (
        title_id, source, department, position, job, role, role_tmdb, name_ko, name_en, name_original,
        name_display, name_sort, name_sent, namesake, character, character_ko, character_en, remarks,
        episodes, billing_tmdb, person_id, kobis_people_cd, merged_by, seasons)
    SELECT
        w.title_id, w.source, w.department, w.position, w.job, w.role, w.role_tmdb, w.name_ko, w.name_en,
        w.name_original, w.name_display, w.name_sort, w.name_sent, w.namesake, w.character, w.character_ko,
        w.character_en, w.remarks, w.episodes, w.billing_tmdb, w.person_id, w.kobis_people_cd, w.merged_by, w.seasons
    FROM want AS w
    WHERE NOT EXISTS (SELECT FROM production.credits AS t WHERE t.title_id = w.title_id AND t.source = w.source AND t.department = w.department AND t.position = w.position
        AND (
            t.job, t.role, t.role_tmdb, t.name_ko, t.name_en, t.name_original, t.name_display, t.name_sort,
            t.name_sent, t.namesake, t.character, t.character_ko, t.character_en, t.remarks, t.episodes,
            t.billing_tmdb, t.person_id, t.kobis_people_cd, t.merged_by, t.seasons)
            IS NOT DISTINCT FROM (
            w.job, w.role, w.role_tmdb, w.name_ko, w.name_en, w.name_original, w.name_display, w.name_sort,
            w.name_sent, w.namesake, w.character, w.character_ko, w.character_en, w.remarks, w.episodes,
            w.billing_tmdb, w.person_id, w.kobis_people_cd, w.merged_by, w.seasons))
    ON CONFLICT (title_id, source, department, position) DO UPDATE SET
        character_kobis = NULL,
        job = excluded.job,
        role = excluded.role,
        role_tmdb = excluded.role_tmdb,
        name_ko = excluded.name_ko,
        name_en = excluded.name_en,
        name_original = excluded.name_original,
        name_display = excluded.name_display,
        name_sort = excluded.name_sort,
        name_sent = excluded.name_sent,
        namesake = excluded.namesake,
        character = excluded.character,
        character_ko = excluded.character_ko,
        character_en = excluded.character_en,
        remarks = excluded.remarks,
        episodes = excluded.episodes,
        billing_tmdb = excluded.billing_tmdb,
        person_id = excluded.person_id,
        kobis_people_cd = excluded.kobis_people_cd,
        merged_by = excluded.merged_by,
        seasons = excluded.seasons
    RETURNING t.title_id
)
SELECT coalesce(array_agg(v.title_id), '{}')::uuid[] AS written
FROM (SELECT title_id FROM gone UNION ALL SELECT title_id FROM put) AS v;

-- name: SyncTitleCompanies :one
WITH want AS (
    SELECT
        v.title_id, v.company_id, v.role, v.position, string_to_array(v.sources, ',') AS sources,
        string_to_array(nullif(v.editions, ''), ',') AS editions,
        nullif(v.tmdb_company_id, '00000000-0000-0000-0000-000000000000') AS tmdb_company_id
    FROM (
        SELECT
            unnest(@title_id::uuid[]) AS title_id,
            unnest(@company_id::uuid[]) AS company_id,
            unnest(@role::text[]) AS role,
            unnest(@position::int[]) AS position,
            unnest(@sources::text[]) AS sources,
            unnest(@editions::text[]) AS editions,
            unnest(@tmdb_company_id::uuid[]) AS tmdb_company_id
    ) AS v
), gone AS (
    DELETE FROM production.title_companies AS t
    WHERE t.title_id = ANY (@title_ids::uuid[])
        AND NOT EXISTS (SELECT FROM want AS w WHERE w.title_id = t.title_id AND w.company_id = t.company_id AND w.role = t.role)
    RETURNING t.title_id
), put AS (
    INSERT INTO production.title_companies AS t (
        title_id, company_id, role, position, sources, editions, tmdb_company_id)
    SELECT
        w.title_id, w.company_id, w.role, w.position, w.sources, w.editions, w.tmdb_company_id
    FROM want AS w
    WHERE NOT EXISTS (SELECT FROM production.title_companies AS t WHERE t.title_id = w.title_id AND t.company_id = w.company_id AND t.role = w.role
        AND (t.position, t.sources, t.editions, t.tmdb_company_id)
            IS NOT DISTINCT FROM (w.position, w.sources, w.editions, w.tmdb_company_id))
    ON CONFLICT (title_id, company_id, role) DO UPDATE SET
        position = excluded.position,
        sources = excluded.sources,
        editions = excluded.editions,
        tmdb_company_id = excluded.tmdb_company_id
    RETURNING t.title_id
)
SELECT coalesce(array_agg(v.title_id), '{}')::uuid[] AS written
FROM (SELECT title_id FROM gone UNION ALL SELECT title_id FROM put) AS v;

-- name: SyncTitleGenres :one
-- dropped: some title has a genre no longer.
WITH want AS (
    SELECT
        v.title_id, v.genre_id, v.position, string_to_array(v.sources, ',') AS sources
    FROM (
        SELECT
            unnest(@title_id::uuid[]) AS title_id,
            unnest(@genre_id::uuid[]) AS genre_id,
            unnest(@position::int[]) AS position,
            unnest(@sources::text[]) AS sources
    ) AS v
), gone AS (
    DELETE FROM production.title_genres AS t
    WHERE t.title_id = ANY (@title_ids::uuid[])
        AND NOT EXISTS (SELECT FROM want AS w WHERE w.title_id = t.title_id AND w.genre_id = t.genre_id)
    RETURNING t.title_id
), put AS (
    INSERT INTO production.title_genres AS t (
        title_id, genre_id, position, sources)
    SELECT
        w.title_id, w.genre_id, w.position, w.sources
    FROM want AS w
    WHERE NOT EXISTS (SELECT FROM production.title_genres AS t WHERE t.title_id = w.title_id AND t.genre_id = w.genre_id
        AND (t.position, t.sources)
            IS NOT DISTINCT FROM (w.position, w.sources))
    ON CONFLICT (title_id, genre_id) DO UPDATE SET
        position = excluded.position,
        sources = excluded.sources
    RETURNING t.title_id
)
SELECT coalesce(array_agg(v.title_id), '{}')::uuid[] AS written, (EXISTS (SELECT FROM gone))::boolean AS dropped
FROM (SELECT title_id FROM gone UNION ALL SELECT title_id FROM put) AS v;
