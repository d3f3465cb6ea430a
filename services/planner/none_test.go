package planner

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/pgtest"
	"github.com/cledit/pipeline/services/planner/internal/db"
)

// That a film changed since a person said none is told by when KOBIS first gave the
// answer that stands, which no replay moves.
func TestWhatKobisSaysSinceAPersonsNone(t *testing.T) {
	t.Parallel()
	conn, err := pgx.Connect(t.Context(), pgtest.Migrated(t))
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	said := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	exec := func(sql string, args ...any) {
		t.Helper()
		_, err := conn.Exec(t.Context(), sql, args...)
		require.NoError(t, err)
	}
	answer := func(body string, first time.Time) {
		t.Helper()
		exec(`WITH p AS (INSERT INTO raw.payloads (subject, kind, entity_key, outcome, sha256, body, request, first_fetched_at, last_fetched_at, stream_seq, job_id, run_id)
			VALUES ('raw.kobis.movie-detail.20190001', 'movie-detail', '20190001', 'ok', sha256($1::text::bytea), $1::text::json, '{}', $2, $2, 1, 1, 'r')
			ON CONFLICT (subject, sha256) DO UPDATE SET last_fetched_at = excluded.last_fetched_at RETURNING id)
			INSERT INTO staging.kobis_movie_details (movie_cd, title, fetched_at, raw_id, updated_at) SELECT '20190001', 't', $2, p.id, $2 FROM p
			ON CONFLICT (movie_cd) DO UPDATE SET raw_id = excluded.raw_id, updated_at = excluded.updated_at`, body, first)
	}
	changed := func() *time.Time {
		t.Helper()
		rows, err := db.New(conn).SaidNone(t.Context(), []string{"20190001", "20190002"})
		require.NoError(t, err)
		require.Len(t, rows, 1)
		return rows[0].ChangedAt
	}
	exec(`INSERT INTO curation.verdicts (movie_cd, tmdb_id, verdict, decided_by, why, decided_at) VALUES ('20190001', 0, 'none', 'editor', 'w', $1), ('20190002', 7, 'ban', 'editor', 'w', $1)`, said)
	require.Nil(t, changed(), "KOBIS has not shown it")
	answer(`{"a":1}`, said.Add(time.Hour))
	require.Nil(t, changed(), "the first answer changes nothing")
	answer(`{"a":2}`, said.Add(2*time.Hour))
	require.Equal(t, said.Add(2*time.Hour), changed().UTC())
	exec(`UPDATE staging.kobis_movie_details SET updated_at = now()`)
	exec(`UPDATE curation.verdicts SET decided_at = $1 WHERE verdict = 'none'`, said.Add(3*time.Hour))
	require.Nil(t, changed(), "decided since, and replayed")
	answer(`{"a":1}`, said.Add(4*time.Hour))
	require.Nil(t, changed(), "what it said before")
}
