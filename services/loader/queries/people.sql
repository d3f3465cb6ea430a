-- Who of KOBIS' people a credit is.

-- name: PeopleOfCredits :many
-- Those who have a film of a title under a name, by the keys of both, and those whose
-- filmography has a film. titles is there where a filmography is.
WITH found AS (
    SELECT k.people_cd, k.title
    FROM unnest(@keys::uuid[]) AS v (key)
    JOIN staging.kobis_people_titles AS k ON k.key = v.key
    UNION
    SELECT d.people_cd, ''
    FROM unnest(@films::jsonb[]) AS f (film)
    JOIN staging.kobis_people_details AS d ON d.filmography @> f.film
)
SELECT p.people_cd, f.title, p.name, p.name_en, p.department, (CASE WHEN d.people_cd IS NOT NULL THEN p.titles END)::jsonb AS titles,
    d.filmography, coalesce(d.missing_since IS NOT NULL, false)::boolean AS gone,
    (d.found_at IS NOT NULL)::boolean AS told
FROM found AS f
JOIN staging.kobis_people AS p ON p.people_cd = f.people_cd
LEFT JOIN staging.kobis_people_details AS d ON d.people_cd = f.people_cd;

-- name: TitlesOfPeople :many
SELECT DISTINCT title FROM staging.kobis_people_titles WHERE people_cd = ANY (@people_cds::text[]);

-- name: FilmsOfPeople :many
-- The films that people may be credited in, of those whose credits are known: by their
-- titles, by their filmographies, and by what was decided of them before.
SELECT v.movie_cd
FROM (
    SELECT f.movie_cd::text AS movie_cd FROM staging.films_of_titles(@titles::text[]) AS f (movie_cd)
    UNION
    SELECT r.part ->> 'movie_cd' FROM staging.kobis_people_details AS d CROSS JOIN LATERAL jsonb_array_elements(d.filmography) AS r (part)
    WHERE d.people_cd = ANY (@people_cds::text[]) AND jsonb_typeof(d.filmography) = 'array'
    UNION
    SELECT e.movie_cd FROM production.credits AS c JOIN production.editions AS e ON e.title_id = c.title_id
    WHERE c.kobis_people_cd = ANY (@people_cds::text[])
    UNION
    SELECT m.movie_cd FROM production.person_matches AS m WHERE m.candidates && @people_cds::text[]
    UNION
    SELECT c.movie_cd FROM curation.person_verdicts AS c
    WHERE c.movie_cd IS NOT NULL AND c.person = ANY (SELECT 'kobis:person:' || v.people_cd FROM unnest(@people_cds::text[]) AS v (people_cd))
) AS v
JOIN staging.kobis_movie_details AS d ON d.movie_cd = v.movie_cd;

-- name: StagedKobisPeople :many
-- Those whom production lacks.
SELECT p.people_cd, p.name, p.name_en, p.department
FROM staging.kobis_people AS p
WHERE p.people_cd = ANY (@people_cds::text[])
    AND NOT EXISTS (SELECT FROM production.people AS t WHERE t.kobis_people_cd = p.people_cd)
    AND NOT EXISTS (SELECT FROM curation.merged_people(@people_cds::text[]) AS m (people_cd, person_cd) WHERE m.people_cd = p.people_cd)
ORDER BY p.people_cd;

-- name: KobisPeopleNamed :many
-- But for those who are others by verdicts.
SELECT p.people_cd, p.name, p.name_en, p.department
FROM staging.kobis_people AS p
WHERE p.people_cd = ANY (@people_cds::text[])
    AND NOT EXISTS (SELECT FROM curation.merged_people(@people_cds::text[]) AS m (people_cd, person_cd) WHERE m.people_cd = p.people_cd);

-- name: UpsertPeopleOfKobis :execrows
-- As UpsertPeople.
INSERT INTO production.people AS t (
    id, kobis_people_cd, name_ko, name_en, name_original, name_display, name_sort, department, updated_at)
SELECT v.id, v.people_cd, nullif(v.name_ko, ''), nullif(v.name_en, ''), nullif(v.name_original, ''),
    nullif(v.name_display, ''), nullif(v.name_sort, ''), nullif(v.department, ''), @loaded_at
FROM (
    SELECT
        unnest(@id::uuid[]) AS id,
        unnest(@people_cd::text[]) AS people_cd,
        unnest(@name_ko::text[]) AS name_ko,
        unnest(@name_en::text[]) AS name_en,
        unnest(@name_original::text[]) AS name_original,
        unnest(@name_display::text[]) AS name_display,
        unnest(@name_sort::text[]) AS name_sort,
        unnest(@department::text[]) AS department
) AS v
ON CONFLICT (id) DO UPDATE SET
    name_ko = excluded.name_ko,
    name_en = excluded.name_en,
    name_original = excluded.name_original,
    name_display = excluded.name_display,
    name_sort = excluded.name_sort,
    department = excluded.department,
    updated_at = excluded.updated_at
