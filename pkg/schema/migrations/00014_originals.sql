-- +goose Up
-- Text of an answer that is slightly damaged is repaired before it is stored; the
-- bytes as they came are kept beside it.

ALTER TABLE raw.payloads ADD COLUMN original bytea;
COMMENT ON TABLE raw.payloads IS 'API answers, one row per subject and different body; the current one has the latest last_fetched_at';
COMMENT ON COLUMN raw.payloads.body IS 'the answer as it came; where original is set, with its text repaired';
COMMENT ON COLUMN raw.payloads.original IS 'the bytes as they came, where text in them had to be repaired; else NULL';

-- +goose Down
COMMENT ON COLUMN raw.payloads.body IS NULL;
COMMENT ON TABLE raw.payloads IS 'API answers as they came, one row per subject and different body; the current one has the latest last_fetched_at';
ALTER TABLE raw.payloads DROP COLUMN original;
