-- +goose Up
-- How many films of KOBIS bear a title in the same years decides what a match by
-- title and year is worth. So matching a film reads the others of its title, and a
-- film that comes or changes marks them.

CREATE FUNCTION staging.title_key(title text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT left(translate(lower(normalize(title, NFKC)), E' \t.,:;!?''"`~-_/\\|()[]{}<>*+=&%#@^·…', ''), 200) $$;
COMMENT ON FUNCTION staging.title_key(text) IS 'a title without spaces and signs, in lower case: what films of one title have in common';

CREATE INDEX kobis_movies_title_key ON staging.kobis_movies (staging.title_key(title));

-- A session's plan that was made while the table was all but empty would read the
-- whole table for each chunk of films until its statistics are renewed.
CREATE FUNCTION staging.films_of_titles(titles text[]) RETURNS SETOF text
    LANGUAGE sql STABLE SET enable_seqscan = off AS
$$
    SELECT k.movie_cd
    FROM staging.kobis_movies AS k
    WHERE staging.title_key(k.title) = ANY (ARRAY(
        SELECT DISTINCT staging.title_key(t.title) FROM unnest(titles) AS t (title)))
        AND staging.title_key(k.title) <> ''
$$;
COMMENT ON FUNCTION staging.films_of_titles(text[]) IS 'codes of the films that have one of the titles';

-- +goose Down
DROP FUNCTION staging.films_of_titles(text[]);
DROP INDEX staging.kobis_movies_title_key;
DROP FUNCTION staging.title_key(text);
