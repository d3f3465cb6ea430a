-- One statement per table and chunk. The arrays hold a row per index; a row's key
-- comes once, and the rows are sorted by it, so that two chunks take their locks
-- in the same order. An empty text is NULL. The newest answer wins whatever the
-- order of arrival; of two that were fetched in the same microsecond the one with
-- the higher raw_id, so that a replay ends where the first load did.

-- name: UpsertKobisListPages :many
INSERT INTO staging.kobis_list_pages AS t (
    scope, page, total_count, movie_cds, fetched_at, raw_id, updated_at)
SELECT v.scope, v.page, v.total_count, v.movie_cds, v.fetched_at, v.raw_id, @loaded_at
FROM (
    SELECT
        unnest(@scope::text[]) AS scope,
        unnest(@page::int[]) AS page,
        unnest(@total_count::int[]) AS total_count,
        unnest(@movie_cds::jsonb[]) AS movie_cds,
        unnest(@fetched_at::timestamptz[]) AS fetched_at,
        unnest(@raw_id::bigint[]) AS raw_id
) AS v
ON CONFLICT (scope, page) DO UPDATE SET
    total_count = excluded.total_count,
    movie_cds = excluded.movie_cds,
    fetched_at = excluded.fetched_at,
    raw_id = excluded.raw_id,
    updated_at = CASE WHEN (t.total_count, t.movie_cds)
        IS DISTINCT FROM (excluded.total_count, excluded.movie_cds)
        THEN excluded.updated_at ELSE t.updated_at END
WHERE excluded.fetched_at > t.fetched_at
    OR (excluded.fetched_at = t.fetched_at AND excluded.raw_id >= t.raw_id AND (t.total_count, t.movie_cds)
        IS DISTINCT FROM (excluded.total_count, excluded.movie_cds))
RETURNING t.scope, t.page, (t.updated_at = @loaded_at)::boolean AS changed;

-- name: UpsertKobisMovies :many
-- A film that is listed is not missing.
INSERT INTO staging.kobis_movies AS t (
    movie_cd, title, title_en, production_year, open_date, type_name, status_name, nations, genres,
    main_nation, main_genre, directors, companies, fetched_at, raw_id, updated_at)
SELECT v.movie_cd, v.title, nullif(v.title_en, ''), v.production_year, v.open_date, nullif(v.type_name, ''),
    nullif(v.status_name, ''), v.nations, v.genres, nullif(v.main_nation, ''), nullif(v.main_genre, ''),
    v.directors, v.companies, v.fetched_at, v.raw_id, @loaded_at
FROM (
    SELECT
        unnest(@movie_cd::text[]) AS movie_cd,
        unnest(@title::text[]) AS title,
        unnest(@title_en::text[]) AS title_en,
        unnest(@production_year::int4[]) AS production_year,
        unnest(@open_date::date[]) AS open_date,
        unnest(@type_name::text[]) AS type_name,
        unnest(@status_name::text[]) AS status_name,
        unnest(@nations::jsonb[]) AS nations,
        unnest(@genres::jsonb[]) AS genres,
        unnest(@main_nation::text[]) AS main_nation,
        unnest(@main_genre::text[]) AS main_genre,
        unnest(@directors::jsonb[]) AS directors,
        unnest(@companies::jsonb[]) AS companies,
        unnest(@fetched_at::timestamptz[]) AS fetched_at,
        unnest(@raw_id::bigint[]) AS raw_id
) AS v
ON CONFLICT (movie_cd) DO UPDATE SET
    title = excluded.title,
    title_en = excluded.title_en,
    production_year = excluded.production_year,
    open_date = excluded.open_date,
    type_name = excluded.type_name,
    status_name = excluded.status_name,
    nations = excluded.nations,
    genres = excluded.genres,
    main_nation = excluded.main_nation,
    main_genre = excluded.main_genre,
    directors = excluded.directors,
    companies = excluded.companies,
    missing_since = NULL,
    fetched_at = excluded.fetched_at,
    raw_id = excluded.raw_id,
    updated_at = CASE WHEN (t.title, t.title_en, t.production_year, t.open_date, t.type_name, t.status_name, t.nations,
            t.genres, t.main_nation, t.main_genre, t.directors, t.companies)
        IS DISTINCT FROM (excluded.title, excluded.title_en, excluded.production_year, excluded.open_date,
            excluded.type_name, excluded.status_name, excluded.nations, excluded.genres, excluded.main_nation,
            excluded.main_genre, excluded.directors, excluded.companies)
        THEN excluded.updated_at ELSE t.updated_at END
