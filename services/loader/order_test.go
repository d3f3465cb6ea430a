package loader

import (
	"maps"
	"testing"

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

// replay rewinds the consumer under the running loader and waits for it.
func (w *world) replay() {
	w.tb.Helper()
	_, err := w.js.ResetConsumerToSequence(w.tb.Context(), topology.StreamRaw, topology.ConsumerLoader, 1)
	require.NoError(w.tb, err)
	w.settle()
}

func TestAReplayRewritesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish(parasite(noon)...)
	w.start(w.config())
	w.settle()
	dump, versions := w.dump(layers...), w.versions()
	for range 2 {
		w.replay()
		require.Equal(t, dump, w.dump(layers...))
		require.Equal(t, versions, w.versions(), "not one row is written")
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
