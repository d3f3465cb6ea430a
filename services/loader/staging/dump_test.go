package staging

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// A dump reads every table to its end, for hours. What lands alone does not wait for
// it, nor anybody behind that.
func TestADumpHoldsUpNothingThatLandsAlone(t *testing.T) {
	t.Parallel()
	w := newTables(t)
	dump, err := pgx.ConnectConfig(t.Context(), w.conn.Config())
	require.NoError(t, err)
	t.Cleanup(func() { _ = dump.Close(w.context()) })
	_, err = dump.Exec(t.Context(), "BEGIN; LOCK TABLE raw.floors IN ACCESS SHARE MODE")
	require.NoError(t, err)
	_, err = w.conn.Exec(t.Context(), "SET lock_timeout = '10s'") // else a wait would have no end
	require.NoError(t, err)
	a := &answerings[3]
	w.land(a.answer(noon, "old", well, well))
	w.land(a.answer(noon.Add(time.Hour), "new", broken, well))
	require.Positive(t, w.expire(noon.AddDate(0, 0, 180)), "what was kept")
}