WHERE (t.name_ko, t.name_en, t.name_original, t.name_display, t.name_sort, t.department)
    IS DISTINCT FROM (excluded.name_ko, excluded.name_en, excluded.name_original, excluded.name_display, excluded.name_sort,
        excluded.department);

-- name: SyncPersonMatches :many
-- decided_at moves with the decision.
WITH want AS (
    SELECT v.movie_cd, v.name, v.name_en, v.part, v.status, nullif(v.people_cd, '') AS people_cd, v.reason,
        coalesce(string_to_array(nullif(v.candidates, ''), ','), '{}') AS candidates,
        coalesce(string_to_array(nullif(v.ask, ''), ','), '{}') AS ask
    FROM (
        SELECT
            unnest(@movie_cd::text[]) AS movie_cd,
            unnest(@name::text[]) AS name,
            unnest(@name_en::text[]) AS name_en,
            unnest(@part::text[]) AS part,
            unnest(@status::text[]) AS status,
            unnest(@people_cd::text[]) AS people_cd,
            unnest(@reason::text[]) AS reason,
            unnest(@candidates::text[]) AS candidates,
            unnest(@ask::text[]) AS ask
    ) AS v
), gone AS (
    DELETE FROM production.person_matches AS t
    WHERE t.movie_cd = ANY (@movie_cds::text[])
        AND NOT EXISTS (SELECT FROM want AS w WHERE (w.movie_cd, w.name, w.name_en, w.part) = (t.movie_cd, t.name, t.name_en, t.part))
    RETURNING t.movie_cd
), put AS (
    INSERT INTO production.person_matches AS t (
        movie_cd, name, name_en, part, status, people_cd, reason, candidates, ask, rule_version, decided_at)
    SELECT w.movie_cd, w.name, w.name_en, w.part, w.status, w.people_cd, w.reason, w.candidates, w.ask, @rule_version::int, @loaded_at
    FROM want AS w
    ON CONFLICT (movie_cd, name, name_en, part) DO UPDATE SET
        status = excluded.status, people_cd = excluded.people_cd, reason = excluded.reason, candidates = excluded.candidates,
        ask = excluded.ask, rule_version = excluded.rule_version, decided_at = excluded.decided_at
    WHERE (t.status, t.people_cd, t.reason, t.candidates, t.ask, t.rule_version)
        IS DISTINCT FROM (excluded.status, excluded.people_cd, excluded.reason, excluded.candidates, excluded.ask, excluded.rule_version)
    RETURNING t.movie_cd
)
SELECT movie_cd FROM gone UNION ALL SELECT movie_cd FROM put;

-- name: MergedPeople :many
-- Who of KOBIS' list is another by verdicts, of the groups that these are in.
SELECT m.people_cd::text AS people_cd, m.person_cd::text AS person_cd
FROM curation.merged_people(@people_cds::text[]) AS m (people_cd, person_cd)
ORDER BY 1;

-- name: MergedCodes :many
SELECT m.people_cd::text AS people_cd
FROM curation.merged_people(ARRAY(SELECT substr(v.other, 14) FROM curation.person_verdicts AS v WHERE v.verdict = 'merge')) AS m (people_cd, person_cd)
JOIN production.people AS p ON p.kobis_people_cd = m.people_cd;

-- name: SyncMergedAliases :exec
WITH want AS (
    SELECT v.id, v.person_id
    FROM (SELECT unnest(@id::uuid[]) AS id, unnest(@person_id::uuid[]) AS person_id) AS v
    JOIN production.people AS p ON p.id = v.person_id
), gone AS (
    DELETE FROM production.person_aliases AS a
    WHERE a.id = ANY (@scope::uuid[]) AND a.reason = 'merge' AND NOT EXISTS (SELECT FROM want AS w WHERE w.id = a.id)
)
INSERT INTO production.person_aliases AS t (id, person_id, reason)
SELECT w.id, w.person_id, 'merge' FROM want AS w ORDER BY w.id
ON CONFLICT (id) DO UPDATE SET person_id = excluded.person_id, reason = excluded.reason
WHERE (t.person_id, t.reason) IS DISTINCT FROM (excluded.person_id, excluded.reason);

-- name: LockPeopleOfKobis :many
-- A row that is being referred to is passed over.
SELECT id FROM production.people WHERE kobis_people_cd = ANY (@people_cds::text[]) ORDER BY id FOR UPDATE SKIP LOCKED;

-- name: DeleteUncredited :exec
DELETE FROM production.people AS p
WHERE p.id = ANY (@ids::uuid[]) AND NOT EXISTS (SELECT FROM production.credits AS c WHERE c.person_id = p.id);
