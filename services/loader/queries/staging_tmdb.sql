-- As staging_kobis.sql. TMDB's rows also carry the day of their purge.

-- name: UpsertTmdbSearches :many
INSERT INTO staging.tmdb_searches AS t (
    movie_cd, variant, query, year, total_results, candidates, expires_at, fetched_at, raw_id, updated_at)
SELECT v.movie_cd, v.variant, v.query, v.year, v.total_results, v.candidates, v.expires_at, v.fetched_at,
    v.raw_id, @loaded_at
FROM (
    SELECT
        unnest(@movie_cd::text[]) AS movie_cd,
        unnest(@variant::text[]) AS variant,
        unnest(@query::text[]) AS query,
        unnest(@year::int4[]) AS year,
        unnest(@total_results::int[]) AS total_results,
        unnest(@candidates::jsonb[]) AS candidates,
        unnest(@expires_at::timestamptz[]) AS expires_at,
        unnest(@fetched_at::timestamptz[]) AS fetched_at,
        unnest(@raw_id::bigint[]) AS raw_id
) AS v
ON CONFLICT (movie_cd, variant) DO UPDATE SET
    query = excluded.query,
    year = excluded.year,
    total_results = excluded.total_results,
    candidates = excluded.candidates,
    expires_at = excluded.expires_at,
    fetched_at = excluded.fetched_at,
    raw_id = excluded.raw_id,
    updated_at = CASE WHEN (t.query, t.year, t.total_results, t.candidates)
        IS DISTINCT FROM (excluded.query, excluded.year, excluded.total_results, excluded.candidates)
        THEN excluded.updated_at ELSE t.updated_at END
WHERE excluded.fetched_at > t.fetched_at
    OR (excluded.fetched_at = t.fetched_at AND excluded.raw_id >= t.raw_id AND (t.query, t.year, t.total_results, t.candidates)
        IS DISTINCT FROM (excluded.query, excluded.year, excluded.total_results, excluded.candidates))
RETURNING t.movie_cd, (t.updated_at = @loaded_at)::boolean AS changed;

-- name: UpsertTmdbMovies :many
INSERT INTO staging.tmdb_movies AS t (
    tmdb_id, title, title_en, title_original, original_language, overview_ko, overview_en, tagline, release_date,
    runtime_minutes, imdb_id, poster_path, backdrop_path, status, adult, popularity, vote_average, vote_count,
    origin_countries, production_countries, genres, companies, alternative_titles, translations, release_dates,
    keywords, images, external_ids, cast_members, crew_members, expires_at, fetched_at, raw_id, found_at, updated_at)
SELECT v.tmdb_id, nullif(v.title, ''), nullif(v.title_en, ''), nullif(v.title_original, ''),
    nullif(v.original_language, ''), nullif(v.overview_ko, ''), nullif(v.overview_en, ''), nullif(v.tagline, ''), v.release_date,
    v.runtime_minutes, nullif(v.imdb_id, ''), nullif(v.poster_path, ''), nullif(v.backdrop_path, ''),
    nullif(v.status, ''), v.adult, v.popularity, v.vote_average, v.vote_count, v.origin_countries,
    v.production_countries, v.genres, v.companies, v.alternative_titles, v.translations, v.release_dates,
    v.keywords, v.images, v.external_ids, v.cast_members, v.crew_members, v.expires_at, v.fetched_at, v.raw_id, v.fetched_at, @loaded_at
