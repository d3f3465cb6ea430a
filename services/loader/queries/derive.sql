-- What is committed about the titles whose marks are held.

-- name: KobisMovies :many
SELECT movie_cd, title, title_en, production_year, open_date, type_name, status_name, nations, genres,
    main_nation, main_genre, directors, companies
FROM staging.kobis_movies
WHERE movie_cd = ANY (@movie_cds::text[]);

-- name: KobisMovieDetails :many
-- Whole, or with what matching looks at alone.
SELECT movie_cd, title, title_en, title_original, runtime_minutes, production_year, open_date, type_name,
    status_name, nations, genres, directors,
    (CASE WHEN @whole::boolean THEN actors END)::jsonb AS actors,
    (CASE WHEN @whole::boolean THEN staff END)::jsonb AS staff,
    (CASE WHEN @whole::boolean THEN companies END)::jsonb AS companies,
    (CASE WHEN @whole::boolean THEN audits END)::jsonb AS audits,
    watch_grade, missing_since, (found_at IS NOT NULL)::boolean AS found
FROM staging.kobis_movie_details
WHERE movie_cd = ANY (@movie_cds::text[]);

-- name: TmdbSearches :many
SELECT movie_cd, variant, candidates
FROM staging.tmdb_searches
WHERE movie_cd = ANY (@movie_cds::text[]);

-- name: Verdicts :many
SELECT movie_cd, tmdb_id, verdict, decided_by, why, shown
FROM curation.verdicts
WHERE movie_cd = ANY (@movie_cds::text[]);

-- name: TmdbMovies :many
-- Likewise: a film has many candidates, and images and a cast are most of a record.
SELECT tmdb_id, title, title_en, title_original, original_language, overview_ko, overview_en, tagline, release_date,
    runtime_minutes, imdb_id, poster_path, backdrop_path, status, origin_countries, production_countries,
    genres, alternative_titles, translations, release_dates, adult,
    (CASE WHEN @whole::boolean THEN companies END)::jsonb AS companies,
    (CASE WHEN @whole::boolean THEN keywords END)::jsonb AS keywords,
    (CASE WHEN @whole::boolean THEN images END)::jsonb AS images,
    (CASE WHEN @whole::boolean THEN external_ids END)::jsonb AS external_ids,
    (CASE WHEN @whole::boolean THEN cast_members END)::jsonb AS cast_members,
    (CASE WHEN @whole::boolean THEN crew_members ELSE jsonb_path_query_array(crew_members, '$[*] ? (@.job == "Director")') END)::jsonb AS crew_members,
    missing_since, (found_at IS NOT NULL)::boolean AS found
FROM staging.tmdb_movies
WHERE tmdb_id = ANY (@tmdb_ids::int[]);

-- name: TmdbSeries :many
SELECT tmdb_id, name, name_en, name_original, original_language, overview_ko, overview_en, first_air_date,
    last_air_date, status, season_count, episode_count, episode_run_minutes, imdb_id, poster_path,
    backdrop_path, origin_countries, genres, companies, networks, created_by, seasons, alternative_titles,
    translations, content_ratings, keywords, images, external_ids, cast_members, crew_members, adult, missing_since,
    (found_at IS NOT NULL)::boolean AS found
FROM staging.tmdb_series
WHERE tmdb_id = ANY (@tmdb_ids::int[]);

-- name: TmdbSeasons :many
-- What is known of the seasons that TMDB has.
SELECT tmdb_id, season_number, cast_members, crew_members
FROM staging.tmdb_seasons
WHERE tmdb_id = ANY (@tmdb_ids::int[]) AND found_at IS NOT NULL AND missing_since IS NULL
ORDER BY tmdb_id, season_number;

-- name: BoxOffice :many
SELECT date, movie_cd, rank, rank_change, is_new, title, audience, audience_total, sales_amount, sales_total, screens, shows
FROM staging.kobis_box_office
WHERE movie_cd = ANY (@movie_cds::text[])
ORDER BY movie_cd, date;

-- name: StagedPeople :many
-- The names of people whom production lacks, or whom an older program wrote.
SELECT p.tmdb_id, p.name, p.name_original, p.profile_path
FROM staging.tmdb_people AS p
WHERE p.tmdb_id = ANY (@tmdb_ids::int[])
    AND NOT EXISTS (SELECT FROM production.people AS t WHERE t.tmdb_id = p.tmdb_id AND t.name_sort IS NOT NULL)
ORDER BY p.tmdb_id;

-- name: StagedTmdbCompanies :many
SELECT c.tmdb_id, c.name, c.country, c.logo_path
FROM staging.tmdb_companies AS c
WHERE c.tmdb_id = ANY (@tmdb_ids::int[])
    AND NOT EXISTS (SELECT FROM production.companies AS t WHERE t.tmdb_id = c.tmdb_id)
ORDER BY c.tmdb_id;

-- name: StagedKobisCompanies :many
SELECT c.company_cd, c.name, c.name_en
FROM staging.kobis_companies AS c
WHERE c.company_cd = ANY (@company_cds::text[])
    AND NOT EXISTS (SELECT FROM production.companies AS t WHERE t.kobis_company_cd = c.company_cd)
ORDER BY c.company_cd;
