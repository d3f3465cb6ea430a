-- +goose Up
-- What the loader finds odd in answers that it could load all the same.

CREATE TABLE raw.field_notes (
    raw_id  bigint NOT NULL,
    field   text   NOT NULL,
    problem text   NOT NULL,
    times   int    NOT NULL CHECK (times > 0),
    PRIMARY KEY (raw_id, field, problem)
);
COMMENT ON TABLE raw.field_notes IS 'fields of a payload that could not be read and are null in staging, as the loader saw it last';
COMMENT ON COLUMN raw.field_notes.raw_id IS 'the payload, raw.payloads.id';
COMMENT ON COLUMN raw.field_notes.field IS 'the source''s own name for the field';
COMMENT ON COLUMN raw.field_notes.times IS 'places within the payload';

CREATE TABLE ops.drift (
    source        text        NOT NULL,
    kind          text        NOT NULL,
    path          text        NOT NULL,
    what          text        NOT NULL,
    raw_id        bigint      NOT NULL,
    payloads      bigint      NOT NULL,
    noticed_at    timestamptz NOT NULL,
    last_seen_at  timestamptz NOT NULL,
    PRIMARY KEY (source, kind, path, what)
);
COMMENT ON TABLE ops.drift IS 'where answers do not look as those of their kind did so far, once for each place; a row that is deleted is noticed again';
COMMENT ON COLUMN ops.drift.path IS 'names of fields joined by dots, without the indexes of arrays';
COMMENT ON COLUMN ops.drift.what IS 'new field, missing field, or the type that the field has now';
COMMENT ON COLUMN ops.drift.raw_id IS 'the payload in which it was noticed, raw.payloads.id';
COMMENT ON COLUMN ops.drift.payloads IS 'payloads that show it, at least; a replay counts none again';
COMMENT ON COLUMN ops.drift.noticed_at IS 'when the loader noticed it';
COMMENT ON COLUMN ops.drift.last_seen_at IS 'when the newest payload that shows it was fetched';

GRANT SELECT, INSERT, UPDATE, DELETE ON raw.field_notes, ops.drift TO loader;
GRANT SELECT ON raw.field_notes, ops.drift TO planner;

-- +goose Down
DROP TABLE ops.drift, raw.field_notes;
