-- +goose Up
-- How often a digest was sent, so that a command that is started again sends none
-- a third time.

CREATE TABLE ops.digests (
    day     date NOT NULL,
    seconds int  NOT NULL,
    posts   int  NOT NULL,
    PRIMARY KEY (day, seconds)
);
COMMENT ON TABLE ops.digests IS 'how often `planner report` has sent the digest of a day to the webhook, for 30 days';
COMMENT ON COLUMN ops.digests.day IS 'in Seoul';
COMMENT ON COLUMN ops.digests.seconds IS 'how far back it goes';
COMMENT ON COLUMN ops.digests.posts IS 'how often it may have arrived';

GRANT SELECT, INSERT, UPDATE, DELETE ON ops.digests TO planner;

-- +goose Down
DROP TABLE ops.digests;
