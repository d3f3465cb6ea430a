-- What people decide about people, and what they ask before they do.

-- name: LockPeople :exec
-- One decides about people at a time: each sees what the others have decided.
SELECT pg_advisory_xact_lock(hashtextextended('cledit curation people', 0));

-- name: CreditVerdicts :many
-- What was decided about the credits of films. A person merged into another is that
-- one; a person whom the list does not have is waited for.
SELECT v.movie_cd::text AS movie_cd, v.verdict, p.people_cd, v.name::text AS name, v.part::text AS part, v.character::text AS character
FROM curation.person_verdicts AS v
JOIN staging.kobis_people AS p ON p.people_cd = coalesce((
    SELECT m.person_cd FROM curation.merged_people(ARRAY[substr(v.person, 14)]) AS m (people_cd, person_cd) WHERE m.people_cd = substr(v.person, 14)
), substr(v.person, 14))
WHERE v.movie_cd = ANY (@movie_cds::text[])
ORDER BY v.id;

-- name: DecidePerson :one
INSERT INTO curation.person_verdicts (verdict, person, other, movie_cd, name, part, character, decided_by, why)
VALUES (@verdict, @person, nullif(@other::text, ''), nullif(@movie_cd::text, ''),
    CASE WHEN @movie_cd::text <> '' THEN @name::text END, CASE WHEN @movie_cd::text <> '' THEN @part::text END,
    CASE WHEN @movie_cd::text <> '' THEN @character::text END, @decided_by, @why)
RETURNING id, decided_at;

-- name: UndoPersonVerdict :many
DELETE FROM curation.person_verdicts WHERE id = @id
RETURNING id, verdict, person, other, movie_cd, name, part, character, decided_by, why, decided_at;

-- name: PersonVerdicts :many
-- Those on a person, those on a credit of a film, or all.
SELECT id, verdict, person, other, movie_cd, name, part, character, decided_by, why, decided_at
FROM curation.person_verdicts
WHERE (@all_of_them::boolean OR person = ANY (@people::text[]) OR other = ANY (@people::text[]) OR movie_cd = @movie_cd::text)
ORDER BY id;

-- name: OneWith :many
-- Everybody who is one with any of these by verdicts, and who they all are.
SELECT m.key::text AS key, m.person::text AS person FROM curation.merged(@keys::text[]) AS m (key, person) ORDER BY 1;

-- name: PeopleToExplain :many
-- What the sources tell of people, by their keys; known: some answer has shown them.
SELECT k.key::text AS key, coalesce(p.name, d.name, t.name, n.name, '')::text AS name, coalesce(p.name_en, d.name_en, '')::text AS name_en,
    coalesce(p.department, d.department, t.department, '')::text AS department,
    (p.people_cd IS NOT NULL OR t.tmdb_id IS NOT NULL OR n.tmdb_id IS NOT NULL)::boolean AS known,
    coalesce(jsonb_array_length(p.titles), 0)::int AS titles, (d.found_at IS NOT NULL)::boolean AS told,
    EXISTS (SELECT FROM ops.stale_titles AS s WHERE s.key = k.key)::boolean AS pending
FROM unnest(@keys::text[]) AS k (key)
LEFT JOIN staging.kobis_people AS p ON p.people_cd = CASE WHEN starts_with(k.key, 'kobis:person:') THEN substr(k.key, 14) END
LEFT JOIN staging.kobis_people_details AS d ON d.people_cd = p.people_cd
LEFT JOIN staging.tmdb_persons AS t ON t.tmdb_id = CASE WHEN starts_with(k.key, 'tmdb:person:') THEN substr(k.key, 13)::int END
LEFT JOIN staging.tmdb_people AS n ON n.tmdb_id = CASE WHEN starts_with(k.key, 'tmdb:person:') THEN substr(k.key, 13)::int END
ORDER BY 1;

-- name: KeysOfPerson :many
-- By the id of a row of production, or one that leads to it.
SELECT CASE WHEN p.kobis_people_cd IS NULL THEN 'tmdb:person:' || p.tmdb_id ELSE 'kobis:person:' || p.kobis_people_cd END::text AS key
FROM production.people AS p
WHERE p.id = @id OR p.id IN (SELECT a.person_id FROM production.person_aliases AS a WHERE a.id = @id);

-- name: CreditsToExplain :many
-- The credits that are people's, the newest film first, each with why.
SELECT t.kind, coalesce(t.kobis_movie_cd, '')::text AS movie_cd, t.tmdb_id, coalesce(t.title_ko, t.title_en, t.title_original, '')::text AS title,
    t.release_date, c.job, coalesce(c.character, '')::text AS character, coalesce(c.name_ko, c.name_en, c.name_original, '')::text AS name,
    c.source, coalesce(c.merged_by, '')::text AS merged_by, coalesce(c.kobis_people_cd, '')::text AS people_cd,
    coalesce((
        SELECT m.reason FROM production.person_matches AS m
        JOIN production.editions AS e ON e.movie_cd = m.movie_cd
        WHERE e.title_id = t.id AND m.people_cd = c.kobis_people_cd AND m.name = coalesce(c.name_sent, c.name_ko, c.name_en, c.name_original)
            AND m.part IN (c.role, CASE WHEN c.department = 'acting' THEN '배우' END)
        LIMIT 1
    ), CASE WHEN c.kobis_people_cd IS NULL THEN '' ELSE 'list' END)::text AS reason
FROM production.credits AS c
JOIN production.titles AS t ON t.id = c.title_id
WHERE c.person_id = ANY (@ids::uuid[]) OR c.kobis_people_cd = ANY (@people_cds::text[])
ORDER BY t.release_date DESC NULLS LAST, t.id, c.position
LIMIT 1000;

-- name: UndecidedToExplain :many
-- The credits that people may be meant by, and are not known to be.
SELECT movie_cd, name, part, status, reason
FROM production.person_matches
WHERE candidates && @people_cds::text[] AND status <> 'accepted'
ORDER BY movie_cd, part, name
LIMIT 1000;

-- name: CreditsNamed :many
-- The names and parts that a film's detail credits.
SELECT c.name::text AS name, c.part::text AS part, c.character::text AS character
FROM staging.kobis_movie_details AS d
CROSS JOIN LATERAL (
    SELECT a ->> 'name' AS name, '감독' AS part, '' AS character
    FROM jsonb_array_elements(CASE jsonb_typeof(d.directors) WHEN 'array' THEN d.directors ELSE '[]' END) AS a
    UNION ALL
    SELECT a ->> 'name', '배우', coalesce(a ->> 'character', '')
    FROM jsonb_array_elements(CASE jsonb_typeof(d.actors) WHEN 'array' THEN d.actors ELSE '[]' END) AS a
    UNION ALL
    SELECT a ->> 'name', a ->> 'role', ''
    FROM jsonb_array_elements(CASE jsonb_typeof(d.staff) WHEN 'array' THEN d.staff ELSE '[]' END) AS a
) AS c
WHERE d.movie_cd = @movie_cd;
