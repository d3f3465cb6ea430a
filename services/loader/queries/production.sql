-- Production is a function of staging and curation: what is written is what was
-- derived, and a row that is already so is left alone.

-- name: UpsertTitles :many
INSERT INTO production.titles AS t (
    id, kind, kobis_movie_cd, tmdb_id, imdb_id, title_ko, title_en, title_original, original_language,
    production_year, release_date, last_air_date, runtime_minutes, season_count, episode_count, watch_grade,
    form, status, overview, poster_path, backdrop_path, countries, sources, missing_since, updated_at)
SELECT v.id, v.kind, nullif(v.kobis_movie_cd, ''), v.tmdb_id, nullif(v.imdb_id, ''), nullif(v.title_ko, ''),
    nullif(v.title_en, ''), nullif(v.title_original, ''), nullif(v.original_language, ''), v.production_year,
    v.release_date, v.last_air_date, v.runtime_minutes, v.season_count, v.episode_count,
    nullif(v.watch_grade, ''), nullif(v.form, ''), nullif(v.status, ''), nullif(v.overview, ''),
    nullif(v.poster_path, ''), nullif(v.backdrop_path, ''), string_to_array(v.countries, ','),
    v.sources, v.missing_since, @loaded_at
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
        unnest(@poster_path::text[]) AS poster_path,
        unnest(@backdrop_path::text[]) AS backdrop_path,
        unnest(@countries::text[]) AS countries,
        unnest(@sources::jsonb[]) AS sources,
        unnest(@missing_since::timestamp with time zone[]) AS missing_since
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
    poster_path = excluded.poster_path,
    backdrop_path = excluded.backdrop_path,
    countries = excluded.countries,
    sources = excluded.sources,
    missing_since = excluded.missing_since,
    updated_at = excluded.updated_at
WHERE (t.tmdb_id, t.imdb_id, t.title_ko, t.title_en, t.title_original,
        t.original_language, t.production_year, t.release_date, t.last_air_date, t.runtime_minutes,
        t.season_count, t.episode_count, t.watch_grade, t.form, t.status, t.overview, t.poster_path,
        t.backdrop_path, t.countries, t.sources, t.missing_since)
    IS DISTINCT FROM (excluded.tmdb_id, excluded.imdb_id, excluded.title_ko,
        excluded.title_en, excluded.title_original, excluded.original_language, excluded.production_year,
        excluded.release_date, excluded.last_air_date, excluded.runtime_minutes, excluded.season_count,
        excluded.episode_count, excluded.watch_grade, excluded.form, excluded.status, excluded.overview,
        excluded.poster_path, excluded.backdrop_path, excluded.countries, excluded.sources,
        excluded.missing_since)
RETURNING t.id;

-- name: TouchTitles :execrows
-- Titles of which something changed that stands in another table.
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
    id, tmdb_id, name_ko, name_en, profile_path, updated_at)
SELECT v.id, v.tmdb_id, nullif(v.name_ko, ''), nullif(v.name_en, ''), nullif(v.profile_path, ''),
    @loaded_at
FROM (
    SELECT
        unnest(@id::uuid[]) AS id,
        unnest(@tmdb_id::int[]) AS tmdb_id,
        unnest(@name_ko::text[]) AS name_ko,
        unnest(@name_en::text[]) AS name_en,
        unnest(@profile_path::text[]) AS profile_path
) AS v
ON CONFLICT (id) DO UPDATE SET
    name_ko = excluded.name_ko,
    name_en = excluded.name_en,
    profile_path = excluded.profile_path,
    updated_at = excluded.updated_at
WHERE (t.name_ko, t.name_en, t.profile_path)
    IS DISTINCT FROM (excluded.name_ko, excluded.name_en, excluded.profile_path);

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
-- People who are there keep the names that loading gave them.
INSERT INTO production.people (id, tmdb_id, name_ko, name_en, profile_path, updated_at)
SELECT v.id, v.tmdb_id, nullif(v.name_ko, ''), nullif(v.name_en, ''), nullif(v.profile_path, ''),
    @loaded_at
