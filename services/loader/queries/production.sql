-- Production is a function of staging and curation: what is written is what was
-- derived, and a row that is already so is left alone.

-- name: UpsertTitles :many
INSERT INTO production.titles AS t (
    id, kind, kobis_movie_cd, tmdb_id, imdb_id, title_ko, title_en, title_original, original_language,
    production_year, release_date, last_air_date, runtime_minutes, season_count, episode_count, watch_grade,
    form, status, overview, tagline, poster_path, backdrop_path, countries, sources, missing_since, title_en_display, grade_code,
    status_code, adult, contradictions, updated_at)
SELECT v.id, v.kind, nullif(v.kobis_movie_cd, ''), v.tmdb_id, nullif(v.imdb_id, ''), nullif(v.title_ko, ''),
    nullif(v.title_en, ''), nullif(v.title_original, ''), nullif(v.original_language, ''), v.production_year,
    v.release_date, v.last_air_date, v.runtime_minutes, v.season_count, v.episode_count,
    nullif(v.watch_grade, ''), nullif(v.form, ''), nullif(v.status, ''), nullif(v.overview, ''),
    nullif(v.tagline, ''), nullif(v.poster_path, ''), nullif(v.backdrop_path, ''), string_to_array(v.countries, ','),
    v.sources, v.missing_since, nullif(v.title_en_display, ''), nullif(v.grade_code, ''), nullif(v.status_code, ''),
    v.adult, nullif(v.contradictions, 'null'), @loaded_at
FROM (
    SELECT
        unnest(@id::uuid[]) AS id,
        unnest(@kind::text[]) AS kind,
        unnest(@kobis_movie_cd::text[]) AS kobis_movie_cd,
        unnest(@tmdb_id::int4[]) AS tmdb_id,
        unnest(@imdb_id::text[]) AS imdb_id,
        unnest(@title_ko::text[]) AS title_ko,
        unnest(@title_en::text[]) AS title_en,
        unnest(@title_original::text[]) AS title_original,
        unnest(@original_language::text[]) AS original_language,
        unnest(@production_year::int4[]) AS production_year,
        unnest(@release_date::date[]) AS release_date,
        unnest(@last_air_date::date[]) AS last_air_date,
        unnest(@runtime_minutes::int4[]) AS runtime_minutes,
        unnest(@season_count::int4[]) AS season_count,
        unnest(@episode_count::int4[]) AS episode_count,
        unnest(@watch_grade::text[]) AS watch_grade,
        unnest(@form::text[]) AS form,
        unnest(@status::text[]) AS status,
        unnest(@overview::text[]) AS overview,
        unnest(@tagline::text[]) AS tagline,
        unnest(@poster_path::text[]) AS poster_path,
        unnest(@backdrop_path::text[]) AS backdrop_path,
        unnest(@countries::text[]) AS countries,
        unnest(@sources::jsonb[]) AS sources,
        unnest(@missing_since::timestamp with time zone[]) AS missing_since,
        unnest(@title_en_display::text[]) AS title_en_display,
        unnest(@grade_code::text[]) AS grade_code,
        unnest(@status_code::text[]) AS status_code,
        unnest(@adult::boolean[]) AS adult,
        unnest(@contradictions::jsonb[]) AS contradictions
) AS v
ON CONFLICT (id) DO UPDATE SET
    tmdb_id = excluded.tmdb_id,
    imdb_id = excluded.imdb_id,
    title_ko = excluded.title_ko,
    title_en = excluded.title_en,
    title_original = excluded.title_original,
    original_language = excluded.original_language,
    production_year = excluded.production_year,
    release_date = excluded.release_date,
    last_air_date = excluded.last_air_date,
    runtime_minutes = excluded.runtime_minutes,
    season_count = excluded.season_count,
    episode_count = excluded.episode_count,
    watch_grade = excluded.watch_grade,
    form = excluded.form,
    status = excluded.status,
    overview = excluded.overview,
    tagline = excluded.tagline,
    poster_path = excluded.poster_path,
    backdrop_path = excluded.backdrop_path,
    countries = excluded.countries,
    sources = excluded.sources,
    missing_since = excluded.missing_since,
    title_en_display = excluded.title_en_display,
    grade_code = excluded.grade_code,
    status_code = excluded.status_code,
    adult = excluded.adult,
    contradictions = excluded.contradictions,
    updated_at = excluded.updated_at
