-- +goose Up
-- The planner asks for the people of TMDB whom titles credit.

SET LOCAL lock_timeout = '15s'; -- what can't be had soon ends the migration, which is run again, and nobody waits meanwhile

-- +goose StatementBegin
CREATE FUNCTION ops.mark_tmdb_person() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$
BEGIN
    INSERT INTO ops.plan_marks (entity) SELECT DISTINCT 'tmdb:person:' || tmdb_id FROM changed;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER plan_insert AFTER INSERT ON staging.tmdb_persons REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION ops.mark_tmdb_person();
CREATE TRIGGER plan_update AFTER UPDATE ON staging.tmdb_persons REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION ops.mark_tmdb_person();
CREATE TRIGGER plan_delete AFTER DELETE ON staging.tmdb_persons REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION ops.mark_tmdb_person();

-- Whom a title comes to credit and nobody asked for yet, and whom one credits no longer.
-- +goose StatementBegin
CREATE FUNCTION ops.mark_credited() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$
BEGIN
    INSERT INTO ops.plan_marks (entity)
    SELECT DISTINCT 'tmdb:person:' || p.tmdb_id
    FROM changed AS c
    JOIN production.people AS p ON p.id = c.person_id
    WHERE (c.source = 'tmdb' OR c.merged_by IS NOT NULL) AND p.tmdb_id IS NOT NULL
        AND (TG_OP = 'DELETE') = EXISTS (SELECT FROM ops.due AS d WHERE d.owner = 'tmdb:person:' || p.tmdb_id);
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER plan_insert AFTER INSERT ON production.credits REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION ops.mark_credited();
CREATE TRIGGER plan_update AFTER UPDATE ON production.credits REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION ops.mark_credited();
CREATE TRIGGER plan_delete AFTER DELETE ON production.credits REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION ops.mark_credited();

INSERT INTO ops.plan_marks (entity) SELECT 'tmdb:person:' || tmdb_id FROM production.people WHERE tmdb_id IS NOT NULL;

COMMENT ON COLUMN ops.plan_marks.entity IS 'kobis:movie:<movieCd>, tmdb:movie:<id>, tmdb:series:<id>, tmdb:person:<id>, or * for everything';

-- +goose Down
DROP TRIGGER plan_delete ON production.credits;
DROP TRIGGER plan_update ON production.credits;
DROP TRIGGER plan_insert ON production.credits;
DROP TRIGGER plan_delete ON staging.tmdb_persons;
DROP TRIGGER plan_update ON staging.tmdb_persons;
DROP TRIGGER plan_insert ON staging.tmdb_persons;
DROP FUNCTION ops.mark_credited(), ops.mark_tmdb_person();
COMMENT ON COLUMN ops.plan_marks.entity IS 'kobis:movie:<movieCd>, tmdb:movie:<id>, tmdb:series:<id>, or * for everything';
