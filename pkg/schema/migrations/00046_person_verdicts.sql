-- +goose Up
-- What people decide about people: who a credit is or is not, which codes are one human
-- being, which are not, and who wishes not to be seen.

SET LOCAL lock_timeout = '15s'; -- what can't be had soon ends the migration, which is run again, and nobody waits meanwhile

CREATE TABLE curation.person_verdicts (
    id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    verdict    text        NOT NULL,
    person     text        NOT NULL,
    other      text,
    movie_cd   text,
    name       text,
    part       text,
    character  text,
    decided_by text        NOT NULL,
    why        text        NOT NULL,
    decided_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT person_verdicts_verdict_check CHECK (verdict IN ('pin', 'ban', 'merge', 'split', 'hide')),
    CONSTRAINT person_verdicts_person_check CHECK (person ~ '^(kobis:person:[0-9A-Z]+|tmdb:person:[1-9][0-9]*)$'),
    CONSTRAINT person_verdicts_other_check CHECK (other ~ '^(kobis:person:[0-9A-Z]+|tmdb:person:[1-9][0-9]*)$' AND other <> person),
    CONSTRAINT person_verdicts_of_two CHECK ((verdict IN ('merge', 'split')) = (other IS NOT NULL)),
    CONSTRAINT person_verdicts_of_a_credit CHECK (
        num_nonnulls(movie_cd, name, part, character) = CASE WHEN verdict IN ('pin', 'ban') THEN 4 ELSE 0 END),
    CONSTRAINT person_verdicts_of_kobis CHECK (
        verdict NOT IN ('pin', 'ban', 'merge') OR starts_with(person, 'kobis:') AND (other IS NULL OR starts_with(other, 'kobis:')))
);
COMMENT ON TABLE curation.person_verdicts IS 'what people decided about people and holds now';
COMMENT ON COLUMN curation.person_verdicts.person IS 'kobis:person:<peopleCd>, or tmdb:person:<id> of split and hide; of merge: who the other is';
COMMENT ON COLUMN curation.person_verdicts.other IS 'of merge and split';
COMMENT ON COLUMN curation.person_verdicts.name IS 'of pin and ban: as the film''s detail credits it';
COMMENT ON COLUMN curation.person_verdicts.part IS 'of pin and ban: 감독, 배우, or KOBIS'' word for the work';
COMMENT ON COLUMN curation.person_verdicts.character IS 'of pin and ban: the character, where the film credits the name for the part twice; empty for all';
-- A credit is one person, and a code is one other's.
CREATE UNIQUE INDEX person_verdicts_one_pin ON curation.person_verdicts (movie_cd, name, part, character) WHERE verdict = 'pin';
CREATE UNIQUE INDEX person_verdicts_one_ban ON curation.person_verdicts (movie_cd, name, part, character, person) WHERE verdict = 'ban';
CREATE UNIQUE INDEX person_verdicts_one_merge ON curation.person_verdicts (other) WHERE verdict = 'merge';
CREATE UNIQUE INDEX person_verdicts_one_split ON curation.person_verdicts (least(person, other), greatest(person, other)) WHERE verdict = 'split';
CREATE UNIQUE INDEX person_verdicts_one_hide ON curation.person_verdicts (person) WHERE verdict = 'hide';
CREATE INDEX person_verdicts_person ON curation.person_verdicts (person);
CREATE INDEX person_verdicts_other ON curation.person_verdicts (other) WHERE other IS NOT NULL;

CREATE TABLE curation.person_decisions (
    id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    verdict_id bigint      NOT NULL,
    decision   text        NOT NULL CHECK (decision IN ('pin', 'ban', 'merge', 'split', 'hide', 'undo')),
    person     text        NOT NULL,
    other      text,
    movie_cd   text,
    name       text,
    part       text,
    character  text,
    decided_by text        NOT NULL,
    why        text        NOT NULL,
    decided_at timestamptz NOT NULL
);
COMMENT ON TABLE curation.person_decisions IS 'every verdict about people that was made or taken back; rows are added by a trigger and never changed';
CREATE INDEX person_decisions_person ON curation.person_decisions (person);
CREATE INDEX person_decisions_other ON curation.person_decisions (other) WHERE other IS NOT NULL;

