-- +goose Up
-- What a loader had in its hands when its process ended without a word.

CREATE TABLE ops.suspects (
    kind     text        NOT NULL CHECK (kind IN ('process', 'message', 'title')),
    key      text        NOT NULL CHECK (length(key) <= 1000),
    what     text        NOT NULL,
    alone    int         NOT NULL CHECK (alone >= 0),
    noted_at timestamptz NOT NULL,
    PRIMARY KEY (kind, key)
);
COMMENT ON TABLE ops.suspects IS 'what a loader is trying just now with care; a row that stays is of a process that ended in the middle of it';
COMMENT ON COLUMN ops.suspects.kind IS 'a loader''s process, a message of RAW, or a title whose mark is worked off';
COMMENT ON COLUMN ops.suspects.key IS 'the process, the message''s sequence and time in RAW, or the mark''s key';
COMMENT ON COLUMN ops.suspects.what IS 'the same for a person: where it runs, or the subject';
COMMENT ON COLUMN ops.suspects.alone IS 'tries one after the other in which it was the only thing that the process worked on, and in which the process ended; the one that is going on counts';
COMMENT ON COLUMN ops.suspects.noted_at IS 'when the last try began, by the loader''s clock';

GRANT SELECT, INSERT, UPDATE, DELETE ON ops.suspects TO loader;
GRANT SELECT ON ops.suspects TO planner;

-- +goose Down
DROP TABLE ops.suspects;
