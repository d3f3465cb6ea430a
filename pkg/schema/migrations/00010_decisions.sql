-- +goose Up
-- What people decided, and took back, over time. curation.verdicts says what holds
-- now; a row that is gone there is still explained here.

CREATE TABLE curation.decisions (
    id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    movie_cd   text        NOT NULL,
    tmdb_id    int         NOT NULL,
    decision   text        NOT NULL CHECK (decision IN ('pin', 'ban', 'unpin')),
    decided_by text        NOT NULL,
    why        text        NOT NULL,
    decided_at timestamptz NOT NULL
);
COMMENT ON TABLE curation.decisions IS 'every verdict that was made or taken back; rows are added by a trigger and never changed';
CREATE INDEX decisions_movie ON curation.decisions (movie_cd);

-- Who takes a verdict back stands in no row: the settings cledit.by and cledit.why
-- of the transaction say it, or the session's user.

-- +goose StatementBegin
CREATE FUNCTION curation.note_decision() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$
BEGIN
    IF TG_OP <> 'INSERT' AND (TG_OP = 'DELETE' OR (OLD.movie_cd, OLD.tmdb_id) <> (NEW.movie_cd, NEW.tmdb_id)) THEN
        INSERT INTO curation.decisions (movie_cd, tmdb_id, decision, decided_by, why, decided_at)
        VALUES (OLD.movie_cd, OLD.tmdb_id, 'unpin', coalesce(nullif(current_setting('cledit.by', true), ''), session_user),
            coalesce(current_setting('cledit.why', true), ''), now());
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO curation.decisions (movie_cd, tmdb_id, decision, decided_by, why, decided_at)
        VALUES (NEW.movie_cd, NEW.tmdb_id, NEW.verdict, NEW.decided_by, NEW.why, NEW.decided_at);
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

CREATE TRIGGER verdicts_note AFTER INSERT OR UPDATE OR DELETE ON curation.verdicts
    FOR EACH ROW EXECUTE FUNCTION curation.note_decision();

INSERT INTO curation.decisions (movie_cd, tmdb_id, decision, decided_by, why, decided_at)
SELECT movie_cd, tmdb_id, verdict, decided_by, why, decided_at FROM curation.verdicts ORDER BY decided_at;

GRANT SELECT ON curation.decisions TO loader, planner, curator;
-- What is marked is about to change: whoever explains a title says so.
GRANT USAGE ON SCHEMA ops TO curator;
GRANT SELECT ON ops.stale_titles TO curator;

-- +goose Down
DROP TRIGGER verdicts_note ON curation.verdicts;
DROP FUNCTION curation.note_decision();
DROP TABLE curation.decisions;
REVOKE SELECT ON ops.stale_titles FROM curator;
REVOKE USAGE ON SCHEMA ops FROM curator;