FROM (
    SELECT
        unnest(@tmdb_id::int[]) AS tmdb_id,
        unnest(@title::text[]) AS title,
        unnest(@title_en::text[]) AS title_en,
        unnest(@title_original::text[]) AS title_original,
        unnest(@original_language::text[]) AS original_language,
        unnest(@overview_ko::text[]) AS overview_ko,
        unnest(@overview_en::text[]) AS overview_en,
        unnest(@tagline::text[]) AS tagline,
        unnest(@release_date::date[]) AS release_date,
        unnest(@runtime_minutes::int4[]) AS runtime_minutes,
        unnest(@imdb_id::text[]) AS imdb_id,
        unnest(@poster_path::text[]) AS poster_path,
        unnest(@backdrop_path::text[]) AS backdrop_path,
        unnest(@status::text[]) AS status,
        unnest(@adult::bool[]) AS adult,
        unnest(@popularity::float8[]) AS popularity,
        unnest(@vote_average::float8[]) AS vote_average,
        unnest(@vote_count::int4[]) AS vote_count,
        unnest(@origin_countries::jsonb[]) AS origin_countries,
        unnest(@production_countries::jsonb[]) AS production_countries,
        unnest(@genres::jsonb[]) AS genres,
        unnest(@companies::jsonb[]) AS companies,
        unnest(@alternative_titles::jsonb[]) AS alternative_titles,
        unnest(@translations::jsonb[]) AS translations,
        unnest(@release_dates::jsonb[]) AS release_dates,
        unnest(@keywords::jsonb[]) AS keywords,
        unnest(@images::jsonb[]) AS images,
        unnest(@external_ids::jsonb[]) AS external_ids,
        unnest(@cast_members::jsonb[]) AS cast_members,
        unnest(@crew_members::jsonb[]) AS crew_members,
        unnest(@expires_at::timestamptz[]) AS expires_at,
        unnest(@fetched_at::timestamptz[]) AS fetched_at,
        unnest(@raw_id::bigint[]) AS raw_id
) AS v
ON CONFLICT (tmdb_id) DO UPDATE SET
    title = excluded.title,
    title_en = excluded.title_en,
    title_original = excluded.title_original,
    original_language = excluded.original_language,
    overview_ko = excluded.overview_ko,
    overview_en = excluded.overview_en,
    tagline = excluded.tagline,
    release_date = excluded.release_date,
    runtime_minutes = excluded.runtime_minutes,
    imdb_id = excluded.imdb_id,
    poster_path = excluded.poster_path,
    backdrop_path = excluded.backdrop_path,
    status = excluded.status,
    adult = excluded.adult,
    popularity = excluded.popularity,
    vote_average = excluded.vote_average,
    vote_count = excluded.vote_count,
    origin_countries = excluded.origin_countries,
    production_countries = excluded.production_countries,
    genres = excluded.genres,
    companies = excluded.companies,
    alternative_titles = excluded.alternative_titles,
    translations = excluded.translations,
    release_dates = excluded.release_dates,
    keywords = excluded.keywords,
    images = excluded.images,
    external_ids = excluded.external_ids,
    cast_members = excluded.cast_members,
    crew_members = excluded.crew_members,
    expires_at = excluded.expires_at,
    found_at = excluded.found_at,
    missing_at = staging.times_after(t.missing_at, excluded.found_at),
    fetched_at = greatest(t.fetched_at, excluded.fetched_at),
    raw_id = excluded.raw_id,
    updated_at = CASE WHEN (t.title, t.title_en, t.title_original, t.original_language, t.overview_ko, t.overview_en,
            t.tagline, t.release_date, t.runtime_minutes, t.imdb_id, t.poster_path, t.backdrop_path, t.status, t.adult,
            t.popularity, t.vote_average, t.vote_count, t.origin_countries, t.production_countries, t.genres,
            t.companies, t.alternative_titles, t.translations, t.release_dates, t.keywords,
            t.images, t.external_ids, t.cast_members, t.crew_members)
        IS DISTINCT FROM (excluded.title, excluded.title_en, excluded.title_original, excluded.original_language,
            excluded.overview_ko, excluded.overview_en, excluded.tagline, excluded.release_date, excluded.runtime_minutes,
            excluded.imdb_id, excluded.poster_path, excluded.backdrop_path, excluded.status, excluded.adult,
            excluded.popularity, excluded.vote_average, excluded.vote_count, excluded.origin_countries,
            excluded.production_countries, excluded.genres, excluded.companies, excluded.alternative_titles,
            excluded.translations, excluded.release_dates, excluded.keywords,
            excluded.images, excluded.external_ids, excluded.cast_members, excluded.crew_members)
        OR t.missing_since IS DISTINCT FROM staging.believed_since(excluded.found_at, staging.times_after(t.missing_at, excluded.found_at))
        THEN excluded.updated_at ELSE t.updated_at END
WHERE t.found_at IS NULL OR excluded.found_at > t.found_at
    OR (excluded.found_at = t.found_at AND excluded.raw_id >= t.raw_id AND (t.title, t.title_en, t.title_original, t.original_language, t.overview_ko, t.overview_en,
            t.tagline, t.release_date, t.runtime_minutes, t.imdb_id, t.poster_path, t.backdrop_path, t.status, t.adult,
            t.popularity, t.vote_average, t.vote_count, t.origin_countries, t.production_countries, t.genres,
            t.companies, t.alternative_titles, t.translations, t.release_dates, t.keywords,
            t.images, t.external_ids, t.cast_members, t.crew_members)
        IS DISTINCT FROM (excluded.title, excluded.title_en, excluded.title_original, excluded.original_language,
            excluded.overview_ko, excluded.overview_en, excluded.tagline, excluded.release_date, excluded.runtime_minutes,
            excluded.imdb_id, excluded.poster_path, excluded.backdrop_path, excluded.status, excluded.adult,
            excluded.popularity, excluded.vote_average, excluded.vote_count, excluded.origin_countries,
            excluded.production_countries, excluded.genres, excluded.companies, excluded.alternative_titles,
            excluded.translations, excluded.release_dates, excluded.keywords,
            excluded.images, excluded.external_ids, excluded.cast_members, excluded.crew_members))
RETURNING t.tmdb_id, (t.updated_at = @loaded_at)::boolean AS changed;