FROM (
    SELECT
        unnest(@id::uuid[]) AS id,
        unnest(@tmdb_id::int[]) AS tmdb_id,
        unnest(@name_ko::text[]) AS name_ko,
        unnest(@name_en::text[]) AS name_en,
        unnest(@profile_path::text[]) AS profile_path
) AS v
ON CONFLICT (id) DO NOTHING;

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
INSERT INTO production.genres AS t (id, source, name, genre)
SELECT v.id, v.source, v.name, nullif(v.genre, '')
FROM (
    SELECT unnest(@id::uuid[]) AS id, unnest(@source::text[]) AS source, unnest(@name::text[]) AS name,
        unnest(@genre::text[]) AS genre
) AS v
WHERE NOT EXISTS (SELECT FROM production.genres AS g WHERE g.id = v.id AND g.genre IS NOT DISTINCT FROM nullif(v.genre, ''))
ON CONFLICT (id) DO UPDATE SET genre = excluded.genre
WHERE t.genre IS DISTINCT FROM excluded.genre;

-- name: Credits :many
SELECT title_id, source, department, position, job, role, role_tmdb, name_ko, name_en, character, character_kobis,
    episodes, person_id, merged_by
FROM production.credits
WHERE title_id = ANY (@title_ids::uuid[]);

-- name: UpsertCredits :execrows
INSERT INTO production.credits AS t (
    title_id, source, department, position, job, role, role_tmdb, name_ko, name_en, character, character_kobis,
    episodes, person_id, merged_by)
SELECT v.title_id, v.source, v.department, v.position, v.job, v.role, nullif(v.role_tmdb, ''), nullif(v.name_ko, ''),
    nullif(v.name_en, ''), nullif(v.character, ''), nullif(v.character_kobis, ''), nullif(v.episodes, 0),
    nullif(v.person_id, '00000000-0000-0000-0000-000000000000'), nullif(v.merged_by, '')
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
        unnest(@character::text[]) AS character,
        unnest(@character_kobis::text[]) AS character_kobis,
        unnest(@episodes::int[]) AS episodes,
        unnest(@person_id::uuid[]) AS person_id,
        unnest(@merged_by::text[]) AS merged_by
) AS v
ON CONFLICT (title_id, source, department, position) DO UPDATE SET
    job = excluded.job,
    role = excluded.role,
    role_tmdb = excluded.role_tmdb,
    name_ko = excluded.name_ko,
    name_en = excluded.name_en,
    character = excluded.character,
    character_kobis = excluded.character_kobis,
    episodes = excluded.episodes,
    person_id = excluded.person_id,
    merged_by = excluded.merged_by;

-- name: DeleteCredits :execrows
DELETE FROM production.credits AS t
USING (
    SELECT
        unnest(@title_id::uuid[]) AS title_id,
        unnest(@source::text[]) AS source,
        unnest(@department::text[]) AS department,
        unnest(@position::int[]) AS position
) AS v
WHERE (t.title_id, t.source, t.department, t.position) = (v.title_id, v.source, v.department, v.position);

-- name: TitleCompanies :many
SELECT title_id, company_id, role FROM production.title_companies WHERE title_id = ANY (@title_ids::uuid[]);

-- name: AddTitleCompanies :execrows
INSERT INTO production.title_companies AS t (
    title_id, company_id, role)
SELECT v.title_id, v.company_id, v.role
FROM (
    SELECT
        unnest(@title_id::uuid[]) AS title_id,
        unnest(@company_id::uuid[]) AS company_id,
        unnest(@role::text[]) AS role
) AS v
ON CONFLICT (title_id, company_id, role) DO NOTHING;

