-- +goose Up
-- An answer that empties what another told is doubted from the time at which it came
-- in the place of that: two answers that take turns begin a new doubt each time.

COMMENT ON COLUMN raw.payloads.told_at IS 'when it was given, each time, ascending: of a not-found answer; and of one of an entity that came more than once, the first 30 times since another answer to the same question';

-- A day's box office is of the past: nobody asks for it again.
UPDATE staging.kept_fields SET ask_again_at = NULL WHERE kind = 'daily-box-office' AND ask_again_at IS NOT NULL;
COMMENT ON COLUMN staging.kept_fields.ask_again_at IS 'of an emptied field: when its answer is asked for again; a week after the first empty answer it is believed. NULL for a day''s box office, which nobody asks for again';

-- +goose Down
COMMENT ON COLUMN staging.kept_fields.ask_again_at IS 'of an emptied field: when its answer is asked for again; a week after the first empty answer it is believed';
COMMENT ON COLUMN raw.payloads.told_at IS 'of a not-found answer: when it was given, each time, ascending';
