-- One title, one person, one thing that is fetched.

-- name: FindTitle :many
SELECT t.id FROM production.titles AS t WHERE t.id = @id
UNION
SELECT a.title_id FROM production.title_aliases AS a WHERE a.id = @id;

-- name: TitlesByCode :many
SELECT e.title_id AS id FROM production.editions AS e WHERE e.movie_cd = @movie_cd
UNION
SELECT a.title_id FROM production.title_aliases AS a WHERE a.movie_cd = @movie_cd
UNION
SELECT t.id FROM production.titles AS t WHERE t.kobis_movie_cd = @movie_cd;

-- name: TitlesByTMDB :many
SELECT id FROM production.titles WHERE kind = @kind AND tmdb_id = @tmdb_id;

-- name: TitlesByIMDb :many
SELECT title_id AS id FROM production.external_ids WHERE site = 'imdb' AND external_id = @imdb_id;

-- name: Title :one
SELECT id, kind, kobis_movie_cd, tmdb_id, imdb_id, title_ko, title_en, title_en_display, title_original, original_language, production_year,
    release_date, last_air_date, runtime_minutes, season_count, episode_count, watch_grade, grade_code, form, status, status_code, adult,
    tagline, overview, poster_path, backdrop_path, countries, sources, contradictions, missing_since, updated_at
FROM production.titles
WHERE id = @id;

-- name: Editions :many
SELECT movie_cd, is_main, title_ko, title_en, production_year, release_date, runtime_minutes, watch_grade, form, status, missing_since
FROM production.editions
WHERE title_id = @title_id
ORDER BY is_main DESC, release_date, movie_cd;

-- name: TitleCredits :many
SELECT position, department, job, coalesce(name_ko, name_display, name_en, name_original, '')::text AS name, coalesce(name_en, '')::text AS name_en,
    coalesce(character_ko, character_en, '')::text AS part, remarks, episodes, sources, merged_by, person_id
FROM production.credits
WHERE title_id = @title_id AND position >= @start
ORDER BY position
LIMIT 301;

-- name: KobisFilm :many
SELECT m.title AS list_title, m.title_en AS list_title_en, m.production_year AS list_year, m.open_date AS list_open_date, m.status_name AS list_status,
    m.raw_id AS list_raw_id, d.title, d.title_en, d.title_original, d.production_year, d.open_date, d.runtime_minutes, d.watch_grade, d.type_name,
    d.status_name, d.raw_id, d.fetched_at
FROM staging.kobis_movies AS m
FULL JOIN staging.kobis_movie_details AS d ON d.movie_cd = m.movie_cd
WHERE m.movie_cd = @movie_cd OR d.movie_cd = @movie_cd;

-- name: TmdbFilm :many
SELECT title, title_en, title_original, original_language, release_date, runtime_minutes, imdb_id, status, tagline, poster_path, backdrop_path,
    coalesce(overview_ko, overview_en) AS overview, adult, raw_id, fetched_at, expires_at
FROM staging.tmdb_movies
WHERE tmdb_id = @tmdb_id;

-- name: TmdbSeries :many
SELECT name, name_en, name_original, original_language, first_air_date, last_air_date, status, poster_path, backdrop_path,
    coalesce(overview_ko, overview_en) AS overview, adult, raw_id, fetched_at, expires_at
FROM staging.tmdb_series
WHERE tmdb_id = @tmdb_id;

-- name: Match :many
SELECT movie_cd, tmdb_id, status, score::real AS score, evidence, rule_version, decided_at
FROM production.matches
WHERE movie_cd = ANY (@movie_cds::text[])
ORDER BY movie_cd;

-- name: Decisions :many
SELECT movie_cd, tmdb_id, decision, decided_by, why, decided_at
FROM curation.decisions
WHERE movie_cd = ANY (@movie_cds::text[])
ORDER BY decided_at DESC
LIMIT 50;

-- name: Person :one
SELECT id, tmdb_id, name_ko, name_en, name_original, name_display, updated_at
FROM production.people
WHERE id = @id;

-- name: PeopleByTMDB :many
SELECT id FROM production.people WHERE tmdb_id = @tmdb_id;

-- name: PersonCredits :many
SELECT c.title_id, c.department, c.job, coalesce(c.character_ko, c.character_en, '')::text AS part, c.sources, c.merged_by,
    coalesce(t.title_ko, t.title_en, t.title_original, '')::text AS title, t.kind, t.production_year, t.release_date
FROM production.credits AS c
JOIN production.titles AS t ON t.id = c.title_id
WHERE c.person_id = @person_id
ORDER BY t.release_date DESC NULLS LAST, t.id, c.position
LIMIT 501;

-- name: ItemDue :many
SELECT owner, stage, rank, due_at, not_before, ready, since FROM ops.due WHERE subject = @subject;

-- name: ItemJobs :many
SELECT stage, run_id, planned_at, job_id, gone_raw_seq FROM ops.jobs WHERE subject = @subject;

-- name: ItemPayloads :many
SELECT id, outcome, encode(sha256, 'hex')::text AS sha256, octet_length(body::text) AS size, request, first_fetched_at, last_fetched_at, expires_at, stream_seq, run_id
FROM raw.payloads
WHERE subject = @subject
ORDER BY last_fetched_at DESC, id DESC
LIMIT 50;

-- name: Payload :one
SELECT id, subject, outcome, left(body::text, 400000)::text AS body, octet_length(body::text) AS size, last_fetched_at
FROM raw.payloads
WHERE id = @id;

-- name: ItemNotes :many
SELECT n.raw_id, n.field, n.problem, n.times::int AS times
FROM raw.field_notes AS n
JOIN raw.payloads AS p ON p.id = n.raw_id
WHERE p.subject = @subject
ORDER BY n.raw_id DESC, n.field
LIMIT 50;

-- name: ItemMarks :many
SELECT key::text AS key, marked_at, blocked_until, problem FROM ops.stale_titles WHERE key = ANY (@keys::text[]);
