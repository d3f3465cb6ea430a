-- Kinds of rows that a page of credits should not have to print, counted, with one of
-- each to look at.

-- name: Audit :many
WITH kinds AS (
    SELECT 1 AS place, 'dialogue editors among the writers'::text AS kind, c.title_id::text || ' ' || coalesce(c.name_ko, c.name_en) AS example
    FROM production.credits AS c WHERE c.department = 'writing' AND c.role = '대사'
    UNION ALL
    SELECT 2, 'one director at each source, in two rows', d.title_id::text || ' ' || d.names
    FROM (SELECT c.title_id, string_agg(coalesce(c.name_ko, c.name_en, c.name_original), ', ') AS names FROM production.credits AS c WHERE c.job = 'director'
        GROUP BY c.title_id
        HAVING count(*) FILTER (WHERE c.sources = '{kobis}') = 1 AND count(*) FILTER (WHERE c.sources = '{tmdb}') = 1 AND count(*) = 2) AS d
    UNION ALL
    SELECT 3, 'another part than the Korean one that is known', c.title_id::text || ' ' || c.character
    FROM production.credits AS c WHERE c.character_ko IS NOT NULL AND c.character IS DISTINCT FROM c.character_ko
    UNION ALL
    SELECT 4, 'works for adults without the flag', t.id::text || ' ' || coalesce(t.title_ko, '')
    FROM production.titles AS t WHERE NOT t.adult AND (t.title_ko LIKE '%무삭제%' AND t.watch_grade = '청소년관람불가'
        OR EXISTS (SELECT FROM production.title_genres AS tg JOIN production.genres AS g ON g.id = tg.genre_id WHERE tg.title_id = t.id AND g.genre = 'adult'))
    UNION ALL
    SELECT 4, 'works of KOBIS alone with an edition for adults, without the flag', t.id::text || ' ' || coalesce(t.title_ko, '')
    FROM production.titles AS t WHERE NOT t.adult AND t.tmdb_id IS NULL AND EXISTS (SELECT FROM production.editions AS e WHERE e.title_id = t.id AND e.adult)
    UNION ALL
    SELECT 5, 'other credits of an identified director without the person', c.title_id::text || ' ' || c.name_ko || ', ' || c.job
    FROM production.credits AS c WHERE c.person_id IS NULL AND c.name_en IS NOT NULL AND EXISTS (
        SELECT FROM production.credits AS d WHERE d.title_id = c.title_id AND d.job = 'director' AND d.person_id IS NOT NULL
            AND d.name_ko = c.name_ko AND lower(d.name_en) = lower(c.name_en))
    UNION ALL
    SELECT 6, 'directors in another order than the list''s', t.id::text || ' ' || (m.directors ->> 0)
    FROM production.titles AS t JOIN staging.kobis_movies AS m ON m.movie_cd = t.kobis_movie_cd
    JOIN LATERAL (SELECT c.name_ko FROM production.credits AS c WHERE c.title_id = t.id AND c.job = 'director' AND c.source = 'kobis'
        ORDER BY c.position LIMIT 1) AS f ON f.name_ko <> m.directors ->> 0
    WHERE jsonb_array_length(m.directors) > 1 AND EXISTS (SELECT FROM production.credits AS c WHERE c.title_id = t.id AND c.job = 'director' AND c.name_ko = m.directors ->> 0)
    UNION ALL
    SELECT 7, 'investors before the producers', c.title_id::text
    FROM production.credits AS c WHERE c.role IN ('투자', '제작', '프로듀서') GROUP BY c.title_id
    HAVING min(c.position) FILTER (WHERE c.role = '투자') < min(c.position) FILTER (WHERE c.role <> '투자')
    UNION ALL
    SELECT 8, 'a screenplay that is not first of the writing', c.title_id::text
    FROM production.credits AS c WHERE c.department = 'writing' GROUP BY c.title_id
    HAVING min(c.position) FILTER (WHERE c.job = 'screenplay') > min(c.position)
    UNION ALL
    SELECT 8, 'two credits in one place', c.title_id::text
    FROM production.credits AS c GROUP BY c.title_id, c.position HAVING count(*) > 1
    UNION ALL
    SELECT 9, 'companies without a place', tc.title_id::text FROM production.title_companies AS tc WHERE tc.position IS NULL
    UNION ALL
    SELECT 11, 'an actor of each source in one part, under two names', k.title_id::text || ' ' || coalesce(k.name_ko, k.name_en) || ', ' || coalesce(m.name_ko, m.name_en, m.name_original)
    FROM production.credits AS k JOIN production.credits AS m ON m.title_id = k.title_id AND m.department = 'acting' AND m.sources = '{tmdb}'
        AND (lower(m.character_en) = lower(k.character_en) OR m.character_ko = k.character_ko)
    WHERE k.department = 'acting' AND k.sources = '{kobis}'
    UNION ALL
    SELECT 12, 'somebody listed twice for one job and part', c.title_id::text || ' ' || c.name_ko || ', ' || c.job
    FROM production.credits AS c WHERE c.source = 'kobis' AND c.name_en IS NOT NULL
    GROUP BY c.title_id, c.job, c.name_ko, lower(c.name_en), coalesce(c.character_ko, c.character_en), c.namesake HAVING count(*) > 1
    UNION ALL
    SELECT 12, 'a name twice in a small team', t.title_id::text || ' ' || t.name_ko || ', ' || t.job
    FROM (SELECT c.title_id, c.name_ko, c.job, count(*) OVER (PARTITION BY c.title_id, c.role) AS names,
            row_number() OVER (PARTITION BY c.title_id, c.role, c.name_ko, c.name_en, c.namesake) AS time
        FROM production.credits AS c WHERE c.source = 'kobis' AND c.department <> 'acting' AND c.name_ko IS NOT NULL) AS t
    WHERE t.names <= 10 AND t.time > 1
    UNION ALL
    SELECT 12, 'a name twice in one job, under two words', c.title_id::text || ' ' || c.name_ko || ', ' || c.job
    FROM production.credits AS c WHERE c.source = 'kobis' AND c.department <> 'acting'
    GROUP BY c.title_id, c.job, c.name_ko, lower(c.name_en), c.namesake HAVING count(DISTINCT c.role) > 1
    UNION ALL
    SELECT 13, 'matched works called by an edition or a working title', t.id::text || ' ' || t.title_ko
    FROM production.titles AS t WHERE t.kind = 'movie' AND (t.tmdb_id IS NOT NULL AND t.title_ko ~ '(리마스터링|특별판|감독판|재개봉|확장판|무삭제)' OR t.title_ko LIKE '%(가제)%')
    UNION ALL
    SELECT 14, 'works without a director whom another edition has', t.id::text || ' ' || coalesce(t.title_ko, '')
    FROM production.titles AS t WHERE NOT EXISTS (SELECT FROM production.credits AS c WHERE c.title_id = t.id AND c.job = 'director') AND EXISTS (
        SELECT FROM production.editions AS e JOIN staging.kobis_movies AS m ON m.movie_cd = e.movie_cd
        WHERE e.title_id = t.id AND jsonb_array_length(m.directors) > 0)
    UNION ALL
    SELECT 15, 'works that differ by 무삭제 alone', g.title
    FROM (SELECT regexp_replace(t.title_ko, '[ ~:-]*\(?무삭제(판)?\)?', '') AS title, count(*) AS works, bool_or(t.title_ko LIKE '%무삭제%') AS uncut
        FROM production.titles AS t WHERE t.kind = 'movie' GROUP BY 1) AS g WHERE g.works > 1 AND g.uncut
    UNION ALL
    SELECT 15, 'works of one title, director and year that differ by the name of an edition', g.example
    FROM (SELECT min(p.movie_cd) || ' ' || max(m.title) AS example
        FROM ops.plain_titles AS p JOIN production.editions AS e ON e.movie_cd = p.movie_cd JOIN staging.kobis_movies AS m ON m.movie_cd = p.movie_cd
        WHERE jsonb_array_length(m.directors) > 0 AND m.production_year IS NOT NULL
        GROUP BY p.plain, m.directors, m.production_year, m.type_name, m.nations HAVING count(DISTINCT e.title_id) > 1 AND bool_or(p.edition)) AS g
    UNION ALL
    SELECT 16, 'names in Latin letters that are not shown in one style', c.title_id::text || ' ' || c.name_en
    FROM production.credits AS c WHERE c.name_en IS NOT NULL AND (c.name_display IS NULL OR c.name_display ~ '^[A-Z]{2,}[ ,][A-Z][a-z]+-')
    UNION ALL
    SELECT 17, 'genres twice', tg.title_id::text || ' ' || g.genre
    FROM production.title_genres AS tg JOIN production.genres AS g ON g.id = tg.genre_id WHERE g.genre IS NOT NULL
    GROUP BY tg.title_id, g.genre HAVING count(*) > 1
    UNION ALL
    SELECT 18, 'films of Korea without original title or language', t.id::text || ' ' || coalesce(t.title_ko, '')
    FROM production.titles AS t WHERE t.kind = 'movie' AND t.countries = '{KR}' AND (t.title_original IS NULL OR t.original_language IS NULL)
    UNION ALL
    SELECT 19, 'gradings without a code', t.id::text || ' ' || t.watch_grade FROM production.titles AS t WHERE t.watch_grade IS NOT NULL AND t.grade_code IS NULL
    UNION ALL
    SELECT 20, 'credits without a job', c.title_id::text FROM production.credits AS c WHERE c.job = ''
    UNION ALL
    SELECT 20, 'jobs in no vocabulary', c.job FROM production.credits AS c WHERE c.job = c.role
    UNION ALL
    SELECT 21, 'words among the countries', t.id::text || ' ' || n.word
    FROM production.titles AS t CROSS JOIN unnest(t.countries) AS n (word) WHERE n.word ~ '[가-힣]'
    UNION ALL
    SELECT 22, 'remarks inside parts', c.title_id::text || ' ' || c.character
    FROM production.credits AS c WHERE c.character ~* '\((voice|uncredited|목소리|목소리 출연|대역|본인|self|특별출연|우정출연)\)'
    UNION ALL
    SELECT 22, 'marks inside names', c.title_id::text || ' ' || c.name_ko
    FROM production.credits AS c WHERE c.name_ko ~ '^[가-힣]{2,4}[0-9]$' OR c.name_ko ~ '[(（]' OR c.name_ko LIKE '故%'
    UNION ALL
    SELECT 23, 'box office without a name', b.date::text || ' ' || b.movie_cd FROM production.box_office AS b WHERE b.title_id IS NULL AND b.title IS NULL
    UNION ALL
    SELECT 24, 'codes of discs as English titles', t.id::text || ' ' || t.title_en
    FROM production.titles AS t WHERE t.adult AND t.title_en ~ '^[A-Z]{4,}( [A-Z]+)?-[0-9]{1,2}$'
    UNION ALL
    SELECT 24, 'English titles in another script', t.id::text || ' ' || t.title_en
    FROM production.titles AS t WHERE t.title_en ~ '[가-힣ぁ-んァ-ヶ一-龠]' AND t.title_en !~ '[A-Za-z]'
    UNION ALL
    SELECT 25, 'Korean names that are not in Hangul', p.id::text || ' ' || p.name_ko FROM production.people AS p WHERE p.name_ko !~ '[가-힣]'
    UNION ALL
    SELECT 25, 'Korean names that are not in Hangul', c.title_id::text || ' ' || c.name_ko FROM production.credits AS c WHERE c.name_ko !~ '[가-힣ㄱ-ㅎ]'
)
SELECT k.place::int AS place, k.kind, count(*) AS found, min(k.example)::text AS example
FROM kinds AS k
GROUP BY k.place, k.kind
ORDER BY k.place, k.kind;