WHERE (t.tmdb_id, t.imdb_id, t.title_ko, t.title_en, t.title_original,
        t.original_language, t.production_year, t.release_date, t.last_air_date, t.runtime_minutes,
        t.season_count, t.episode_count, t.watch_grade, t.form, t.status, t.overview, t.tagline, t.poster_path,
        t.backdrop_path, t.countries, t.sources, t.missing_since, t.title_en_display, t.grade_code, t.status_code,
        t.adult, t.contradictions)
    IS DISTINCT FROM (excluded.tmdb_id, excluded.imdb_id, excluded.title_ko,
        excluded.title_en, excluded.title_original, excluded.original_language, excluded.production_year,
        excluded.release_date, excluded.last_air_date, excluded.runtime_minutes, excluded.season_count,
        excluded.episode_count, excluded.watch_grade, excluded.form, excluded.status, excluded.overview,
        excluded.tagline, excluded.poster_path, excluded.backdrop_path, excluded.countries, excluded.sources,
        excluded.missing_since, excluded.title_en_display, excluded.grade_code, excluded.status_code,
        excluded.adult, excluded.contradictions)
RETURNING t.id;

-- name: TouchTitles :execrows
-- Titles of which something changed that is in another table.
UPDATE production.titles SET updated_at = @loaded_at WHERE id = ANY (@ids::uuid[]);

-- name: DeleteTitles :execrows
-- Titles without a record left in staging.
DELETE FROM production.titles WHERE id = ANY (@ids::uuid[]);

-- name: UpsertMatches :execrows
-- decided_at moves with the decision.
INSERT INTO production.matches AS t (movie_cd, tmdb_id, status, score, evidence, rule_version, decided_at)
SELECT v.movie_cd, v.tmdb_id, v.status, v.score, v.evidence, v.rule_version, @loaded_at
FROM (
    SELECT
        unnest(@movie_cd::text[]) AS movie_cd,
        unnest(@tmdb_id::int4[]) AS tmdb_id,
        unnest(@status::text[]) AS status,
        unnest(@score::real[]) AS score,
        unnest(@evidence::jsonb[]) AS evidence,
        unnest(@rule_version::int[]) AS rule_version
) AS v
ON CONFLICT (movie_cd) DO UPDATE SET
    tmdb_id = excluded.tmdb_id,
    status = excluded.status,
    score = excluded.score,
    evidence = excluded.evidence,
    rule_version = excluded.rule_version,
    decided_at = excluded.decided_at
WHERE (t.tmdb_id, t.status, t.score, t.evidence, t.rule_version)
    IS DISTINCT FROM (excluded.tmdb_id, excluded.status, excluded.score, excluded.evidence, excluded.rule_version);

-- name: DeleteMatches :execrows
DELETE FROM production.matches WHERE movie_cd = ANY (@movie_cds::text[]);

-- name: UpsertPeople :execrows
-- The rows are sorted by id: titles share them. No column of a unique key is set:
-- the row lock would then exclude those who only refer to the row.
INSERT INTO production.people AS t (
    id, tmdb_id, name_ko, name_en, name_original, name_display, name_sort, profile_path, updated_at)
SELECT v.id, v.tmdb_id, nullif(v.name_ko, ''), nullif(v.name_en, ''), nullif(v.name_original, ''),
    nullif(v.name_display, ''), nullif(v.name_sort, ''), nullif(v.profile_path, ''),
    @loaded_at
FROM (
    SELECT
        unnest(@id::uuid[]) AS id,
        unnest(@tmdb_id::int[]) AS tmdb_id,
        unnest(@name_ko::text[]) AS name_ko,
        unnest(@name_en::text[]) AS name_en,
        unnest(@name_original::text[]) AS name_original,
        unnest(@name_display::text[]) AS name_display,
        unnest(@name_sort::text[]) AS name_sort,
        unnest(@profile_path::text[]) AS profile_path
) AS v
ON CONFLICT (id) DO UPDATE SET
    name_ko = excluded.name_ko,
    name_en = excluded.name_en,
    name_original = excluded.name_original,
    name_display = excluded.name_display,
    name_sort = excluded.name_sort,
    profile_path = excluded.profile_path,
    updated_at = excluded.updated_at
WHERE (t.name_ko, t.name_en, t.name_original, t.name_display, t.name_sort, t.profile_path)
    IS DISTINCT FROM (excluded.name_ko, excluded.name_en, excluded.name_original, excluded.name_display, excluded.name_sort,
        excluded.profile_path);

