-- +goose Up
-- Films of one title mark each other when they are derived, and no longer while they are
-- loaded: what each told when it was derived last is kept here, so that a film that is as
-- it was marks nobody.

SET LOCAL lock_timeout = '15s'; -- what can't be had soon ends the migration, which is run again, and nobody waits meanwhile

CREATE TABLE ops.namesakes (
    movie_cd text PRIMARY KEY,
    key      text COLLATE "C" NOT NULL,
    facts    uuid NOT NULL
);
COMMENT ON TABLE ops.namesakes IS 'the loader''s: what every film told when it was derived last, of what films of its title are told apart by';
COMMENT ON COLUMN ops.namesakes.key IS 'staging.title_key of its title';
COMMENT ON COLUMN ops.namesakes.facts IS 'digest of its year, its day, its form, its nations and its directors';
CREATE INDEX namesakes_key ON ops.namesakes (key);
GRANT SELECT, INSERT, UPDATE, DELETE ON ops.namesakes TO loader;

-- +goose StatementBegin
CREATE FUNCTION staging.films_that_count_namesakes(keys text[]) RETURNS TABLE (movie_cd text, key text)
    LANGUAGE sql STABLE SET enable_seqscan = off AS
$$
    SELECT k.movie_cd, staging.title_key(k.title)
    FROM staging.kobis_movies AS k
    CROSS JOIN LATERAL (SELECT FROM staging.tmdb_searches AS s WHERE s.movie_cd = k.movie_cd AND s.candidates <> '[]' LIMIT 1) AS found
    WHERE staging.title_key(k.title) = ANY (keys) AND staging.title_key(k.title) <> ''
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION staging.films_that_count_namesakes(text[]) IS 'films of titles by their keys whose match may depend on the others of the title: those for which a search found something';

-- +goose Down
DELETE FROM ops.stale_titles WHERE key LIKE 'kobis:namesakes:%';
DROP FUNCTION staging.films_that_count_namesakes(text[]);
DROP TABLE ops.namesakes;