-- As note_decision and mark_title do for films. Those whom a verdict names are marked, and
-- the film of a credit.

-- +goose StatementBegin
CREATE FUNCTION curation.note_person_decision() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO curation.person_decisions (verdict_id, decision, person, other, movie_cd, name, part, character, decided_by, why, decided_at)
        VALUES (OLD.id, 'undo', OLD.person, OLD.other, OLD.movie_cd, OLD.name, OLD.part, OLD.character,
            coalesce(nullif(current_setting('cledit.by', true), ''), session_user), coalesce(current_setting('cledit.why', true), ''), now());
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO curation.person_decisions (verdict_id, decision, person, other, movie_cd, name, part, character, decided_by, why, decided_at)
        VALUES (NEW.id, NEW.verdict, NEW.person, NEW.other, NEW.movie_cd, NEW.name, NEW.part, NEW.character, NEW.decided_by, NEW.why, NEW.decided_at);
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION curation.mark_person() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$
DECLARE
    keys text[];
BEGIN
    IF TG_OP <> 'INSERT' THEN
        keys := keys || CASE WHEN OLD.movie_cd IS NULL THEN ARRAY[OLD.person, OLD.other] ELSE ARRAY['kobis:movie:' || OLD.movie_cd] END;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        keys := keys || CASE WHEN NEW.movie_cd IS NULL THEN ARRAY[NEW.person, NEW.other] ELSE ARRAY['kobis:movie:' || NEW.movie_cd] END;
    END IF;
    INSERT INTO ops.stale_titles (key)
    SELECT DISTINCT k.key COLLATE "C" FROM unnest(keys) AS k (key) WHERE k.key IS NOT NULL ORDER BY 1
    ON CONFLICT (key) DO UPDATE SET marked_at = excluded.marked_at, blocked_until = NULL, problem = NULL;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

CREATE TRIGGER person_verdicts_note AFTER INSERT OR UPDATE OR DELETE ON curation.person_verdicts
    FOR EACH ROW EXECUTE FUNCTION curation.note_person_decision();
CREATE TRIGGER person_verdicts_mark AFTER INSERT OR UPDATE OR DELETE ON curation.person_verdicts
    FOR EACH ROW EXECUTE FUNCTION curation.mark_person();

-- Everybody who is one with any of these by verdicts, each with who they all are. A circle,
-- which the command refuses, is followed a hundred times.
-- +goose StatementBegin
CREATE FUNCTION curation.merged(keys text[]) RETURNS TABLE (key text, person text)
LANGUAGE sql STABLE
AS $$
    WITH RECURSIVE up AS (
        SELECT DISTINCT k.key, k.key AS at, 0 AS steps FROM unnest(keys) AS k (key)
        UNION ALL
        SELECT u.key, v.person, u.steps + 1
        FROM up AS u
        JOIN curation.person_verdicts AS v ON v.verdict = 'merge' AND v.other = u.at
        WHERE u.steps < 100
    ), root AS (
        SELECT DISTINCT ON (u.key) u.at AS person FROM up AS u ORDER BY u.key, u.steps DESC
    ), down AS (
        SELECT r.person AS key, r.person FROM root AS r
        UNION
        SELECT v.other, d.person
        FROM down AS d
        JOIN curation.person_verdicts AS v ON v.verdict = 'merge' AND v.person = d.key
    )
    SELECT d.key, d.person FROM down AS d;
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION curation.merged(text[]) IS 'everybody who is one with any of these by verdicts, and who they all are';

GRANT SELECT ON curation.person_verdicts TO loader, planner;
GRANT SELECT, INSERT, UPDATE, DELETE ON curation.person_verdicts TO curator;
GRANT SELECT ON curation.person_decisions TO loader, planner, curator;

-- +goose Down
DROP FUNCTION curation.merged(text[]);
DROP TABLE curation.person_verdicts, curation.person_decisions;
DROP FUNCTION curation.note_person_decision();
DROP FUNCTION curation.mark_person();
