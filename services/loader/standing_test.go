package loader

import (
	"fmt"
	"math"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"
)

// The gauges say how the tables stand, few as exactly as they are, and many as the
// database estimates them.
func TestTheGaugesSayHowTheTablesStand(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exec(`INSERT INTO production.matches (movie_cd, status, score, evidence, rule_version, decided_at)
		SELECT n::text, CASE WHEN n <= 3 THEN 'review' ELSE 'none' END, 0, '{}', 1, to_timestamp(1700000000 + n) FROM generate_series(1, 20003) AS n`)
	w.exec(`ANALYZE production.matches`)
	w.exec(`INSERT INTO raw.floors (source, floor, set_at) VALUES ('tmdb', to_timestamp(1700000000), to_timestamp(1700000500))`)
	one := w.worker(t)
	require.NoError(t, one.housekeeping.readStanding(t.Context()))

	status := func(status string) float64 { return testutil.ToFloat64(one.metrics.matches.WithLabelValues(status)) }
	require.InDelta(t, 3.0, status("review"), 0)
	require.Zero(t, status("banned"))
	require.InEpsilon(t, 20_000.0, status("none"), 0.05)
	require.InDelta(t, 1_700_000_001.0, testutil.ToFloat64(one.metrics.review), 0)
	require.True(t, math.IsInf(testutil.ToFloat64(one.metrics.expiry.WithLabelValues("tmdb_movies")), 1))
	require.InDelta(t, 1_700_000_500.0, testutil.ToFloat64(one.metrics.floor.WithLabelValues("tmdb")), 0)

	w.exec(`UPDATE production.matches SET status = 'none' WHERE status = 'review'`)
	require.NoError(t, one.housekeeping.readStanding(t.Context()))
	require.Equal(t, 0, testutil.CollectAndCount(one.metrics.review), "without a review it has no age")
}

// What the gauges cost does not grow with the tables: of ten times the
// matches no more entries of an index are read.
func TestTheGaugesReadNoMoreOfALargeTable(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exec(`ALTER TABLE production.matches DISABLE TRIGGER USER`)
	cost := func(rows int) (read int64) {
		w.exec(`TRUNCATE production.matches`)
		w.exec(fmt.Sprintf(`INSERT INTO production.matches (movie_cd, status, score, evidence, rule_version, decided_at)
			SELECT n::text, CASE n %% 4 WHEN 0 THEN 'review' WHEN 1 THEN 'matched' ELSE 'none' END, 0, '{}', 1, to_timestamp(n) FROM generate_series(1, %d) AS n`, rows))
		w.exec(`VACUUM ANALYZE production.matches`)
		before := w.indexRowsRead()
		one := w.worker(t)
		require.NoError(t, one.housekeeping.readStanding(t.Context()))
		one.session.drop(t.Context())
		require.Eventually(t, func() bool {
			read = w.indexRowsRead() - before
			return read > 0
		}, patience, poll)
		return read
	}
	small, large := cost(8_000), cost(80_000)
	require.Equal(t, small, large)
}

// indexRowsRead counts the entries of the indexes of matches that were ever read.
func (w *world) indexRowsRead() int64 {
	return ask[int64](w, `SELECT sum(idx_tup_read)::bigint FROM pg_stat_user_indexes WHERE schemaname = 'production' AND relname = 'matches'`)
}
