-- +goose Up
-- The matches in review by their age, for a gauge: few of many.

SET LOCAL lock_timeout = '15s'; -- what can't be had soon ends the migration, which is run again, and nobody waits meanwhile

CREATE INDEX matches_review ON production.matches (decided_at) WHERE status = 'review';

-- +goose Down
DROP INDEX production.matches_review;
