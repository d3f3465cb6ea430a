-- +goose Up
-- A program that derives says by which rules, in the setting cledit.rules of its
-- transaction. One that says nothing is older than these rules, as after a way back: the
-- next program that has them derives all titles again.

SET LOCAL lock_timeout = '15s'; -- what can't be had soon ends the migration, which is run again, and nobody waits meanwhile
LOCK TABLE raw.floors, ops.stale_titles IN ACCESS EXCLUSIVE MODE; -- what lands and derives begins with these

-- +goose StatementBegin
CREATE FUNCTION ops.note_rules() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$
BEGIN
    IF coalesce(current_setting('cledit.rules', true), '') = '' THEN
        UPDATE ops.rules SET version = 0 WHERE name = 'titles' AND version <> 0;
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

CREATE TRIGGER titles_rules AFTER INSERT OR UPDATE ON production.titles
    FOR EACH STATEMENT EXECUTE FUNCTION ops.note_rules();
CREATE TRIGGER credits_rules AFTER INSERT OR UPDATE ON production.credits
    FOR EACH STATEMENT EXECUTE FUNCTION ops.note_rules();
CREATE TRIGGER title_companies_rules AFTER INSERT OR UPDATE ON production.title_companies
    FOR EACH STATEMENT EXECUTE FUNCTION ops.note_rules();
CREATE TRIGGER title_genres_rules AFTER INSERT OR UPDATE ON production.title_genres
    FOR EACH STATEMENT EXECUTE FUNCTION ops.note_rules();
CREATE TRIGGER box_office_rules AFTER INSERT OR UPDATE ON production.box_office
    FOR EACH STATEMENT EXECUTE FUNCTION ops.note_rules();

-- +goose Down
DROP TRIGGER box_office_rules ON production.box_office;
DROP TRIGGER title_genres_rules ON production.title_genres;
DROP TRIGGER title_companies_rules ON production.title_companies;
DROP TRIGGER credits_rules ON production.credits;
DROP TRIGGER titles_rules ON production.titles;
DROP FUNCTION ops.note_rules();