WHERE excluded.fetched_at > t.fetched_at
    OR (excluded.fetched_at = t.fetched_at AND excluded.raw_id >= t.raw_id AND (t.title, t.title_en, t.production_year, t.open_date, t.type_name, t.status_name, t.nations,
            t.genres, t.main_nation, t.main_genre, t.directors, t.companies)
        IS DISTINCT FROM (excluded.title, excluded.title_en, excluded.production_year, excluded.open_date,
            excluded.type_name, excluded.status_name, excluded.nations, excluded.genres, excluded.main_nation,
            excluded.main_genre, excluded.directors, excluded.companies))
RETURNING t.movie_cd, (t.updated_at = @loaded_at)::boolean AS changed;

-- name: UpsertKobisMovieDetails :many
INSERT INTO staging.kobis_movie_details AS t (
    movie_cd, title, title_en, title_original, runtime_minutes, production_year, open_date, type_name,
    status_name, nations, genres, directors, actors, staff, companies, show_types, audits, watch_grade,
    fetched_at, raw_id, found_at, updated_at)
SELECT v.movie_cd, nullif(v.title, ''), nullif(v.title_en, ''), nullif(v.title_original, ''), v.runtime_minutes,
    v.production_year, v.open_date, nullif(v.type_name, ''), nullif(v.status_name, ''), v.nations, v.genres,
    v.directors, v.actors, v.staff, v.companies, v.show_types, v.audits, nullif(v.watch_grade, ''),
    v.fetched_at, v.raw_id, v.fetched_at, @loaded_at
FROM (
    SELECT
        unnest(@movie_cd::text[]) AS movie_cd,
        unnest(@title::text[]) AS title,
        unnest(@title_en::text[]) AS title_en,
        unnest(@title_original::text[]) AS title_original,
        unnest(@runtime_minutes::int4[]) AS runtime_minutes,
        unnest(@production_year::int4[]) AS production_year,
        unnest(@open_date::date[]) AS open_date,
        unnest(@type_name::text[]) AS type_name,
        unnest(@status_name::text[]) AS status_name,
        unnest(@nations::jsonb[]) AS nations,
        unnest(@genres::jsonb[]) AS genres,
        unnest(@directors::jsonb[]) AS directors,
        unnest(@actors::jsonb[]) AS actors,
        unnest(@staff::jsonb[]) AS staff,
        unnest(@companies::jsonb[]) AS companies,
        unnest(@show_types::jsonb[]) AS show_types,
        unnest(@audits::jsonb[]) AS audits,
        unnest(@watch_grade::text[]) AS watch_grade,
        unnest(@fetched_at::timestamptz[]) AS fetched_at,
        unnest(@raw_id::bigint[]) AS raw_id
) AS v
ON CONFLICT (movie_cd) DO UPDATE SET
    title = excluded.title,
    title_en = excluded.title_en,
    title_original = excluded.title_original,
    runtime_minutes = excluded.runtime_minutes,
    production_year = excluded.production_year,
    open_date = excluded.open_date,
    type_name = excluded.type_name,
    status_name = excluded.status_name,
    nations = excluded.nations,
    genres = excluded.genres,
    directors = excluded.directors,
    actors = excluded.actors,
    staff = excluded.staff,
    companies = excluded.companies,
    show_types = excluded.show_types,
    audits = excluded.audits,
    watch_grade = excluded.watch_grade,
    found_at = excluded.found_at,
    missing_at = staging.times_after(t.missing_at, excluded.found_at),
    fetched_at = greatest(t.fetched_at, excluded.fetched_at),
    raw_id = excluded.raw_id,
    updated_at = CASE WHEN (t.title, t.title_en, t.title_original, t.runtime_minutes, t.production_year, t.open_date,
            t.type_name, t.status_name, t.nations, t.genres, t.directors, t.actors, t.staff, t.companies,
            t.show_types, t.audits, t.watch_grade)
        IS DISTINCT FROM (excluded.title, excluded.title_en, excluded.title_original, excluded.runtime_minutes,
            excluded.production_year, excluded.open_date, excluded.type_name, excluded.status_name,
            excluded.nations, excluded.genres, excluded.directors, excluded.actors, excluded.staff,
            excluded.companies, excluded.show_types, excluded.audits, excluded.watch_grade)
        OR t.missing_since IS DISTINCT FROM staging.believed_since(excluded.found_at, staging.times_after(t.missing_at, excluded.found_at))
        THEN excluded.updated_at ELSE t.updated_at END