-- name: UpsertCompanies :execrows
-- The rows are sorted by id: titles share them. No column of a unique key is set:
-- the row lock would then exclude those who only refer to the row.
INSERT INTO production.companies AS t (
    id, kobis_company_cd, tmdb_id, name_ko, name_en, country, logo_path, updated_at)
SELECT v.id, nullif(v.kobis_company_cd, ''), v.tmdb_id, nullif(v.name_ko, ''), nullif(v.name_en, ''),
    nullif(v.country, ''), nullif(v.logo_path, ''), @loaded_at
FROM (
    SELECT
        unnest(@id::uuid[]) AS id,
        unnest(@kobis_company_cd::text[]) AS kobis_company_cd,
        unnest(@tmdb_id::int4[]) AS tmdb_id,
        unnest(@name_ko::text[]) AS name_ko,
        unnest(@name_en::text[]) AS name_en,
        unnest(@country::text[]) AS country,
        unnest(@logo_path::text[]) AS logo_path
) AS v
ON CONFLICT (id) DO UPDATE SET
    name_ko = excluded.name_ko,
    name_en = excluded.name_en,
    country = excluded.country,
    logo_path = excluded.logo_path,
    updated_at = excluded.updated_at
WHERE (t.name_ko, t.name_en, t.country, t.logo_path)
    IS DISTINCT FROM (excluded.name_ko, excluded.name_en, excluded.country, excluded.logo_path);

-- name: AddPeople :execrows
-- People who are there keep what loading gave them; what newer rules make of a name
-- is added.
INSERT INTO production.people AS t (id, tmdb_id, name_ko, name_en, name_original, name_display, name_sort, profile_path, updated_at)
SELECT v.id, v.tmdb_id, nullif(v.name_ko, ''), nullif(v.name_en, ''), nullif(v.name_original, ''),
    nullif(v.name_display, ''), nullif(v.name_sort, ''), nullif(v.profile_path, ''),
    @loaded_at
FROM (
    SELECT
        unnest(@id::uuid[]) AS id,
        unnest(@tmdb_id::int[]) AS tmdb_id,
        unnest(@name_ko::text[]) AS name_ko,
        unnest(@name_en::text[]) AS name_en,
        unnest(@name_original::text[]) AS name_original,
        unnest(@name_display::text[]) AS name_display,
        unnest(@name_sort::text[]) AS name_sort,
        unnest(@profile_path::text[]) AS profile_path
) AS v
ON CONFLICT (id) DO UPDATE SET
    name_ko = excluded.name_ko,
    name_en = excluded.name_en,
    name_original = excluded.name_original,
    name_display = excluded.name_display,
    name_sort = excluded.name_sort,
    updated_at = excluded.updated_at
WHERE t.name_sort IS NULL AND (t.name_ko, t.name_en, t.name_original, t.name_display, t.name_sort)
    IS DISTINCT FROM (excluded.name_ko, excluded.name_en, excluded.name_original, excluded.name_display, excluded.name_sort);

-- name: AddCompanies :execrows
INSERT INTO production.companies (id, kobis_company_cd, tmdb_id, name_ko, name_en, country, logo_path, updated_at)
SELECT v.id, nullif(v.kobis_company_cd, ''), v.tmdb_id, nullif(v.name_ko, ''), nullif(v.name_en, ''),
    nullif(v.country, ''), nullif(v.logo_path, ''), @loaded_at
FROM (
    SELECT
        unnest(@id::uuid[]) AS id,
        unnest(@kobis_company_cd::text[]) AS kobis_company_cd,
        unnest(@tmdb_id::int4[]) AS tmdb_id,
        unnest(@name_ko::text[]) AS name_ko,
        unnest(@name_en::text[]) AS name_en,
        unnest(@country::text[]) AS country,
        unnest(@logo_path::text[]) AS logo_path
) AS v
ON CONFLICT (id) DO NOTHING;