-- name: MarkTmdbMoviesMissing :many
-- The values of an earlier answer stay: a tombstone says that they are the last
-- ones. A key may come several times. With an answer come all the times at which it
-- was given, so that what is left of many answers is as good as all of them.
INSERT INTO staging.tmdb_movies AS t (tmdb_id, missing_at, fetched_at, raw_id, expires_at, updated_at)
SELECT v.tmdb_id, staging.times_after(array_agg(told.at), NULL), max(told.at),
    (array_agg(v.raw_id ORDER BY told.at DESC, v.raw_id DESC))[1], max(v.expires_at), @loaded_at
FROM (SELECT unnest(@tmdb_id::int[]) AS tmdb_id, unnest(@raw_id::bigint[]) AS raw_id,
    unnest(@expires_at::timestamptz[]) AS expires_at) AS v
JOIN raw.payloads AS p ON p.id = v.raw_id
CROSS JOIN LATERAL unnest(p.told_at) AS told (at)
GROUP BY v.tmdb_id
ORDER BY v.tmdb_id
ON CONFLICT (tmdb_id) DO UPDATE SET
    missing_at = staging.times_after(t.missing_at || excluded.missing_at, t.found_at),
    fetched_at = greatest(t.fetched_at, excluded.fetched_at),
    expires_at = CASE WHEN t.found_at IS NULL THEN greatest(t.expires_at, excluded.expires_at) ELSE t.expires_at END,
    raw_id = CASE WHEN t.found_at IS NULL AND excluded.fetched_at >= t.fetched_at THEN excluded.raw_id ELSE t.raw_id END,
    updated_at = CASE WHEN t.missing_since IS DISTINCT FROM staging.believed_since(t.found_at, staging.times_after(t.missing_at || excluded.missing_at, t.found_at))
        THEN excluded.updated_at ELSE t.updated_at END
WHERE NOT staging.times_after(excluded.missing_at, t.found_at) <@ t.missing_at
RETURNING t.tmdb_id, (t.updated_at = @loaded_at)::boolean AS changed;

-- name: UpsertTmdbSeries :many
INSERT INTO staging.tmdb_series AS t (
    tmdb_id, name, name_en, name_original, original_language, overview_ko, overview_en, first_air_date,
    last_air_date, status, type, in_production, season_count, episode_count, episode_run_minutes, imdb_id,
    poster_path, backdrop_path, adult, popularity, vote_average, vote_count, origin_countries, genres,
    companies, networks, created_by, seasons, alternative_titles, translations, content_ratings, keywords,
    images, external_ids, cast_members, crew_members, expires_at, fetched_at, raw_id, found_at, updated_at)
SELECT v.tmdb_id, nullif(v.name, ''), nullif(v.name_en, ''), nullif(v.name_original, ''),
    nullif(v.original_language, ''), nullif(v.overview_ko, ''), nullif(v.overview_en, ''), v.first_air_date,
    v.last_air_date, nullif(v.status, ''), nullif(v.type, ''), v.in_production, v.season_count,
    v.episode_count, v.episode_run_minutes, nullif(v.imdb_id, ''), nullif(v.poster_path, ''),
    nullif(v.backdrop_path, ''), v.adult, v.popularity, v.vote_average, v.vote_count, v.origin_countries,
    v.genres, v.companies, v.networks, v.created_by, v.seasons, v.alternative_titles, v.translations,
    v.content_ratings, v.keywords, v.images, v.external_ids, v.cast_members, v.crew_members, v.expires_at, v.fetched_at, v.raw_id,
    v.fetched_at, @loaded_at
