-- name: FilmFacts :many
SELECT k.movie_cd::text AS movie_cd,
       m.title, m.title_en, m.production_year, m.open_date, m.type_name, m.main_nation, m.fetched_at AS listed_at,
       e.seen_at AS edited_at,
       d.title AS detail_title, d.title_original AS detail_title_original, d.title_en AS detail_title_en, d.production_year AS detail_production_year,
       d.open_date AS detail_open_date, d.type_name AS detail_type_name,
       d.fetched_at AS detail_fetched_at, d.missing_since AS detail_missing_since, d.ask_again_at AS detail_ask_again_at,
       p.status AS match_status, p.tmdb_id AS match_tmdb_id,
       COALESCE(p.evidence -> 'wanted', '[]')::text AS match_wanted,
       EXISTS (SELECT FROM ops.stale_titles s WHERE s.key = 'kobis:movie:' || k.movie_cd) AS deriving
FROM unnest(@movie_cds::text[]) AS k(movie_cd)
LEFT JOIN staging.kobis_movies m ON m.movie_cd = k.movie_cd AND m.missing_since IS NULL
LEFT JOIN ops.kobis_edits e ON e.movie_cd = k.movie_cd
LEFT JOIN staging.kobis_movie_details d ON d.movie_cd = k.movie_cd
LEFT JOIN production.matches p ON p.movie_cd = k.movie_cd;

-- name: SaidNone :many
-- Films of which a person said that TMDB has none, and when KOBIS first gave the answer
-- that stands, where that is another one and came since. No replay moves that.
SELECT v.movie_cd, p.first_fetched_at AS changed_at
FROM curation.verdicts v
LEFT JOIN staging.kobis_movie_details d ON d.movie_cd = v.movie_cd
LEFT JOIN raw.payloads p ON p.id = d.raw_id AND p.outcome = 'ok' AND p.first_fetched_at > v.decided_at AND EXISTS (
    SELECT FROM raw.payloads o WHERE o.subject = p.subject AND o.outcome = 'ok' AND o.first_fetched_at < p.first_fetched_at)
WHERE v.verdict = 'none' AND v.movie_cd = ANY(@movie_cds::text[]);

-- name: SearchFacts :many
SELECT movie_cd, variant, query, year, fetched_at, expires_at, total_results
FROM staging.tmdb_searches WHERE movie_cd = ANY(@movie_cds::text[]);

-- name: PeopleAsked :many
-- Whose filmographies the loader wants for films, but for those that were answered since.
SELECT DISTINCT m.movie_cd, a.people_cd::text AS people_cd
FROM production.person_matches m CROSS JOIN LATERAL unnest(m.ask) AS a(people_cd)
WHERE m.movie_cd = ANY(@movie_cds::text[]) AND m.status = 'review'
  AND NOT EXISTS (SELECT FROM staging.kobis_people_details d WHERE d.people_cd = a.people_cd AND d.fetched_at > m.decided_at)
ORDER BY m.movie_cd, 2;

-- name: MovieFacts :many
SELECT m.tmdb_id, m.fetched_at, m.expires_at, m.missing_since, m.ask_again_at, e.seen_at AS edited_at
FROM staging.tmdb_movies m
LEFT JOIN ops.tmdb_edits e ON e.entity = 'tmdb:movie:' || m.tmdb_id
WHERE m.tmdb_id = ANY(@tmdb_ids::int[]);

-- name: SeriesFacts :many
SELECT k.tmdb_id::int AS tmdb_id, s.fetched_at, s.expires_at, s.missing_since, s.ask_again_at, s.in_production, e.seen_at AS edited_at
FROM unnest(@tmdb_ids::int[]) AS k(tmdb_id)
LEFT JOIN staging.tmdb_series s ON s.tmdb_id = k.tmdb_id
LEFT JOIN ops.tmdb_edits e ON e.entity = 'tmdb:series:' || k.tmdb_id;

-- name: SeasonFacts :many
-- The seasons that series list, with what is known of each. What is not a number in the
-- list is left out.
SELECT s.tmdb_id, (i.season ->> 'number')::int AS number, (i.season ->> 'episode_count')::int AS episodes,
       t.fetched_at, t.expires_at, t.missing_since, t.ask_again_at, t.episode_count AS known
FROM staging.tmdb_series s
CROSS JOIN LATERAL jsonb_path_query(s.seasons, '$[*] ? (@.number.type() == "number" && @.number >= 0 && @.number <= 100000 && @.number.floor() == @.number
    && @.episode_count.type() == "number" && @.episode_count >= 0 && @.episode_count <= 100000 && @.episode_count.floor() == @.episode_count)') AS i (season)
LEFT JOIN staging.tmdb_seasons t ON t.tmdb_id = s.tmdb_id AND t.season_number = (i.season ->> 'number')::int
WHERE s.tmdb_id = ANY(@tmdb_ids::int[])
ORDER BY s.tmdb_id, number;

-- name: Discovered :many
SELECT DISTINCT id::int AS tmdb_id
FROM staging.tmdb_discover_pages,
    jsonb_path_query(series_ids, '$[*] ? (@.type() == "number" && @ >= 1 && @ <= 2147483647 && @.floor() == @)') AS id
WHERE id::int = ANY(@tmdb_ids::int[]);

-- name: AskedAgain :many
-- When answers are asked for again that leave empty what older ones told.
SELECT k.entity, min(k.ask_again_at)::timestamptz AS ask_again_at
FROM staging.kept_fields AS k
WHERE k.source = @source AND k.kind = @kind AND k.entity = ANY(@entities::text[])
  AND k.ask_again_at IS NOT NULL AND isfinite(k.ask_again_at)
GROUP BY k.entity;

-- name: BoxOfficeDays :many
SELECT date, row_count, fetched_at, (since IS NULL)::boolean AS whole FROM staging.kobis_box_office_days
WHERE date >= @since::date AND isfinite(date) AND isfinite(fetched_at);

-- name: DiscoverPages :many
SELECT window_from, window_to, page, total_pages, total_results, fetched_at, expires_at FROM staging.tmdb_discover_pages
WHERE isfinite(window_from) AND isfinite(window_to) AND isfinite(fetched_at) AND isfinite(expires_at);

-- name: KnownMovies :many
-- Of films of KOBIS, those whose detail is there.
SELECT movie_cd FROM staging.kobis_movie_details
WHERE movie_cd = ANY(@movie_cds::text[]) AND missing_since IS NULL;

-- name: KnownTMDBMovies :many
SELECT tmdb_id FROM staging.tmdb_movies WHERE tmdb_id = ANY(@tmdb_ids::int[]) AND missing_since IS NULL;

-- name: KnownSeries :many
SELECT tmdb_id FROM staging.tmdb_series WHERE tmdb_id = ANY(@tmdb_ids::int[]) AND missing_since IS NULL;

-- name: KnownSeasons :many
SELECT (s.tmdb_id || '.' || s.season_number)::text AS key FROM staging.tmdb_seasons s
WHERE s.tmdb_id || '.' || s.season_number = ANY(@keys::text[]) AND s.tmdb_id = ANY(@tmdb_ids::int[]) AND s.missing_since IS NULL;

-- name: KnownPeople :many
SELECT people_cd FROM staging.kobis_people_details WHERE people_cd = ANY(@people_cds::text[]) AND missing_since IS NULL;