WHERE t.found_at IS NULL OR excluded.found_at > t.found_at
    OR (excluded.found_at = t.found_at AND excluded.raw_id >= t.raw_id AND (t.title, t.title_en, t.title_original, t.runtime_minutes, t.production_year, t.open_date,
            t.type_name, t.status_name, t.nations, t.genres, t.directors, t.actors, t.staff, t.companies,
            t.show_types, t.audits, t.watch_grade)
        IS DISTINCT FROM (excluded.title, excluded.title_en, excluded.title_original, excluded.runtime_minutes,
            excluded.production_year, excluded.open_date, excluded.type_name, excluded.status_name,
            excluded.nations, excluded.genres, excluded.directors, excluded.actors, excluded.staff,
            excluded.companies, excluded.show_types, excluded.audits, excluded.watch_grade))
RETURNING t.movie_cd, (t.updated_at = @loaded_at)::boolean AS changed;

-- name: MarkKobisMovieDetailsMissing :many
-- The values of an earlier answer stay: a tombstone says that they are the last
-- ones. A key may come several times. With an answer come all the times at which it
-- was given, so that what is left of many answers is as good as all of them.
INSERT INTO staging.kobis_movie_details AS t (movie_cd, missing_at, fetched_at, raw_id, updated_at)
SELECT v.movie_cd, staging.times_after(array_agg(told.at), NULL), max(told.at),
    (array_agg(v.raw_id ORDER BY told.at DESC, v.raw_id DESC))[1], @loaded_at
FROM (SELECT unnest(@movie_cd::text[]) AS movie_cd, unnest(@raw_id::bigint[]) AS raw_id) AS v
JOIN raw.payloads AS p ON p.id = v.raw_id
CROSS JOIN LATERAL unnest(p.told_at) AS told (at)
GROUP BY v.movie_cd
ORDER BY v.movie_cd
ON CONFLICT (movie_cd) DO UPDATE SET
    missing_at = staging.times_after(t.missing_at || excluded.missing_at, t.found_at),
    fetched_at = greatest(t.fetched_at, excluded.fetched_at),
    raw_id = CASE WHEN t.found_at IS NULL AND excluded.fetched_at >= t.fetched_at THEN excluded.raw_id ELSE t.raw_id END,
    updated_at = CASE WHEN t.missing_since IS DISTINCT FROM staging.believed_since(t.found_at, staging.times_after(t.missing_at || excluded.missing_at, t.found_at))
        THEN excluded.updated_at ELSE t.updated_at END
WHERE NOT staging.times_after(excluded.missing_at, t.found_at) <@ t.missing_at
RETURNING t.movie_cd, (t.updated_at = @loaded_at)::boolean AS changed;

-- name: UpsertKobisCompanies :many
-- A detail knows more than a list row, however old it is, and what was repaired
-- less than anything.
INSERT INTO staging.kobis_companies AS t (
    company_cd, name, name_en, readable, from_detail, fetched_at, raw_id, updated_at)