FROM (
    SELECT
        unnest(@tmdb_id::int[]) AS tmdb_id,
        unnest(@name::text[]) AS name,
        unnest(@name_en::text[]) AS name_en,
        unnest(@name_original::text[]) AS name_original,
        unnest(@original_language::text[]) AS original_language,
        unnest(@overview_ko::text[]) AS overview_ko,
        unnest(@overview_en::text[]) AS overview_en,
        unnest(@first_air_date::date[]) AS first_air_date,
        unnest(@last_air_date::date[]) AS last_air_date,
        unnest(@status::text[]) AS status,
        unnest(@type::text[]) AS type,
        unnest(@in_production::bool[]) AS in_production,
        unnest(@season_count::int4[]) AS season_count,
        unnest(@episode_count::int4[]) AS episode_count,
        unnest(@episode_run_minutes::int4[]) AS episode_run_minutes,
        unnest(@imdb_id::text[]) AS imdb_id,
        unnest(@poster_path::text[]) AS poster_path,
        unnest(@backdrop_path::text[]) AS backdrop_path,
        unnest(@adult::bool[]) AS adult,
        unnest(@popularity::float8[]) AS popularity,
        unnest(@vote_average::float8[]) AS vote_average,
        unnest(@vote_count::int4[]) AS vote_count,
        unnest(@origin_countries::jsonb[]) AS origin_countries,
        unnest(@genres::jsonb[]) AS genres,
        unnest(@companies::jsonb[]) AS companies,
        unnest(@networks::jsonb[]) AS networks,
        unnest(@created_by::jsonb[]) AS created_by,
        unnest(@seasons::jsonb[]) AS seasons,
        unnest(@alternative_titles::jsonb[]) AS alternative_titles,
        unnest(@translations::jsonb[]) AS translations,
        unnest(@content_ratings::jsonb[]) AS content_ratings,
        unnest(@keywords::jsonb[]) AS keywords,
        unnest(@images::jsonb[]) AS images,
        unnest(@external_ids::jsonb[]) AS external_ids,
        unnest(@cast_members::jsonb[]) AS cast_members,
        unnest(@crew_members::jsonb[]) AS crew_members,
        unnest(@expires_at::timestamptz[]) AS expires_at,
        unnest(@fetched_at::timestamptz[]) AS fetched_at,
        unnest(@raw_id::bigint[]) AS raw_id
) AS v
ON CONFLICT (tmdb_id) DO UPDATE SET
    name = excluded.name,
    name_en = excluded.name_en,
    name_original = excluded.name_original,
    original_language = excluded.original_language,
    overview_ko = excluded.overview_ko,
    overview_en = excluded.overview_en,
    first_air_date = excluded.first_air_date,
    last_air_date = excluded.last_air_date,
    status = excluded.status,
    type = excluded.type,
    in_production = excluded.in_production,
    season_count = excluded.season_count,
    episode_count = excluded.episode_count,
    episode_run_minutes = excluded.episode_run_minutes,
    imdb_id = excluded.imdb_id,
    poster_path = excluded.poster_path,
    backdrop_path = excluded.backdrop_path,
    adult = excluded.adult,
    popularity = excluded.popularity,
    vote_average = excluded.vote_average,
    vote_count = excluded.vote_count,
    origin_countries = excluded.origin_countries,
    genres = excluded.genres,
    companies = excluded.companies,
    networks = excluded.networks,
    created_by = excluded.created_by,
    seasons = excluded.seasons,
    alternative_titles = excluded.alternative_titles,
    translations = excluded.translations,
    content_ratings = excluded.content_ratings,
    keywords = excluded.keywords,
    images = excluded.images,
    external_ids = excluded.external_ids,
    cast_members = excluded.cast_members,
    crew_members = excluded.crew_members,
    expires_at = excluded.expires_at,
    found_at = excluded.found_at,
    missing_at = staging.times_after(t.missing_at, excluded.found_at),
    fetched_at = greatest(t.fetched_at, excluded.fetched_at),
    raw_id = excluded.raw_id,
    updated_at = CASE WHEN (t.name, t.name_en, t.name_original, t.original_language, t.overview_ko, t.overview_en,
            t.first_air_date, t.last_air_date, t.status, t.type, t.in_production, t.season_count,
            t.episode_count, t.episode_run_minutes, t.imdb_id, t.poster_path, t.backdrop_path, t.adult,
            t.popularity, t.vote_average, t.vote_count, t.origin_countries, t.genres, t.companies, t.networks,
            t.created_by, t.seasons, t.alternative_titles, t.translations, t.content_ratings, t.keywords,
            t.images, t.external_ids, t.cast_members, t.crew_members)
        IS DISTINCT FROM (excluded.name, excluded.name_en, excluded.name_original, excluded.original_language,
            excluded.overview_ko, excluded.overview_en, excluded.first_air_date, excluded.last_air_date,
            excluded.status, excluded.type, excluded.in_production, excluded.season_count,
            excluded.episode_count, excluded.episode_run_minutes, excluded.imdb_id, excluded.poster_path,
            excluded.backdrop_path, excluded.adult, excluded.popularity, excluded.vote_average,
            excluded.vote_count, excluded.origin_countries, excluded.genres, excluded.companies,
            excluded.networks, excluded.created_by, excluded.seasons, excluded.alternative_titles,
            excluded.translations, excluded.content_ratings, excluded.keywords,
            excluded.images, excluded.external_ids, excluded.cast_members, excluded.crew_members)
        OR t.missing_since IS DISTINCT FROM staging.believed_since(excluded.found_at, staging.times_after(t.missing_at, excluded.found_at))
        THEN excluded.updated_at ELSE t.updated_at END
