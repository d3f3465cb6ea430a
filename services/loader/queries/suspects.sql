-- name: NoteLightly :exec
-- A note is to outlive this process, not the server: it need not wait for the disk.
-- What ended because the server did counts for nothing.
SELECT set_config('synchronous_commit', 'off', true);

-- name: NoteSuspect :one
-- One try alone more.
INSERT INTO ops.suspects AS t (kind, key, what, alone, noted_at)
VALUES (@kind, @key, @what, 1, @noted_at)
ON CONFLICT (kind, key) DO UPDATE SET alone = t.alone + 1, noted_at = excluded.noted_at
RETURNING alone;

-- name: NoteCompany :exec
-- What is tried with others, which says nothing about any of them. A key that is
-- longer than any title's, as an earlier program may have left it, goes unnoted: it
-- must not keep the others from being tried.
INSERT INTO ops.suspects AS t (kind, key, what, alone, noted_at)
SELECT @kind, v.key, v.key, 0, @noted_at
FROM unnest(@keys::text[]) AS v (key)
WHERE length(v.key) <= 1000
ON CONFLICT (kind, key) DO NOTHING;

-- name: ClearSuspects :exec
DELETE FROM ops.suspects WHERE kind = @kind AND key = ANY (@keys::text[]);

-- name: SuspectsOf :many
-- Those among the keys that were noted.
SELECT key, alone FROM ops.suspects WHERE kind = @kind AND key = ANY (@keys::text[]);

-- name: CountSuspects :one
SELECT count(*) FROM ops.suspects WHERE kind IN ('message', 'title');

-- name: ForgetSettled :exec
-- Notes of messages that are acknowledged and of marks that are worked off: the same
-- was in other hands as well.
DELETE FROM ops.suspects AS s
WHERE CASE s.kind
    WHEN 'message' THEN split_part(s.key, '@', 1)::bigint <= @floor::bigint
    WHEN 'title' THEN NOT EXISTS (SELECT FROM ops.stale_titles AS m WHERE m.key = s.key)
    ELSE false END;

-- name: SuspectTitles :many
-- The marks that were being worked off, the most suspected first.
SELECT s.key, s.alone
FROM ops.suspects AS s
JOIN ops.stale_titles AS m ON m.key = s.key AND (m.blocked_until IS NULL OR m.blocked_until <= @now)
WHERE s.kind = 'title'
ORDER BY s.alone DESC, s.key
LIMIT @most;

-- name: TakeProcesses :execrows
-- The loaders that did not end in order, or that still run.
DELETE FROM ops.suspects WHERE kind = 'process';

-- name: ForgetSuspects :exec
-- Notes of what is no longer there to be tried again.
DELETE FROM ops.suspects AS s
WHERE s.noted_at < @before
    OR s.kind = 'title' AND NOT EXISTS (SELECT FROM ops.stale_titles AS m WHERE m.key = s.key);
