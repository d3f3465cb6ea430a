package e2e_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/e2e/harness"
	"github.com/cledit/pipeline/sim"
	"github.com/cledit/pipeline/sim/generate"
	"github.com/cledit/pipeline/sim/kobis"
	"github.com/cledit/pipeline/sim/tmdb"
	"github.com/cledit/pipeline/sim/traffic"
)

// Keys and tokens that the simulated sources accept. They are made up, long
// enough to be looked for in everything that leaves a process.
var goodKeys = []string{"0123456789abcdef-test-key-one", "0123456789abcdef-test-key-two"}

const goodToken = "0123456789abcdef-test-token"

func limited() sim.Options {
	rate := traffic.Rate{N: 500, Per: time.Second}
	return sim.Options{
		KOBIS: kobis.Options{Keys: goodKeys, Limits: traffic.Limits{DailyQuota: 3000, Rate: rate, EnforceRate: true}},
		TMDB:  tmdb.Options{Tokens: []string{goodToken}, Limits: traffic.Limits{Rate: rate, EnforceRate: true}},
	}
}

// made sources have so many films instead of the built-in ones.
func made(options sim.Options, films int) sim.Options {
	options.Generate = generate.Options{Alone: true, Films: films, Series: films / 10, BoxOffice: true, Seed: 11}
	return options
}

// TestKilledServicesLeaveTheSameTables kills every service in the middle of a
// first load, when it has demonstrably begun its work, and compares the tables
// with those of a run that nobody disturbed. The killed ones have the users and
// logins of a deployment, and need no more.
func TestKilledServicesLeaveTheSameTables(t *testing.T) {
	t.Parallel()
	const films = 400
	undisturbed := harness.NewWorld(t, made(limited(), films), goodKeys, goodToken)
	undisturbed.StartAll(t)
	undisturbed.UntilSettled(t)
	want := harness.Decided(t, undisturbed.DatabaseURL)
	requireTruth(t, undisturbed)
	undisturbed.StopAll(t)

	w := harness.NewWorld(t, made(limited(), films), goodKeys, goodToken)
	w.Logins(t)
	w.Set("JOB_ACK_WAIT", "5s")
	w.Set("RAW_ACK_WAIT", "5s")
	w.StartAll(t)
	w.UntilRows(t, 100, `SELECT count(*) FROM staging.kobis_movies`)
	w.Crash(t, "planner")
	w.UntilRows(t, 100, `SELECT count(*) FROM staging.kobis_movie_details`)
	w.Crash(t, "fetcher-kobis")
	w.UntilRows(t, 50, `SELECT count(*) FROM staging.tmdb_searches`)
	w.Crash(t, "fetcher-tmdb")
	w.UntilRows(t, 100, `SELECT count(*) FROM production.titles`)
	w.Crash(t, "loader")
	w.UntilRows(t, 300, `SELECT count(*) FROM staging.kobis_movie_details`)
	w.Crash(t, "loader")
	w.Crash(t, "fetcher-kobis")
	w.UntilSettled(t)

	requireTruth(t, w)
	require.Equal(t, want, harness.Decided(t, w.DatabaseURL), "tables after crashes differ from those of an undisturbed run")
	requireWithinLimits(t, w)
	w.StopAll(t)
	require.NotContains(t, strings.ToLower(w.Logs()), "permission")
}

// requireTruth holds the tables against what the sources have.
func requireTruth(t *testing.T, w *harness.World) {
	t.Helper()
	truth := w.Sim.Truth()
	for sql, want := range map[string]int{
		`SELECT count(*) FROM staging.kobis_movies`:                                                truth.Films,
		`SELECT count(*) FROM staging.kobis_movie_details WHERE missing_since IS NULL`:             truth.WithDetail,
		`SELECT count(*) FROM staging.kobis_movie_details WHERE missing_since IS NOT NULL`:         truth.Films - truth.WithDetail,
		`SELECT count(*) FROM production.editions e JOIN production.titles t ON t.id = e.title_id`: truth.Films,
		`SELECT count(*) FROM production.titles WHERE kind = 'series'`:                             truth.KoreanSeries,
		`SELECT count(*) FROM production.matches`:                                                  truth.Films,
		`SELECT count(*) FROM ops.dead_letters`:                                                    0,
	} {
		have, err := w.Count(t.Context(), sql)
		require.NoError(t, err)
		require.EqualValues(t, want, have, sql)
	}
}

// requireWithinLimits asks the sources whether anything exceeded their limits.
func requireWithinLimits(t *testing.T, w *harness.World) {
	t.Helper()
	for name, stats := range map[string]traffic.Stats{"kobis": w.Sim.KOBIS.Stats(), "tmdb": w.Sim.TMDB.Stats()} {
		require.Zero(t, stats.Window.Violations, "%s saw more requests in a window than allowed", name)
		for key, spent := range stats.Keys {
			require.Zero(t, spent.OverQuota, "key %s of %s was used beyond its quota", key, name)
		}
	}
}