SELECT v.company_cd, v.name, nullif(v.name_en, ''), v.readable, v.from_detail, v.fetched_at, v.raw_id, @loaded_at
FROM (
    SELECT
        unnest(@company_cd::text[]) AS company_cd,
        unnest(@name::text[]) AS name,
        unnest(@name_en::text[]) AS name_en,
        unnest(@readable::boolean[]) AS readable,
        unnest(@from_detail::boolean[]) AS from_detail,
        unnest(@fetched_at::timestamptz[]) AS fetched_at,
        unnest(@raw_id::bigint[]) AS raw_id
) AS v
ON CONFLICT (company_cd) DO UPDATE SET
    name = excluded.name,
    name_en = excluded.name_en,
    readable = excluded.readable,
    from_detail = excluded.from_detail,
    fetched_at = excluded.fetched_at,
    raw_id = excluded.raw_id,
    updated_at = CASE WHEN (t.name, t.name_en, t.from_detail)
        IS DISTINCT FROM (excluded.name, excluded.name_en, excluded.from_detail)
        THEN excluded.updated_at ELSE t.updated_at END
WHERE (excluded.readable, excluded.from_detail, excluded.fetched_at) > (t.readable, t.from_detail, t.fetched_at)
    OR ((excluded.readable, excluded.from_detail, excluded.fetched_at) = (t.readable, t.from_detail, t.fetched_at) AND excluded.raw_id >= t.raw_id AND (t.name, t.name_en, t.from_detail)
        IS DISTINCT FROM (excluded.name, excluded.name_en, excluded.from_detail))
RETURNING t.company_cd, t.name, t.name_en, (t.updated_at = @loaded_at)::boolean AS changed;

-- name: LockKobisBoxOfficeDays :exec
-- Takes the days' locks, with a row that the next statement fills where there is none.
INSERT INTO staging.kobis_box_office_days AS t (date, row_count, fetched_at, raw_id, updated_at)
SELECT v.date, 0, '-infinity', 0, @loaded_at FROM (SELECT unnest(@date::date[]) AS date) AS v
ON CONFLICT (date) DO UPDATE SET row_count = t.row_count WHERE false;

-- name: SetKobisBoxOfficeDays :execrows
-- What the days' stored answers say now. since comes with a newest answer that is not
-- whole: when the newest that is was fetched, before all time where none is.
UPDATE staging.kobis_box_office_days AS t
SET row_count = v.row_count, since = CASE WHEN v.never THEN '-infinity' ELSE v.since END, fetched_at = v.fetched_at, raw_id = v.raw_id,
    updated_at = CASE WHEN t.row_count <> v.row_count THEN @loaded_at ELSE t.updated_at END
FROM (
    SELECT
        unnest(@date::date[]) AS date,
        unnest(@row_count::int[]) AS row_count,
        unnest(@never::boolean[]) AS never,
        unnest(@since::timestamp with time zone[]) AS since,
        unnest(@fetched_at::timestamptz[]) AS fetched_at,
        unnest(@raw_id::bigint[]) AS raw_id
) AS v
WHERE t.date = v.date
    AND (t.row_count, t.since, t.fetched_at, t.raw_id) IS DISTINCT FROM (v.row_count, CASE WHEN v.never THEN '-infinity' ELSE v.since END, v.fetched_at, v.raw_id);

-- name: UpsertKobisBoxOffice :many
INSERT INTO staging.kobis_box_office AS t (
    date, movie_cd, rank, rank_change, is_new, title, open_date, sales_amount, sales_share, sales_change,
    sales_change_rate, sales_total, audience, audience_change, audience_change_rate, audience_total, screens,
    shows, fetched_at, raw_id, updated_at)
SELECT v.date, v.movie_cd, v.rank, v.rank_change, v.is_new, v.title, v.open_date, v.sales_amount,
    v.sales_share::numeric(6, 2), v.sales_change, v.sales_change_rate::numeric(12, 2), v.sales_total,
    v.audience, v.audience_change, v.audience_change_rate::numeric(12, 2), v.audience_total, v.screens,
    v.shows, v.fetched_at, v.raw_id, @loaded_at
