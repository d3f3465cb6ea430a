-- What people decide, and what they ask before they do.

-- name: SayWho :exec
-- For the trigger that notes a verdict which is taken back.
SELECT set_config('cledit.by', @decided_by::text, true), set_config('cledit.why', @why::text, true);

-- name: LockFilm :exec
-- One decides about a film at a time: each sees what the other has decided.
SELECT pg_advisory_xact_lock(hashtextextended('cledit curation ' || @movie_cd::text, 0));

-- name: TakeBackOtherAnswers :exec
-- A film has one: a pin, or that TMDB has none.
DELETE FROM curation.verdicts WHERE movie_cd = @movie_cd AND verdict IN ('pin', 'none') AND tmdb_id <> @tmdb_id;

-- name: Decide :exec
INSERT INTO curation.verdicts AS t (movie_cd, tmdb_id, verdict, decided_by, why)
VALUES (@movie_cd, @tmdb_id, @verdict, @decided_by, @why)
ON CONFLICT (movie_cd, tmdb_id) DO UPDATE SET
    verdict = excluded.verdict, decided_by = excluded.decided_by, why = excluded.why, decided_at = excluded.decided_at;

-- name: TakeBackAnswer :many
DELETE FROM curation.verdicts WHERE movie_cd = @movie_cd AND verdict IN ('pin', 'none') RETURNING tmdb_id, verdict;

-- name: TakeBackAlone :many
DELETE FROM curation.verdicts WHERE movie_cd = @movie_cd AND verdict = 'alone' RETURNING tmdb_id, verdict;

-- name: TakeBack :many
DELETE FROM curation.verdicts WHERE movie_cd = @movie_cd AND tmdb_id = @tmdb_id RETURNING tmdb_id, verdict;

-- name: VerdictsOn :many
-- asked: TMDB has answered for the record; had: it has had it; shown: so many candidates
-- were there when somebody said none.
SELECT v.tmdb_id, v.verdict, v.decided_by, v.why, v.decided_at, coalesce(cardinality(v.shown), 0)::int AS shown,
    (t.tmdb_id IS NOT NULL)::boolean AS asked, (t.found_at IS NOT NULL)::boolean AS had
FROM curation.verdicts AS v
LEFT JOIN staging.tmdb_movies AS t ON t.tmdb_id = v.tmdb_id
WHERE v.movie_cd = @movie_cd
ORDER BY v.decided_at, v.tmdb_id;

-- name: FilmToExplain :one
SELECT f.movie_cd::text AS movie_cd, coalesce(m.title, d.title, '')::text AS title,
    coalesce(m.production_year, d.production_year) AS production_year, coalesce(m.open_date, d.open_date) AS open_date,
    (m.movie_cd IS NOT NULL OR d.movie_cd IS NOT NULL)::boolean AS known,
    EXISTS (SELECT FROM ops.stale_titles AS s WHERE s.key = 'kobis:movie:' || f.movie_cd)::boolean AS pending
FROM (SELECT @movie_cd::text AS movie_cd) AS f
LEFT JOIN staging.kobis_movies AS m ON m.movie_cd = f.movie_cd
LEFT JOIN staging.kobis_movie_details AS d ON d.movie_cd = f.movie_cd;

-- name: MatchToExplain :many
SELECT status, tmdb_id, score, evidence, rule_version, decided_at
FROM production.matches
WHERE movie_cd = @movie_cd;

-- name: CandidatesToExplain :many
-- What the records of TMDB are called: the detail where it was fetched, else the hit.
SELECT v.tmdb_id::int AS tmdb_id, coalesce(t.title, h.title, '')::text AS title,
    coalesce(t.release_date::text, h.release_date, '')::text AS release_date,
    (t.found_at IS NOT NULL)::boolean AS fetched, t.missing_since
FROM (SELECT DISTINCT unnest(@tmdb_ids::int[]) AS tmdb_id) AS v
LEFT JOIN staging.tmdb_movies AS t ON t.tmdb_id = v.tmdb_id
LEFT JOIN LATERAL (
    SELECT c ->> 'title' AS title, c ->> 'release_date' AS release_date
    FROM staging.tmdb_searches AS s, jsonb_array_elements(s.candidates) AS c
    WHERE s.movie_cd = @movie_cd AND (c ->> 'tmdb_id')::int = v.tmdb_id
    LIMIT 1
) AS h ON true
ORDER BY v.tmdb_id;

-- name: FindTitles :many
-- By an id or one that was given up, a film of KOBIS, or a record of TMDB.
SELECT t.id, t.kind, coalesce(t.kobis_movie_cd, '')::text AS kobis_movie_cd, t.tmdb_id, t.missing_since
FROM production.titles AS t
WHERE t.id = @id OR t.id IN (SELECT a.title_id FROM production.title_aliases AS a WHERE a.id = @id)
    OR t.id IN (SELECT e.title_id FROM production.editions AS e WHERE e.movie_cd = @movie_cd::text)
    OR (t.tmdb_id = @tmdb_id::int AND (@kind::text = '' OR t.kind = @kind::text))
ORDER BY t.kind, t.id;

-- name: EditionsOf :many
SELECT movie_cd, is_main, title_ko, release_date, coalesce(joined_by, '')::text AS joined_by, joined_facts
FROM production.editions
WHERE title_id = @title_id
ORDER BY is_main DESC, release_date, movie_cd;

-- name: StandsOn :many
-- The answers that the staged records of a title stand on.
SELECT 'staging.kobis_movies'::text AS record, m.raw_id, m.fetched_at
FROM staging.kobis_movies AS m WHERE m.movie_cd = @movie_cd::text
UNION ALL
SELECT 'staging.kobis_movie_details', d.raw_id, coalesce(d.found_at, d.fetched_at)
FROM staging.kobis_movie_details AS d WHERE d.movie_cd = @movie_cd::text
UNION ALL
SELECT 'staging.tmdb_movies', t.raw_id, coalesce(t.found_at, t.fetched_at)
FROM staging.tmdb_movies AS t WHERE t.tmdb_id = @tmdb_id::int
UNION ALL
SELECT 'staging.tmdb_series', s.raw_id, coalesce(s.found_at, s.fetched_at)
FROM staging.tmdb_series AS s WHERE s.tmdb_id = @tmdb_id::int;

-- name: Marked :one
SELECT EXISTS (SELECT FROM ops.stale_titles WHERE key = ANY (@keys::text[]))::boolean AS marked;
