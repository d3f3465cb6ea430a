-- +goose Up
-- Ids that lead to a person: of whom two sources know, one has the row and the other an
-- id that leads to it.

SET LOCAL lock_timeout = '15s'; -- what can't be had soon ends the migration, which is run again, and nobody waits meanwhile

CREATE TABLE production.person_aliases (
    id        uuid PRIMARY KEY,
    person_id uuid NOT NULL REFERENCES production.people ON DELETE CASCADE,
    reason    text NOT NULL
);
COMMENT ON TABLE production.person_aliases IS 'ids that people of a source have or had by themselves, and whose row tells of them now';
COMMENT ON COLUMN production.person_aliases.reason IS 'link: somebody of TMDB is this person of KOBIS';
CREATE INDEX person_aliases_person ON production.person_aliases (person_id);
GRANT SELECT, INSERT, UPDATE, DELETE ON production.person_aliases TO loader;
GRANT SELECT ON production.person_aliases TO planner, curator, reader;

-- +goose Down
DROP TABLE production.person_aliases;
