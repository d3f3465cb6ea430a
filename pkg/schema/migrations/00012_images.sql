-- +goose Up
-- What TMDB's answers hold besides and a reader of production asks for: images,
-- keywords, the work's numbers at other sites, portraits and logos. The columns of
-- staging are filled when an answer is loaded anew, by a fetch or by a replay.

ALTER TABLE staging.tmdb_movies ADD COLUMN images jsonb, ADD COLUMN external_ids jsonb;
ALTER TABLE staging.tmdb_series ADD COLUMN images jsonb, ADD COLUMN external_ids jsonb;
COMMENT ON COLUMN staging.tmdb_movies.images IS 'array of {kind, path, language, width, height, vote_average, vote_count}, as listed';
COMMENT ON COLUMN staging.tmdb_movies.external_ids IS 'array of {site, id}';
COMMENT ON COLUMN staging.tmdb_series.images IS 'array of {kind, path, language, width, height, vote_average, vote_count}, as listed';
COMMENT ON COLUMN staging.tmdb_series.external_ids IS 'array of {site, id}';
ALTER TABLE staging.tmdb_people ADD COLUMN profile_path text;
ALTER TABLE staging.tmdb_companies ADD COLUMN logo_path text;

CREATE TABLE production.images (
    title_id     uuid NOT NULL REFERENCES production.titles ON DELETE CASCADE,
    kind         text NOT NULL CHECK (kind IN ('poster', 'backdrop', 'logo')),
    position     int  NOT NULL,
    path         text NOT NULL,
    language     text,
    width        int,
    height       int,
    vote_average double precision,
    vote_count   int,
    PRIMARY KEY (title_id, kind, position)
);
COMMENT ON TABLE production.images IS 'pictures of a work, TMDB''s, in its order';
COMMENT ON COLUMN production.images.language IS 'ISO 639-1 of the text in it; NULL: without text';
COMMENT ON COLUMN production.images.width IS 'pixels of the original size';

CREATE TABLE production.keywords (
    title_id uuid NOT NULL REFERENCES production.titles ON DELETE CASCADE,
    position int  NOT NULL,
    name     text NOT NULL,
    PRIMARY KEY (title_id, position)
);
COMMENT ON TABLE production.keywords IS 'what a work is about, in TMDB''s words, English';

CREATE TABLE production.external_ids (
    title_id    uuid NOT NULL REFERENCES production.titles ON DELETE CASCADE,
    site        text NOT NULL,
    external_id text NOT NULL,
    PRIMARY KEY (title_id, site)
);
COMMENT ON TABLE production.external_ids IS 'the number or name of a work at other sites, as TMDB knows it';
CREATE INDEX external_ids_of_site ON production.external_ids (site, external_id);

ALTER TABLE production.people ADD COLUMN profile_path text;
ALTER TABLE production.companies ADD COLUMN country text, ADD COLUMN logo_path text;
ALTER TABLE production.seasons ADD COLUMN poster_path text;
ALTER TABLE production.networks ADD COLUMN logo_path text;
ALTER TABLE production.genres ADD COLUMN genre text;
COMMENT ON COLUMN production.genres.genre IS 'one vocabulary for both sources; NULL where the source''s word is in none';

COMMENT ON COLUMN production.titles.updated_at IS 'when the row, or one of another table that belongs to the title, moved last; box office apart';
-- What readers look titles and people up by.
CREATE INDEX titles_updated ON production.titles (updated_at);
CREATE INDEX titles_title_ko ON production.titles (title_ko);
CREATE INDEX people_name_ko ON production.people (name_ko);
CREATE INDEX title_genres_genre ON production.title_genres (genre_id);

GRANT SELECT, INSERT, UPDATE, DELETE ON production.images, production.keywords, production.external_ids TO loader;
GRANT SELECT ON production.images, production.keywords, production.external_ids TO planner, curator, reader;

-- What staging has already is derived into the new columns.
INSERT INTO ops.stale_titles (key)
SELECT 'kobis:movie:' || movie_cd FROM production.matches
UNION
SELECT 'tmdb:series:' || tmdb_id FROM production.titles WHERE kind = 'series' AND tmdb_id IS NOT NULL
ON CONFLICT (key) DO UPDATE SET marked_at = excluded.marked_at, blocked_until = NULL, problem = NULL;

-- +goose Down
DROP INDEX production.title_genres_genre, production.people_name_ko, production.titles_title_ko, production.titles_updated;
COMMENT ON COLUMN production.titles.updated_at IS NULL;
ALTER TABLE production.genres DROP COLUMN genre;
ALTER TABLE production.networks DROP COLUMN logo_path;
ALTER TABLE production.seasons DROP COLUMN poster_path;
ALTER TABLE production.companies DROP COLUMN logo_path, DROP COLUMN country;
ALTER TABLE production.people DROP COLUMN profile_path;
DROP TABLE production.external_ids, production.keywords, production.images;
ALTER TABLE staging.tmdb_companies DROP COLUMN logo_path;
ALTER TABLE staging.tmdb_people DROP COLUMN profile_path;
ALTER TABLE staging.tmdb_series DROP COLUMN external_ids, DROP COLUMN images;
ALTER TABLE staging.tmdb_movies DROP COLUMN external_ids, DROP COLUMN images;
