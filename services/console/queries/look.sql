-- Coverage, the dictionary and the search.

-- name: Coverage :many
SELECT t.kind, coalesce(t.production_year, extract(year FROM t.release_date)::int, 0)::int AS year, count(*) AS titles,
    count(*) FILTER (WHERE t.kobis_movie_cd IS NOT NULL AND t.tmdb_id IS NOT NULL OR t.kind = 'series') AS matched,
    count(t.poster_path) AS poster, count(t.overview) AS overview, count(t.title_en) AS title_en,
    count(*) FILTER (WHERE c.directors > 0) AS director, count(*) FILTER (WHERE c.crew > 0) AS crew,
    count(*) FILTER (WHERE c.actors >= 5) AS cast5, count(*) FILTER (WHERE c.known > 0) AS known
FROM production.titles AS t
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE department = 'directing') AS directors, count(*) FILTER (WHERE department <> 'acting') AS crew,
        count(*) FILTER (WHERE department = 'acting') AS actors, count(person_id) AS known
    FROM production.credits
    WHERE title_id = t.id
) AS c
WHERE t.id >= @from_id::uuid AND (t.id < @to_id::uuid OR @last::boolean)
GROUP BY 1, 2;

-- name: CoveredTitles :many
SELECT t.id, t.kind, t.title_ko, t.title_en, t.title_original, t.production_year, t.release_date, t.updated_at
FROM production.titles AS t
WHERE t.kind = @kind AND coalesce(t.production_year, extract(year FROM t.release_date)::int, 0) = @year::int AND t.id > @after::uuid
    AND CASE @lacks::text
        WHEN 'matched' THEN t.kind = 'movie' AND (t.tmdb_id IS NULL OR t.kobis_movie_cd IS NULL)
        WHEN 'poster' THEN t.poster_path IS NULL
        WHEN 'overview' THEN t.overview IS NULL
        WHEN 'title-en' THEN t.title_en IS NULL
        WHEN 'director' THEN NOT EXISTS (SELECT FROM production.credits AS c WHERE c.title_id = t.id AND c.department = 'directing')
        WHEN 'crew' THEN NOT EXISTS (SELECT FROM production.credits AS c WHERE c.title_id = t.id AND c.department <> 'acting')
        WHEN 'cast' THEN (SELECT count(*) FROM production.credits AS c WHERE c.title_id = t.id AND c.department = 'acting') < 5
        WHEN 'known' THEN NOT EXISTS (SELECT FROM production.credits AS c WHERE c.title_id = t.id AND c.person_id IS NOT NULL)
        ELSE true
    END
ORDER BY t.id
LIMIT 101;

-- name: Tables :many
SELECT n.nspname::text AS schema, c.relname::text AS name, greatest(c.reltuples, 0)::bigint AS rows,
    coalesce(obj_description(c.oid, 'pg_class'), '')::text AS about
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname IN ('raw', 'staging', 'production', 'curation', 'ops') AND c.relkind IN ('r', 'p', 'v', 'm')
ORDER BY array_position(ARRAY['production', 'curation', 'ops', 'staging', 'raw'], n.nspname::text), c.relname;

-- name: Columns :many
SELECT a.attname::text AS name, format_type(a.atttypid, a.atttypmod)::text AS type, a.attnotnull AS required,
    coalesce(col_description(a.attrelid, a.attnum), '')::text AS about, coalesce(s.null_frac, -1)::real AS nulls
FROM pg_catalog.pg_attribute AS a
JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_stats AS s ON s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = a.attname
WHERE n.nspname::text = @schema::text AND c.relname::text = @name::text AND n.nspname IN ('raw', 'staging', 'production', 'curation', 'ops')
    AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum;

-- name: Search :many
SELECT f.kind::text AS kind, f.id::uuid AS id, f.name::text AS name, f.found::text AS found
FROM production.search(@query::text, 60) WITH ORDINALITY AS f (kind, id, name, found, place)
ORDER BY f.place;

-- name: TitlesOf :many
SELECT id, kind, title_ko, title_en, title_original, production_year, release_date, updated_at
FROM production.titles
WHERE id = ANY (@ids::uuid[]);

-- name: PeopleOf :many
SELECT id, coalesce(name_ko, name_display, name_en, name_original, '')::text AS name, coalesce(name_en, '')::text AS name_en
FROM production.people
WHERE id = ANY (@ids::uuid[]);
