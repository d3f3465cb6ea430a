-- +goose Up
-- People of KOBIS in production: whom it lists, which of them a credit is, and why a credit
-- is nobody's.

SET LOCAL lock_timeout = '15s'; -- what can't be had soon ends the migration, which is run again, and nobody waits meanwhile

ALTER TABLE production.people
    ADD COLUMN kobis_people_cd text,
    ADD COLUMN department      text,
    ADD CONSTRAINT people_kobis_people_cd_key UNIQUE (kobis_people_cd);
COMMENT ON TABLE production.people IS 'people whom a source identifies; a name that nobody is identified by stands in credits alone';
COMMENT ON COLUMN production.people.department IS 'of whom KOBIS lists: the part of most credits, in its words';

ALTER TABLE production.credits ADD COLUMN kobis_people_cd text;
COMMENT ON COLUMN production.credits.kobis_people_cd IS 'which person of KOBIS the credit is, also where person_id is TMDB''s';
CREATE INDEX credits_kobis_people ON production.credits (kobis_people_cd) WHERE kobis_people_cd IS NOT NULL;

CREATE TABLE production.person_matches (
    movie_cd     text        NOT NULL,
    name         text        NOT NULL,
    name_en      text        NOT NULL,
    part         text        NOT NULL,
    status       text        NOT NULL CHECK (status IN ('accepted', 'review', 'none')),
    people_cd    text,
    reason       text        NOT NULL,
    candidates   text[]      NOT NULL,
    ask          text[]      NOT NULL,
    rule_version int         NOT NULL,
    decided_at   timestamptz NOT NULL,
    PRIMARY KEY (movie_cd, name, name_en, part)
);
COMMENT ON TABLE production.person_matches IS 'credits that KOBIS'' list alone does not decide: which person they are, or why none. A credit that the list decides, or of a name that it does not have with the film, has no row';
COMMENT ON COLUMN production.person_matches.part IS '감독, 배우, or KOBIS'' word for the work';
COMMENT ON COLUMN production.person_matches.candidates IS 'codes of the people who may be meant';
COMMENT ON COLUMN production.person_matches.ask IS 'those of them whose filmography would decide and is not known';
CREATE INDEX person_matches_candidates ON production.person_matches USING gin (candidates);
CREATE INDEX person_matches_review ON production.person_matches (movie_cd) WHERE status = 'review';

-- Whose filmography has a film.
CREATE INDEX kobis_people_details_films ON staging.kobis_people_details USING gin (filmography jsonb_path_ops);

GRANT SELECT, INSERT, UPDATE, DELETE ON production.person_matches TO loader;
GRANT SELECT ON production.person_matches TO planner, curator, reader;

-- A film asks for filmographies, and is looked at when one of them is there.
CREATE TRIGGER plan_insert AFTER INSERT ON production.person_matches REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION ops.mark_film();
CREATE TRIGGER plan_update AFTER UPDATE ON production.person_matches REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION ops.mark_film();
CREATE TRIGGER plan_delete AFTER DELETE ON production.person_matches REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION ops.mark_film();

-- +goose StatementBegin
CREATE FUNCTION ops.mark_films_that_ask() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$
BEGIN
    INSERT INTO ops.plan_marks (entity)
    SELECT DISTINCT 'kobis:movie:' || m.movie_cd FROM changed AS c
    JOIN production.person_matches AS m ON m.candidates @> ARRAY[c.people_cd] WHERE m.status = 'review';
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER plan_insert AFTER INSERT ON staging.kobis_people_details REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION ops.mark_films_that_ask();
CREATE TRIGGER plan_update AFTER UPDATE ON staging.kobis_people_details REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION ops.mark_films_that_ask();

-- +goose Down
DROP TRIGGER plan_update ON staging.kobis_people_details;
DROP TRIGGER plan_insert ON staging.kobis_people_details;
DROP FUNCTION ops.mark_films_that_ask();
DROP INDEX staging.kobis_people_details_films;
DROP TABLE production.person_matches;
ALTER TABLE production.credits DROP COLUMN kobis_people_cd;
UPDATE production.credits SET person_id = NULL WHERE person_id IN (SELECT id FROM production.people WHERE tmdb_id IS NULL);
DELETE FROM production.people WHERE tmdb_id IS NULL;
ALTER TABLE production.people DROP COLUMN department, DROP COLUMN kobis_people_cd;
COMMENT ON TABLE production.people IS 'people that a source identifies; a KOBIS name without a code is no identity and stands in credits alone';
