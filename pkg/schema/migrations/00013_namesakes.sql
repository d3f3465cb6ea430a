-- +goose Up
-- How many films of KOBIS bear a title in the same years decides what a match by
-- title and year is worth. So matching a film reads the others of its title, and a
-- film that comes or changes marks them.

CREATE FUNCTION staging.title_key(title text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT left(translate(lower(normalize(title, NFKC)), E' \t.,:;!?''"`~-_/\\|()[]{}<>*+=&%#@^·…', ''), 200) $$;
COMMENT ON FUNCTION staging.title_key(text) IS 'a title without spaces and signs, in lower case: what films of one title have in common';

CREATE INDEX kobis_movies_title_key ON staging.kobis_movies (staging.title_key(title));

-- +goose Down
DROP INDEX staging.kobis_movies_title_key;
DROP FUNCTION staging.title_key(text);
