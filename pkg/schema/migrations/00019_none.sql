-- +goose Up
-- A person may say that TMDB has no record of a film: the verdict none, on the
-- number 0. A film has one answer: a pin or none.

ALTER TABLE curation.verdicts
    DROP CONSTRAINT verdicts_verdict_check,
    ADD CONSTRAINT verdicts_verdict_check CHECK (verdict IN ('pin', 'ban', 'none')),
    ADD CONSTRAINT verdicts_none_is_zero CHECK ((verdict = 'none') = (tmdb_id = 0)) NOT VALID,
    ADD COLUMN shown int[];
COMMENT ON COLUMN curation.verdicts.shown IS 'of none: the candidates that were there when it was decided; another one is for a person to look at';
CREATE UNIQUE INDEX verdicts_one_answer ON curation.verdicts (movie_cd) WHERE verdict IN ('pin', 'none');
DROP INDEX curation.verdicts_one_pin;

ALTER TABLE curation.decisions
    DROP CONSTRAINT decisions_decision_check,
    ADD CONSTRAINT decisions_decision_check CHECK (decision IN ('pin', 'ban', 'none', 'unpin'));

-- Whoever writes the verdict, by command or by SQL, has seen what is there. A row
-- that is restored brings what was seen then. The function runs with its owner's
-- rights, as mark_title does.

-- +goose StatementBegin
CREATE FUNCTION curation.note_shown() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$
BEGIN
    IF NEW.verdict <> 'none' THEN
        NEW.shown := NULL;
    ELSIF TG_OP = 'UPDATE' OR NEW.shown IS NULL THEN
        SELECT coalesce(array_agg(id ORDER BY id), '{}') INTO NEW.shown
        FROM (
            SELECT (c ->> 'tmdb_id')::int AS id
            FROM staging.tmdb_searches AS s, jsonb_array_elements(s.candidates) AS c
            WHERE s.movie_cd = NEW.movie_cd
            UNION
            SELECT (c ->> 'tmdb_id')::int
            FROM production.matches AS m, jsonb_path_query(m.evidence, '$.candidates[*]') AS c
            WHERE m.movie_cd = NEW.movie_cd
        ) AS seen;
    END IF;
    RETURN NEW;
END
$$;
-- +goose StatementEnd

CREATE TRIGGER verdicts_shown BEFORE INSERT OR UPDATE ON curation.verdicts
    FOR EACH ROW EXECUTE FUNCTION curation.note_shown();

-- +goose Down
DELETE FROM curation.verdicts WHERE verdict = 'none';
DELETE FROM curation.decisions WHERE decision = 'none' OR tmdb_id = 0;
DROP TRIGGER verdicts_shown ON curation.verdicts;
DROP FUNCTION curation.note_shown();
ALTER TABLE curation.decisions
    DROP CONSTRAINT decisions_decision_check,
    ADD CONSTRAINT decisions_decision_check CHECK (decision IN ('pin', 'ban', 'unpin'));
CREATE UNIQUE INDEX verdicts_one_pin ON curation.verdicts (movie_cd) WHERE verdict = 'pin';
DROP INDEX curation.verdicts_one_answer;
ALTER TABLE curation.verdicts
    DROP COLUMN shown,
    DROP CONSTRAINT verdicts_none_is_zero,
    DROP CONSTRAINT verdicts_verdict_check,
    ADD CONSTRAINT verdicts_verdict_check CHECK (verdict IN ('pin', 'ban'));
