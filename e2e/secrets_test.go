package e2e_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/e2e/harness"
	"github.com/cledit/pipeline/pkg/topology"
	"github.com/cledit/pipeline/sim"
	"github.com/cledit/pipeline/sim/kobis"
	"github.com/cledit/pipeline/sim/tmdb"
	"github.com/cledit/pipeline/sim/traffic"
)

// badKeys are configured and not accepted by the simulated KOBIS.
var badKeys = []string{"0123456789abcdef-test-key-bad", "0123456789abcdef-test-key-old"}

// faulty sources fail in every way that makes an error, which is where a secret
// would get out.
func faulty() sim.Options {
	o := limited()
	faults := traffic.Faults{Seed: 1, Rates: traffic.Rates{}}
	for _, fault := range traffic.Kinds {
		if fault != traffic.Timeout {
			faults.Rates[fault] = 0.01
		}
	}
	o.KOBIS = kobis.Options{Keys: goodKeys, Limits: o.KOBIS.Limits, Faults: faults}
	o.TMDB = tmdb.Options{Tokens: []string{goodToken}, Limits: o.TMDB.Limits, Faults: faults}
	return o
}

// TestAWrongKeyIsNamedByItsFingerprintAndNothingTellsASecret runs a load with a
// key that the source refuses among good ones, over faulty connections. The run
// goes on with the good keys; afterwards every log, stream and table is searched
// for the keys and the token.
func TestAWrongKeyIsNamedByItsFingerprintAndNothingTellsASecret(t *testing.T) {
	t.Parallel()
	// One good key does not suffice, and a bad one stands between the two.
	w := harness.NewWorld(t, made(faulty(), 300), []string{badKeys[0], goodKeys[0], badKeys[1], goodKeys[1]}, goodToken)
	w.Set("KOBIS_DAILY_QUOTA", "300")
	w.Set("LOG_LEVEL", "trace")
	w.StartAll(t)
	w.UntilSettled(t)
	requireTruth(t, w)
	requireWithinLimits(t, w)
	requireMeasured(t, w)
	w.StopAll(t)

	logs := w.Logs()
	named := strings.Contains(logs, traffic.Fingerprint(badKeys[0])) || strings.Contains(logs, traffic.Fingerprint(badKeys[1]))
	require.True(t, named, "the log does not say which key is refused")
	for _, secret := range slices.Concat(badKeys, goodKeys, []string{goodToken}) {
		require.NotContains(t, logs, secret, "a log tells a secret")
		requireNotInStreams(t, w.JS, secret)
		requireNotInTables(t, w.DatabaseURL, secret)
	}
}

// TestEveryKeyWrongHaltsTheSource has no good key for KOBIS: it halts and says so,
// while TMDB goes on.
func TestEveryKeyWrongHaltsTheSource(t *testing.T) {
	t.Parallel()
	w := harness.NewWorld(t, made(limited(), 60), badKeys, goodToken)
	w.StartAll(t)
	w.Until(t, "the halt is logged", func(context.Context) (bool, error) {
		return strings.Contains(w.Process("fetcher-kobis").Log(), "halted"), nil
	})
	w.UntilRows(t, int64(w.Sim.Truth().KoreanSeries), `SELECT count(*) FROM production.titles WHERE kind = 'series'`)
	for _, key := range badKeys {
		require.Contains(t, w.Logs(), traffic.Fingerprint(key))
	}

	stats := w.Sim.KOBIS.Stats()
	require.LessOrEqual(t, stats.Requests, 8, "a refused key is used no more than was in flight")
	jobs, err := w.JS.Stream(t.Context(), topology.StreamJobs)
	require.NoError(t, err)
	require.Positive(t, jobs.CachedInfo().State.Msgs, "the jobs of the halted source stay queued")
	letters, err := w.Count(t.Context(), `SELECT count(*) FROM ops.dead_letters`)
	require.NoError(t, err)
	require.Zero(t, letters, "a bad key is not a fault of a job")
}

func requireNotInStreams(t *testing.T, js jetstream.JetStream, secret string) {
	t.Helper()
	for _, name := range []string{topology.StreamJobs, topology.StreamRaw, topology.StreamDead, "KV_" + topology.BucketQuota} {
		for _, msg := range harness.Messages(t, js, name) {
			text := headerText(msg.Headers()) + msg.Subject() + string(msg.Data())
			require.NotContains(t, text, secret, "%s tells a secret, on %s", name, msg.Subject())
		}
	}
}

func headerText(h nats.Header) string {
	var b strings.Builder
	for name, values := range h {
		b.WriteString(name + ": " + strings.Join(values, " ") + "\n")
	}
	return b.String()
}

func requireNotInTables(t *testing.T, databaseURL, secret string) {
	t.Helper()
	conn := harness.Connect(t, databaseURL)
	rows, err := conn.Query(t.Context(), `SELECT table_schema || '.' || table_name FROM information_schema.tables
		WHERE table_schema IN ('raw', 'staging', 'production', 'curation', 'ops') AND table_type = 'BASE TABLE'`)
	require.NoError(t, err)
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	require.NotEmpty(t, tables)
	for _, table := range tables {
		var found int
		sql := `SELECT count(*) FROM ` + table + ` AS t WHERE strpos(t::text, $1) > 0`
		require.NoError(t, conn.QueryRow(t.Context(), sql, secret).Scan(&found))
		require.Zero(t, found, "%s tells a secret", table)
	}
}