WHERE t.found_at IS NULL OR excluded.found_at > t.found_at
    OR (excluded.found_at = t.found_at AND excluded.raw_id >= t.raw_id AND (t.name, t.name_en, t.name_original, t.original_language, t.overview_ko, t.overview_en,
            t.first_air_date, t.last_air_date, t.status, t.type, t.in_production, t.season_count,
            t.episode_count, t.episode_run_minutes, t.imdb_id, t.poster_path, t.backdrop_path, t.adult,
            t.popularity, t.vote_average, t.vote_count, t.origin_countries, t.genres, t.companies, t.networks,
            t.created_by, t.seasons, t.alternative_titles, t.translations, t.content_ratings, t.keywords,
            t.images, t.external_ids, t.cast_members, t.crew_members)
        IS DISTINCT FROM (excluded.name, excluded.name_en, excluded.name_original, excluded.original_language,
            excluded.overview_ko, excluded.overview_en, excluded.first_air_date, excluded.last_air_date,
            excluded.status, excluded.type, excluded.in_production, excluded.season_count,
            excluded.episode_count, excluded.episode_run_minutes, excluded.imdb_id, excluded.poster_path,
            excluded.backdrop_path, excluded.adult, excluded.popularity, excluded.vote_average,
            excluded.vote_count, excluded.origin_countries, excluded.genres, excluded.companies,
            excluded.networks, excluded.created_by, excluded.seasons, excluded.alternative_titles,
            excluded.translations, excluded.content_ratings, excluded.keywords,
            excluded.images, excluded.external_ids, excluded.cast_members, excluded.crew_members))
RETURNING t.tmdb_id, (t.updated_at = @loaded_at)::boolean AS changed;

-- name: MarkTmdbSeriesMissing :many
-- The values of an earlier answer stay: a tombstone says that they are the last
-- ones. A key may come several times. With an answer come all the times at which it
-- was given, so that what is left of many answers is as good as all of them.
INSERT INTO staging.tmdb_series AS t (tmdb_id, missing_at, fetched_at, raw_id, expires_at, updated_at)
SELECT v.tmdb_id, staging.times_after(array_agg(told.at), NULL), max(told.at),
    (array_agg(v.raw_id ORDER BY told.at DESC, v.raw_id DESC))[1], max(v.expires_at), @loaded_at
FROM (SELECT unnest(@tmdb_id::int[]) AS tmdb_id, unnest(@raw_id::bigint[]) AS raw_id,
    unnest(@expires_at::timestamptz[]) AS expires_at) AS v
JOIN raw.payloads AS p ON p.id = v.raw_id
CROSS JOIN LATERAL unnest(p.told_at) AS told (at)
GROUP BY v.tmdb_id
ORDER BY v.tmdb_id
ON CONFLICT (tmdb_id) DO UPDATE SET
    missing_at = staging.times_after(t.missing_at || excluded.missing_at, t.found_at),
    fetched_at = greatest(t.fetched_at, excluded.fetched_at),
    expires_at = CASE WHEN t.found_at IS NULL THEN greatest(t.expires_at, excluded.expires_at) ELSE t.expires_at END,
    raw_id = CASE WHEN t.found_at IS NULL AND excluded.fetched_at >= t.fetched_at THEN excluded.raw_id ELSE t.raw_id END,
    updated_at = CASE WHEN t.missing_since IS DISTINCT FROM staging.believed_since(t.found_at, staging.times_after(t.missing_at || excluded.missing_at, t.found_at))
        THEN excluded.updated_at ELSE t.updated_at END
WHERE NOT staging.times_after(excluded.missing_at, t.found_at) <@ t.missing_at
RETURNING t.tmdb_id, (t.updated_at = @loaded_at)::boolean AS changed;

-- name: UpsertTmdbSeasons :many
INSERT INTO staging.tmdb_seasons AS t (
    tmdb_id, season_number, name, air_date, episode_count, cast_members, crew_members, expires_at, fetched_at, raw_id,
    found_at, updated_at)
SELECT v.tmdb_id, v.season_number, nullif(v.name, ''), v.air_date, v.episode_count, v.cast_members, v.crew_members,
    v.expires_at, v.fetched_at, v.raw_id, v.fetched_at, @loaded_at
FROM (
    SELECT
        unnest(@tmdb_id::int[]) AS tmdb_id,
        unnest(@season_number::int[]) AS season_number,
        unnest(@name::text[]) AS name,
        unnest(@air_date::date[]) AS air_date,
        unnest(@episode_count::int4[]) AS episode_count,
        unnest(@cast_members::jsonb[]) AS cast_members,
        unnest(@crew_members::jsonb[]) AS crew_members,
        unnest(@expires_at::timestamptz[]) AS expires_at,
        unnest(@fetched_at::timestamptz[]) AS fetched_at,
        unnest(@raw_id::bigint[]) AS raw_id
) AS v
ON CONFLICT (tmdb_id, season_number) DO UPDATE SET
    name = excluded.name,
    air_date = excluded.air_date,
    episode_count = excluded.episode_count,
    cast_members = excluded.cast_members,
    crew_members = excluded.crew_members,
    expires_at = excluded.expires_at,
    found_at = excluded.found_at,
    missing_at = staging.times_after(t.missing_at, excluded.found_at),
    fetched_at = greatest(t.fetched_at, excluded.fetched_at),
    raw_id = excluded.raw_id,
    updated_at = CASE WHEN (t.name, t.air_date, t.episode_count, t.cast_members, t.crew_members)
        IS DISTINCT FROM (excluded.name, excluded.air_date, excluded.episode_count, excluded.cast_members, excluded.crew_members)
        OR t.missing_since IS DISTINCT FROM staging.believed_since(excluded.found_at, staging.times_after(t.missing_at, excluded.found_at))
        THEN excluded.updated_at ELSE t.updated_at END