-- name: DeleteTitleCompanies :execrows
DELETE FROM production.title_companies AS t
USING (
    SELECT unnest(@title_id::uuid[]) AS title_id, unnest(@company_id::uuid[]) AS company_id, unnest(@role::text[]) AS role
) AS v
WHERE (t.title_id, t.company_id, t.role) = (v.title_id, v.company_id, v.role);

-- name: TitleGenres :many
SELECT title_id, genre_id FROM production.title_genres WHERE title_id = ANY (@title_ids::uuid[]);

-- name: AddTitleGenres :execrows
INSERT INTO production.title_genres AS t (
    title_id, genre_id)
SELECT v.title_id, v.genre_id
FROM (
    SELECT
        unnest(@title_id::uuid[]) AS title_id,
        unnest(@genre_id::uuid[]) AS genre_id
) AS v
ON CONFLICT (title_id, genre_id) DO NOTHING;

-- name: DeleteTitleGenres :execrows
DELETE FROM production.title_genres AS t
USING (SELECT unnest(@title_id::uuid[]) AS title_id, unnest(@genre_id::uuid[]) AS genre_id) AS v
WHERE (t.title_id, t.genre_id) = (v.title_id, v.genre_id);

-- name: DropGenres :execrows
-- Genres that no title has. Of two who take the last titles of one away at the same
-- time neither sees that; housekeeping does.
DELETE FROM production.genres AS t
USING (SELECT g.id FROM production.genres AS g
    WHERE NOT EXISTS (SELECT FROM production.title_genres AS tg WHERE tg.genre_id = g.id)
    ORDER BY g.id FOR UPDATE SKIP LOCKED) AS v
WHERE t.id = v.id;

-- name: ProductionBoxOffice :many
SELECT date, movie_cd, title_id, rank, audience, audience_total, sales_amount, sales_total, screens, shows
FROM production.box_office
WHERE movie_cd = ANY (@movie_cds::text[]);

-- name: UpsertBoxOffice :execrows
INSERT INTO production.box_office AS t (
    date, movie_cd, title_id, rank, audience, audience_total, sales_amount, sales_total, screens, shows,
    updated_at)
SELECT v.date, v.movie_cd, nullif(v.title_id, '00000000-0000-0000-0000-000000000000'), v.rank, v.audience,
    v.audience_total, v.sales_amount, v.sales_total, v.screens, v.shows, @loaded_at
FROM (
    SELECT
        unnest(@date::date[]) AS date,
        unnest(@movie_cd::text[]) AS movie_cd,
        unnest(@title_id::uuid[]) AS title_id,
        unnest(@rank::int4[]) AS rank,
        unnest(@audience::int8[]) AS audience,
        unnest(@audience_total::int8[]) AS audience_total,
        unnest(@sales_amount::int8[]) AS sales_amount,
        unnest(@sales_total::int8[]) AS sales_total,
        unnest(@screens::int4[]) AS screens,
        unnest(@shows::int4[]) AS shows
) AS v
ON CONFLICT (date, movie_cd) DO UPDATE SET
    title_id = excluded.title_id,
    rank = excluded.rank,
    audience = excluded.audience,
    audience_total = excluded.audience_total,
    sales_amount = excluded.sales_amount,
    sales_total = excluded.sales_total,
    screens = excluded.screens,
    shows = excluded.shows,
    updated_at = excluded.updated_at
WHERE (t.title_id, t.rank, t.audience, t.audience_total, t.sales_amount, t.sales_total, t.screens, t.shows)
    IS DISTINCT FROM (excluded.title_id, excluded.rank, excluded.audience, excluded.audience_total, excluded.sales_amount,
        excluded.sales_total, excluded.screens, excluded.shows);

-- name: DeleteBoxOffice :execrows
DELETE FROM production.box_office AS t
USING (SELECT unnest(@date::date[]) AS date, unnest(@movie_cd::text[]) AS movie_cd) AS v
WHERE (t.date, t.movie_cd) = (v.date, v.movie_cd);