FROM (
    SELECT
        unnest(@date::date[]) AS date,
        unnest(@movie_cd::text[]) AS movie_cd,
        unnest(@rank::int4[]) AS rank,
        unnest(@rank_change::int4[]) AS rank_change,
        unnest(@is_new::boolean[]) AS is_new,
        unnest(@title::text[]) AS title,
        unnest(@open_date::date[]) AS open_date,
        unnest(@sales_amount::int8[]) AS sales_amount,
        unnest(@sales_share::float8[]) AS sales_share,
        unnest(@sales_change::int8[]) AS sales_change,
        unnest(@sales_change_rate::float8[]) AS sales_change_rate,
        unnest(@sales_total::int8[]) AS sales_total,
        unnest(@audience::int8[]) AS audience,
        unnest(@audience_change::int8[]) AS audience_change,
        unnest(@audience_change_rate::float8[]) AS audience_change_rate,
        unnest(@audience_total::int8[]) AS audience_total,
        unnest(@screens::int4[]) AS screens,
        unnest(@shows::int4[]) AS shows,
        unnest(@fetched_at::timestamptz[]) AS fetched_at,
        unnest(@raw_id::bigint[]) AS raw_id
) AS v
-- Only what the day's current answer lists: a late older one must bring nothing back.
-- Where that answer is not whole, what older ones list counts, back to the newest that
-- is.
JOIN staging.kobis_box_office_days AS d ON d.date = v.date
    AND ((d.fetched_at = v.fetched_at AND d.raw_id = v.raw_id) OR v.fetched_at >= d.since)
ON CONFLICT (date, movie_cd) DO UPDATE SET
    rank = excluded.rank,
    rank_change = excluded.rank_change,
    is_new = excluded.is_new,
    title = excluded.title,
    open_date = excluded.open_date,
    sales_amount = excluded.sales_amount,
    sales_share = excluded.sales_share,
    sales_change = excluded.sales_change,
    sales_change_rate = excluded.sales_change_rate,
    sales_total = excluded.sales_total,
    audience = excluded.audience,
    audience_change = excluded.audience_change,
    audience_change_rate = excluded.audience_change_rate,
    audience_total = excluded.audience_total,
    screens = excluded.screens,
    shows = excluded.shows,
    fetched_at = excluded.fetched_at,
    raw_id = excluded.raw_id,
    updated_at = CASE WHEN (t.rank, t.rank_change, t.is_new, t.title, t.open_date, t.sales_amount, t.sales_share,
            t.sales_change, t.sales_change_rate, t.sales_total, t.audience, t.audience_change,
            t.audience_change_rate, t.audience_total, t.screens, t.shows)
        IS DISTINCT FROM (excluded.rank, excluded.rank_change, excluded.is_new, excluded.title, excluded.open_date,
            excluded.sales_amount, excluded.sales_share, excluded.sales_change, excluded.sales_change_rate,
            excluded.sales_total, excluded.audience, excluded.audience_change, excluded.audience_change_rate,
            excluded.audience_total, excluded.screens, excluded.shows)
        THEN excluded.updated_at ELSE t.updated_at END
WHERE (excluded.fetched_at, excluded.raw_id) > (t.fetched_at, t.raw_id)
    OR ((excluded.fetched_at, excluded.raw_id) = (t.fetched_at, t.raw_id) AND (t.rank, t.rank_change, t.is_new, t.title, t.open_date, t.sales_amount, t.sales_share,
            t.sales_change, t.sales_change_rate, t.sales_total, t.audience, t.audience_change,
            t.audience_change_rate, t.audience_total, t.screens, t.shows)
        IS DISTINCT FROM (excluded.rank, excluded.rank_change, excluded.is_new, excluded.title, excluded.open_date,
            excluded.sales_amount, excluded.sales_share, excluded.sales_change, excluded.sales_change_rate,
            excluded.sales_total, excluded.audience, excluded.audience_change, excluded.audience_change_rate,
            excluded.audience_total, excluded.screens, excluded.shows))
RETURNING t.movie_cd, (t.updated_at = @loaded_at)::boolean AS changed;

