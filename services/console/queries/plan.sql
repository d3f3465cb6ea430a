-- name: DailyCalls :many
SELECT day, stage, planned::bigint AS planned FROM ops.daily_calls WHERE day >= @since::date ORDER BY day, stage;

-- name: History :many
SELECT at, source, budget, outstanding, due::int AS due, backlog, done_at, reason
FROM ops.history
WHERE at >= @since
ORDER BY source, at;

-- name: Windows :many
SELECT scope, phase, total, known, evidence, completed_at, due_at FROM ops.windows ORDER BY scope;

-- name: Runs :many
SELECT run_id, reason, started_at, ended_at, planned::bigint AS planned, answered, failed
FROM ops.runs
WHERE (@prefix::text = '' OR starts_with(run_id, @prefix::text))
ORDER BY started_at DESC
LIMIT 200;

-- name: BoxOfficeDays :many
SELECT date, row_count, fetched_at FROM staging.kobis_box_office_days WHERE date >= @since::date ORDER BY date DESC;
