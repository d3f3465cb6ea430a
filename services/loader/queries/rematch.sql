-- What matching again needs beside the facts of films.

-- name: NextFilms :many
-- The films that KOBIS ever had, in pages by their code.
SELECT v.movie_cd::text AS movie_cd
FROM (
    (SELECT m.movie_cd FROM staging.kobis_movies AS m WHERE m.movie_cd > @after ORDER BY m.movie_cd LIMIT @page_size)
    UNION
    (SELECT d.movie_cd FROM staging.kobis_movie_details AS d WHERE d.movie_cd > @after AND d.found_at IS NOT NULL
    ORDER BY d.movie_cd LIMIT @page_size)
) AS v
ORDER BY v.movie_cd
LIMIT @page_size;

-- name: StoredMatches :many
SELECT movie_cd, tmdb_id, status, score, rule_version
FROM production.matches
WHERE movie_cd = ANY (@movie_cds::text[]);

-- name: ExportSnapshot :one
-- Others may look at what this transaction sees, while it lasts.
SELECT pg_export_snapshot()::text AS snapshot;
