-- name: Jobs :many
SELECT subject, source, stage, job_id, run_id, planned_at, gone_raw_seq FROM ops.jobs;

-- name: AnsweredJobs :many
-- A job that JOBS never confirmed (job_id 0) is recognised by no answer: it ends
-- as lost, and the facts say whether it is still wanted.
SELECT j.subject
FROM ops.jobs j
WHERE j.job_id <> 0
  AND EXISTS (SELECT FROM raw.payloads p
              WHERE p.subject = j.subject AND p.job_id = j.job_id AND p.run_id = j.run_id);

-- name: PlanJobs :exec
INSERT INTO ops.jobs (subject, source, stage, job_id, run_id, planned_at)
SELECT v.subject, v.source, v.stage, 0, v.run_id, @planned_at
FROM (SELECT unnest(@subjects::text[]) AS subject, unnest(@sources::text[]) AS source,
             unnest(@stages::text[]) AS stage, unnest(@run_ids::text[]) AS run_id) v
ON CONFLICT (subject) DO NOTHING;

-- name: ConfirmJobs :exec
-- JOBS has the job under this sequence, no matter who published it.
INSERT INTO ops.jobs AS j (subject, source, stage, job_id, run_id, planned_at)
SELECT v.subject, v.source, '', v.job_id, v.run_id, @planned_at
FROM (SELECT unnest(@subjects::text[]) AS subject, unnest(@sources::text[]) AS source,
             unnest(@job_ids::bigint[]) AS job_id, unnest(@run_ids::text[]) AS run_id) v
ON CONFLICT (subject) DO UPDATE SET job_id = excluded.job_id, run_id = excluded.run_id, gone_raw_seq = NULL;

-- name: MarkJobsGone :exec
UPDATE ops.jobs SET gone_raw_seq = @raw_seq::bigint WHERE subject = ANY(@subjects::text[]);

-- name: MarkJobsBack :exec
UPDATE ops.jobs SET gone_raw_seq = NULL WHERE subject = ANY(@subjects::text[]) AND gone_raw_seq IS NOT NULL;

-- name: RemoveJobs :many
DELETE FROM ops.jobs WHERE subject = ANY(@subjects::text[]) RETURNING subject, run_id;

-- name: Unanswered :many
-- Of jobs, those whose answer is not in the tables.
SELECT j.subject FROM ops.jobs j
WHERE j.subject = ANY(@subjects::text[]) AND NOT EXISTS (
    SELECT FROM raw.payloads p WHERE p.subject = j.subject AND p.job_id = j.job_id AND p.run_id = j.run_id);