-- name: AddGenres :execrows
-- Titles share the rows: one that is already so is not locked.
INSERT INTO production.genres AS t (id, source, name, genre, tmdb_id)
SELECT v.id, nullif(v.source, ''), v.name, nullif(v.genre, ''), nullif(v.tmdb_id, 0)
FROM (
    SELECT unnest(@id::uuid[]) AS id, unnest(@source::text[]) AS source, unnest(@name::text[]) AS name,
        unnest(@genre::text[]) AS genre, unnest(@tmdb_id::int[]) AS tmdb_id
) AS v
WHERE NOT EXISTS (SELECT FROM production.genres AS g WHERE g.id = v.id
    AND (g.name, g.genre, g.tmdb_id) IS NOT DISTINCT FROM (v.name, nullif(v.genre, ''), nullif(v.tmdb_id, 0)))
ON CONFLICT (id) DO UPDATE SET name = excluded.name, genre = excluded.genre, tmdb_id = excluded.tmdb_id
WHERE (t.name, t.genre, t.tmdb_id) IS DISTINCT FROM (excluded.name, excluded.genre, excluded.tmdb_id);

-- name: DropGenres :execrows
-- Genres that no title has. Of two who take the last titles of one away at the same
-- time neither sees that; housekeeping does.
DELETE FROM production.genres AS t
USING (SELECT g.id FROM production.genres AS g
    WHERE NOT EXISTS (SELECT FROM production.title_genres AS tg WHERE tg.genre_id = g.id)
    ORDER BY g.id FOR UPDATE SKIP LOCKED) AS v
WHERE t.id = v.id;

-- name: SyncBoxOffice :one
-- written: rows that were written or removed.
WITH want AS (
    SELECT
        v.date, v.movie_cd, nullif(v.title_id, '00000000-0000-0000-0000-000000000000') AS title_id, v.rank,
        v.rank_change, v.is_new, nullif(v.title, '') AS title, v.audience, v.audience_total, v.sales_amount,
        v.sales_total, v.screens, v.shows
    FROM (
        SELECT
            unnest(@date::date[]) AS date,
            unnest(@movie_cd::text[]) AS movie_cd,
            unnest(@title_id::uuid[]) AS title_id,
            unnest(@rank::int4[]) AS rank,
            unnest(@rank_change::int4[]) AS rank_change,
            unnest(@is_new::boolean[]) AS is_new,
            unnest(@title::text[]) AS title,
            unnest(@audience::int8[]) AS audience,
            unnest(@audience_total::int8[]) AS audience_total,
            unnest(@sales_amount::int8[]) AS sales_amount,
            unnest(@sales_total::int8[]) AS sales_total,
            unnest(@screens::int4[]) AS screens,
            unnest(@shows::int4[]) AS shows
    ) AS v
), gone AS (
    DELETE FROM production.box_office AS t
    WHERE t.movie_cd = ANY (@movie_cds::text[])
        AND NOT EXISTS (SELECT FROM want AS w WHERE w.date = t.date AND w.movie_cd = t.movie_cd)
    RETURNING t.date
), put AS (
    INSERT INTO production.box_office AS t (
        date, movie_cd, title_id, rank, rank_change, is_new, title, audience, audience_total, sales_amount,
        sales_total, screens, shows, updated_at)
    SELECT
        w.date, w.movie_cd, w.title_id, w.rank, w.rank_change, w.is_new, w.title, w.audience,
        w.audience_total, w.sales_amount, w.sales_total, w.screens, w.shows, @loaded_at
    FROM want AS w
    WHERE NOT EXISTS (SELECT FROM production.box_office AS t WHERE t.date = w.date AND t.movie_cd = w.movie_cd
        AND (
            t.title_id, t.rank, t.rank_change, t.is_new, t.title, t.audience, t.audience_total,
            t.sales_amount, t.sales_total, t.screens, t.shows)
            IS NOT DISTINCT FROM (
            w.title_id, w.rank, w.rank_change, w.is_new, w.title, w.audience, w.audience_total,
            w.sales_amount, w.sales_total, w.screens, w.shows))
    ON CONFLICT (date, movie_cd) DO UPDATE SET
        title_id = excluded.title_id,
        rank = excluded.rank,
        rank_change = excluded.rank_change,
        is_new = excluded.is_new,
        title = excluded.title,
        audience = excluded.audience,
        audience_total = excluded.audience_total,
        sales_amount = excluded.sales_amount,
        sales_total = excluded.sales_total,
        screens = excluded.screens,
        shows = excluded.shows,
        updated_at = excluded.updated_at
    RETURNING t.date
)
SELECT ((SELECT count(*) FROM gone) + (SELECT count(*) FROM put))::bigint AS written;
