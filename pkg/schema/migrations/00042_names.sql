-- +goose Up
-- Names as people type them: a syllable that is half typed, its initial consonants, a
-- wrong letter, the words of a name in any order.

SET LOCAL lock_timeout = '15s'; -- what can't be had soon ends the migration, which is run again, and nobody waits meanwhile

-- The letters of a name as they are typed, syllables taken apart: 값 is ㄱㅏㅂㅅ. Case,
-- accents, spaces and punctuation are no letters. At most 400, so that no name is too
-- long for an index.
CREATE FUNCTION production.letters(name text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN left(translate(regexp_replace(
    replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(lower(normalize(left(name, 200), NFKD)),
        U&'\1121', 'ㅂㅅ'), U&'\111A', 'ㄹㅎ'), U&'\116A', 'ㅗㅏ'), U&'\116B', 'ㅗㅐ'), U&'\116C', 'ㅗㅣ'), U&'\116F', 'ㅜㅓ'), U&'\1170', 'ㅜㅔ'), U&'\1171', 'ㅜㅣ'),
        U&'\1174', 'ㅡㅣ'), U&'\11AA', 'ㄱㅅ'), U&'\11AC', 'ㄴㅈ'), U&'\11AD', 'ㄴㅎ'), U&'\11B0', 'ㄹㄱ'), U&'\11B1', 'ㄹㅁ'),
        U&'\11B2', 'ㄹㅂ'), U&'\11B3', 'ㄹㅅ'), U&'\11B4', 'ㄹㅌ'), U&'\11B5', 'ㄹㅍ'), U&'\11B6', 'ㄹㅎ'), U&'\11B9', 'ㅂㅅ'),
        '[[:space:][:punct:]\u0300-\u036f\u00b7\u2010-\u2027\u3000-\u303f\u30fb]', '', 'g'),
    U&'\1100\1101\1102\1103\1104\1105\1106\1107\1108\1109\110A\110B\110C\110D\110E\110F\1110\1111\1112'
        || U&'\1161\1162\1163\1164\1165\1166\1167\1168\1169\116D\116E\1172\1173\1175'
        || U&'\11A8\11A9\11AB\11AE\11AF\11B7\11B8\11BA\11BB\11BC\11BD\11BE\11BF\11C0\11C1\11C2',
    'ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ' || 'ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅛㅜㅠㅡㅣ' || 'ㄱㄲㄴㄷㄹㅁㅂㅅㅆㅇㅈㅊㅋㅌㅍㅎ'), 400);
COMMENT ON FUNCTION production.letters(text) IS 'the letters of a name as they are typed, Hangul syllables taken apart';