WHERE t.found_at IS NULL OR excluded.found_at > t.found_at
    OR (excluded.found_at = t.found_at AND excluded.raw_id >= t.raw_id AND (t.name, t.air_date, t.episode_count, t.cast_members, t.crew_members)
        IS DISTINCT FROM (excluded.name, excluded.air_date, excluded.episode_count, excluded.cast_members, excluded.crew_members))
RETURNING t.tmdb_id, (t.updated_at = @loaded_at)::boolean AS changed;

-- name: MarkTmdbSeasonsMissing :many
-- As of series.
INSERT INTO staging.tmdb_seasons AS t (tmdb_id, season_number, missing_at, fetched_at, raw_id, expires_at, updated_at)
SELECT v.tmdb_id, v.season_number, staging.times_after(array_agg(told.at), NULL), max(told.at),
    (array_agg(v.raw_id ORDER BY told.at DESC, v.raw_id DESC))[1], max(v.expires_at), @loaded_at
FROM (SELECT unnest(@tmdb_id::int[]) AS tmdb_id, unnest(@season_number::int[]) AS season_number, unnest(@raw_id::bigint[]) AS raw_id,
    unnest(@expires_at::timestamptz[]) AS expires_at) AS v
JOIN raw.payloads AS p ON p.id = v.raw_id
CROSS JOIN LATERAL unnest(p.told_at) AS told (at)
GROUP BY v.tmdb_id, v.season_number
ORDER BY v.tmdb_id, v.season_number
ON CONFLICT (tmdb_id, season_number) DO UPDATE SET
    missing_at = staging.times_after(t.missing_at || excluded.missing_at, t.found_at),
    fetched_at = greatest(t.fetched_at, excluded.fetched_at),
    expires_at = CASE WHEN t.found_at IS NULL THEN greatest(t.expires_at, excluded.expires_at) ELSE t.expires_at END,
    raw_id = CASE WHEN t.found_at IS NULL AND excluded.fetched_at >= t.fetched_at THEN excluded.raw_id ELSE t.raw_id END,
    updated_at = CASE WHEN t.missing_since IS DISTINCT FROM staging.believed_since(t.found_at, staging.times_after(t.missing_at || excluded.missing_at, t.found_at))
        THEN excluded.updated_at ELSE t.updated_at END
WHERE NOT staging.times_after(excluded.missing_at, t.found_at) <@ t.missing_at
RETURNING t.tmdb_id, (t.updated_at = @loaded_at)::boolean AS changed;

-- name: UpsertTmdbDiscoverPages :many
INSERT INTO staging.tmdb_discover_pages AS t (
    window_from, window_to, page, total_pages, total_results, series_ids, expires_at, fetched_at, raw_id,
    updated_at)
SELECT v.window_from, v.window_to, v.page, v.total_pages, v.total_results, v.series_ids, v.expires_at,
    v.fetched_at, v.raw_id, @loaded_at
FROM (
    SELECT
        unnest(@window_from::date[]) AS window_from,
        unnest(@window_to::date[]) AS window_to,
        unnest(@page::int[]) AS page,
        unnest(@total_pages::int[]) AS total_pages,
        unnest(@total_results::int[]) AS total_results,
        unnest(@series_ids::jsonb[]) AS series_ids,
        unnest(@expires_at::timestamptz[]) AS expires_at,
        unnest(@fetched_at::timestamptz[]) AS fetched_at,
        unnest(@raw_id::bigint[]) AS raw_id
) AS v
ON CONFLICT (window_from, window_to, page) DO UPDATE SET
    total_pages = excluded.total_pages,
    total_results = excluded.total_results,
    series_ids = excluded.series_ids,
    expires_at = excluded.expires_at,
    fetched_at = excluded.fetched_at,
    raw_id = excluded.raw_id,
    updated_at = CASE WHEN (t.total_pages, t.total_results, t.series_ids)
        IS DISTINCT FROM (excluded.total_pages, excluded.total_results, excluded.series_ids)
        THEN excluded.updated_at ELSE t.updated_at END
WHERE excluded.fetched_at > t.fetched_at
    OR (excluded.fetched_at = t.fetched_at AND excluded.raw_id >= t.raw_id AND (t.total_pages, t.total_results, t.series_ids)
        IS DISTINCT FROM (excluded.total_pages, excluded.total_results, excluded.series_ids))
RETURNING t.page, (t.updated_at = @loaded_at)::boolean AS changed;

