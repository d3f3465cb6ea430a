-- +goose Up
-- One title per work: several films of KOBIS may be editions of one (a
-- re-release, a director's cut), and what belongs to a title has tables of its own.

CREATE TABLE production.editions (
    movie_cd        text        PRIMARY KEY,
    title_id        uuid        NOT NULL REFERENCES production.titles ON DELETE CASCADE,
    is_main         boolean     NOT NULL,
    title_ko        text,
    title_en        text,
    production_year int,
    release_date    date,
    runtime_minutes int,
    watch_grade     text,
    form            text,
    status          text,
    missing_since   timestamptz,
    updated_at      timestamptz NOT NULL
);
COMMENT ON TABLE production.editions IS 'every film of KOBIS and the title of its work; films that are the same film of TMDB are editions of one work';
COMMENT ON COLUMN production.editions.is_main IS 'the one that the title is made of: the earliest opening, then the lowest movie_cd';
COMMENT ON COLUMN production.editions.release_date IS 'opening of this edition in Korea';
CREATE INDEX editions_title ON production.editions (title_id);

CREATE TABLE production.title_aliases (
    id       uuid PRIMARY KEY,
    title_id uuid NOT NULL REFERENCES production.titles ON DELETE CASCADE,
    movie_cd text NOT NULL UNIQUE
);
COMMENT ON TABLE production.title_aliases IS 'the ids that the other editions of a work had or would have as titles of their own';
COMMENT ON COLUMN production.title_aliases.movie_cd IS 'the edition whose id it is';
CREATE INDEX title_aliases_title ON production.title_aliases (title_id);

-- Whoever derives a work that may have several editions locks its row here: no
-- mark guards a title that is made of several films.
CREATE TABLE ops.works (
    tmdb_id int PRIMARY KEY
);
COMMENT ON TABLE ops.works IS 'locks of the loader: one row per film of TMDB that was ever a match';
GRANT SELECT, INSERT, UPDATE ON ops.works TO loader;

CREATE TABLE production.translations (
    title_id uuid NOT NULL REFERENCES production.titles ON DELETE CASCADE,
    position int  NOT NULL,
    language text NOT NULL,
    country  text,
    title    text,
    overview text,
    PRIMARY KEY (title_id, position)
);
COMMENT ON COLUMN production.translations.language IS 'ISO 639-1';
COMMENT ON COLUMN production.translations.country IS 'ISO 3166-1';

CREATE TABLE production.alternative_titles (
    title_id uuid NOT NULL REFERENCES production.titles ON DELETE CASCADE,
    position int  NOT NULL,
    country  text,
    title    text NOT NULL,
    type     text,
    PRIMARY KEY (title_id, position)
);
COMMENT ON COLUMN production.alternative_titles.type IS 'TMDB''s word for what kind of title it is';

CREATE TABLE production.certifications (
    title_id      uuid NOT NULL REFERENCES production.titles ON DELETE CASCADE,
    position      int  NOT NULL,
    source        text NOT NULL CHECK (source IN ('kobis', 'tmdb')),
    country       text NOT NULL,
    certification text NOT NULL,
    release_date  date,
    release_type  int,
    audit_number  text,
    PRIMARY KEY (title_id, position)
);
COMMENT ON COLUMN production.certifications.release_type IS 'TMDB''s: 1 premiere, 2 limited, 3 theatrical, 4 digital, 5 physical, 6 television';
COMMENT ON COLUMN production.certifications.audit_number IS 'KOBIS''s number of the decision';

CREATE TABLE production.seasons (
    title_id      uuid NOT NULL REFERENCES production.titles ON DELETE CASCADE,
    position      int  NOT NULL,
    number        int  NOT NULL,
    name          text,
    episode_count int,
    air_date      date,
    PRIMARY KEY (title_id, position)
);
COMMENT ON COLUMN production.seasons.number IS '0 is specials';

CREATE TABLE production.networks (
    title_id uuid NOT NULL REFERENCES production.titles ON DELETE CASCADE,
    position int  NOT NULL,
    tmdb_id  int,
    name     text NOT NULL,
    country  text,
    PRIMARY KEY (title_id, position)
);
COMMENT ON TABLE production.networks IS 'where a series was first shown; TMDB numbers networks apart from companies';

-- A credit that both sources have is one row.
ALTER TABLE production.credits
    ADD COLUMN job             text NOT NULL DEFAULT '',
    ADD COLUMN role_tmdb       text,
    ADD COLUMN character_kobis text,
    ADD COLUMN episodes        int,
    ADD COLUMN merged_by       text,
    ADD COLUMN sources         text[] NOT NULL GENERATED ALWAYS AS (
        CASE WHEN merged_by IS NULL THEN ARRAY[source] ELSE ARRAY['kobis', 'tmdb'] END) STORED;
COMMENT ON COLUMN production.credits.source IS 'whose list the row and its position stand in; kobis for a credit of both';
COMMENT ON COLUMN production.credits.sources IS 'all sources that have the credit';
COMMENT ON COLUMN production.credits.job IS 'one vocabulary for both sources; empty where the source''s word is in none';
COMMENT ON COLUMN production.credits.role_tmdb IS 'of a credit of both sources: TMDB''s own word for the role';
COMMENT ON COLUMN production.credits.character IS 'TMDB''s where it has one, else KOBIS''s';
COMMENT ON COLUMN production.credits.character_kobis IS 'KOBIS''s word for the character where TMDB''s stands in character';
COMMENT ON COLUMN production.credits.episodes IS 'of a series: in how many episodes; NULL where unknown';
COMMENT ON COLUMN production.credits.merged_by IS 'of a credit of both sources: what shows that it is one person';

GRANT SELECT, INSERT, UPDATE, DELETE ON production.editions, production.title_aliases, production.translations,
    production.alternative_titles, production.certifications, production.seasons, production.networks TO loader;
GRANT SELECT ON production.editions, production.title_aliases, production.translations, production.alternative_titles,
    production.certifications, production.seasons, production.networks TO planner, curator, reader;
-- A curator's command looks whether the schema is the one that it knows.
GRANT SELECT ON public.goose_db_version TO curator;

-- What is there is derived anew into the new tables.
INSERT INTO ops.stale_titles (key)
SELECT 'kobis:movie:' || movie_cd FROM production.matches
UNION
SELECT 'tmdb:series:' || tmdb_id FROM production.titles WHERE kind = 'series' AND tmdb_id IS NOT NULL
ON CONFLICT (key) DO UPDATE SET marked_at = excluded.marked_at, blocked_until = NULL, problem = NULL;

-- +goose Down
REVOKE SELECT ON public.goose_db_version FROM curator;
ALTER TABLE production.credits
    DROP COLUMN sources, DROP COLUMN merged_by, DROP COLUMN episodes, DROP COLUMN character_kobis,
    DROP COLUMN role_tmdb, DROP COLUMN job;
DROP TABLE production.networks, production.seasons, production.certifications, production.alternative_titles,
    production.translations, production.title_aliases, production.editions, ops.works;
