-- +goose Up
-- A human verdict marks its film, so that the loader derives it again. The
-- function runs with its owner's rights: a curator may not write ops.

-- +goose StatementBegin
CREATE FUNCTION curation.mark_title() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO ops.stale_titles (key) VALUES ('kobis:movie:' || OLD.movie_cd)
        ON CONFLICT (key) DO UPDATE SET marked_at = excluded.marked_at, blocked_until = NULL, problem = NULL;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO ops.stale_titles (key) VALUES ('kobis:movie:' || NEW.movie_cd)
        ON CONFLICT (key) DO UPDATE SET marked_at = excluded.marked_at, blocked_until = NULL, problem = NULL;
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

CREATE TRIGGER verdicts_mark AFTER INSERT OR UPDATE OR DELETE ON curation.verdicts
    FOR EACH ROW EXECUTE FUNCTION curation.mark_title();

-- +goose Down
DROP TRIGGER verdicts_mark ON curation.verdicts;
DROP FUNCTION curation.mark_title();