-- name: DeleteUnlistedBoxOffice :many
-- Rows of a day that its current answer does not list, or, where that is not whole, the
-- newest that is and those since.
DELETE FROM staging.kobis_box_office AS t
USING staging.kobis_box_office_days AS d
WHERE t.date = ANY (@dates::date[]) AND d.date = t.date
    AND (t.fetched_at, t.raw_id) IS DISTINCT FROM (d.fetched_at, d.raw_id)
    AND (d.since IS NULL OR t.fetched_at < d.since)
RETURNING t.date, t.movie_cd;

-- name: UpsertKobisPeoplePages :execrows
INSERT INTO staging.kobis_people_pages AS t (page, total_count, people_cds, fetched_at, raw_id, updated_at)
SELECT v.page, v.total_count, v.people_cds, v.fetched_at, v.raw_id, @loaded_at
FROM (
    SELECT
        unnest(@page::int[]) AS page,
        unnest(@total_count::int[]) AS total_count,
        unnest(@people_cds::jsonb[]) AS people_cds,
        unnest(@fetched_at::timestamptz[]) AS fetched_at,
        unnest(@raw_id::bigint[]) AS raw_id
) AS v
ON CONFLICT (page) DO UPDATE SET
    total_count = excluded.total_count,
    people_cds = excluded.people_cds,
    fetched_at = excluded.fetched_at,
    raw_id = excluded.raw_id,
    updated_at = CASE WHEN (t.total_count, t.people_cds) IS DISTINCT FROM (excluded.total_count, excluded.people_cds)
        THEN excluded.updated_at ELSE t.updated_at END
WHERE excluded.fetched_at > t.fetched_at
    OR (excluded.fetched_at = t.fetched_at AND excluded.raw_id >= t.raw_id
        AND (t.total_count, t.people_cds) IS DISTINCT FROM (excluded.total_count, excluded.people_cds));

-- name: UpsertKobisPeople :many
INSERT INTO staging.kobis_people AS t (people_cd, name, name_en, department, titles, fetched_at, raw_id, updated_at)
SELECT v.people_cd, v.name, nullif(v.name_en, ''), nullif(v.department, ''), v.titles, v.fetched_at, v.raw_id, @loaded_at
FROM (
    SELECT
        unnest(@people_cd::text[]) AS people_cd,
        unnest(@name::text[]) AS name,
        unnest(@name_en::text[]) AS name_en,
        unnest(@department::text[]) AS department,
        unnest(@titles::jsonb[]) AS titles,
        unnest(@fetched_at::timestamptz[]) AS fetched_at,
        unnest(@raw_id::bigint[]) AS raw_id
) AS v
ON CONFLICT (people_cd) DO UPDATE SET
    name = excluded.name,
    name_en = excluded.name_en,
    department = excluded.department,
    titles = excluded.titles,
    fetched_at = excluded.fetched_at,
    raw_id = excluded.raw_id,
    updated_at = CASE WHEN (t.name, t.name_en, t.department, t.titles)
        IS DISTINCT FROM (excluded.name, excluded.name_en, excluded.department, excluded.titles)
        THEN excluded.updated_at ELSE t.updated_at END
WHERE excluded.fetched_at > t.fetched_at
    OR (excluded.fetched_at = t.fetched_at AND excluded.raw_id >= t.raw_id AND (t.name, t.name_en, t.department, t.titles)
        IS DISTINCT FROM (excluded.name, excluded.name_en, excluded.department, excluded.titles))
RETURNING t.people_cd, (t.updated_at = @loaded_at)::boolean AS changed;

-- name: SetKobisPeopleTitles :execrows
-- The people have the titles that their rows have, and no others.
WITH wanted AS (
    SELECT DISTINCT p.people_cd, p.name, t.title
    FROM staging.kobis_people AS p CROSS JOIN LATERAL jsonb_array_elements_text(p.titles) AS t (title)
    WHERE p.people_cd = ANY (@people_cds::text[])
), gone AS (
    DELETE FROM staging.kobis_people_titles AS k
    WHERE k.people_cd = ANY (@people_cds::text[])
        AND NOT EXISTS (SELECT FROM wanted AS w WHERE w.people_cd = k.people_cd AND w.name = k.name AND w.title = k.title)
)
INSERT INTO staging.kobis_people_titles (people_cd, name, title)
SELECT w.people_cd, w.name, w.title FROM wanted AS w
ORDER BY w.people_cd COLLATE "C", w.title COLLATE "C"
ON CONFLICT (key, people_cd) DO NOTHING;