-- name: UpsertTmdbPeople :many
INSERT INTO staging.tmdb_people AS t (
    tmdb_id, name, name_original, profile_path, readable, expires_at, fetched_at, raw_id, updated_at)
SELECT v.tmdb_id, v.name, nullif(v.name_original, ''), nullif(v.profile_path, ''), v.readable, v.expires_at, v.fetched_at, v.raw_id, @loaded_at
FROM (
    SELECT
        unnest(@tmdb_id::int[]) AS tmdb_id,
        unnest(@name::text[]) AS name,
        unnest(@name_original::text[]) AS name_original,
        unnest(@profile_path::text[]) AS profile_path,
        unnest(@readable::boolean[]) AS readable,
        unnest(@expires_at::timestamptz[]) AS expires_at,
        unnest(@fetched_at::timestamptz[]) AS fetched_at,
        unnest(@raw_id::bigint[]) AS raw_id
) AS v
ON CONFLICT (tmdb_id) DO UPDATE SET
    name = excluded.name,
    name_original = excluded.name_original,
    profile_path = excluded.profile_path,
    readable = excluded.readable,
    expires_at = excluded.expires_at,
    fetched_at = excluded.fetched_at,
    raw_id = excluded.raw_id,
    updated_at = CASE WHEN (t.name, t.name_original, t.profile_path)
        IS DISTINCT FROM (excluded.name, excluded.name_original, excluded.profile_path)
        THEN excluded.updated_at ELSE t.updated_at END
WHERE (excluded.readable, excluded.fetched_at) > (t.readable, t.fetched_at)
    OR (t.expires_at <= @loaded_at AND excluded.expires_at > @loaded_at)
    OR ((excluded.readable, excluded.fetched_at) = (t.readable, t.fetched_at) AND excluded.raw_id >= t.raw_id AND (t.name, t.name_original, t.profile_path)
        IS DISTINCT FROM (excluded.name, excluded.name_original, excluded.profile_path))
RETURNING t.tmdb_id, t.name, t.name_original, t.profile_path, (t.updated_at = @loaded_at)::boolean AS changed;

-- name: UpsertTmdbCompanies :many
INSERT INTO staging.tmdb_companies AS t (
    tmdb_id, name, country, logo_path, readable, expires_at, fetched_at, raw_id, updated_at)
SELECT v.tmdb_id, v.name, nullif(v.country, ''), nullif(v.logo_path, ''), v.readable, v.expires_at, v.fetched_at, v.raw_id, @loaded_at
FROM (
    SELECT
        unnest(@tmdb_id::int[]) AS tmdb_id,
        unnest(@name::text[]) AS name,
        unnest(@country::text[]) AS country,
        unnest(@logo_path::text[]) AS logo_path,
        unnest(@readable::boolean[]) AS readable,
        unnest(@expires_at::timestamptz[]) AS expires_at,
        unnest(@fetched_at::timestamptz[]) AS fetched_at,
        unnest(@raw_id::bigint[]) AS raw_id
) AS v
ON CONFLICT (tmdb_id) DO UPDATE SET
    name = excluded.name,
    country = excluded.country,
    logo_path = excluded.logo_path,
    readable = excluded.readable,
    expires_at = excluded.expires_at,
    fetched_at = excluded.fetched_at,
    raw_id = excluded.raw_id,
    updated_at = CASE WHEN (t.name, t.country, t.logo_path)
        IS DISTINCT FROM (excluded.name, excluded.country, excluded.logo_path)
        THEN excluded.updated_at ELSE t.updated_at END
WHERE (excluded.readable, excluded.fetched_at) > (t.readable, t.fetched_at)
    OR (t.expires_at <= @loaded_at AND excluded.expires_at > @loaded_at)
    OR ((excluded.readable, excluded.fetched_at) = (t.readable, t.fetched_at) AND excluded.raw_id >= t.raw_id AND (t.name, t.country, t.logo_path)
        IS DISTINCT FROM (excluded.name, excluded.country, excluded.logo_path))
RETURNING t.tmdb_id, t.name, t.country, t.logo_path, (t.updated_at = @loaded_at)::boolean AS changed;

-- name: UpsertTmdbPersons :many
INSERT INTO staging.tmdb_persons AS t (
    tmdb_id, name, name_ko, also_known_as, gender, department, birthday, deathday, place_of_birth, profile_path, adult,
    external_ids, expires_at, fetched_at, raw_id, found_at, updated_at)
SELECT v.tmdb_id, nullif(v.name, ''), nullif(v.name_ko, ''), v.also_known_as, v.gender, nullif(v.department, ''), v.birthday,
    v.deathday, nullif(v.place_of_birth, ''), nullif(v.profile_path, ''), v.adult, v.external_ids, v.expires_at, v.fetched_at,
    v.raw_id, v.fetched_at, @loaded_at
