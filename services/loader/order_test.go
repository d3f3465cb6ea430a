package loader

import (
	"maps"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/topology"
	"github.com/cledit/pipeline/services/loader/internal/canon"
)

var layers = []string{"raw", "staging", "production"}

func (w *world) dump(schemas ...string) canon.Dump {
	w.tb.Helper()
	dump, err := canon.Read(w.tb.Context(), w.db, schemas)
	require.NoError(w.tb, err)
	return dump
}

// dumpWithout compares databases: what is drawn in the order of arrival is left out.
func (w *world) dumpWithout(columns ...string) canon.Dump {
	w.tb.Helper()
	staging, err := canon.Read(w.tb.Context(), w.db, []string{"raw", "staging"}, columns...)
	require.NoError(w.tb, err)
	maps.Copy(staging, w.dump("production"))
	return staging
}

func (w *world) versions() canon.Dump {
	w.tb.Helper()
	dump, err := canon.Versions(w.tb.Context(), w.db, layers)
	require.NoError(w.tb, err)
	return dump
}

func (w *world) exec(sql string) {
	w.tb.Helper()
	_, err := w.db.Exec(w.tb.Context(), sql)
	require.NoError(w.tb, err, sql)
}

// rewind makes everything in RAW to be delivered again.
func (w *world) rewind() {
	w.tb.Helper()
	_, err := w.js.ResetConsumerToSequence(w.tb.Context(), topology.StreamRaw, topology.ConsumerLoader, 1)
	require.NoError(w.tb, err)
}

// replay rewinds under the running loader and waits for it.
func (w *world) replay() {
	w.tb.Helper()
	w.rewind()
	w.settle()
}

// runUntilSettled runs a loader as deployed. What its sessions wrote is counted by
// the server when they end.
func (w *world) runUntilSettled() {
	w.tb.Helper()
	stop := w.start(w.asDeployed())
	w.settle()
	stop()
}

// writes are the rows that were ever inserted, updated or removed, by table.
func (w *world) writes() map[string]int64 {
	w.tb.Helper()
	rows, err := w.db.Query(w.tb.Context(), `SELECT schemaname || '.' || relname, n_tup_ins + n_tup_upd + n_tup_del
		FROM pg_stat_user_tables WHERE schemaname = ANY ($1)`, layers)
	require.NoError(w.tb, err)
	counts := make(map[string]int64)
	var table string
	var count int64
	_, err = pgx.ForEachRow(rows, []any{&table, &count}, func() error {
		counts[table] = count
		return nil
	})
	require.NoError(w.tb, err)
	return counts
}

func TestAReplayRewritesNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long: left out with -short")
	}
	t.Parallel()
	w := newWorld(t)
	w.publish(parasite(noon)...)
	w.publish(films(8, 100)...)
	w.runUntilSettled()
	dump, versions, writes := w.dump(layers...), w.versions(), w.writes()
	require.GreaterOrEqual(t, writes["staging.kobis_movies"], int64(800), "the server counts")
	for range 2 {
		w.rewind()
		w.runUntilSettled()
		require.Equal(t, dump, w.dump(layers...))
		require.Equal(t, versions, w.versions(), "not one row is written")
		require.Equal(t, writes, w.writes(), "nor rolled back")
	}
}

func TestEmptiedTablesComeBackIdentical(t *testing.T) {
	t.Parallel()
	for name, tables := range map[string]string{
		"staging and production": "staging", "production alone": "production",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.publish(parasite(noon)...)
			w.start(w.config())
			w.settle()
			dump := w.dump(layers...)
			w.truncate("production")
			if tables == "staging" {
				w.truncate("staging")
			}
			w.replay()
			require.Equal(t, dump, w.dump(layers...))
		})
	}
}

func (w *world) truncate(schema string) {
	w.tb.Helper()
	w.exec(`DO $$ DECLARE r record; BEGIN
		FOR r IN SELECT schemaname, tablename FROM pg_tables WHERE schemaname = '` + schema + `' LOOP
			EXECUTE format('TRUNCATE %I.%I CASCADE', r.schemaname, r.tablename);
		END LOOP; END $$`)
}
