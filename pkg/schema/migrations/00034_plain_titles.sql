-- +goose Up
-- Films of KOBIS whose titles differ by the name of an edition are one work, whether or not
-- TMDB has it. What titles are without that name is kept here, to find the others by.

SET LOCAL lock_timeout = '15s'; -- what can't be had soon ends the migration, which is run again, and nobody waits meanwhile

CREATE TABLE ops.plain_titles (
    movie_cd text    PRIMARY KEY,
    plain    text    COLLATE "C" NOT NULL,
    edition  boolean NOT NULL
);
COMMENT ON TABLE ops.plain_titles IS 'the loader''s: every film''s title without the name of an edition, in letters and digits alone';
COMMENT ON COLUMN ops.plain_titles.edition IS 'the title names an edition';
CREATE INDEX plain_titles_plain ON ops.plain_titles (plain);
CREATE INDEX plain_titles_editions ON ops.plain_titles (plain) WHERE edition;

-- Whoever derives a film locks its plain title here, and the one that it had: which films
-- of a title are one work is decided by one at a time.
CREATE TABLE ops.plain_works (
    plain text COLLATE "C" PRIMARY KEY
);
COMMENT ON TABLE ops.plain_works IS 'locks of the loader: one row per title without the name of an edition that any film ever had';
GRANT SELECT, INSERT, UPDATE, DELETE ON ops.plain_titles TO loader;
GRANT SELECT, INSERT, UPDATE ON ops.plain_works TO loader;

ALTER TABLE production.editions
    ADD COLUMN joined_by    text CHECK (joined_by IN ('tmdb', 'title')),
    ADD COLUMN joined_facts text[];
COMMENT ON COLUMN production.editions.joined_by IS 'of a work of several editions: tmdb where the film''s match makes it one of them, title where KOBIS''s own facts do';
COMMENT ON COLUMN production.editions.joined_facts IS 'of title: what shows it, a line for each other edition';

-- A person may say that a film is nobody's edition: the verdict alone, on the number -1.
-- A program of before takes it for a ban on that number, which no record has.
ALTER TABLE curation.verdicts
    DROP CONSTRAINT verdicts_verdict_check,
    ADD CONSTRAINT verdicts_verdict_check CHECK (verdict IN ('pin', 'ban', 'none', 'alone')),
    ADD CONSTRAINT verdicts_alone_is_minus_one CHECK ((verdict = 'alone') = (tmdb_id = -1)) NOT VALID;
ALTER TABLE curation.decisions
    DROP CONSTRAINT decisions_decision_check,
    ADD CONSTRAINT decisions_decision_check CHECK (decision IN ('pin', 'ban', 'none', 'alone', 'unpin'));

-- +goose Down
DELETE FROM curation.verdicts WHERE verdict = 'alone';
DELETE FROM curation.decisions WHERE decision = 'alone' OR tmdb_id = -1;
ALTER TABLE curation.decisions
    DROP CONSTRAINT decisions_decision_check,
    ADD CONSTRAINT decisions_decision_check CHECK (decision IN ('pin', 'ban', 'none', 'unpin'));
ALTER TABLE curation.verdicts
    DROP CONSTRAINT verdicts_alone_is_minus_one,
    DROP CONSTRAINT verdicts_verdict_check,
    ADD CONSTRAINT verdicts_verdict_check CHECK (verdict IN ('pin', 'ban', 'none'));
ALTER TABLE production.editions DROP COLUMN joined_facts, DROP COLUMN joined_by;
DROP TABLE ops.plain_works, ops.plain_titles;
