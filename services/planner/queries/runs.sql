-- name: OpenRuns :exec
INSERT INTO ops.runs (run_id, reason, started_at)
SELECT v.run_id, v.reason, @now::timestamptz
FROM (SELECT unnest(@run_ids::text[]) AS run_id, unnest(@reasons::text[]) AS reason) v
ON CONFLICT (run_id) DO UPDATE SET ended_at = NULL WHERE ops.runs.ended_at IS NOT NULL;

-- name: CountRuns :exec
UPDATE ops.runs r SET planned = r.planned + v.planned, answered = r.answered + v.answered, failed = r.failed + v.failed
FROM (SELECT unnest(@run_ids::text[]) AS run_id, unnest(@planned::bigint[]) AS planned,
             unnest(@answered::bigint[]) AS answered, unnest(@failed::bigint[]) AS failed) v
WHERE r.run_id = v.run_id;

-- name: EndRuns :exec
UPDATE ops.runs r SET ended_at = @now::timestamptz
WHERE r.ended_at IS NULL AND NOT (r.run_id = ANY(@current::text[]))
  AND NOT EXISTS (SELECT FROM ops.jobs j WHERE j.run_id = r.run_id);

-- name: ForgetRuns :exec
DELETE FROM ops.runs WHERE ended_at < @before::timestamptz;

-- name: CountDay :exec
INSERT INTO ops.daily_calls AS c (day, stage, planned)
SELECT @day::date, v.stage, v.planned
FROM (SELECT unnest(@stages::text[]) AS stage, unnest(@planned::bigint[]) AS planned) v
ON CONFLICT (day, stage) DO UPDATE SET planned = c.planned + excluded.planned;

-- name: DaysCalls :many
SELECT day, stage, planned FROM ops.daily_calls WHERE day >= @since::date;

-- name: ForgetDays :exec
DELETE FROM ops.daily_calls WHERE day < @before::date;

-- name: State :one
SELECT value FROM ops.planner_state WHERE key = @key;

-- name: SetState :exec
INSERT INTO ops.planner_state (key, value) VALUES (@key, @value)
ON CONFLICT (key) DO UPDATE SET value = excluded.value;

-- name: LockPlanning :exec
-- Held to the end of the transaction.
SELECT pg_advisory_xact_lock(@key);
