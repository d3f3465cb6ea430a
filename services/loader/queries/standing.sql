-- How the tables stand, for gauges: by indexes, and each in bounded time.

-- name: CountMatches :many
-- The matches of each status, counted as far as a number.
SELECT s.status::text AS status,
       (SELECT count(*) FROM (SELECT m.status FROM production.matches AS m WHERE m.status = s.status LIMIT @most::bigint) AS c)::bigint AS matches
FROM unnest(@statuses::text[]) AS s (status);

-- name: EstimateMatches :many
-- The matches of each status, as the database estimated them when it last analysed the table.
SELECT e.status::text AS status, (greatest(c.reltuples, 0) * (p.most_common_freqs)[e.n])::bigint AS matches
FROM pg_catalog.pg_stats AS p, pg_catalog.pg_class AS c,
     unnest(p.most_common_vals::text::text[]) WITH ORDINALITY AS e (status, n)
WHERE p.schemaname = 'production' AND p.tablename = 'matches' AND p.attname = 'status'
  AND c.oid = 'production.matches'::regclass;

-- name: OldestReview :many
-- Since when a match is in review that has been for longest.
SELECT decided_at FROM production.matches
WHERE status = 'review' AND isfinite(decided_at) ORDER BY decided_at LIMIT 1;

-- name: NextExpiries :many
-- When the first row of each table of TMDB expires.
(SELECT 'tmdb_movies'::text AS of_table, expires_at FROM staging.tmdb_movies WHERE expires_at < 'infinity' ORDER BY expires_at LIMIT 1)
UNION ALL
(SELECT 'tmdb_series', expires_at FROM staging.tmdb_series WHERE expires_at < 'infinity' ORDER BY expires_at LIMIT 1)
UNION ALL
(SELECT 'tmdb_seasons', expires_at FROM staging.tmdb_seasons WHERE expires_at < 'infinity' ORDER BY expires_at LIMIT 1)
UNION ALL
(SELECT 'tmdb_persons', expires_at FROM staging.tmdb_persons WHERE expires_at < 'infinity' ORDER BY expires_at LIMIT 1)
UNION ALL
(SELECT 'tmdb_searches', expires_at FROM staging.tmdb_searches WHERE expires_at < 'infinity' ORDER BY expires_at LIMIT 1)
UNION ALL
(SELECT 'tmdb_people', expires_at FROM staging.tmdb_people WHERE expires_at < 'infinity' ORDER BY expires_at LIMIT 1)
UNION ALL
(SELECT 'tmdb_companies', expires_at FROM staging.tmdb_companies WHERE expires_at < 'infinity' ORDER BY expires_at LIMIT 1);

-- name: FloorsSet :many
-- When each source was purged last.
SELECT source, set_at FROM raw.floors;