-- name: UpsertKobisPeopleDetails :many
INSERT INTO staging.kobis_people_details AS t (
    people_cd, name, name_en, sex, department, filmography, fetched_at, raw_id, found_at, updated_at)
SELECT v.people_cd, nullif(v.name, ''), nullif(v.name_en, ''), nullif(v.sex, ''), nullif(v.department, ''), v.filmography,
    v.fetched_at, v.raw_id, v.fetched_at, @loaded_at
FROM (
    SELECT
        unnest(@people_cd::text[]) AS people_cd,
        unnest(@name::text[]) AS name,
        unnest(@name_en::text[]) AS name_en,
        unnest(@sex::text[]) AS sex,
        unnest(@department::text[]) AS department,
        unnest(@filmography::jsonb[]) AS filmography,
        unnest(@fetched_at::timestamptz[]) AS fetched_at,
        unnest(@raw_id::bigint[]) AS raw_id
) AS v
ON CONFLICT (people_cd) DO UPDATE SET
    name = excluded.name,
    name_en = excluded.name_en,
    sex = excluded.sex,
    department = excluded.department,
    filmography = excluded.filmography,
    found_at = excluded.found_at,
    missing_at = staging.times_after(t.missing_at, excluded.found_at),
    fetched_at = greatest(t.fetched_at, excluded.fetched_at),
    raw_id = excluded.raw_id,
    updated_at = CASE WHEN (t.name, t.name_en, t.sex, t.department, t.filmography)
        IS DISTINCT FROM (excluded.name, excluded.name_en, excluded.sex, excluded.department, excluded.filmography)
        OR t.missing_since IS DISTINCT FROM staging.believed_since(excluded.found_at, staging.times_after(t.missing_at, excluded.found_at))
        THEN excluded.updated_at ELSE t.updated_at END
WHERE t.found_at IS NULL OR excluded.found_at > t.found_at
    OR (excluded.found_at = t.found_at AND excluded.raw_id >= t.raw_id AND (t.name, t.name_en, t.sex, t.department, t.filmography)
        IS DISTINCT FROM (excluded.name, excluded.name_en, excluded.sex, excluded.department, excluded.filmography))
RETURNING t.people_cd, (t.updated_at = @loaded_at)::boolean AS changed;

-- name: MarkKobisPeopleDetailsMissing :many
-- As of films.
INSERT INTO staging.kobis_people_details AS t (people_cd, missing_at, fetched_at, raw_id, updated_at)
SELECT v.people_cd, staging.times_after(array_agg(told.at), NULL), max(told.at),
    (array_agg(v.raw_id ORDER BY told.at DESC, v.raw_id DESC))[1], @loaded_at
FROM (SELECT unnest(@people_cd::text[]) AS people_cd, unnest(@raw_id::bigint[]) AS raw_id) AS v
JOIN raw.payloads AS p ON p.id = v.raw_id
CROSS JOIN LATERAL unnest(p.told_at) AS told (at)
GROUP BY v.people_cd
ORDER BY v.people_cd
ON CONFLICT (people_cd) DO UPDATE SET
    missing_at = staging.times_after(t.missing_at || excluded.missing_at, t.found_at),
    fetched_at = greatest(t.fetched_at, excluded.fetched_at),
    raw_id = CASE WHEN t.found_at IS NULL AND excluded.fetched_at >= t.fetched_at THEN excluded.raw_id ELSE t.raw_id END,
    updated_at = CASE WHEN t.missing_since IS DISTINCT FROM staging.believed_since(t.found_at, staging.times_after(t.missing_at || excluded.missing_at, t.found_at))
        THEN excluded.updated_at ELSE t.updated_at END
WHERE NOT staging.times_after(excluded.missing_at, t.found_at) <@ t.missing_at
RETURNING t.people_cd, (t.updated_at = @loaded_at)::boolean AS changed;
