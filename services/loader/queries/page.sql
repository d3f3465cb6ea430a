-- A page of credits, as it is printed.

-- name: PageTitle :one
SELECT coalesce(title_ko, title_en, title_original, '')::text AS title, coalesce(title_en_display, title_en, '')::text AS title_en,
    production_year, release_date, coalesce(grade_code, '')::text AS grade, adult, countries,
    (SELECT count(*) FROM production.seasons AS s WHERE s.title_id = titles.id AND s.number > 0 AND s.episode_count > 0)::int AS seasons
FROM production.titles
WHERE id = @id;

-- name: PageCredits :many
SELECT c.position, c.department, c.job, coalesce(c.name_ko, c.name_display, c.name_original, '')::text AS name,
    (CASE WHEN c.name_ko IS NOT NULL THEN coalesce(c.name_display, '') ELSE '' END)::text AS name_en,
    (CASE WHEN coalesce(c.name_ko, c.name_display) IS NOT NULL THEN coalesce(c.name_original, '') ELSE '' END)::text AS name_original,
    coalesce(c.character_ko, '')::text AS character_ko, coalesce(c.character_en, '')::text AS character_en,
    c.remarks, coalesce(c.episodes, 0)::int AS episodes, c.seasons, c.sources, coalesce(p.tmdb_id, 0)::int AS person
FROM production.credits AS c
LEFT JOIN production.people AS p ON p.id = c.person_id
WHERE c.title_id = @title_id
ORDER BY c.position;

-- name: PageCompanies :many
SELECT coalesce(c.name_ko, c.name_en, '')::text AS name, t.role, coalesce(t.sources, '{}')::text[] AS sources
FROM production.title_companies AS t
JOIN production.companies AS c ON c.id = t.company_id
WHERE t.title_id = @title_id
ORDER BY t.position, t.role, c.id;

-- name: PageGenres :many
SELECT coalesce(g.genre, g.name) AS genre
FROM production.title_genres AS t
JOIN production.genres AS g ON g.id = t.genre_id
WHERE t.title_id = @title_id
ORDER BY t.position, g.id;
