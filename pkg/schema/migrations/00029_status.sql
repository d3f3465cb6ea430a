-- +goose Up
-- What the planner sees, for those who ask, and since when a call has been due.

ALTER TABLE ops.due ADD COLUMN since timestamptz NOT NULL DEFAULT now();
COMMENT ON COLUMN ops.due.since IS 'when its stage first wanted it; with due_at and not_before it says for how long it has been due';

CREATE TABLE ops.status (
    one  boolean     PRIMARY KEY DEFAULT true CHECK (one),
    at   timestamptz NOT NULL,
    body jsonb       NOT NULL
);
COMMENT ON TABLE ops.status IS 'what the leading planner saw last: one row, written when it changes, and every ten seconds at rest';
COMMENT ON COLUMN ops.status.body IS 'as `planner status --json` prints it';

CREATE TABLE ops.history (
    at          timestamptz NOT NULL,
    source      text        NOT NULL,
    budget      bigint,
    outstanding int         NOT NULL,
    due         int         NOT NULL,
    backlog     bigint      NOT NULL,
    done_at     timestamptz,
    reason      text        NOT NULL,
    PRIMARY KEY (at, source)
);
COMMENT ON TABLE ops.history IS 'one row for each source and ten minutes, for 90 days';
COMMENT ON COLUMN ops.history.budget IS 'calls left on the day; NULL without a daily limit';
COMMENT ON COLUMN ops.history.done_at IS 'when what was due then would have been called; NULL: never, or nothing was';
COMMENT ON COLUMN ops.history.reason IS 'the code of why, as in ops.status';

GRANT SELECT, INSERT, UPDATE, DELETE ON ops.status, ops.history TO planner;

-- +goose Down
DROP TABLE ops.history, ops.status;
ALTER TABLE ops.due DROP COLUMN since;
