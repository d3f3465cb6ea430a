-- +goose Up
-- What a source told once and then leaves empty may be a fault of the moment: it is
-- kept, asked for again an hour, a day and a week later, and given up only when it is
-- empty still.

ALTER TABLE staging.kept_fields ADD COLUMN ask_again_at timestamptz;
COMMENT ON COLUMN staging.kept_fields.ask_again_at IS 'of an emptied field: when its answer is asked for again; a week after the first empty answer it is believed';
COMMENT ON COLUMN staging.kept_fields.why IS 'what the newest answer has in its place: unreadable, missing, repaired, or emptied, which is nothing where an answer less than a week older has something';

COMMENT ON COLUMN staging.kobis_box_office_days.since IS 'where the newest answer has a row without a code that is one, or less than half of the films that another has: when the newest that is whole was fetched, -infinity for never; rows of answers since then stand. Else NULL, and those of the newest answer stand alone';

-- A list of changes without any is asked for again an hour and a day later.
ALTER TABLE ops.change_pages ADD COLUMN empty_since timestamptz, ADD COLUMN ask_again_at timestamptz;
COMMENT ON COLUMN ops.change_pages.empty_since IS 'of a first page without changes that is not believed yet: when it first came';
COMMENT ON COLUMN ops.change_pages.ask_again_at IS 'when such a page is asked for again; NULL for a page that is read';

-- +goose Down
ALTER TABLE ops.change_pages DROP COLUMN ask_again_at, DROP COLUMN empty_since;
ALTER TABLE staging.kept_fields DROP COLUMN ask_again_at;
