-- +goose Up
-- What a page of credits prints: an order, parts and names by script, remarks apart,
-- companies and genres once, codes beside the sources' words. Old programs leave the
-- new columns alone.

-- In the order in which landing and deriving take them: else each waits for the other.
-- What can't be had soon is tried again, and nobody waits meanwhile.
SET LOCAL lock_timeout = '15s';
LOCK TABLE raw.floors, ops.stale_titles, production.people, production.companies, production.genres, production.titles,
    production.editions, production.credits, production.title_companies, production.title_genres, production.box_office
    IN ACCESS EXCLUSIVE MODE;

ALTER TABLE production.titles
    ADD COLUMN title_en_display text,
    ADD COLUMN grade_code       text,
    ADD COLUMN status_code      text,
    ADD COLUMN adult            boolean NOT NULL DEFAULT false,
    ADD COLUMN contradictions   jsonb;
COMMENT ON COLUMN production.titles.adult IS 'made for adults alone, says the source in sources';
COMMENT ON COLUMN production.titles.contradictions IS 'what editions of a work say otherwise, by field and edition';

ALTER TABLE production.editions
    ADD COLUMN grade_code  text,
    ADD COLUMN status_code text,
    ADD COLUMN adult       boolean NOT NULL DEFAULT false;

ALTER TABLE production.people
    ADD COLUMN name_original text,
    ADD COLUMN name_display  text,
    ADD COLUMN name_sort     text;
COMMENT ON COLUMN production.people.name_original IS 'in a script that is neither Hangul nor Latin';

ALTER TABLE production.credits
    ADD COLUMN name_original text,
    ADD COLUMN name_display  text,
    ADD COLUMN name_sort     text,
    ADD COLUMN name_sent     text,
    ADD COLUMN namesake      int,
    ADD COLUMN character_ko  text,
    ADD COLUMN character_en  text,
    ADD COLUMN remarks       text[] NOT NULL DEFAULT '{}',
    ADD COLUMN billing_tmdb  int;
COMMENT ON COLUMN production.credits.position IS 'the place within the title as a page prints it, from 0';
COMMENT ON COLUMN production.credits.job IS 'one vocabulary for both sources; the source''s word where that is in none';
COMMENT ON COLUMN production.credits.character_kobis IS 'no longer written; see character_ko';

ALTER TABLE production.title_companies
    ADD COLUMN position        int,
    ADD COLUMN sources         text[],
    ADD COLUMN editions        text[],
    ADD COLUMN tmdb_company_id uuid REFERENCES production.companies ON DELETE SET NULL;
CREATE INDEX title_companies_tmdb ON production.title_companies (tmdb_company_id) WHERE tmdb_company_id IS NOT NULL;

ALTER TABLE production.genres
    ALTER COLUMN source DROP NOT NULL,
    ADD COLUMN tmdb_id int;
ALTER TABLE production.title_genres
    ADD COLUMN position int,
    ADD COLUMN sources  text[];

ALTER TABLE production.box_office
    ADD COLUMN title       text,
    ADD COLUMN is_new      boolean,
    ADD COLUMN rank_change int;

-- Which rules production was last derived by: a program with newer ones marks all.
CREATE TABLE ops.rules (
    name       text        PRIMARY KEY,
    version    int         NOT NULL,
    applied_at timestamptz NOT NULL
);
COMMENT ON TABLE ops.rules IS 'the version of the rules for which all titles have been marked';
GRANT SELECT, INSERT, UPDATE ON ops.rules TO loader;
GRANT SELECT ON ops.rules TO planner;

-- +goose Down
DROP TABLE ops.rules;
ALTER TABLE production.box_office DROP COLUMN rank_change, DROP COLUMN is_new, DROP COLUMN title;
ALTER TABLE production.title_genres DROP COLUMN sources, DROP COLUMN position;
DELETE FROM production.title_genres WHERE genre_id IN (SELECT id FROM production.genres WHERE source IS NULL);
DELETE FROM production.genres WHERE source IS NULL;
ALTER TABLE production.genres DROP COLUMN tmdb_id, ALTER COLUMN source SET NOT NULL;
ALTER TABLE production.title_companies
    DROP COLUMN tmdb_company_id, DROP COLUMN editions, DROP COLUMN sources, DROP COLUMN position;
ALTER TABLE production.credits
    DROP COLUMN billing_tmdb, DROP COLUMN remarks, DROP COLUMN character_en, DROP COLUMN character_ko, DROP COLUMN namesake,
    DROP COLUMN name_sent, DROP COLUMN name_sort, DROP COLUMN name_display, DROP COLUMN name_original;
ALTER TABLE production.people DROP COLUMN name_sort, DROP COLUMN name_display, DROP COLUMN name_original;
ALTER TABLE production.editions DROP COLUMN adult, DROP COLUMN status_code, DROP COLUMN grade_code;
ALTER TABLE production.titles
    DROP COLUMN contradictions, DROP COLUMN adult, DROP COLUMN status_code, DROP COLUMN grade_code, DROP COLUMN title_en_display;