CREATE FUNCTION production.initials(name text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN translate(regexp_replace(normalize(left(name, 200), NFD), '[^\u1100-\u1112]', '', 'g'),
    U&'\1100\1101\1102\1103\1104\1105\1106\1107\1108\1109\110A\110B\110C\110D\110E\110F\1110\1111\1112',
    'ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ');
COMMENT ON FUNCTION production.initials(text) IS 'the initial consonants of the Hangul syllables of a name';

CREATE TABLE production.names (
    title_id  uuid,
    person_id uuid,
    name      text NOT NULL,
    letters   text COLLATE "C" NOT NULL GENERATED ALWAYS AS (production.letters(name)) STORED,
    initials  text COLLATE "C" NOT NULL GENERATED ALWAYS AS (production.initials(name)) STORED,
    CHECK (num_nonnulls(title_id, person_id) = 1)
);
COMMENT ON TABLE production.names IS 'what titles and people are called, in letters as they are typed; written by triggers, with the title or the person';
GRANT SELECT ON production.names TO planner, curator, reader;
GRANT SELECT, INSERT, UPDATE, DELETE ON production.names TO loader;
CREATE UNIQUE INDEX names_title ON production.names (title_id, name) WHERE title_id IS NOT NULL;
CREATE UNIQUE INDEX names_person ON production.names (person_id, name) WHERE person_id IS NOT NULL;
CREATE INDEX names_letters ON production.names (letters);
CREATE INDEX names_letters_backwards ON production.names (reverse(letters));
CREATE INDEX names_initials ON production.names (initials) WHERE initials <> '';
-- A name of three syllables with another one in the middle.
CREATE INDEX names_ends ON production.names ((left(name, 1) || right(name, 1))) WHERE name ~ '^[가-힣]{3}$';

-- The names of titles brought to what the tables say.
-- +goose StatementBegin
CREATE FUNCTION production.sync_title_names(ids uuid[]) RETURNS void
LANGUAGE sql
AS $$
    WITH want AS (
        SELECT DISTINCT v.title_id, left(v.name, 300) AS name
        FROM (
            SELECT t.id AS title_id, unnest(ARRAY[t.title_ko, t.title_en, t.title_original]) AS name
            FROM production.titles AS t
            WHERE t.id = ANY (ids)
            UNION ALL
            SELECT a.title_id, a.title
            FROM production.alternative_titles AS a
            WHERE a.title_id = ANY (ids)
        ) AS v
        WHERE v.name <> ''
    ), gone AS (
        DELETE FROM production.names AS n
        WHERE n.title_id = ANY (ids) AND NOT EXISTS (SELECT FROM want AS w WHERE w.title_id = n.title_id AND w.name = n.name)
    )
    INSERT INTO production.names (title_id, name)
    SELECT w.title_id, w.name
    FROM want AS w
    WHERE NOT EXISTS (SELECT FROM production.names AS n WHERE n.title_id = w.title_id AND n.name = w.name)
    ON CONFLICT DO NOTHING;
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION production.sync_people_names(ids uuid[]) RETURNS void
LANGUAGE sql
AS $$
    WITH want AS (
        SELECT DISTINCT v.person_id, left(v.name, 300) AS name
        FROM (
            SELECT p.id AS person_id, unnest(ARRAY[p.name_ko, p.name_en, p.name_original]) AS name
            FROM production.people AS p
            WHERE p.id = ANY (ids)
        ) AS v
        WHERE v.name <> ''
    ), gone AS (
        DELETE FROM production.names AS n
        WHERE n.person_id = ANY (ids) AND NOT EXISTS (SELECT FROM want AS w WHERE w.person_id = n.person_id AND w.name = n.name)
    )
    INSERT INTO production.names (person_id, name)
    SELECT w.person_id, w.name
    FROM want AS w
    WHERE NOT EXISTS (SELECT FROM production.names AS n WHERE n.person_id = w.person_id AND n.name = w.name)
    ON CONFLICT DO NOTHING;
$$;
-- +goose StatementEnd

-- Statement triggers: once for all titles or people of a chunk, and only for those whose
-- names are others. What goes takes its names along; a foreign key would have a
-- TRUNCATE of titles empty the names of people.
-- +goose StatementBegin
CREATE FUNCTION production.name_titles() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        DELETE FROM production.names WHERE title_id IS NOT NULL;
    ELSIF TG_OP = 'DELETE' AND TG_TABLE_NAME = 'titles' THEN
        DELETE FROM production.names WHERE title_id IN (SELECT c.id FROM changed AS c);
    ELSIF TG_TABLE_NAME = 'alternative_titles' THEN
        PERFORM production.sync_title_names(ARRAY(SELECT DISTINCT c.title_id FROM changed AS c));
    ELSIF TG_OP = 'INSERT' THEN
        PERFORM production.sync_title_names(ARRAY(SELECT c.id FROM changed AS c));
    ELSE
        PERFORM production.sync_title_names(ARRAY(
            SELECT c.id
            FROM changed AS c
            JOIN before AS b ON b.id = c.id
            WHERE (c.title_ko, c.title_en, c.title_original) IS DISTINCT FROM (b.title_ko, b.title_en, b.title_original)));
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION production.name_people() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        DELETE FROM production.names WHERE person_id IS NOT NULL;
    ELSIF TG_OP = 'DELETE' THEN
        DELETE FROM production.names WHERE person_id IN (SELECT c.id FROM changed AS c);
    ELSIF TG_OP = 'INSERT' THEN
        PERFORM production.sync_people_names(ARRAY(SELECT c.id FROM changed AS c));
    ELSE
        PERFORM production.sync_people_names(ARRAY(
            SELECT c.id
            FROM changed AS c
            JOIN before AS b ON b.id = c.id
            WHERE (c.name_ko, c.name_en, c.name_original) IS DISTINCT FROM (b.name_ko, b.name_en, b.name_original)));
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

CREATE TRIGGER names_of_new AFTER INSERT ON production.titles
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION production.name_titles();
CREATE TRIGGER names_of_changed AFTER UPDATE ON production.titles
    REFERENCING NEW TABLE AS changed OLD TABLE AS before FOR EACH STATEMENT EXECUTE FUNCTION production.name_titles();
CREATE TRIGGER names_of_gone AFTER DELETE ON production.titles
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION production.name_titles();
CREATE TRIGGER names_of_none AFTER TRUNCATE ON production.titles
    FOR EACH STATEMENT EXECUTE FUNCTION production.name_titles();
CREATE TRIGGER names_of_new AFTER INSERT ON production.alternative_titles
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION production.name_titles();
CREATE TRIGGER names_of_changed AFTER UPDATE ON production.alternative_titles
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION production.name_titles();
CREATE TRIGGER names_of_gone AFTER DELETE ON production.alternative_titles
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION production.name_titles();
CREATE TRIGGER names_of_new AFTER INSERT ON production.people
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION production.name_people();
CREATE TRIGGER names_of_changed AFTER UPDATE ON production.people
    REFERENCING NEW TABLE AS changed OLD TABLE AS before FOR EACH STATEMENT EXECUTE FUNCTION production.name_people();
CREATE TRIGGER names_of_gone AFTER DELETE ON production.people
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION production.name_people();
CREATE TRIGGER names_of_none AFTER TRUNCATE ON production.people
    FOR EACH STATEMENT EXECUTE FUNCTION production.name_people();

SELECT production.sync_title_names(ARRAY(SELECT t.id FROM production.titles AS t));
SELECT production.sync_people_names(ARRAY(SELECT p.id FROM production.people AS p));

-- Letters in the middle of a name are found by an index of trigrams where the server has
-- that extension and the database's locale takes Hangul for letters; without it by
-- reading all names.
-- +goose StatementBegin
DO $$
BEGIN
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
EXCEPTION
    WHEN insufficient_privilege OR undefined_file OR feature_not_supported THEN
        RAISE WARNING 'pg_trgm may not be made here: %', SQLERRM;
END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION production.search_problem() RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE
AS $$
BEGIN
    IF to_regprocedure('show_trgm(text)') IS NULL AND EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_trgm') THEN
        RETURN 'the extension pg_trgm is in a schema that is not on the search path: as the database''s owner, run ALTER EXTENSION pg_trgm SET SCHEMA public';
    END IF;
    IF to_regprocedure('show_trgm(text)') IS NULL THEN
        RETURN 'the extension pg_trgm is missing: install the server''s contrib package and, as the database''s owner, run CREATE EXTENSION pg_trgm';
    END IF;
    IF cardinality(show_trgm('ㅅㅓㅇㅜㄹ')) = 0 THEN
        RETURN 'the database''s locale takes Hangul for no letters: make the database with a locale such as C.UTF-8';
    END IF;
    IF to_regclass('production.names_trigrams') IS NULL THEN
        RETURN 'the index of trigrams is missing: as the owner of production.names, run CREATE INDEX names_trigrams ON production.names USING gin (letters gin_trgm_ops)';
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION production.search_problem() IS 'why search reads all names for letters in the middle of one, and what to do; NULL: it does not';

-- +goose StatementBegin
DO $$
BEGIN
    IF to_regprocedure('show_trgm(text)') IS NOT NULL AND cardinality(show_trgm('ㅅㅓㅇㅜㄹ')) > 0 THEN
        CREATE INDEX names_trigrams ON production.names USING gin (letters gin_trgm_ops);
    END IF;
END
$$;
-- +goose StatementEnd

-- Names about as long that begin with the head or end with the tail, or have the first
-- and the last of three syllables.
CREATE FUNCTION production.names_beside(head text, tail text, three text, size int) RETURNS SETOF production.names
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    (SELECT *
    FROM production.names
    WHERE letters >= head AND letters < head || U&'\+10FFFF' AND length(letters) BETWEEN size - 2 AND size + 2
    LIMIT 1000)
    UNION ALL
    (SELECT *
    FROM production.names
    WHERE reverse(letters) >= reverse(tail) AND reverse(letters) < reverse(tail) || U&'\+10FFFF' AND length(letters) BETWEEN size - 2 AND size + 2
    LIMIT 1000)
    UNION ALL
    (SELECT *
    FROM production.names
    WHERE three IS NOT NULL AND name ~ '^[가-힣]{3}$' AND left(name, 1) || right(name, 1) = left(three, 1) || right(three, 1)
    LIMIT 1000)
$$;

-- Every way in which a name is looked for reads at most a bounded part of an index.
-- +goose StatementBegin
CREATE FUNCTION production.names_like(query text, most int)
RETURNS TABLE (kind text, id uuid, name text, found text)
LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 60
AS $$
#variable_conflict use_column
DECLARE
    typed text := production.letters(query);
    size  int := length(typed);
    words text[] := ARRAY(
        SELECT production.letters(w)
        FROM regexp_split_to_table(left(query, 200), '[[:space:]]+') AS w
        WHERE production.letters(w) <> ''
        ORDER BY length(production.letters(w)) DESC);
    holds text[] := ARRAY(SELECT '%' || w || '%' FROM unnest(words) AS w);
    three text := (regexp_match(query, '^\s*([가-힣]{3})\s*$'))[1];
    head  text := CASE WHEN three IS NULL THEN left(typed, size / 2) ELSE production.letters(left(three, 2)) END;
    tail  text := CASE WHEN three IS NULL THEN right(typed, size - size / 2) ELSE production.letters(right(three, 2)) END;
    above CONSTANT text := U&'\+10FFFF';
    trigrams boolean := production.search_problem() IS NULL;
    had   int;
    more  int := 0;
BEGIN
    IF typed = '' THEN
        RETURN;
    END IF;
    IF typed ~ '^[ㄱ-ㅎ]+$' THEN
        RETURN QUERY
        SELECT CASE WHEN n.person_id IS NULL THEN 'title' ELSE 'person' END, coalesce(n.title_id, n.person_id), n.name,
            CASE WHEN n.initials = typed THEN 'equal' ELSE 'prefix' END
        FROM (
            SELECT * FROM production.names
            WHERE initials >= typed AND initials < typed || above AND initials <> ''
            ORDER BY initials
            LIMIT 500
        ) AS n
        ORDER BY length(n.initials), n.person_id IS NOT NULL, length(n.letters), n.name, 2
        LIMIT most;
        RETURN;
    END IF;

    RETURN QUERY
    SELECT CASE WHEN n.person_id IS NULL THEN 'title' ELSE 'person' END, coalesce(n.title_id, n.person_id), n.name,
        CASE WHEN n.letters = typed THEN 'equal' ELSE 'prefix' END
    FROM (
        SELECT * FROM production.names
        WHERE letters >= typed AND letters < typed || above
        ORDER BY letters
        LIMIT 500
    ) AS n
    ORDER BY length(n.letters), n.name, 2
    LIMIT most;
    GET DIAGNOSTICS had = ROW_COUNT;

    -- All words, in any order.
    IF had < most AND size > 2 THEN
        RETURN QUERY
        SELECT CASE WHEN n.person_id IS NULL THEN 'title' ELSE 'person' END, coalesce(n.title_id, n.person_id), n.name,
            CASE WHEN length(n.letters) = size THEN 'equal' ELSE 'contained' END
        FROM (
            SELECT * FROM production.names
            WHERE letters LIKE holds[1] AND letters LIKE ALL (holds) AND NOT starts_with(letters, typed)
            LIMIT 500
        ) AS n
        ORDER BY length(n.letters), n.name, 2
        LIMIT most - had;
        GET DIAGNOSTICS more = ROW_COUNT;
    END IF;

    -- One letter is wrong, so the other half of the name is right; of three syllables two.
    IF had + more < 5 AND size > 5 AND trigrams THEN
        RETURN QUERY
        SELECT CASE WHEN n.person_id IS NULL THEN 'title' ELSE 'person' END, coalesce(n.title_id, n.person_id), n.name, 'near'
        FROM production.names_beside(head, tail, three, size) AS n
        WHERE n.letters <> typed AND similarity(n.letters, typed) >= 0.4
        ORDER BY similarity(n.letters, typed) DESC, abs(length(n.letters) - size), n.name, 2
        LIMIT most;
    ELSIF had + more < 5 AND size > 5 THEN
        RETURN QUERY
        SELECT CASE WHEN n.person_id IS NULL THEN 'title' ELSE 'person' END, coalesce(n.title_id, n.person_id), n.name, 'near'
        FROM production.names_beside(head, tail, three, size) AS n
        WHERE n.letters <> typed
        ORDER BY abs(length(n.letters) - size), n.name, 2
        LIMIT most;
    END IF;
END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION production.search(query text, most int DEFAULT 30)
RETURNS TABLE (kind text, id uuid, name text, found text)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 30
AS $$
    SELECT b.kind, b.id, b.name, b.found
    FROM (
        SELECT DISTINCT ON (f.kind, f.id) f.kind, f.id, f.name, f.found, f.place
        FROM production.names_like(query, 2 * most) WITH ORDINALITY AS f (kind, id, name, found, place)
        ORDER BY f.kind, f.id, f.place
    ) AS b
    ORDER BY b.place
    LIMIT most;
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION production.search(text, int) IS 'titles and people by what somebody types: kind title or person, the name that was found, and how: equal, prefix, contained, near';

-- +goose Down
DROP FUNCTION production.search(text, int), production.names_like(text, int), production.names_beside(text, text, text, int), production.search_problem();
DROP TRIGGER names_of_new ON production.titles;
DROP TRIGGER names_of_changed ON production.titles;
DROP TRIGGER names_of_gone ON production.titles;
DROP TRIGGER names_of_none ON production.titles;
DROP TRIGGER names_of_gone ON production.people;
DROP TRIGGER names_of_none ON production.people;
DROP TRIGGER names_of_new ON production.alternative_titles;
DROP TRIGGER names_of_changed ON production.alternative_titles;
DROP TRIGGER names_of_gone ON production.alternative_titles;
DROP TRIGGER names_of_new ON production.people;
DROP TRIGGER names_of_changed ON production.people;
DROP FUNCTION production.name_titles(), production.name_people(), production.sync_title_names(uuid[]), production.sync_people_names(uuid[]);
DROP TABLE production.names;
DROP FUNCTION production.letters(text), production.initials(text);