FROM (
    SELECT
        unnest(@tmdb_id::int[]) AS tmdb_id,
        unnest(@name::text[]) AS name,
        unnest(@name_ko::text[]) AS name_ko,
        unnest(@also_known_as::jsonb[]) AS also_known_as,
        unnest(@gender::int4[]) AS gender,
        unnest(@department::text[]) AS department,
        unnest(@birthday::date[]) AS birthday,
        unnest(@deathday::date[]) AS deathday,
        unnest(@place_of_birth::text[]) AS place_of_birth,
        unnest(@profile_path::text[]) AS profile_path,
        unnest(@adult::bool[]) AS adult,
        unnest(@external_ids::jsonb[]) AS external_ids,
        unnest(@expires_at::timestamptz[]) AS expires_at,
        unnest(@fetched_at::timestamptz[]) AS fetched_at,
        unnest(@raw_id::bigint[]) AS raw_id
) AS v
ON CONFLICT (tmdb_id) DO UPDATE SET
    name = excluded.name,
    name_ko = excluded.name_ko,
    also_known_as = excluded.also_known_as,
    gender = excluded.gender,
    department = excluded.department,
    birthday = excluded.birthday,
    deathday = excluded.deathday,
    place_of_birth = excluded.place_of_birth,
    profile_path = excluded.profile_path,
    adult = excluded.adult,
    external_ids = excluded.external_ids,
    expires_at = excluded.expires_at,
    found_at = excluded.found_at,
    missing_at = staging.times_after(t.missing_at, excluded.found_at),
    fetched_at = greatest(t.fetched_at, excluded.fetched_at),
    raw_id = excluded.raw_id,
    updated_at = CASE WHEN (t.name, t.name_ko, t.also_known_as, t.gender, t.department, t.birthday, t.deathday, t.place_of_birth,
            t.profile_path, t.adult, t.external_ids)
        IS DISTINCT FROM (excluded.name, excluded.name_ko, excluded.also_known_as, excluded.gender, excluded.department,
            excluded.birthday, excluded.deathday, excluded.place_of_birth, excluded.profile_path, excluded.adult, excluded.external_ids)
        OR t.missing_since IS DISTINCT FROM staging.believed_since(excluded.found_at, staging.times_after(t.missing_at, excluded.found_at))
        THEN excluded.updated_at ELSE t.updated_at END
WHERE t.found_at IS NULL OR excluded.found_at > t.found_at
    OR (excluded.found_at = t.found_at AND excluded.raw_id >= t.raw_id AND (t.name, t.name_ko, t.also_known_as, t.gender,
            t.department, t.birthday, t.deathday, t.place_of_birth, t.profile_path, t.adult, t.external_ids)
        IS DISTINCT FROM (excluded.name, excluded.name_ko, excluded.also_known_as, excluded.gender, excluded.department,
            excluded.birthday, excluded.deathday, excluded.place_of_birth, excluded.profile_path, excluded.adult, excluded.external_ids))
RETURNING t.tmdb_id, (t.updated_at = @loaded_at)::boolean AS changed;

-- name: MarkTmdbPersonsMissing :many
-- As of series.
INSERT INTO staging.tmdb_persons AS t (tmdb_id, missing_at, fetched_at, raw_id, expires_at, updated_at)
SELECT v.tmdb_id, staging.times_after(array_agg(told.at), NULL), max(told.at),
    (array_agg(v.raw_id ORDER BY told.at DESC, v.raw_id DESC))[1], max(v.expires_at), @loaded_at
FROM (SELECT unnest(@tmdb_id::int[]) AS tmdb_id, unnest(@raw_id::bigint[]) AS raw_id,
    unnest(@expires_at::timestamptz[]) AS expires_at) AS v
JOIN raw.payloads AS p ON p.id = v.raw_id
CROSS JOIN LATERAL unnest(p.told_at) AS told (at)
GROUP BY v.tmdb_id
ORDER BY v.tmdb_id
ON CONFLICT (tmdb_id) DO UPDATE SET
    missing_at = staging.times_after(t.missing_at || excluded.missing_at, t.found_at),
    fetched_at = greatest(t.fetched_at, excluded.fetched_at),
    expires_at = CASE WHEN t.found_at IS NULL THEN greatest(t.expires_at, excluded.expires_at) ELSE t.expires_at END,
    raw_id = CASE WHEN t.found_at IS NULL AND excluded.fetched_at >= t.fetched_at THEN excluded.raw_id ELSE t.raw_id END,
    updated_at = CASE WHEN t.missing_since IS DISTINCT FROM staging.believed_since(t.found_at, staging.times_after(t.missing_at || excluded.missing_at, t.found_at))
        THEN excluded.updated_at ELSE t.updated_at END
WHERE NOT staging.times_after(excluded.missing_at, t.found_at) <@ t.missing_at
RETURNING t.tmdb_id, (t.updated_at = @loaded_at)::boolean AS changed;
